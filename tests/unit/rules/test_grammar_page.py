"""What grammar.md shows is run: its schema and its campaigns are checked as a rule set, each example of
its tables is evaluated by the engine and by the reference evaluator, for an event that has every
field and for one that has none but the required ones.

usage: test_grammar_page.py SLUICE GRAMMAR"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

SLUICE = os.path.abspath(sys.argv.pop(1))
with open(sys.argv.pop(1), encoding="utf-8") as page:
    TEXT = page.read()

NEEDED = {"id": "e1", "time": "2026-12-25T13:00:00Z", "type": "card.payment", "customer": "C1"}
FULL = {**NEEDED, "channel": "mobile", "amount": 4, "rate": 2.5, "overseas": True, "merchant": "Kiosk",
        "text": "a", "device": {"os": "ios"}, "tags": ["vip", "a", "b"]}


def blocks():
    return re.findall(r"^```yaml\n(.*?)^```", TEXT, re.S | re.M)


def examples():
    """The first code of the last cell of each row, as test_grammar.c reads it."""
    page = TEXT[TEXT.index("\n## Conditions"):TEXT.index("\n## Warnings")]
    for line in page.splitlines():
        if not line.startswith("|") or line.startswith("|---"):
            continue
        cell = line.rstrip()[:-1].rsplit("|", 1)[1]
        found = re.search(r"``(.+?)``|`(.+?)`|<code>(.+?)</code>", cell)
        if found:
            yield next(code for code in found.groups() if code).replace("&#124;", "|")


def temporal_examples():
    """Likewise of the tables about what is remembered."""
    page = TEXT[TEXT.index("\n## Campaigns that remember"):TEXT.index("\n### Corner cases")]
    for line in page.splitlines():
        found = re.search(r"`([^`]+)` \|$", line)
        if line.startswith("|") and not line.startswith("|---") and found:
            yield found[1]


# what an example needs beside it to be a campaign
BESIDE = {"for": "by: device.os\n", "among": "neighbours: strict\n", "priority": "exclusive: x\n"}
WINDOW = 'match:\n  - views: type == "v"\n    window: {}\n    {}\n'


def campaign_of(example):
    key = example.split(":")[0]
    if key == "match":
        return example + "\n"
    if key == "window":
        return WINDOW.format(example[len("window: "):], "count: 3")
    if key in ("having", "count"):
        return WINDOW.format("1d", example + ("\n    keep: 9" if key == "having" else ""))
    if key in ("keep", "fire"):
        window = "1d" if key == "keep" else "{tumbling: 1h}"
        return WINDOW.format(window, "having: sum(amount) > 5\n    " + example)
    if key == "data":
        return WINDOW.format("1d", "count: 3") + "send: {channel: push, template: T, " + example + "}\n"
    if key == "on_loss":  # of what did not come
        return 'match: [{a: type == "a"}, {not: type == "b", within: 1d}]\n' + example + "\n"
    return BESIDE.get(key, "") + 'match: [{a: type == "a"}, {b: type == "b", within: 1d}]\n' + example + "\n"


def sluice(*args):
    done = subprocess.run([SLUICE, *args], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


class Page(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.directory = held.name
        self.schema = self.write("schema.yaml", next(text for text in blocks() if text.startswith("schema:")))

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_the_campaigns_are_sound(self):
        campaigns = [text for text in blocks() if text.startswith("campaign:")]
        conditions = [text for text in blocks() if text.startswith("match:")]
        self.assertTrue(campaigns and conditions)
        for i, text in enumerate(conditions):
            campaigns.append(f"campaign: c{i}\nkind: service\n{text}")
        self.write("campaigns.yaml", "---\n".join(campaigns))
        code, out, err = sluice("check", self.directory)
        self.assertEqual((code, err), (0, ""), out)

    def test_each_example_of_what_is_remembered_is_a_campaign(self):
        examples_found = list(temporal_examples())
        self.assertGreater(len(examples_found), 35)
        for example in examples_found:
            self.write("campaigns.yaml", "campaign: c\nkind: service\n" + campaign_of(example))
            code, out, err = sluice("check", self.directory, "--json")
            self.assertEqual(code, 0, example + "\n" + out + err)

    def run_all(self, event, *options):
        """The answers to all examples over one event."""
        path = self.write("event.json", json.dumps(event))
        cases = "".join(json.dumps({"id": text, "expr": text}) + "\n" for text in examples())
        done = subprocess.run([SLUICE, "eval", "--batch", "--schema", self.schema, "--event", path, *options],
                              input=cases, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {answer.pop("id"): answer for answer in map(json.loads, done.stdout.splitlines())}

    def test_every_example_runs(self):
        self.assertGreater(len(list(examples())), 110)
        values = 0
        for event in (FULL, NEEDED):
            engine, reference = self.run_all(event), self.run_all(event, "--reference")
            self.assertEqual(engine, reference)
            for text, answer in engine.items():
                kind = answer.get("error", {}).get("kind")
                self.assertIn(kind, (None, "runtime"), text)
                if event is FULL and kind is None:
                    values += 1
        # the table of errors shows what fails, and an example may ask what this event has not
        self.assertGreater(values, 100)


if __name__ == "__main__":
    unittest.main()
