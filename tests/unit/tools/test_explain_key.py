"""sluice explain --key: what events made of a key, step by step; the same matches and decisions as
sluice replay, which is the engine's word where this is the reference's.

usage: test_explain_key.py SLUICE EXAMPLES"""
import datetime
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

SLUICE, EXAMPLES = sys.argv[1:3]
HISTORY = pathlib.Path(EXAMPLES).parents[1] / "tests/data/history.ndjson"
BEGIN = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)
RULES = """campaign: abandoned
kind: service
match:
  - start: type == "a"
  - not: type == "b" && product == start.product
    within: 30m
limit: {per_customer: 1, per: 2h}
send: {channel: push, template: T, data: {product: start.product}}
---
campaign: growing
kind: service
match:
  - first: type == "a"
  - second: type == "b" && amount > first.amount
    times: 2
    within: 1h
exclusive: best
priority: 1
send: {channel: push, template: T, data: {was: first.amount, is: second.amount}}
---
campaign: any-b
kind: service
match: type == "b"
exclusive: best
send: {channel: push, template: T}
---
campaign: sums
kind: service
match:
  - moves: type == "c"
    window: 1h
    having: sum(amount) >= 20 && count() >= 2
    keep: 50
send: {channel: push, template: T, data: {sum: moves.sum(amount)}}
---
campaign: fresh
kind: service
match:
  - not: type == "c"
    within: 20m
  - d: type == "d"
  - e: type == "e"
    within: 40m
send: {channel: push, template: T}
---
campaign: in-a-row
kind: service
match:
  - d: type == "d"
  - e: type == "e"
    within: 40m
neighbours: strict
among: type in ["c", "d", "e"]
send: {channel: push, template: T}
---
campaign: device-quiet
kind: service
by: device.id
for: customer
match:
  - on: type == "d"
  - not: type == "d"
    within: 20m
limit: {per_customer: 1, per: 1d}
send: {channel: push, template: T, data: {device: on.device.id}}
"""

SILENT = """campaign: silent
kind: service
match:
  - a: type == "a"
  - c: type == "c"
    within: 1h
  - not: type == "b"
    within: 5m
send: {channel: push, template: T}
"""


