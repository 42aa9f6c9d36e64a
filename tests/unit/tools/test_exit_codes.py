"""The four exit codes, of every command: 0 done, 1 the answer is no, 2 used wrongly, 3 could not be done.

A command without a row for each code that it can end with fails here, so that a new one gets its rows.
"""
import os
import shutil
import struct
import sys
import tempfile
import unittest

import test_cli  # its tests are not to run here again: what is imported by name would
from test_cli import Api, chunked, EXAMPLES, STATUS, sluice

HISTORY = os.path.join(EXAMPLES, "..", "..", "tests", "data", "history.ndjson")
LOADED = {"version": 7, "campaigns": 20, "hash": "00" * 16}
WRONG = {"diagnostics": [{"severity": "error", "file": "a.yaml", "line": 1, "column": 1, "code": "x",
                          "message": "m", "hint": "", "source": ""}]}
DECISION = {"time": "2026-11-21T00:00:00Z", "id": 32 * "a", "campaign": "loan", "campaign_version": "1", "ruleset": 1,
            "key": "C1", "event": {"id": "e", "time": "2026-11-21T00:00:00Z"}, "decision": "validity", "why": "x"}
REMEMBERED = {"key": "C1", "ruleset": 7, "total": 1, "remembered": [
    {"campaign": "loan", "what": "run", "step": "start", "count": 1, "first": "2026-11-21T17:00:00Z",
     "last": "2026-11-21T17:00:00Z", "due": "2026-11-21T17:30:00Z"}]}
REFUSED = {"id": "3-48", "time": "2026-11-21T17:00:00Z", "channel": "web", "reason": "not_an_object", "detail": "\x1b[2J",
           "offset": 0, "bytes": 3}
SETTINGS = {"file": "/a", "channels": [], "settings": [
    {"name": "pin", "value": "true", "origin": "/a:1", "default": "true", "reload": False, "change": "x", "help": "y"}],
    "kafka": [{"name": "acks", "value": "-1", "origin": "sluice"}]}
NOBODY = ("--api", "unix:/nonexistent/control.sock")

