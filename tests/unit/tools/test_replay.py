"""sluice replay of campaigns that remember: what falls due, when, with which steps; the same bytes
whatever the number of workers.

usage: test_replay.py SLUICE EXAMPLES"""
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
campaign: a-then-b
kind: service
match:
  - first: type == "a"
  - second: type == "b" && amount > first.amount
    within: 1h
exclusive: best
priority: 1
send: {channel: push, template: T, data: {was: first.amount, is: second.amount}}
---
campaign: any-b
kind: service
match: type == "b"
exclusive: best
priority: %d
send: {channel: push, template: T}
---
campaign: device-quiet
kind: service
by: device.id
for: customer
match:
  - on: type == "on"
  - not: type == "on"
    within: 20m
limit: {per_customer: 1, per: 1d, over: devices}
send: {channel: push, template: T, data: {device: on.device.id}}
---
campaign: account-busy
kind: service
by: account
for: customer
match:
  - uses: type == "on"
    window: 1h
    count: 2
limit: {per_customer: 1, per: 1d, over: devices}
send: {channel: push, template: T, data: {uses: uses.count}}
---
campaign: ends-soon
kind: service
valid: {from: 2026-01-01, until: 2026-01-05T01:00:00Z}
match:
  - start: type == "v"
  - not: type == "w"
    within: 30m
