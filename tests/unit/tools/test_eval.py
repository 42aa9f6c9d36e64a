"""sluice eval and sluice explain as scripts use them: a line for a line, also for bad ones, answered
before the next is sent; the words of an explanation.

usage: test_eval.py SLUICE EXAMPLES"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SLUICE, EXAMPLES = sys.argv[1:3]
SCHEMA = """schema: test
fields:
  id: {type: string, role: id, required: true}
  type: string
  amount: int
  overseas: bool
  device.os: string
  tags: strings
  time: {type: time, role: time}
"""
CAMPAIGN = """campaign: %s
kind: service
match: |
  %s
send: {channel: push, template: T}
"""


def run(*args, text=""):
    done = subprocess.run([SLUICE, *args], input=text, capture_output=True, text=True, timeout=200)
    return done.returncode, done.stdout, done.stderr


class Batch(unittest.TestCase):
    def setUp(self):
        self.eval = subprocess.Popen([SLUICE, "eval", "--batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     text=True, bufsize=1)

    def tearDown(self):
        self.eval.stdin.close()
        self.assertEqual(self.eval.wait(timeout=200), 0)
        self.eval.stdout.close()

    def ask(self, line):
        self.eval.stdin.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
        self.eval.stdin.flush()
        return json.loads(self.eval.stdout.readline())

    def test_each_line_is_answered_before_the_next(self):
        self.assertEqual(self.ask({"id": "a", "expr": "x + 1", "bind": {"x": {"int": "2"}}}),
                         {"id": "a", "value": {"int": "3"}})
        self.assertEqual(self.ask({"id": [7], "expr": "1 + 1"}), {"id": [7], "value": {"int": "2"}})

    def test_bad_lines_are_answers(self):
        for line, kind in [("nonsense", "syntax"), ("[]", "syntax"), ('{"id":1}', "syntax"), ('{"expr":5}', "syntax"),
                           ('{"expr":"1","bind":[]}', "type"), ('{"expr":"1","check":1}', "type"),
                           ('{"expr":"x","bind":{"x":7}}', "type"), ('{"expr":"x","bind":{"x":{"int":7}}}', "type"),
                           ('{"expr":"x","bind":{"x":{"int":"7","uint":"7"}}}', "type"),
                           ('{"expr":"x","bind":{"x":{"bytes":"A==="}}}', "type"),
                           ('{"expr":"x","bind":{"x":{"bytes":"AB=="}}}', "type"),
                           ('{"expr":"x","bind":{"x":{"map":[[{"double":1.5},{"null":null}]]}}}', "type"),
                           ('{"expr":"x","bind":{"x":{"map":[[{"int":"1"},{"null":null}],[{"uint":"1"},'
                            '{"null":null}]]}}}', "type"),
                           ('{"expr":"x","bind":{"x":{"type":"nothing"}}}', "type"),
                           ('{"expr":"x","bind":{"x":{"uint":"-1"}}}', "type"),
                           ('{"expr":"x","bind":{"x":' + '{"list":[' * 70 + "]}" * 70 + "}}", "type"),
                           ('{"expr":"' + "1" * (5 << 20) + '"}', "syntax"), ("\x00", "syntax"), ("\"\\ud800\"", "syntax")]:
            answer = self.ask(line)
            self.assertEqual(answer["error"]["kind"], kind, line[:100])
            self.assertTrue(answer["error"]["message"])
        self.assertEqual(self.ask({"id": "z", "expr": "true"}), {"id": "z", "value": {"bool": True}})

    def test_errors_have_their_place(self):
        for expr, kind, line, column in [("1 +\n  * 2", "syntax", 2, 3), ("1 == \"a\"", "type", 1, 3),
                                         ("\"한글\" == 1 / 0", "type", 1, 6), ("1 +\n 2 / 0", "runtime", 2, 4),
                                         ("[1].all(a, b, true)", "unsupported", 1, 5)]:
            error = self.ask({"expr": expr})["error"]
            self.assertEqual((error["kind"], error["line"], error["column"]), (kind, line, column), expr)

    def test_values_come_back_as_they_went(self):
        for value in [{"int": "-9223372036854775808"}, {"uint": "18446744073709551615"}, {"double": 0.1}, {"double": "NaN"},
                      {"double": "-Infinity"}, {"string": "한\u0000\"😀"}, {"bytes": "AP+A"}, {"bytes": ""}, {"bool": False},
                      {"null": None}, {"list": [{"int": "1"}, {"list": []}]}, {"type": "google.protobuf.Duration"},
                      {"map": [[{"bool": True}, {"int": "1"}], [{"string": ""}, {"map": []}]]},
                      {"timestamp": "0001-01-01T00:00:00.000000001Z"}, {"duration": "-315537897598.999999999s"}]:
            self.assertEqual(self.ask({"id": 1, "expr": "x.y", "bind": {"x.y": value}}), {"id": 1, "value": value})


class Person(unittest.TestCase):
    def test_an_error_has_its_place_and_its_line(self):
        status, out, err = run("eval", "1 + x[7] > 5", "--bind", 'x={"list":[{"int":"4"}]}')
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(err, "1:6: error: index out of range [runtime]\n    1 + x[7] > 5\n         ^\n")

    def test_a_mistake_too(self):
        status, out, err = run("eval", "1 +")
        self.assertEqual((status, out), (1, ""))
        self.assertTrue(err.startswith("1:4: error: "), err)


class Single(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.at = pathlib.Path(self.directory.name)
        (self.at / "schema.yaml").write_text(SCHEMA)
        (self.at / "event.json").write_text('{"id":"1","amount":7,"overseas":true,"device":{"os":"ios"},"tags":["vip"]}\n')

    def tearDown(self):
        self.directory.cleanup()

    def eval(self, expr, *args):
        return run("eval", expr, *args)

    def test_events_with_a_schema_and_without(self):
        event, schema = str(self.at / "event.json"), str(self.at / "schema.yaml")
        for options in [[], ["--reference"]]:
            self.assertEqual(self.eval('amount > 5 && "vip" in tags && device.os == "ios"', "--event", event, "--schema",
                                       schema, "--json", *options), (0, '{"value":{"bool":true}}\n', ""))
            self.assertEqual(self.eval("amount + n", "--event", event, "--bind", 'n={"int":"1"}', *options)[:2],
                             (0, '{"int":"8"}\n'))
            status, out, _ = self.eval('type == "a"', "--event", event, "--schema", schema, "--json", *options)
            self.assertEqual((status, json.loads(out)["error"]["kind"]), (1, "runtime"))

    def test_what_cannot_be(self):
        status, out, err = self.eval("1 +")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("1:4", err)
        self.assertEqual(self.eval("1", "2")[0], 2)
        self.assertEqual(self.eval("1", "--bind", "x=7x")[0], 2)
        self.assertEqual(run("eval")[0], 2)
        self.assertEqual(run("eval", "--batch", "1")[0], 2)
        self.assertEqual(self.eval("1", "--event", str(self.at / "none.json"))[0], 3)
        (self.at / "bad.json").write_text('{"id":1}')
        status, _, err = self.eval("1", "--event", str(self.at / "bad.json"), "--schema", str(self.at / "schema.yaml"))
        self.assertEqual(status, 1)
        self.assertIn("field_type", err)

    def explain(self, condition, *args):
        (self.at / "c.yaml").write_text(CAMPAIGN % ("c", condition))
        return run("explain", "--rules", str(self.at), "--event", str(self.at / "event.json"), *args)

    def test_reasons(self):
        for condition, reasons in [
                ("amount > 5", []),
                ("amount > 500 && overseas", ["`amount > 500` is false; amount is 7"]),
                ('amount < 5 && type == "a"', ["`amount < 5` is false; amount is 7"]),
                ('overseas && type == "a"', ["the event has no field `type`"]),
                ("amount == 1 || amount == 2", ["`amount == 1` is false; amount is 7", "`amount == 2` is false; amount is 7"]),
                ("!overseas", ["`!overseas` is false; overseas is true"]),
                ("overseas ? amount > 8 : true", ["`amount > 8` is false; amount is 7"]),
                ("amount / (amount - 7) > 1", ["`amount / (amount - 7)` is an error: division by zero; amount is 7"]),
                ('tags.exists(t, t == "x")', ['`tags.exists(t, t == "x")` is false; tags is ["vip"]'])]:
            status, out, err = self.explain(condition, "--json")
            line = json.loads(out)
            self.assertEqual((status, line["campaign"], line["matched"], line["reasons"]), (0, "c", not reasons, reasons), err)
            self.assertEqual(line["condition"].get("value") == {"bool": True}, not reasons)

    def test_each_part_has_its_value(self):
        _, out, _ = self.explain('amount < 5 && tags.all(t, t.size() == 3)', "--json")
        sides = json.loads(out)["condition"]["steps"]
        self.assertEqual([side["text"] for side in sides], ["amount < 5", "tags.all(t, t.size() == 3)"])
        self.assertEqual([side["value"] for side in sides], [{"bool": False}, {"bool": True}])
        self.assertEqual(sides[0]["steps"], [{"text": "amount", "value": {"int": "7"}}])
        _, out, _ = self.explain("amount < 5")
        self.assertIn("c: does not match\n  - `amount < 5` is false; amount is 7\n  amount < 5   false\n    amount     7\n", out)

    def test_which_campaigns(self):
        self.assertEqual(self.explain("true", "--campaign", "other")[0], 1)
        self.assertEqual(self.explain("amount ==", "--json")[0], 1)
        self.assertEqual(run("explain", "--rules", str(self.at))[0], 2)
        status, out, err = run("explain", "--rules", EXAMPLES, "--event", "-", "--json",
                               text='{"id":"1","time":"2026-01-01T00:00:00Z","customer":"C1","type":"card.payment"}')
        self.assertEqual(status, 0, err)
        self.assertGreaterEqual(len(out.splitlines()), 10)

    def test_what_remembers_is_asked_by_the_step(self):
        event = '{"id":"1","time":"2026-01-01T00:00:00Z","customer":"C1","type":"%s","channel":"web"}'
        for kind, answers in [("loan.apply.start", [("start", "event", True), (None, "not", False)]),
                              ("loan.apply.done", [("start", "event", False), (None, "not", True)])]:
            status, out, err = run("explain", "--rules", EXAMPLES, "--event", "-", "--json", "--campaign", "loan-abandoned",
                                   text=event % kind)
            self.assertEqual(status, 0, err)
            line = json.loads(out)
            self.assertIsNone(line["matched"])
            self.assertEqual([(step.get("step"), step["kind"], step["holds"]) for step in line["pattern"]], answers)
            self.assertEqual(line["pattern"][1]["link"], "product == start.product")
            self.assertEqual([step["condition"]["value"]["bool"] for step in line["pattern"]], [a[2] for a in answers])
        _, out, _ = run("explain", "--rules", EXAMPLES, "--event", "-", "--campaign", "loan-abandoned",
                        text=event % "login")
        self.assertIn("loan-abandoned: remembers; this event alone\n  start: does not hold\n"
                      '    - `type == "loan.apply.start"` is false; type is "login"\n', out)


unittest.main(argv=sys.argv[:1])