# {name} stands for what Table.setUp makes; an answer is what control says (status, body).
ROWS = [
    (0, "check {sound}", None),
    (0, "check {sound} --schema {sound}/schema.yaml", None),
    (1, "check {wrong}", None),
    (1, "check {no_schema}", None),
    (2, "check", None),
    (2, "check {sound} {sound}", None),
    (2, "check {sound} --schema", None),
    (3, "check {missing}", None),
    (3, "check {file}", None),
    (3, "check {sound} --schema {missing}", None),
    (3, "check {sound} --schema {empty}", None),
    (3, "check {unreadable}", None),
    (0, "check {sound} --config {config}", None),
    (1, "check {sound} --config {wrong}/bad.yaml", None),
    (3, "check {sound} --config {missing}", None),
    (0, "capture --pcap {pcap}", None),
    (0, "capture --pcap {pcap} --requests --json --checksums --channel {lines}", None),
    (1, "capture --pcap {pcap_cut}", None),
    (2, "capture", None),
    (2, "capture --pcap {pcap} too much", None),
    (3, "capture --pcap {history}", None),
    (3, "capture --pcap {empty}", None),
    (3, "capture --pcap {missing}", None),
    (3, "capture --pcap {pcap} --channel {missing}", None),
    (0, "decode --schema {sound}/schema.yaml --format ndjson {history}", None),
    (1, "decode {broken}", None),
    (2, "decode", None),
    (2, "decode --format xml {broken}", None),
    (0, "decode --channel {lines} {history}", None),
    (1, "decode --channel {config} {history}", None),
    (2, "decode --channel {lines} --format json {history}", None),
    (3, "decode --channel {missing} {history}", None),
    (3, "decode {missing}", None),
    (3, "decode {empty}", None),
    (3, "decode --schema {missing} {broken}", None),
    (1, "doctor --directory {sound} --root {missing}", None),
    (2, "doctor too much", None),
    (3, "doctor --directory {missing}", None),
    (0, "drain --stop", (200, {"drained": True})),
    (1, "drain --stop", (200, {"drained": False})),
    (1, "drain", (409, {"error": "x"})),
    (2, "drain too much", None),
    (2, "drain --stop --wait 5", None),
    (2, "drain --wait 0", None),
    (3, "drain {nobody}", None),
    (3, "drain", (503, {"error": "x"})),
    (2, "dump", None),
    (2, "dump {file} {file}", None),
    (2, "dump {file} --section kitchen", None),
    (3, "dump {missing}", None),
    (3, "dump {file}", None),
    (3, "dump {sound}", None),
    (2, "diff", None),
    (3, "diff 1 2 {nobody}", None),
    (3, "diff {missing} 1 {nobody}", None),
    (2, "dump", None),
    (3, "dump {missing}", None),
    (3, "dump {file}", None),
    (0, "eval 1+1", None),
    (0, "eval amount>1 --schema {sound}/schema.yaml --bind amount={{\"int\":\"2\"}}", None),
    (1, "eval 1/0", None),
    (1, "eval 1+", None),
    (2, "eval", None),
    (2, "eval 1 2", None),
    (3, "eval 1 --event {missing}", None),
    (3, "eval 1 --schema {missing}", None),
    (0, "explain --rules {sound} --event {event}", None),
    (1, "explain --rules {sound} --event {event} --campaign nobody", None),
    (1, "explain --rules {wrong} --event {event}", None),
    (2, "explain --rules {sound}", None),
    (3, "explain --rules {sound} --event {missing}", None),
    (0, "explain --live --key C1", (200, REMEMBERED)),
    (0, "explain --live --key C1 --campaign loan --json", (200, REMEMBERED)),
    (1, "explain --live --key C1 --campaign nobody", (200, REMEMBERED)),
    (1, "explain --live --key C1", (200, {**REMEMBERED, "total": 0, "remembered": []})),
    (2, "explain --live", None),
    (2, "explain --live --key C1 --rules {sound}", None),
    (2, "explain --key C1 --rules {sound} --event {event}", None),
    (2, "explain --live --key " + 4200 * "x", (200, REMEMBERED)),
    (3, "explain --live --key C1 {nobody}", None),
    (3, "explain --live --key C1", (503, {"error": "x"})),
    (3, "explain --rules {missing} --event {event}", None),
    (3, "explain --rules {sound} --schema {missing} --event {event}", None),
    (0, "fmt --check {sound}", None),
    (2, "fmt", None),
    (3, "fmt {missing}", None),
    (2, "list too much", None),
    (3, "list {nobody}", None),
    (0, "log", (200, {"level": "info", "written": 3, "left_out": 0, "lost": 0})),
    (0, "log debug", (200, {"level": "debug", "written": 3, "left_out": 0, "lost": 0})),
    (2, "log loud", None),
    (2, "log info warn", None),
    (3, "log {nobody}", None),
    (3, "log", (500, {"error": "x"})),
    (0, "load {sound}", (200, LOADED)),
    (1, "load {wrong}", (422, WRONG)),
    (2, "load", None),
    (2, "load {sound} --api nonsense", None),
    (3, "load {missing}", (200, LOADED)),
    (3, "load {sound} --schema {missing}", (200, LOADED)),
    (3, "load {unreadable}", (200, LOADED)),
    (3, "load {sound} {nobody}", None),
    (3, "load {sound}", (503, {"error": "x"})),
    (0, "decisions", (200, {"decisions": [DECISION]})),
    (1, "decisions --json", (200, {"decisions": []})),
    (0, "decisions --key C1 --from 30d --to 2026-11-22T00:00:00+09:00 --limit 5", (200, {"decisions": [DECISION]})),
    (2, "decisions --from yesterday", (400, {"error": "x"})),
    (2, "decisions C1", None),
    (2, "decisions --limit 0", None),
    (2, "decisions --key " + 4200 * "x", (200, {"decisions": []})),
    (3, "decisions {nobody}", None),
    (3, "decisions", (503, {"error": "x"})),
    (0, "quarantine", (200, {"refused": []})),
    (0, "quarantine list --since 1h --limit 5", (200, {"refused": [REFUSED]})),
    (0, "quarantine show 3-48", (200, {**REFUSED, "text": "[#]", "committed": "x", "cut": True})),
    (1, "quarantine show 3-48", (404, {"error": "x"})),
    (1, "quarantine show ../status", None),
    (2, "quarantine --since yesterday", (400, {"error": "x"})),
    (2, "quarantine frobnicate", None),
    (2, "quarantine show", None),
    (2, "quarantine list list", None),
    (2, "quarantine --limit 0", None),
    (2, "quarantine --reason " + 2100 * "x", (200, {"refused": []})),
    (3, "quarantine {nobody}", None),
    (3, "quarantine show 3-48 {nobody}", None),
    (3, "quarantine", (503, {"error": "x"})),
    (0, "record export --from 7d", (200, {"recording": True, "events": ["{}"]})),
    (1, "record export", (200, {"recording": True, "events": []})),
    (2, "record", None),
    (2, "record import", None),
    (2, "record export --from yesterday", (400, {"error": "x"})),
    (3, "record export {nobody}", None),
    (3, "record export", (503, {"error": "x"})),
    (0, "replay --rules {sound} {history}", None),
    (0, "replay --rules {sound} --diff {sound} {history}", None),
    (0, "replay --rules {sound} --until 2026-11-20T12:00:00+09:00 --decisions {history}", None),
    (1, "replay --rules {sound} --diff {none} {history}", None),
    (1, "replay --rules {sound} --diff {wrong} {history}", None),
    (2, "replay --rules {sound} --until yesterday {history}", None),
    (2, "replay --rules {sound} --diff {sound} -", None),
    (3, "replay --rules {sound} --diff {missing} {history}", None),
    (3, "replay --rules {sound} --config {missing} {history}", None),
    (1, "replay --rules {wrong} {history}", None),
    (2, "replay {history}", None),
    (2, "replay --rules {sound}", None),
    (2, "replay --rules {sound} --workers 0 {history}", None),
    (3, "replay --rules {missing} {history}", None),
    (3, "replay --rules {sound} --schema {missing} {history}", None),
    (3, "replay --rules {unreadable} {history}", None),
    (3, "replay --rules {sound} {missing}", None),
    (2, "rollback nonsense", None),
    (3, "rollback {nobody}", None),
    (0, "settings", (200, SETTINGS)),
    (0, "settings --help-each --changed", (200, SETTINGS)),
    (1, "settings nothing.like.it", (200, SETTINGS)),
    (2, "settings a b", None),
    (3, "settings {nobody}", None),
    (3, "settings", (503, {"error": "x"})),
    (0, "schema campaign", None),
    (0, "schema bank", None),
    (2, "schema", None),
    (2, "schema kitchen", None),
    (2, "show nonsense", None),
    (3, "show {nobody}", None),
    (0, "status", (200, STATUS)),
    (1, "status", (200, {"ready": False})),
    (2, "status --api nonsense", None),
    (2, "status too much", None),
    (3, "status {nobody}", None),
    (3, "status", (500, {})),
    (0, "tail --count 1", (200, chunked(test_cli.Tail.MATCH))),
    (1, "tail --where nonsense", (400, {"error": "x"})),
    (2, "tail --count 0", None),
    (2, "tail --api nonsense", None),
    (3, "tail {nobody}", None),
    (3, "tail", (503, {"error": "x"})),
    (3, "tail --count 2", (200, chunked(test_cli.Tail.MATCH))),
    (0, "top --once --interval 0.1", (200, STATUS)),
    (1, "top --once --interval 0.1", (200, {"ready": False})),
    (2, "top --sort size", None),
    (2, "top --once --api nonsense", None),
    (3, "top --once {nobody}", None),
    (3, "top --once", (500, {})),
    (0, "completion bash", None),
    (0, "completion zsh", None),
    (2, "completion", None),
    (2, "completion fish", None),
    (0, "test {sound}", None),
    (3, "test {sound} --config {missing}", None),
    (1, "test {sound} --only nothing", None),
    (1, "test {wrong}", None),
    (2, "test", None),
    (3, "test {missing}", None),
    (3, "test {sound} --schema {missing}", None),
    (3, "test {unreadable}", None),
    (1, "up --config {wrong}/bad.yaml", None),
    (2, "up {sound}", None),
    (3, "up --config {missing}", None),
    (0, "version", None),
    (2, "version too much", None),
    (2, "frobnicate", None),
]
# `up` ends with 0 only when told to stop, what `doctor` says depends on the machine (test_doctor), and versions of rules want a gateway that keeps some (test_cli); an artifact
# to print is made in test_dump; `version`, `list` and `completion` have nothing that could be refused or fail.
ELSEWHERE = {("completion", 1), ("completion", 3), ("schema", 1), ("schema", 3), ("up", 0), ("version", 1), ("version", 3), ("fmt", 1), ("list", 1), ("log", 1), ("doctor", 0), ("dump", 0), ("dump", 1),
             *((name, code) for name in ("diff", "rollback", "show") for code in (0, 1)), ("list", 0)}