def at(minutes):
    return (BEGIN + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sluice(*args):
    done = subprocess.run([SLUICE, *map(str, args)], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


class Explain(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.at = pathlib.Path(directory.name)
        (self.at / "schema.yaml").write_text((pathlib.Path(EXAMPLES) / "schema.yaml").read_text())
        (self.at / "rules.yaml").write_text(RULES)

    def write(self, events):
        path = self.at / "events.ndjson"
        path.write_text("".join(
            json.dumps({"id": str(number), "time": at(minutes), "type": kind, "customer": "C1", **more}) + "\n"
            for number, (minutes, kind, more) in enumerate(events)))
        return path

    def story(self, campaign, events):
        code, out, err = sluice("explain", "--rules", self.at, "--key", "C1", "--campaign", campaign, "--json",
                                self.write(events))
        self.assertEqual(code, 0, err)
        line, = map(json.loads, out.splitlines())
        return line

    def test_what_held_and_when_it_would_have_been_due(self):
        line = self.story("abandoned", [(0, "a", {"product": "P"}), (10, "b", {"product": "Q"}), (20, "b", {"product": "P"}),
                                        (90, "z", {})])
        self.assertEqual((line["events"], line["matches"]), (4, 0))
        self.assertEqual(line["steps"], [{"step": "start", "held": 1}, {"step": "not", "held": 2}])
        began, unlinked, ended = line["moments"]
        self.assertEqual((began["what"], began["event"], began["due"]), ("began", "0", at(30)))
        self.assertEqual((unlinked["what"], unlinked["values"]),
                         ("unlinked", {"product": {"string": "Q"}, "start.product": {"string": "P"}}))
        self.assertEqual(unlinked["reasons"], ['`product == start.product` is false; product is "Q"; start.product is "P"'])
        self.assertEqual((ended["what"], ended["event"], ended["run"], ended["due"]), ("ended", "2", "0", at(30)))

    def test_repeats_values_and_the_end_of_the_time(self):
        line = self.story("growing", [(0, "a", {"amount": 5}), (1, "b", {"amount": 4}), (2, "b", {"amount": 6}),
                                      (70, "b", {"amount": 9})])
        self.assertEqual([(m["what"], m["event"]) for m in line["moments"]],
                         [("began", "0"), ("unlinked", "1"), ("taken", "2"), ("expired", "2")])
        self.assertEqual(line["moments"][2]["until"], at(60))
        line = self.story("sums", [(0, "c", {"amount": 9}), (61, "c", {"amount": 12}), (62, "c", {"amount": 8})])
        self.assertEqual([(m["what"], m.get("held")) for m in line["moments"]],
                         [("gathered", False), ("gathered", False), ("gathered", True), ("match", None)])
        self.assertEqual(line["moments"][2]["values"], {"sum(amount)": {"int": "20"}, "count()": {"int": "2"}})
        line = self.story("fresh", [(0, "c", {}), (20, "d", {}), (41, "d", {}), (50, "e", {})])
        self.assertEqual([m["what"] for m in line["moments"]], ["noted", "hindered", "began", "taken", "match"])

        line = self.story("in-a-row", [(0, "d", {}), (1, "z", {}), (2, "c", {}), (3, "e", {})])
        self.assertEqual([(m["what"], m["event"]) for m in line["moments"]], [("began", "0"), ("broken", "2")])

    def test_a_late_step_brings_what_was_due_already(self):
        (self.at / "rules.yaml").write_text(SILENT)
        line = self.story("silent", [(0, "a", {}), (30, "z", {}), (10, "c", {}), (31, "z", {})])
        self.assertEqual([(m["what"], m.get("event")) for m in line["moments"]], [("began", "0"), ("taken", "2"), ("match", "2")])
        code, out, err = sluice("replay", "--rules", self.at, self.at / "events.ndjson")
        self.assertEqual((code, json.loads(out)["time"]), (0, at(15)), err)

    def test_nearest(self):
        line = self.story("abandoned", [(0, "z", {"product": "P"}), (1, "y", {})])
        self.assertEqual(line["moments"], [])
        self.assertEqual(line["steps"][0]["nearest"], {"event": "1", "reasons": ['`type == "a"` is false; type is "y"']})

    def test_for_people(self):
        path = self.write([(0, "a", {"product": "P"}), (90, "z", {})])
        code, out, err = sluice("explain", "--rules", self.at, "--key", "C1", "--campaign", "abandoned", path)
        self.assertEqual((code, err), (0, "2 events, 2 of them of C1\n"))
        self.assertEqual(out, f"""abandoned, key C1: 2 events, 1 match
  start: held for 1
  not: held for 0; nearest was 1:
    - `type == "b"` is false; type is "z"
  {at(0)}  0                 start: a run begins; matches after {at(30)} if nothing comes
  {at(30)}  0                 match: sent, as it fell due; product is "P"

""")
        self.assertEqual(sluice("explain", "--rules", self.at, "--key", "C2", path)[0], 1)
        self.assertEqual(sluice("explain", "--rules", self.at, "--key", "C2")[0], 2)
        self.assertEqual(sluice("explain", "--rules", self.at, "--key", "C2", "-")[0], 2)
        self.assertEqual(sluice("explain", "--rules", self.at, "--key", "C2", "/dev/null")[0], 2)
        self.assertEqual(sluice("explain", "--rules", self.at, "--key", "C2", path.with_suffix(".none"))[0], 3)

    def agree(self, rules, path, keys):
        code, out, err = sluice("replay", "--rules", rules, "--decisions", "--workers", 2, path)
        self.assertEqual(code, 0, err)
        replayed = {}
        for line in map(json.loads, out.splitlines()):
            steps = line["steps"] if "decision" not in line else None
            replayed.setdefault(line["key"], []).append(
                (line["campaign"], line["time"], line["event"], line.get("decision", "sent"), steps))
        for key in keys:
            code, out, err = sluice("explain", "--rules", rules, "--key", key, "--json", path)
            self.assertEqual(code, 0, err)
            told = [(line["campaign"], moment["time"], moment["event"], moment["decision"],
                     moment["steps"] if moment["decision"] == "sent" else None)
                    for line in map(json.loads, out.splitlines()) if line["key"] == key
                    for moment in line["moments"] if "decision" in moment]
            self.assertEqual(sorted(told, key=str), sorted(replayed.get(key, []), key=str), key)
        return replayed

    def test_it_agrees_with_the_engine(self):
        draw = random.Random(7)
        events, minutes = [], 0
        for _ in range(1200):
            minutes += draw.choice([0, 1, 3, 10, 45])
            events.append((minutes - draw.choice([0, 0, 0, 25]), draw.choice("aabbccdez"), {
                "customer": f"C{draw.randrange(9)}", "product": f"P{draw.randrange(2)}", "amount": draw.randrange(15),
                "device": {"id": f"D{draw.randrange(15)}"}}))
        replayed = self.agree(self.at, self.write(events), [f"C{i}" for i in range(9)])
        decided = {(line[0], line[3]) for lines in replayed.values() for line in lines}
        self.assertEqual({campaign for campaign, decision in decided if decision == "sent"},
                         {"abandoned", "growing", "any-b", "sums", "fresh", "in-a-row", "device-quiet"})
        self.assertLessEqual({"late", "limit", "outranked"}, {decision for _, decision in decided})

    def test_it_agrees_on_the_examples(self):
        self.agree(EXAMPLES, HISTORY, ["C00000084", "C00000246", "C00000005"])


unittest.main(argv=sys.argv[:1])
