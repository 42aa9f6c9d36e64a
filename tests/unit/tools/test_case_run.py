"""`sluice test`: events in, matches out, and a difference that can be read."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SLUICE = os.path.abspath(sys.argv.pop(1))
EXAMPLES = os.path.abspath(sys.argv.pop(1))

SCHEMA = """schema: s
fields:
  id: {type: string, role: id, required: true}
  time: {type: time, role: time, required: true}
  customer: {type: string, role: key, required: true}
  type: {type: string, role: type}
  amount: int
"""
CAMPAIGN = """campaign: big
kind: service
match: type == "pay" && amount > 100
send: {channel: push, template: T, data: {amount: amount, kind: "x"}}
"""


def sluice(*args):
    done = subprocess.run([SLUICE, *args], capture_output=True, timeout=200, text=True)
    return done.returncode, done.stdout, done.stderr


class Test(unittest.TestCase):
    def setUp(self):
        self.held = tempfile.TemporaryDirectory()
        self.addCleanup(self.held.cleanup)
        self.directory = self.held.name
        self.write("schema.yaml", SCHEMA)
        self.write("big.yaml", CAMPAIGN)

    def write(self, name, text):
        with open(os.path.join(self.directory, name), "w") as file:
            file.write(text)

    def run_steps(self, steps):
        self.write("big.test.yaml", "test: t\nevent: {type: pay}\nsteps:\n" + steps)
        code, out, err = sluice("test", self.directory, "--json")
        return code, [json.loads(line) for line in out.splitlines()], err

    def test_slips_are_said(self):
        code, results, err = self.run_steps("  - send: {amont: 150}\n  - expect: []\n")
        self.assertEqual((code, len(results)), (0, 1))
        self.assertIn("big.test.yaml:4:12: warning: no campaign sees this: the schema has no field `amont`", err)
        self.assertIn("did you mean `amount`?", err)
        code, results, err = self.run_steps("  - send: {amount: 150}\n  - expect: [bigg]\n")
        self.assertEqual((code, results), (1, []))
        self.assertIn("big.test.yaml:5:1: error: there is no campaign `bigg` to expect", err)
        self.assertIn("did you mean `big`?", err)
        code, results, err = self.run_steps("  - send: {amount: x}\n    refused: feld_type\n")
        self.assertEqual((code, results), (1, []))
        self.assertIn("no event is refused for a reason `feld_type`", err)

    def test_the_examples_pass(self):
        code, out, err = sluice("test", EXAMPLES)
        self.assertEqual(code, 0, out + err)

    def test_every_example_over_time_has_its_tests(self):
        """Each has one that expects it, and each file one in which something is expected not to come."""
        over_time = pathlib.Path(EXAMPLES) / "over-time"
        for campaigns in over_time.glob("*.yaml"):
            if campaigns.name.endswith(".test.yaml"):
                continue
            tests = campaigns.with_suffix(".test.yaml").read_text()
            for name in re.findall(r"^campaign: (\S+)$", campaigns.read_text(), re.M):
                self.assertRegex(tests, r"expect:.*\b" + name + r"\b|- \{campaign: " + name + r"\b", campaigns.name)
            self.assertIn("expect: []", tests)

    def test_waits(self):
        self.write("left.yaml", """campaign: left
kind: service
match:
  - start: type == "begin"
  - not: type == "end"
    within: 30m