class Table(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp()
        self.names = {"sound": EXAMPLES, "history": HISTORY, "nobody": " ".join(NOBODY),
                      "file": os.path.join(EXAMPLES, "atm.yaml"), "missing": self.path("missing")}
        for name in ("wrong", "no_schema", "unreadable", "empty", "none"):
            os.mkdir(self.path(name))
            self.names[name] = self.path(name)
        for name in ("wrong", "unreadable", "none"):
            shutil.copy(os.path.join(EXAMPLES, "schema.yaml"), self.path(name))
        shutil.copy(os.path.join(EXAMPLES, "atm.yaml"), self.path("no_schema"))
        self.write("wrong/bad.yaml", "campaign: bad\nmatch: nonsense ==\n")
        os.symlink(self.path("missing"), self.path("unreadable", "gone.yaml"))
        self.names["config"] = self.write("sluice.yaml", "channels: [{name: a, protocol: http, listen: '[::1]:1'}]\n")
        self.names["lines"] = self.write("lines.yaml", "{name: a, protocol: tcp, listen: '[::1]:1'}\n")
        self.names["event"] = self.write("event.json", '{"id":"1","time":"2026-11-21T09:00:00Z","customer":"C1","type":"x"}')
        self.names["broken"] = self.write("broken.json", '{"id": ')
        # a capture with one packet of ARP, and the same without its last byte
        capture = struct.pack("<IHHiIIIIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1, 1, 2, 14, 14) + bytes(12) + b"\x08\x06"
        for name, data in (("pcap", capture), ("pcap_cut", capture[:-1])):
            self.names[name] = self.path(name)
            with open(self.path(name), "wb") as file:
                file.write(data)

    def tearDown(self):
        shutil.rmtree(self.home)

    def path(self, *names):
        return os.path.join(self.home, *names)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)

    def run_row(self, line, answer):
        arguments = line.format(**self.names).split()
        if not answer:
            return sluice(*arguments)
        with Api(answer[1], answer[0]) as api:
            return sluice(*arguments, "--api", api.address)

    def test_every_row(self):
        for expected, line, answer in ROWS:
            with self.subTest(line):
                code, out, err = self.run_row(line, answer)
                self.assertEqual(code, expected, out + err)
                if code >= 2:
                    spoke = "decode {" in line or "tail --count 2" in line or "capture --pcap {" in line
                    self.assertEqual(out, out if spoke else "")
                    self.assertTrue(err.strip(), "it says nothing")

    def test_every_command_has_a_row_for_each_code(self):
        commands = [line.split()[0] for line in sluice("--help")[1].splitlines()
                    if line.startswith("  ") and not line.startswith("   ") and not line.startswith("  sluice")]
        have = {(line.split()[0], code) for code, line, _ in ROWS} | ELSEWHERE
        self.assertEqual([(name, code) for name in commands for code in range(4) if (name, code) not in have], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
