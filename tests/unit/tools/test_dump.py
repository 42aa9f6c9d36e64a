"""sluice dump: what it shows of an artifact and of a settings file, and what it makes of damaged ones."""
import json
import os
import random
import subprocess
import sys
import tempfile
import unittest

SLUICE = os.path.abspath(sys.argv.pop(1))
PROBE = os.path.abspath(sys.argv.pop(1))
CONTROL = os.path.abspath(sys.argv.pop(1))
EXAMPLES = os.path.abspath(sys.argv.pop(1))

SCHEMA = """schema: test
fields:
  id: {type: string, role: id, required: true, max: 64}
  time: {type: time, role: time, required: true}
  type: {type: string, role: type, required: true, max: 64}
  customer: {type: string, role: key, required: true, max: 64}
  channel: {type: string, max: 32}
  page: {type: string, max: 64}
  amount: int
  rate: decimal
  when: time
  tags: {type: strings, max: 32, items: 8}
"""
CONDITIONS = {
    "equal": 'type == "a" && channel == "b" && amount > 5',
    "either": 'type == "a" || "vip" in tags',
    "between": 'rate >= 1.5 && rate <= 2.0',
    "inside": 'page.contains("hand")',
    "rest": 'size(page) > 3 && (channel != "b\\n한글" || size(tags) > 2) && page != "\\u001b[2J"',
    "zoned": 'type == "z" && when.getHours("Asia/Seoul") > 20 && when > timestamp("2026-01-01T00:00:00Z")',
    "pattern": 'type == "m" && page.matches("^a+b[0-9]{2}$")',
}