send: {channel: push, template: T, data: {amount: start.amount}}
""")
        begin = "  - send: {type: begin, amount: 7}\n"
        for steps, came in [("  - wait: 30m\n", 0), ("  - wait: 30m\n  - wait: 1ms\n", 1), ("  - wait: 31m\n", 1),
                            ("  - wait: 30m\n  - send: {type: end}\n  - wait: 1d\n", 0),
                            ("  - wait: 31m\n  - send: {type: end}\n", 1),
                            ('  - send: {type: end, time: "2026-01-01T09:31:00+09:00"}\n', 1),
                            ('  - send: {type: end, time: "2026-01-01T09:30:00+09:00"}\n  - wait: 1d\n', 0)]:
            for expected in (0, 1):
                code, results, err = self.run_steps(
                    begin + steps + "  - expect: [%s]\n" % ("{campaign: left, data: {amount: 7}}" if expected else ""))
                self.assertEqual((code, len(results)), (int(came != expected), 1), steps + err)

    def test_what_is_said_must_hold_and_the_rest_may_be_anything(self):
        code, results, err = self.run_steps(
            "  - send: {amount: 500}\n"
            "  - send: {amount: 600, customer: C9}\n"
            "  - expect: [big, {campaign: big, key: C9, data: {amount: 600.0}}]\n")
        self.assertEqual((code, results[0]["passed"]), (0, True), err)

    def test_integers_as_id_and_key(self):
        self.write("schema.yaml", SCHEMA.replace("id: {type: string", "id: {type: int")
                   .replace("customer: {type: string", "customer: {type: int"))
        code, results, err = self.run_steps(
            "  - send: {amount: 500}\n"
            "  - send: {amount: 600, customer: 42}\n"
            "  - expect: [{campaign: big, key: \"1\"}, {campaign: big, key: \"42\", data: {amount: 600}}]\n")
        self.assertEqual((code, results[0]["passed"]), (0, True), err)

    def test_what_did_not_come_and_what_came_unasked(self):
        code, results, _ = self.run_steps(
            "  - send: {amount: 500}\n"
            "  - expect: [{campaign: big, data: {amount: 501}}]\n"
            "  - send: {amount: 700}\n")
        self.assertEqual(code, 1)
        first, last = results[0]["failures"]
        self.assertEqual(first["line"], 5)
        self.assertEqual(first["missing"], [{"campaign": "big", "data": {"amount": 501}}])
        self.assertEqual(first["unexpected"][0]["data"], {"amount": 500, "kind": "x"})
        # nothing expected it by the end of the test
        self.assertEqual((last["missing"], last["unexpected"][0]["data"]["amount"]), ([], 700))

    def test_refusals(self):
        code, results, _ = self.run_steps(
            "  - send: {amount: much}\n"
            "    refused: field_type\n")
        self.assertEqual(code, 0)
        code, results, _ = self.run_steps("  - send: {amount: much}\n")
        self.assertEqual((code, results[0]["failures"][0]["message"]),
                         (1, "the event is refused: field_type"))
        code, results, _ = self.run_steps("  - send: {amount: 5}\n    refused: field_type\n")
        self.assertEqual((code, results[0]["failures"][0]["message"]),
                         (1, "the event is taken, not refused: field_type"))

    def test_each_test_begins_anew(self):
        self.write("big.test.yaml", "".join(
            "---\ntest: t%d\nsteps:\n  - send: {id: one, type: pay, amount: 500}\n  - expect: [big]\n" % i
            for i in range(3)))
        code, out, err = sluice("test", self.directory)
        self.assertEqual((code, out.count("passed")), (0, 3), err)

    def test_no_tests_is_no_success(self):
        code, _, err = sluice("test", self.directory)
        self.assertEqual(code, 1)
        self.assertIn("has no *.test.yaml", err)
        code, results, err = self.run_steps("  - expect: []\n")
        self.assertEqual(code, 0)
        self.assertEqual(sluice("test", self.directory, "--only", "x*")[0], 1)

    def test_wrong_use_and_nothing_there(self):
        self.assertEqual(sluice("test")[0], 2)
        self.assertEqual(sluice("test", self.directory + "/none")[0], 3)
        self.write("big.yaml", CAMPAIGN.replace("amount >", "amnt >"))
        code, _, err = sluice("test", self.directory)
        self.assertEqual(code, 1)
        self.assertIn("did you mean `amount`", err)


if __name__ == "__main__":
    unittest.main()
