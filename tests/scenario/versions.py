#!/usr/bin/env python3
"""The life of rule sets as a person lives it: list, show, diff, load --dry-run, rollback, on a real gateway.

usage: versions.py --build BUILD"""
import argparse
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from gateway import IDLE_S, SCHEMA, Gateway, Programs, campaign, wait_until  # noqa: E402

FIRST = "# why it is there\n" + campaign("hits", 'type == "hit"')
MORE = campaign("more", 'type == "more"')


def has_shadow(program):
    """Whether it was built with the address sanitizer, whose shadow no limit of memory leaves room for: there the
    compiler runs without one."""
    with open(program, "rb") as file:
        return b"__asan_init" in file.read()


class Versions(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-versions-")
        self.gateway = Gateway(PROGRAMS, self.directory)
        self.gateway.campaigns = {"hits.yaml": FIRST}
        self.gateway.settings["limits.rules.kept"] = 4
        self.gateway.start()

    def tearDown(self):
        self.gateway.kill_all()
        shutil.rmtree(self.directory)

    def sluice(self, *arguments):
        done = self.gateway.run(*arguments, "--api", self.gateway.api)
        return done.returncode, done.stdout, done.stderr

    def lines(self, *arguments):
        """Exit code and the values of its JSON lines; nothing else may be there."""
        code, out, err = self.sluice(*arguments, "--json")
        return code, [json.loads(line) for line in out.splitlines()], err

    def write(self, name, files, schema=None):
        path = self.gateway.path(name)
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        for file, text in files.items():
            with open(os.path.join(path, file), "w", encoding="utf-8") as out:
                out.write(text)
        if schema:
            with open(os.path.join(path, "schema.yaml"), "w") as out:
                out.write(schema)
        return path

    def versions(self):
        code, values, err = self.lines("list")
        self.assertEqual((code, err), (0, ""))
        return [(value["version"], value["author"], value["in_force"]) for value in values]

    def in_dataplane(self):
        return self.gateway.wait_status()["ruleset"]["version"]

    def test_a_day(self):
        self.assertEqual(self.versions(), [(1, "settings", True)])
        two = self.write("two", {"all.yaml": FIRST.replace("TEST", "OTHER") + "---\n" + MORE})
        self.check_dry_run(two)
        code, values, _ = self.lines("load", two, "--author", "kim")
        self.assertEqual((code, values[0]["version"], values[0]["campaigns"]), (0, 2, 2))
        self.assertEqual(self.versions(), [(2, "kim", True), (1, "settings", False)])
        self.check_show()
        self.check_diff(two)
        self.check_rollback()
        self.check_table()

    def check_dry_run(self, two):
        code, values, _ = self.lines("load", two, "--dry-run")
        self.assertEqual(code, 0)
        self.assertEqual({key: values[0][key] for key in ("version", "added", "removed", "changed", "schema_changed")},
                         {"version": 0, "added": ["more"], "removed": [], "changed": ["hits"], "schema_changed": False})
        code, out, _ = self.sluice("load", two, "--dry-run")
        self.assertEqual(code, 0)
        self.assertIn("+ more", out)
        self.assertIn("~ hits", out)
        self.assertEqual(self.versions(), [(1, "settings", True)])
        self.assertEqual(self.in_dataplane(), 1)

    def check_show(self):
        code, values, _ = self.lines("show", "1")
        self.assertEqual(code, 0)
        self.assertEqual({value["file"]: value["text"] for value in values}, {"hits.yaml": FIRST, "schema.yaml": SCHEMA})
        code, out, _ = self.sluice("show", "1", "--campaign", "hits")
        self.assertEqual((code, out), (0, FIRST))
        code, values, _ = self.lines("show", "--campaign", "more")
        self.assertEqual((code, values), (0, [{"campaign": "more", "file": "all.yaml", "line": 10, "text": MORE}]))
        code, out, _ = self.sluice("show")
        self.assertEqual(code, 0)
        self.assertIn("==> all.yaml <==\n" + FIRST.replace("TEST", "OTHER"), out)
        for arguments in (["show", "9"], ["show", "1", "--campaign", "nothing"], ["diff", "1", "9"]):
            code, out, err = self.sluice(*arguments)
            self.assertEqual((code, out), (1, ""), arguments)
            self.assertTrue(err.startswith("sluice "), err)

    def check_diff(self, two):
        self.assertEqual(self.lines("diff", two), (0, [], ""))
        self.assertEqual(self.sluice("diff", "2", "2")[0], 0)
        code, values, _ = self.lines("diff", "1", "2")
        self.assertEqual(code, 1)
        self.assertEqual([(value["campaign"], value["change"], value["file"]) for value in values],
                         [("hits", "changed", "all.yaml"), ("more", "added", "all.yaml")])
        self.assertIn("-send: {channel: push, template: TEST", values[0]["diff"])
        self.assertIn("+send: {channel: push, template: OTHER", values[0]["diff"])
        self.assertNotIn("owner: tests\n-", values[0]["diff"])
        code, out, _ = self.sluice("diff", "2", "1")
        self.assertEqual(code, 1)
        self.assertLess(out.index("- more"), out.index("@@"), "names come first")
        self.assertNotIn("\x1b", out)
        self.assertIn("0 added, 1 removed, 1 changed", out)
        code, values, _ = self.lines("diff", self.write("three", {"a.yaml": FIRST, "b.yaml": MORE},
                                                        SCHEMA + "  more:     int\n"), "1")
        self.assertEqual([(value.get("campaign", value.get("schema")), value["change"]) for value in values],
                         [("schema.yaml", "changed"), ("more", "added")])
        broken = self.write("broken", {"a.yaml": FIRST, "b.yaml": FIRST, "c.yaml": "owner: me\n", "d.yaml": "a: ["})
        code, values, _ = self.lines("diff", broken)
        self.assertEqual((code, sorted(value["code"] for value in values)),
                         (1, ["duplicate_campaign", "missing_key", "yaml"]))

    def check_rollback(self):
        code, values, _ = self.lines("rollback", "--dry-run")
        self.assertEqual((code, values[0]["version"], self.in_dataplane()), (0, 0, 2))
        code, values, _ = self.lines("rollback", "--author", "lee")
        self.assertEqual((code, values[0]["version"], values[0]["campaigns"]), (0, 3, 1))
        self.assertEqual(self.in_dataplane(), 3)
        self.assertEqual(self.lines("diff", "1", "3")[:2], (0, []))
        self.assertEqual(self.versions(), [(3, "lee", True), (2, "kim", False), (1, "settings", False)])
        for arguments in (["rollback", "3"], ["rollback", "77"]):
            code, out, err = self.sluice(*arguments)
            self.assertEqual((code, out), (1, ""))
            self.assertIn("the rule set in force stays", err)
        code, out, _ = self.sluice("rollback", "2")
        self.assertEqual(code, 0)
        self.assertIn("version 4, 2 campaigns, in force on every worker", out)
        # the oldest of five goes
        self.assertEqual(self.sluice("rollback")[0], 0)
        self.assertEqual([version[0] for version in self.versions()], [5, 4, 3, 2])

    def check_table(self):
        code, out, _ = self.sluice("list")
        self.assertEqual(code, 0)
        self.assertEqual(len(out.splitlines()), 5)
        self.assertRegex(out.splitlines()[1], r"^\* +5  20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ +1  [0-9a-f]{12}  ")

    def test_what_cannot_come_back_stays_away(self):
        """Damaged sources; a schema that is gone; campaigns that do not compile any more."""
        self.assertEqual(self.sluice("load", self.write("two", {"a.yaml": MORE}))[0], 0)
        self.assertEqual(self.sluice("load", self.write("three", {"a.yaml": FIRST}))[0], 0)
        with open(self.gateway.path("data", "rulesets", "1", "source", "hits.yaml"), "a") as file:
            file.write("# scribbled\n")
        os.unlink(self.gateway.path("data", "rulesets", "2", "source", "schema.yaml"))
        for version, named in (("1", "hits.yaml"), ("2", "schema.yaml")):
            code, out, err = self.sluice("rollback", version)
            self.assertEqual((code, out), (1, ""))
            self.assertIn('"%s" of version %s' % (named, version), err)
        self.assertEqual(self.in_dataplane(), 3)
        advertisement = FIRST.replace("kind: service", "kind: advertisement")
        self.gateway.stop()
        self.gateway.settings["unsafe_advertising_without_consent"] = "true"
        self.gateway.start()
        for rules in ({"a.yaml": advertisement}, {"a.yaml": MORE}):
            self.assertEqual(self.sluice("load", self.write("four", rules))[0], 0)
        self.gateway.stop()
        self.gateway.settings["unsafe_advertising_without_consent"] = "false"
        self.gateway.start()
        code, values, _ = self.lines("rollback")
        self.assertEqual((code, [value["code"] for value in values]), (1, ["no_consent_gate"]))
        self.assertEqual((self.in_dataplane(), self.versions()[0][0]), (5, 5))

    def test_a_load_while_another_runs(self):
        """The second is told so with 3; when the first is given up, the next one may."""
        first = socket.socket(socket.AF_UNIX)
        first.connect(self.gateway.path("run", "control.sock"))
        first.sendall(b"POST /v1/rulesets HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                      b"Content-Length: 1000\r\n\r\n")
        self.assertTrue(first.recv(100).startswith(b"HTTP/1.1 100 "))
        two = self.write("two", {"a.yaml": MORE})
        for arguments in (["load", two], ["load", two, "--dry-run"], ["rollback"]):
            code, out, err = self.sluice(*arguments)
            self.assertEqual((code, out), (3, ""), arguments)
            self.assertIn("another rule set is being loaded", err)
        self.assertEqual((self.in_dataplane(), self.versions()), (1, [(1, "settings", True)]))
        first.close()
        wait_until("the first has been given up", IDLE_S, lambda: self.sluice("load", two)[0] == 0)
        self.assertEqual(self.in_dataplane(), 2)

    def test_before_the_first_rule_set(self):
        self.gateway.stop()
        shutil.rmtree(self.gateway.path("data"))
        self.gateway.settings["rules"] = '""'
        self.gateway.start()
        self.assertEqual(self.versions(), [])
        self.assertIn("no rule set yet", self.sluice("list")[1])
        path = self.write("one", {"a.yaml": MORE}, SCHEMA)
        for arguments in (["show"], ["diff", path], ["rollback"]):
            code, out, err = self.sluice(*arguments)
            self.assertEqual((code, out), (1, ""), arguments)
            self.assertTrue(err)
        code, values, _ = self.lines("load", path, "--dry-run")
        self.assertEqual((code, values[0]["added"], values[0]["schema_changed"]), (0, ["more"], True))
        self.assertEqual(self.lines("load", path)[1][0]["version"], 1)

    def test_a_field_that_no_channel_fills(self):
        """It is told as soon as every channel announces its fields, and no event is judged by it."""
        path = self.write("amounts", {"a.yaml": campaign("large", 'type == "pay" && amount > 5') + "---\n" + FIRST}, SCHEMA)
        self.assertEqual(self.told(path, "--dry-run"), [])
        self.gateway.fields = {name: ["id", "time", "type", "customer"] for name in ("web", "lines", "acked")}
        self.gateway.write_files()
        self.gateway.signal("control", signal.SIGHUP)
        self.gateway.wait_log("settings reloaded: 1 changed, 0 wait")
        wanted = [("field_unfilled", "a.yaml", 6, 27), ("field_unfilled", "a.yaml", 16, 58)]
        self.assertEqual(self.told(path, "--dry-run"), wanted)
        self.assertEqual(self.told(path), wanted)
        self.assertEqual(self.told(path), wanted)  # from what was kept of files that were read
        code, out, err = self.sluice("load", path)
        self.assertIn("no channel fills `amount`: none of `web`, `lines`, `acked` names it", err)
        with self.gateway.connect("acked") as line:
            line.sendall(b'{"id":"1","time":"2026-11-21T10:00:00Z","type":"pay","customer":"c","amount":9}\n')
            self.assertTrue(line.recv(100))
        wait_until("the match is in the sink", IDLE_S, self.gateway.sink_lines)
        self.assertEqual([one["campaign"] for one in self.gateway.sink_lines()], ["large"])

    def told(self, *arguments):
        code, values, err = self.lines("load", *arguments)
        self.assertEqual(code, 0, err)
        return [(one["code"], one["file"], one["line"], one["column"]) for one in values[0].get("diagnostics", [])]

    def test_the_corpus_of_bad_rules(self):
        """Each is refused by its file, and the one in force stays."""
        bad = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "data", "rules-bad")
        with open(os.path.join(bad, "schema.yaml")) as file:
            schema = file.read()
        tried = 0
        for name in sorted(os.listdir(bad)):
            with open(os.path.join(bad, name), "rb") as file:
                text = file.read()
            if not name.endswith(".yaml") or name == "schema.yaml" or not self.is_refused(os.path.join(bad, name)):
                continue
            is_schema = name.startswith("schema-")
            path = self.write("bad", {"a.yaml": MORE} if is_schema else {}, schema)
            with open(os.path.join(path, "schema.yaml" if is_schema else name), "wb") as file:
                file.write(text)
            done, values, err = self.lines("load", path)
            tried += 1
            if not values:  # it is not UTF-8: said before anybody is asked
                self.assertEqual((done, name in err), (3, True), name)
                continue
            self.assertEqual(done, 1, name)
            named = {value["file"] for value in values if value["severity"] == "error"}
            self.assertIn("schema.yaml" if is_schema else name, named)
            self.assertTrue(is_schema or len(named) == 1, named)
        self.assertGreater(tried, 20)
        self.assertEqual((self.in_dataplane(), self.versions()), (1, [(1, "settings", True)]))

    @staticmethod
    def is_refused(path):
        """Some of the corpus is only warned of."""
        with open(path[:-len("yaml")] + "expected", encoding="utf-8", errors="replace") as file:
            return ": error: " in file.read()

    def test_what_needs_too_much_is_refused(self):
        """More memory, then more time, than the settings allow the compiler."""
        many = self.write("many", {"%d.yaml" % part: "---\n".join(
            campaign("c%d-%d" % (part, i), 'text.contains("%d of %d has to be found")' % (i, part))
            for i in range(5000)) for part in range(8)})
        limits = [("limits.rules.compile_bytes", "64MiB", "compile_memory"),
                  ("limits.rules.compile_ms", 100, "compile_time")]
        if has_shadow(PROGRAMS.control):
            limits.pop(0)
        for setting, value, code in limits:
            self.gateway.stop()
            self.gateway.settings[setting] = value
            self.gateway.start()
            done, values, _ = self.lines("load", many)
            self.assertEqual((done, [one["code"] for one in values]), (1, [code]))
            self.assertIn(setting, values[0]["message"] + values[0]["hint"])
            self.assertEqual((self.in_dataplane(), self.versions()), (1, [(1, "settings", True)]))
            self.assertEqual(os.listdir(self.gateway.path("data", "rulesets", "1")).count("artifact.bin"), 1)
            del self.gateway.settings[setting]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    PROGRAMS = Programs(options.build)
    unittest.main(argv=[sys.argv[0]] + rest)