def sluice(*arguments):
    done = subprocess.run([SLUICE, *arguments], capture_output=True, timeout=200)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Dump(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.room = tempfile.TemporaryDirectory()
        cls.rules = os.path.join(cls.room.name, "rules")
        os.mkdir(cls.rules)
        with open(os.path.join(cls.rules, "schema.yaml"), "w") as file:
            file.write(SCHEMA)
        for name, condition in CONDITIONS.items():
            with open(os.path.join(cls.rules, name + ".yaml"), "w") as file:
                file.write(f"campaign: {name}\nowner: o\nkind: service\nmatch:\n  - start: >-\n      {condition}\n"
                           "send: {channel: push, template: T, data: {amount: amount}}\n"
                           )
        cls.artifact = cls.write(cls.rules, "rules.bin")

    @classmethod
    def tearDownClass(cls):
        cls.room.cleanup()

    @classmethod
    def write(cls, rules, name):
        path = os.path.join(cls.room.name, name)
        done = subprocess.run([PROBE, "write", rules, path], capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr + sluice("check", rules)[2])
        return path

    def objects(self, *arguments):
        code, out, err = sluice("dump", *arguments, "--json")
        self.assertEqual(code, 0, err)
        objects = {}
        for line in out.splitlines():
            (name, value), = json.loads(line).items()
            objects.setdefault(name, []).append(value)
        return objects

    def campaign(self, name):
        return self.objects(self.artifact, "--campaign", name)["campaign"][0]

    def test_header_sections_schema(self):
        objects = self.objects(self.artifact)
        header, = objects["header"]
        self.assertEqual((header["kind"], header["campaigns"]), ("ruleset", len(CONDITIONS)))
        self.assertEqual(header["bytes"], os.path.getsize(self.artifact))
        self.assertEqual(len(header["hash"]), 32)
        self.assertRegex(header["created"], r"^20\d\d-\d\d-\d\dT[0-9:.]+Z$")
        version = json.loads(sluice("version", "--json")[1])
        self.assertEqual(header["patterns"], version["libraries"]["hyperscan"])
        sections = {section["name"]: section for section in objects["section"]}
        self.assertNotIn("unknown", sections)
        self.assertEqual(sections["campaigns"]["records"], len(CONDITIONS))
        self.assertEqual(sections["fields"]["records"], len(objects["field"]))
        self.assertEqual([field["path"] for field in objects["field"]][:3], ["id", "time", "type"])
        self.assertEqual(sum(database["bytes"] for database in objects["database"]) > 0, True)
        self.assertEqual([zone["name"] for zone in objects["zone"]], ["Asia/Seoul"])
        self.assertEqual(len(objects["pattern"]), 1)

    def test_where_triggers_are_filed(self):
        filed = {name: self.campaign(name)["triggers"][0]["filed"] for name in CONDITIONS}
        self.assertIn(['type == "a"', 'channel == "b"', "amount >= 6"],
                      [sorted(place, key=lambda part: (part[0] != "t", ">=" in part)) for place in filed["equal"]])
        self.assertEqual(sorted(filed["either"]), [['"vip" in tags'], ['type == "a"']])
        self.assertEqual(filed["between"], [["rate >= 1.5 && rate <= 2.0"]])
        self.assertEqual(filed["rest"], [[]])
        self.assertRegex(filed["inside"][0][-1], r"^page contains the text of atom \d+ \(\d+ bytes scanned\)$")

    def test_programs_are_listed_as_cel_writes_constants(self):
        program = "\n".join(self.campaign("rest")["triggers"][0]["program"])
        self.assertIn('"b\\n한글"', program)
        program = "\n".join(self.campaign("zoned")["triggers"][0]["program"])
        self.assertIn('"Asia/Seoul"', program)

    def test_for_people_nothing_steers_the_terminal(self):
        code, out, _ = sluice("dump", self.artifact)
        self.assertEqual(code, 0)
        for text in ("header", "sections", "schema", "databases", "zones", "campaigns", "every event", "program"):
            self.assertIn(text, out)
        self.assertIn('"\\u001b[2J"', out)
        self.assertEqual([c for c in out if ord(c) < 32 and c != "\n"], [])

    def test_one_part(self):
        self.assertEqual(list(self.objects(self.artifact, "--section", "zones")), ["zone"])
        self.assertEqual(len(self.objects(self.artifact, "--section", "campaigns")["campaign"]), len(CONDITIONS))
        code, out, err = sluice("dump", self.artifact, "--section", "settings")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("has no settings", err)
        code, out, err = sluice("dump", self.artifact, "--campaign", "nobody")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("no campaign 'nobody'", err)
        code, _, err = sluice("dump", self.artifact, "--section", "kitchen")
        self.assertEqual(code, 2)
        self.assertIn("databases", err)

    def test_what_is_remembered(self):
        rules = os.path.join(self.room.name, "remembering")
        os.mkdir(rules)
        with open(os.path.join(rules, "schema.yaml"), "w") as file:
            file.write(SCHEMA)
        with open(os.path.join(rules, "a.yaml"), "w") as file:
            file.write("""campaign: c
kind: service
by: channel
for: customer
match:
  - views: type == "view"
    window: {calendar: week, zone: Asia/Seoul}
    having: sum(amount) > 5
  - start: type == "start" && amount > views.amount
    within: 1h
  - not: type == "done"
    within: 30m
limit: {per_customer: 2, per: 7d}
exclusive: x
send: {channel: push, template: T, data: {s: views.sum(amount), p: start.page}}
""")
        path = self.write(rules, "remembering.bin")
        campaign, = self.objects(path)["campaign"]
        self.assertEqual((campaign["by"], campaign["for"], campaign["exclusive"]), ("channel", "customer", "x"))
        self.assertEqual((campaign["limit"]["per_customer"], campaign["limit"]["per_ns"]), (2, 7 * 86400 * 10**9))
        sequence, = campaign["sequences"]
        self.assertEqual([(step["kind"], step["name"]) for step in sequence["steps"]],
                         [("window", "views"), ("event", "start"), ("not", "")])
        self.assertEqual(sequence["steps"][0]["window"]["aggregates"], ["sum(amount)"])
        self.assertEqual(sequence["steps"][0]["window"]["zone"], "Asia/Seoul")
        self.assertTrue(sequence["steps"][1]["link"])
        self.assertEqual(sequence["steps"][2]["within_ns"], 1800 * 10**9)
        self.assertEqual(sequence["captures"], ["views.amount", "start.page", "start.customer"])
        self.assertEqual([datum["value"] for datum in campaign["data"]], ["views.sum(amount)", "start.page"])
        self.assertEqual([(trigger["role"], trigger["step"]) for trigger in campaign["triggers"]],
                         [("step", 0), ("step", 1), ("step", 2)])
        code, out, _ = sluice("dump", path, "--campaign", "c")
        self.assertEqual(code, 0)
        for text in ("sequence, slot", "views.amount", "per_customer 2", "kind calendar", "trigger 0, step 0"):
            self.assertIn(text, out)

    def test_examples(self):
        objects = self.objects(self.write(EXAMPLES, "examples.bin"))
        for campaign in objects["campaign"]:
            for trigger in campaign["triggers"]:
                self.assertTrue(trigger["filed"] or "false" in " ".join(trigger["program"]), campaign["name"])

    def test_settings(self):
        with tempfile.TemporaryDirectory() as home:
            path = os.path.join(home, "sluice.yaml")
            with open(path, "w") as file:
                file.write("workers: 1\nchannels:\n  - {name: web, protocol: http, listen: 127.0.0.1:0}\n"
                           "  - {name: shop, protocol: mirror, wire: tap0, ports: [80, 81], rules: [{body: events}]}\n"
                           "wires: [{name: tap0, device: net_null}]\n")
            done = subprocess.run([CONTROL, "--config", path, "--prepare"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            objects = self.objects(json.loads(done.stdout)["settings"])
        settings = {setting["path"]: setting["value"] for setting in objects["setting"]}
        self.assertEqual(settings["workers"], 1)
        self.assertEqual(settings["time_zone"], "Asia/Seoul")
        self.assertEqual(objects["header"][0]["kind"], "settings")
        self.assertEqual(objects["channel"][0]["name"], "web")
        self.assertEqual((objects["channel"][1]["protocol"], objects["channel"][1]["address"]), ("mirror", "tap0:80,81"))
        self.assertEqual(objects["wire"], [{"name": "tap0", "device": "net_null", "promiscuous": True}])

    def refused(self, path, *words):
        code, out, err = sluice("dump", path)
        self.assertEqual((code, out), (3, ""), err)
        for word in words:
            self.assertIn(word, err)
        self.assertEqual(err.count("\n"), 1, err)

    def test_what_is_no_artifact(self):
        self.refused("/nonexistent", "/nonexistent")
        self.refused(self.room.name, "not a file", "artifact.bin")
        self.refused("/dev/zero", "not a file")
        self.refused("/dev/null", "not a file")
        empty = os.path.join(self.room.name, "empty")
        open(empty, "w").close()
        self.refused(empty, "shorter than a header")
        other = os.path.join(self.room.name, "other")
        with open(other, "w") as file:
            file.write("campaign: no\n" * 100)
        self.refused(other, "does not begin as a Sluice file does", "artifact.bin")
        self.assertEqual(sluice("dump")[0], 2)
        self.assertEqual(sluice("dump", empty, empty)[0], 2)

    def test_damaged_ones_are_refused(self):
        with open(self.artifact, "rb") as file:
            sound = file.read()
        path = os.path.join(self.room.name, "damaged.bin")
        dice = random.Random(4)
        for _ in range(60):
            spoiled = bytearray(sound)
            spoiled[dice.randrange(len(sound))] ^= 1 << dice.randrange(8)
            if dice.randrange(4) == 0:
                del spoiled[dice.randrange(1, len(sound)):]
            with open(path, "wb") as file:
                file.write(spoiled)
            code, out, err = sluice("dump", path)
            if (code, out) == (3, ""):
                self.assertEqual(err.count("\n"), 1, err)
                continue
            # created and content lie before what the checksum is of
            self.assertEqual((code, len(spoiled), bytes(spoiled[64:])), (0, len(sound), sound[64:]))


unittest.main(verbosity=2)