send: {channel: push, template: T}
"""


def at(minutes):
    return (BEGIN + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Replay(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.at = pathlib.Path(directory.name)
        (self.at / "schema.yaml").write_text((pathlib.Path(EXAMPLES) / "schema.yaml").read_text())
        (self.at / "rules.yaml").write_text(RULES % 0)

    def text(self, events, *args):
        path = self.at / "events.ndjson"
        if events is not None:
            path.write_text("".join(json.dumps(event) + "\n" for event in events))
        done = subprocess.run([SLUICE, "replay", "--rules", str(self.at), *args, str(path)], capture_output=True,
                              text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def lines(self, events, *args):
        return [json.loads(line) for line in self.text(events, *args).splitlines()]

    def short(self, events, *args):
        return [(line["campaign"], line["key"], line["time"], line.get("decision")) for line in self.lines(events, *args)]

    def event(self, number, minutes, kind, customer="C1", **more):
        return {"id": str(number), "time": at(minutes), "type": kind, "customer": customer, **more}

    def test_due_when_it_is_due(self):
        line, = self.lines([self.event(1, 0, "a", product="P1"), self.event(2, 300, "z")])
        self.assertEqual((line["campaign"], line["event"], line["time"], line["steps"], line["data"]),
                         ("abandoned", "1", at(30), {"start": "1"}, {"product": "P1"}))
        self.assertEqual(self.lines([self.event(1, 0, "a", product="P1")]), [line])  # the clock runs on
        other = self.event(2, 10, "b", product="P2")
        self.assertEqual(self.short([self.event(1, 0, "a", product="P1"), other])[-1], ("abandoned", "C1", at(30), None))
        same = self.event(2, 30, "b", product="P1")  # the last instant still counts
        self.assertEqual(self.short([self.event(1, 0, "a", product="P1"), same]), [("any-b", "C1", at(30), None)])

    def test_until(self):
        events = [self.event(1, 0, "a", product="P1"), self.event(2, 50, "v")]
        self.assertEqual(self.short(events, "--until", at(29)), [])
        self.assertEqual(self.short(events, "--until", at(30)), [])
        self.assertEqual(self.short(events, "--until", at(31)), [("abandoned", "C1", at(30), None)])

    def test_steps_and_the_better_campaign(self):
        events = [self.event(1, 0, "a", amount=5), self.event(2, 5, "b", amount=7)]
        sent, outranked = [line for line in self.lines(events, "--decisions") if line["time"] == at(5)]
        self.assertEqual((sent["campaign"], sent["steps"], sent["data"]),
                         ("a-then-b", {"first": "1", "second": "2"}, {"was": 5, "is": 7}))
        self.assertEqual((outranked["campaign"], outranked["decision"]), ("any-b", "outranked"))
        (self.at / "rules.yaml").write_text(RULES % 2)
        self.assertEqual([line["campaign"] for line in self.lines(events)], ["any-b", "abandoned"])

    def test_limit_late_and_validity(self):
        events = [self.event(1, 0, "a"), self.event(2, 20, "b", product="P"), self.event(3, 25, "v"), self.event(4, 40, "a"),
                  self.event(5, 40, "v", "C2"), self.event(6, 600, "z")]
        self.assertEqual(self.short(events, "--decisions"), [
            ("any-b", "C1", at(20), None), ("abandoned", "C1", at(30), None), ("ends-soon", "C1", at(55), None),
            ("abandoned", "C1", at(70), "limit"), ("ends-soon", "C2", at(70), "validity")])
        late = [self.event(1, 120, "a"), self.event(2, 60, "a"), self.event(3, 10, "a")]
        decisions = [line for line in self.short(late, "--decisions") if line[3]]
        self.assertEqual(decisions, [("a-then-b", "C1", at(10), "late"), ("abandoned", "C1", at(10), "late"),
                                     ("a-then-b", "C1", at(60), "late"), ("abandoned", "C1", at(60), "late")])

    def test_what_devices_did_is_the_customers_in_one_order(self):
        """Two devices of a customer fall due in one instant, and one message a day may go."""
        events = [self.event(2 * i + k, 0, "on", f"C{i}", device={"id": f"D{i}-{k}"}, account=f"A{i}-{k}")
                  for i in range(40) for k in range(2)]
        first = self.text(events, "--decisions")
        lines = [json.loads(line) for line in first.splitlines()]
        self.assertEqual(len(lines), 80)
        self.assertEqual(sum("decision" in line for line in lines), 40)
        for workers in "2347":
            self.assertEqual(self.text(None, "--decisions", "--workers", workers), first, workers)

    def test_the_same_whatever_the_workers(self):
        draw = random.Random(6)
        events, minutes = [], 0
        for number in range(1500):
            minutes += draw.choice([0, 0, 1, 3, 10, 45])
            events.append(self.event(number, minutes - draw.choice([0, 0, 0, 0, 25, 90]), draw.choice("aabbvwzo"),
                                     f"C{draw.randrange(12)}", product=f"P{draw.randrange(2)}", amount=draw.randrange(9),
                                     device={"id": f"D{draw.randrange(20)}"}, account=f"A{draw.randrange(20)}"))
            if events[-1]["type"] == "o":
                events[-1]["type"] = "on"
        first = self.text(events, "--decisions")
        seen = {json.loads(line).get("decision") for line in first.splitlines()}
        self.assertLessEqual({None, "late", "limit", "outranked", "validity"}, seen)
        self.assertEqual({json.loads(line)["campaign"] for line in first.splitlines()},
                         {"abandoned", "a-then-b", "any-b", "device-quiet", "account-busy", "ends-soon"})
        for workers in "247":
            self.assertEqual(self.text(None, "--decisions", "--workers", workers), first, workers)

    def test_a_day_of_the_examples(self):
        def replay(workers):
            done = subprocess.run([SLUICE, "replay", "--rules", EXAMPLES, "--decisions", "--workers", workers, str(HISTORY)],
                                  capture_output=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stderr.endswith(b"decisions\n") and done.stderr.count(b"\n") == 1, done.stderr)
            return done.stdout

        first = replay("1")
        campaigns = {json.loads(line)["campaign"] for line in first.splitlines()}
        self.assertLessEqual({"loan-abandoned", "loan-rate-shopper", "transfers-in-an-hour"}, campaigns)
        for workers in "247":
            self.assertEqual(replay(workers), first, workers)


unittest.main(argv=sys.argv[:1])
