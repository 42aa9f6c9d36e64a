"""The command line `sluice` against stand-ins for control and the dataplane."""
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SLUICE = os.path.abspath(sys.argv.pop(1))
EXAMPLES = os.path.abspath(sys.argv.pop(1))
CONTROL = os.path.abspath(sys.argv.pop(1))

STATUS = {
    "version": "0.1.0", "started": True, "ready": True, "pids": {"dataplane": 1, "control": 2},
    "dataplane": {"state": "running", "workers": 1},
    "ruleset": {"version": 7, "campaigns": 10, "hash": "ab" * 16},
    "ledger": {"received": 12, "accepted": 9, "refused": 1, "duplicates": 2, "dropped": 0, "matched": 4,
               "unmatched": 5, "adds_up": True},
    "channels": [{"channel": "web", "protocol": "http", "address": "127.0.0.1:1", "received": 12, "accepted": 9,
                  "refused": 1, "duplicates": 2, "dropped": 0, "matched": 4, "unmatched": 5,
                  "reasons": {"json_malformed": 1, "field_type": 0}}],
    "journal": {"fill_permille": 123, "backpressure": 0},
    "sinks": [{"kind": "file", "path": "/x/matches", "forwarded": 4, "lag_blocks": 0, "errors": 0}],
    "listening": [{"channel": "web", "protocol": "http", "address": "127.0.0.1:1"}],
    "api": "unix:/x/control.sock",
}

# Both stand-ins: a program that is control or dataplane by its name, told what to do by files beside it.
STAND_IN = r'''#!/usr/bin/env python3
import json, os, signal, socket, sys, time
home, name = os.path.split(os.path.abspath(sys.argv[0]))
def told(what):
    return os.path.exists(os.path.join(home, what))
def note(text):
    with open(os.path.join(home, "notes"), "a") as file:
        file.write(text + "\n")
if "--prepare" in sys.argv:
    if told("bad-settings"):
        print("sluice.yaml:1:1: error", file=sys.stderr)
        sys.exit(1)
    print(json.dumps({"data": home, "run": home, "settings": home + "/settings.bin"}))
    sys.exit(0)
def stop(*_):
    note(name + " stops")
    os._exit(0)
signal.signal(signal.SIGTERM, stop)
note("%s starts %s" % (name, " ".join(sys.argv[1:])))
if name == "sluice-dataplane":
    if told("cannot-start"):
        print("the journal is damaged", file=sys.stderr)
        sys.exit(3)
    if told("held"):
        print("the port is held", file=sys.stderr)
        sys.exit(5)
    if told("fails"):
        def fail(*_):
            note(name + " fails")
            os._exit(4)
        signal.signal(signal.SIGTERM, fail)
    with open(home + "/pid.new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(home + "/pid.new", home + "/pid")
    while True:
        time.sleep(60)
try:
    os.unlink(home + "/control.sock")
except FileNotFoundError:
    pass
server = socket.socket(socket.AF_UNIX)
server.bind(home + "/control.sock")
server.listen()
while True:
    peer, _ = server.accept()
    peer.recv(65536)
    note("control asked")
    status = json.load(open(home + "/status"))
    status["pids"]["control"] = os.getpid()
    status["pids"]["dataplane"] = int(open(home + "/pid").read()) if told("pid") else 0
    if told("lag"):
        status["sinks"][0]["lag_blocks"] = 1
        os.unlink(home + "/lag")
        note("control forwards")
    body = json.dumps(status).encode()
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    peer.close()
'''


def sluice(*args, env=None):
    done = subprocess.run([SLUICE, *args], capture_output=True, timeout=200, text=True,
                          env={**os.environ, "SLUICE_API": "", **(env or {})})
    return done.returncode, done.stdout, done.stderr


def alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().split(") ")[1][0] != "Z"
    except FileNotFoundError:
        return False


class Api:
    """Answers each connection with the same bytes; keeps what it was asked."""

    def __init__(self, answer, status=200):
        if not isinstance(answer, bytes):
            body = json.dumps(answer).encode()
            answer = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body)
        self.answer, self.asked = answer, []
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "control.sock")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            text = b""
            while b"\r\n\r\n" not in text:
                more = peer.recv(65536)
                if not more:
                    break
                text += more
            if b"\r\n\r\n" not in text:
                peer.close()
                continue
            head, body = text.split(b"\r\n\r\n", 1)
            length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")]
            while length and len(body) < length[0]:
                body += peer.recv(65536)
            self.asked.append((head.split(b"\r\n")[0].decode(), body))
            try:
                peer.sendall(self.answer)
            except OSError:
                pass
            peer.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # the thread first: the next server may get the same descriptor, and this one its connections
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()
        self.directory.cleanup()

    @property
    def address(self):
        return "unix:" + self.path


class Dispatch(unittest.TestCase):
    def test_help_teaches(self):
        for args in (["--help"], ["help"]):
            code, out, _ = sluice(*args)
            self.assertEqual(code, 0)
            for name in ("up", "check", "load", "status", "version", "Exit codes"):
                self.assertIn(name, out)

    def test_every_command_explains_itself(self):
        commands = [line.split()[0] for line in sluice("--help")[1].splitlines()
                    if line.startswith("  ") and not line.startswith("   ") and not line.startswith("  sluice")]
        self.assertGreaterEqual(len(commands), 5)
        for name in commands:
            code, out, _ = sluice(name, "--help")
            self.assertEqual(code, 0, name)
            self.assertIn("Usage: sluice " + name, out)
            self.assertRegex(" ".join(out.split()), "Exit (codes|status): 0", name)
            self.assertEqual(sluice(name, "--no-such-option")[0], 2, name)

    def test_unknown_commands_are_2_with_the_nearest(self):
        code, out, err = sluice("statsu")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("did you mean 'status'", err)
        code, _, err = sluice("frobnicate")
        self.assertEqual(code, 2)
        self.assertNotIn("did you mean", err)
        self.assertEqual(sluice()[0], 2)
        self.assertEqual(sluice("x" * 5000)[0], 2)

    def test_version(self):
        code, out, _ = sluice("version", "--json")
        version = json.loads(out)
        self.assertEqual(code, 0)
        self.assertTrue(version["libraries"]["hyperscan"])
        self.assertGreaterEqual(version["contracts"]["journal"], 1)
        self.assertIn(version["version"], sluice("--version")[1])
        self.assertIn("journal", sluice("version")[1])

    def test_what_did_not_arrive_is_not_done(self):
        history = os.path.join(EXAMPLES, "..", "..", "tests", "data", "history.ndjson")
        for arguments in (["version"], ["check", EXAMPLES], ["decode", "--format", "ndjson", history],
                          ["replay", "--rules", EXAMPLES, history]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([SLUICE, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 3, arguments)
            self.assertIn("standard output could not be written", done.stderr)


class Check(unittest.TestCase):
    def test_examples_are_sound(self):
        code, out, err = sluice("check", EXAMPLES, "--json")
        self.assertEqual(code, 0, out + err)
        answer = json.loads(out)
        self.assertEqual(answer["version"], 0)
        self.assertGreaterEqual(answer["campaigns"], 10)
        self.assertRegex(answer["hash"], "^[0-9a-f]{32}$")
        code, out, _ = sluice("check", EXAMPLES)
        self.assertEqual(code, 0)
        self.assertIn("sound", out)

    def test_the_hash_is_the_one_that_a_load_gives(self):
        answer = json.loads(sluice("check", EXAMPLES, "--json")[1])
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run([CONTROL, "--compile", EXAMPLES, os.path.join(directory, "artifact.bin"), "", "1", "1024",
                                   str(4 << 30), "120000", "Asia/Seoul", "somebody", "safe"], capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["summary"]["hash"], answer["hash"])

    def test_errors_have_their_place(self):
        with tempfile.TemporaryDirectory() as directory:
            shutil.copy(os.path.join(EXAMPLES, "schema.yaml"), directory)
            with open(os.path.join(directory, "bad.yaml"), "w") as file:
                file.write('campaign: bad\nowner: x\nkind: service\nmatch: typo == "login"\n'
                           "send: {channel: push, template: T}\n")
            code, out, _ = sluice("check", directory, "--json")
            self.assertEqual(code, 1)
            first = json.loads(out.splitlines()[0])
            self.assertEqual((first["severity"], first["file"], first["line"]), ("error", "bad.yaml", 4))
            for name in ("column", "code", "message", "hint"):
                self.assertIn(name, first)
            code, out, err = sluice("check", directory)
            self.assertEqual((code, out), (1, ""))
            self.assertIn("bad.yaml:4:", err)
            self.assertIn("1 error", err)

    def test_links_to_directories_are_followed(self):
        with tempfile.TemporaryDirectory() as directory:
            os.symlink(EXAMPLES, os.path.join(directory, "linked"))
            shutil.copy(os.path.join(EXAMPLES, "schema.yaml"), directory)
            os.symlink("nowhere", os.path.join(directory, "notes"))
            below = json.loads(sluice("check", directory, "--schema", os.path.join(EXAMPLES, "schema.yaml"), "--json")[1])
            self.assertEqual(below["campaigns"], json.loads(sluice("check", EXAMPLES, "--json")[1])["campaigns"])
            os.symlink(".", os.path.join(directory, "again"))
            code, out, _ = sluice("check", directory, "--json")
            self.assertEqual(code, 1)
            self.assertIn("too_many", out)

    def test_check_explains_the_plan(self):
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "schema.yaml"), "w") as file:
                file.write("schema: s\nfields: {type: string, text: string, amount: int}\n")
            with open(os.path.join(directory, "a.yaml"), "w") as file:
                for name, condition in (
                        ("a", "type == 'x' && amount >= 5 && amount < 9"),
                        ("b", "text.contains('loan-rate') && size(type) > 1 || type in ['y', 'z']"),
                        ("c", "size(text) > 3"), ("d", "type == 'x' && type == 'y'")):
                    file.write(f"---\ncampaign: {name}\nkind: service\nmatch: |\n  {condition}\n")
            code, out, _ = sluice("check", directory, "--explain-plan", "--json")
            lines = [json.loads(line) for line in out.splitlines()]
            self.assertEqual((code, [line["campaign"] for line in lines]), (0, ["a", "b", "c", "d"]))
            self.assertEqual([line["filed"] for line in lines], ["filed", "filed", "always", "never"])
            self.assertEqual(lines[0]["places"], ['type = "x", amount from 5 to 8'])
            self.assertEqual((lines[0]["asks"], lines[0]["instructions"], lines[0]["line"]), ([], 0, 5))
            self.assertEqual(lines[1]["places"], ['text contains "loan-rate"', 'type = "y"', 'type = "z"'])
            self.assertEqual(sorted(lines[1]["asks"]), ["text", "type"])
            self.assertGreater(lines[2]["cost_ns"], lines[0]["cost_ns"])
            code, out, err = sluice("check", directory, "--explain-plan")
            self.assertEqual(code, 0)
            self.assertIn("filed   type = \"x\", amount from 5 to 8\n    asks    nothing else", out)
            self.assertIn("always_list", err)
            with open(os.path.join(directory, "b.yaml"), "w") as file:
                file.write("campaign: e\nkind: service\nmatch: typ == 'x'\n")
            code, out, _ = sluice("check", directory, "--explain-plan", "--json")
            self.assertEqual((code, json.loads(out.splitlines()[0])["code"]), (1, "unknown_field"))
            code, _, err = sluice("load", directory, "--explain-plan")
            self.assertEqual(code, 2)
            self.assertIn("--dry-run", err)

    def test_wrong_use_and_nothing_there(self):
        self.assertEqual(sluice("check")[0], 2)
        self.assertEqual(sluice("check", "a", "b")[0], 2)
        self.assertEqual(sluice("check", "/nonexistent/rules", "--json")[:2], (3, ""))


SETTINGS = """time_zone: %s
unsafe_advertising_without_consent: %s
channels: [{name: web, protocol: http, listen: "127.0.0.1:1"}]
"""
CAMPAIGN = """campaign: dated
owner: x
kind: %s
valid: {from: 2026-11-01, until: 2026-11-30}
match: type == "login"
send: {channel: push, template: T}
"""
# half an hour before the first of November in UTC, and half a day into it in Seoul
EVE = '{"id":"1","time":"2026-10-31T23:30:00Z","type":"login","customer":"C1","channel":"mobile"}\n'


class AsTheGateway(unittest.TestCase):
    """check, test and replay go by the settings of the gateway that they are told of."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.rules = self.write("rules/dated.yaml", CAMPAIGN % "service")
        self.rules = os.path.dirname(self.rules)
        shutil.copy(os.path.join(EXAMPLES, "schema.yaml"), self.rules)
        self.utc = self.write("utc.yaml", SETTINGS % ("UTC", "true"))
        self.seoul = self.write("seoul.yaml", SETTINGS % ("Asia/Seoul", "false"))
        self.events = self.write("events.ndjson", EVE)

    def tearDown(self):
        self.directory.cleanup()

    def write(self, name, text):
        path = os.path.join(self.directory.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def matches(self, *args):
        code, out, err = sluice("replay", "--rules", self.rules, self.events, *args)
        self.assertEqual(code, 0, err)
        return len(out.splitlines())

    def test_dates_are_in_the_zone_of_the_settings(self):
        self.assertEqual(self.matches(), 1)
        self.assertEqual(self.matches("--config", self.seoul), 1)
        self.assertEqual(self.matches("--config", self.utc), 0)
        self.assertEqual(self.matches("--config", self.utc, "--time-zone", "Asia/Seoul"), 1)
        self.assertEqual(self.matches("--time-zone", "UTC"), 0)

    def test_advertising_is_as_the_settings_say(self):
        self.write("rules/dated.yaml", CAMPAIGN % "advertisement")
        for command in (["check", self.rules], ["replay", "--rules", self.rules, self.events]):
            for options, expected in (([], 1), (["--config", self.seoul], 1), (["--config", self.utc], 0),
                                      (["--unsafe-advertising"], 0)):
                self.assertEqual(sluice(*command, *options)[0], expected, (command, options))

    def test_tests_of_campaigns_too(self):
        self.write("rules/dated.test.yaml", "test: eve\nsteps:\n  - send: {id: a, type: login, customer: C1, "
                   "time: \"2026-10-31T23:30:00Z\"}\n  - expect: [{campaign: dated}]\n")
        self.assertEqual(sluice("test", self.rules)[0], 0, sluice("test", self.rules))
        self.assertEqual(sluice("test", self.rules, "--config", self.utc)[0], 1)

    def test_limits_of_events_are_those_of_the_settings(self):
        small = self.write("small.yaml", SETTINGS % ("Asia/Seoul", "false") + "limits: {event: {bytes: 64}}\n")
        self.assertEqual(self.matches("--config", small), 0)

    def test_the_schema_of_the_settings_where_there_is_no_other(self):
        os.rename(os.path.join(self.rules, "schema.yaml"), os.path.join(self.directory.name, "bank.yaml"))
        config = self.write("own.yaml", SETTINGS % ("UTC", "false") + "schema: bank.yaml\n")
        self.assertEqual(sluice("check", self.rules)[0], 1)
        self.assertEqual(sluice("check", self.rules, "--config", config)[0], 0)

    def test_a_field_that_no_channel_fills(self):
        self.write("rules/dated.yaml", CAMPAIGN.replace('"login"', '"login" && overseas') % "service" + "---\n" +
                   CAMPAIGN.replace("dated", "second").replace("T}", "T, data: {a: amount, b: overseas, c: type}}") % "service")
        web = '- {name: web, protocol: http, listen: "127.0.0.1:1"%s}\n'
        app = '- {name: app, protocol: tcp, listen: "127.0.0.1:2"%s}\n'
        both = self.write("both.yaml", "channels:\n" + web % ", fields: [id, time, type, customer]" +
                          app % ", fields: [id, channel, amout]")
        code, out, err = sluice("check", self.rules, "--config", both)
        self.assertEqual(code, 0)
        self.assertIn('dated.yaml:5:27: warning: no channel fills `overseas`: none of `web`, `app` names it [field_unfilled]\n'
                      '    match: type == "login" && overseas\n' + " " * 30 + "^\n"
                      "    hint: add it to the `fields` of a channel in the settings, or remove it from the campaign\n", err)
        answer = json.loads(sluice("check", self.rules, "--config", both, "--json")[1])
        told = [(one["code"], one["file"], one["line"], one["column"]) for one in answer["warnings"]]
        self.assertEqual(told, [("unknown_field", "", 0, 0), ("field_unfilled", "dated.yaml", 5, 27),
                                ("field_unfilled", "dated.yaml", 13, 46), ("field_unfilled", "dated.yaml", 13, 57)])
        self.assertEqual(answer["warnings"][0]["hint"], "did you mean `amount`?")
        # it changes what is told, not what is made
        self.assertEqual(answer["hash"], json.loads(sluice("check", self.rules, "--json")[1])["hash"])
        for fields in ("", ", fields: [overseas, amount]"):
            config = self.write("one.yaml", "channels:\n" + web % ", fields: [type]" + app % fields)
            self.assertEqual(json.loads(sluice("check", self.rules, "--config", config, "--json")[1])["warnings"], [])
        for fields in ("[]", "id", "[id, id]", "[a b]"):
            config = self.write("bad.yaml", "channels:\n" + web % (", fields: " + fields))
            code, out, err = sluice("check", self.rules, "--config", config)
            self.assertEqual((code, out), (1, ""))
            self.assertIn("bad.yaml:2:", err)

    def test_nothing_is_made_beside_the_settings(self):
        before = sorted(os.listdir(self.directory.name))
        sluice("check", self.rules, "--config", self.utc)
        self.assertEqual(sorted(os.listdir(self.directory.name)), before)

    def test_the_default_is_in_the_help(self):
        for command in ("check", "replay", "test"):
            self.assertIn("Asia/Seoul", sluice(command, "--help")[1])


def event(name, time, kind="login", **more):
    return json.dumps({"id": name, "time": time, "type": kind, "customer": "C" + name, "channel": "mobile", **more}) + "\n"


class Replay(unittest.TestCase):
    """Campaign a for logins, b for page views, c whose time is over."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.old = self.rules("old", {"a": ("login", "2030-01-01"), "b": ("page.view", "2030-01-01"),
                                      "c": ("login", "2026-11-02")})
        self.events = os.path.join(self.directory.name, "events.ndjson")
        with open(self.events, "w") as file:
            file.write(event("1", "2026-11-21T10:00:00Z") + event("2", "2026-11-21T11:00:00Z", "page.view") +
                       event("3", "2026-11-21T12:00:00Z") + event("4", "2026-11-21T10:30:00Z"))

    def tearDown(self):
        self.directory.cleanup()

    def rules(self, name, campaigns, data="{}"):
        directory = os.path.join(self.directory.name, name)
        os.mkdir(directory)
        shutil.copy(os.path.join(EXAMPLES, "schema.yaml"), directory)
        for campaign, (kind, until) in campaigns.items():
            with open(os.path.join(directory, campaign + ".yaml"), "w") as file:
                file.write("campaign: %s\nowner: x\nkind: service\nvalid: {from: 2026-11-01, until: %s}\n"
                           "match:\n  - hit: type == \"%s\"\nsend: {channel: push, template: T, data: %s}\n"
                           % (campaign, until, kind, data))
        return directory

    def replay(self, *args, code=0):
        got, out, err = sluice("replay", "--rules", self.old, self.events, *args)
        self.assertEqual(got, code, err)
        return [json.loads(line) for line in out.splitlines()], err

    def test_a_line_that_is_too_long_is_one_refused_event(self):
        with open(self.events, "a") as file:
            file.write("x" * (17 << 20) + "\r\n" + event("5", "2026-11-21T12:30:00Z"))
        lines, _ = self.replay()
        self.assertEqual([line["event"] for line in lines if line["campaign"] == "a"], ["1", "4", "3", "5"])

    def test_a_line_without_an_end_is_given_up(self):
        with open(self.events, "w") as file:
            file.truncate((256 << 20) + 1)  # zeros that take no disk
        _, err = self.replay(code=3)
        self.assertIn("a line does not end within 256 MiB", err)

    def test_matches_are_in_order(self):
        lines, err = self.replay()
        self.assertEqual([(m["campaign"], m["event"]) for m in lines], [("a", "1"), ("a", "4"), ("b", "2"), ("a", "3")])
        self.assertNotIn("passed over", err)

    def test_hours_may_lie_between_events(self):
        with open(self.events, "w") as file:
            file.write(event("1", "2026-11-21T10:00:00Z") + event("2", "2026-11-21T15:00:00Z") +
                       event("3", "2026-11-25T12:00:00Z"))
        for workers in ("1", "2"):
            self.assertEqual([m["event"] for m in self.replay("--workers", workers)[0]], ["1", "2", "3"])

    def test_decisions_show_what_was_not_sent_and_why(self):
        lines, _ = self.replay("--decisions")
        self.assertEqual([(m["campaign"], m["event"], m["decision"]) for m in lines if "decision" in m],
                         [("c", "1", "validity"), ("c", "4", "validity"), ("c", "3", "validity")])
        self.assertEqual(len(lines), 7)
        self.assertEqual(lines, self.replay("--decisions", "--workers", "4")[0])

    def test_until_stops_the_clock(self):
        lines, err = self.replay("--until", "2026-11-21T20:00:00+09:00")
        self.assertEqual([m["event"] for m in lines], ["1", "4", "2"])
        self.assertIn("3 events: 3 accepted", err)
        self.assertIn("1 events after --until passed over", err)
        self.assertEqual(lines, self.replay("--until", "2026-11-21T11:00:00Z", "--workers", "2")[0])

    def test_numbers_as_id_and_key_match_as_their_digits(self):
        schema = os.path.join(self.old, "schema.yaml")
        texts = "schema: s\nfields:\n  id: {type: string, role: id, required: true}\n  time: {type: time, role: time}\n" \
                "  customer: {type: string, role: key, required: true}\n  type: {type: string, role: type}\n"
        events = [{"id": 4000 + i % 20, "customer": 17 * (i % 5) - 34, "type": "login", "time": "2026-11-21T10:00:00Z"}
                  for i in range(30)]
        with open(schema, "w") as file:
            file.write(texts)
        with open(self.events, "w") as file:
            file.writelines(json.dumps({**e, "id": str(e["id"]), "customer": str(e["customer"])}) + "\n" for e in events)
        as_texts, _ = self.replay()
        with open(schema, "w") as file:
            file.write(texts.replace("id: {type: string", "id: {type: int")
                       .replace("customer: {type: string", "customer: {type: int"))
        with open(self.events, "w") as file:
            file.writelines(json.dumps(e) + "\n" for e in events)
        as_numbers, err = self.replay("--workers", "4")
        self.assertEqual(len(as_numbers), 20)
        self.assertIn("10 duplicates", err)
        self.assertEqual(as_numbers, as_texts)  # the match ids too
        with open(schema, "w") as file:
            file.write(texts.replace("id: {type: string", "id: {type: decimal")
                       .replace("type: {type: string", "type: {type: int"))
        _, out, _ = sluice("check", self.old, "--json")
        messages = [json.loads(line)["message"] for line in out.splitlines()]
        self.assertIn("the role id needs a field of type string or int", messages)
        self.assertIn("the role type needs a field of type string", messages)

    def test_diff_of_the_same_is_none(self):
        self.assertEqual(self.replay("--diff", self.old, "--json")[0], [])

    def test_diff_says_who_gets_what_under_each(self):
        new = self.rules("new", {"a": ("login", "2030-01-01"), "c": ("page.view", "2030-01-01")})
        lines, _ = self.replay("--diff", new, "--json", code=1)
        self.assertEqual([(d["campaign"], d["key"], d["event"], bool(d["before"]), bool(d["after"])) for d in lines],
                         [("b", "C2", "2", True, False), ("c", "C2", "2", False, True)])
        plain = sluice("replay", "--rules", new, self.events)[1]
        self.assertIn(lines[1]["after"], [json.loads(line) for line in plain.splitlines()])
        code, out, _ = sluice("replay", "--rules", self.old, "--diff", new, self.events)
        self.assertEqual(code, 1)
        rows = [line.split() for line in out.splitlines()]
        self.assertIn(["a", "3", "3", "0", "0", "0"], rows)
        self.assertIn(["b", "1", "0", "1", "0", "0"], rows)
        self.assertIn(["c", "0", "1", "0", "1", "0"], rows)
        self.assertIn("2 differences", out)

    def test_diff_of_data_and_of_decisions(self):
        new = self.rules("new", {"a": ("login", "2030-01-01"), "b": ("page.view", "2030-01-01"),
                                 "c": ("login", "2030-01-01")}, "{who: hit.customer}")
        lines, _ = self.replay("--diff", new, "--json", "--decisions", code=1)
        changed = {(d["campaign"], d["event"]): d for d in lines}
        self.assertEqual(len(lines), 7)
        self.assertEqual((changed["a", "1"]["before"]["data"], changed["a", "1"]["after"]["data"]), ({}, {"who": "C1"}))
        self.assertEqual(changed["c", "1"]["before"]["decision"], "validity")
        self.assertNotIn("decision", changed["c", "1"]["after"])
        self.assertEqual(changed["c", "1"]["before"]["id"], changed["c", "1"]["after"]["id"])


class DecodeChannel(unittest.TestCase):
    """The same bytes as a listener of HTTP and one of lines would take them."""

    def decode(self, protocol, text, *more):
        with tempfile.TemporaryDirectory() as directory:
            channel, body = os.path.join(directory, "channel.yaml"), os.path.join(directory, "body")
            with open(channel, "w") as file:
                file.write('- {name: core, protocol: %s, listen: "127.0.0.1:0"}\n' % protocol)
            with open(body, "wb") as file:
                file.write(text)
            code, out, err = sluice("decode", "--channel", channel, body, *more)
        self.assertIn(code, (0, 1), err)
        answer = json.loads(out)
        return answer["events"], [(r["index"], r["reason"], r["offset"]) for r in answer["refused"]]

    def test_lines(self):
        text = b'{"a":1}\r\n\n{"b":\n{"c":3}'
        self.assertEqual(self.decode("tcp", text), ([{"a": 1}, {"c": 3}], [(1, "json_malformed", 14)]))
        self.assertEqual(self.decode("tcp", b""), ([], []))

    def test_a_datagram(self):
        text = b'{"a":1}\r\n\n{"b":\n{"c":3}'
        self.assertEqual(self.decode("udp", text), ([{"a": 1}, {"c": 3}], [(1, "json_malformed", 14)]))
        self.assertEqual(self.decode("udp", b""), ([], []))

    def test_a_body(self):
        text = b'[{"a":1},\n{"b":2}]'
        self.assertEqual(self.decode("http", text), ([{"a": 1}, {"b": 2}], []))
        events, refused = self.decode("tcp", text)  # no line of it is an object
        self.assertEqual((events, len(refused)), ([], 2))

    def test_a_line_of_blanks_is_none_for_a_listener_of_lines(self):
        self.assertEqual(self.decode("http", b' \n{"a":1}\n', "--format", "ndjson"), ([{"a": 1}], []))
        events, refused = self.decode("tcp", b' \n{"a":1}\n')
        self.assertEqual((events, [r[:2] for r in refused]), ([{"a": 1}], [(0, "json_malformed")]))

    def test_a_line_above_the_limit(self):
        long = b'{"a":"' + b"x" * 65536 + b'"}\n'
        for text in (long + b'{"b":2}\n', long + b'{"b":2}'):
            self.assertEqual(self.decode("tcp", text), ([{"b": 2}], [(0, "too_large", 0)]))


class Status(unittest.TestCase):
    def test_ready(self):
        with Api(STATUS) as api:
            code, out, _ = sluice("status", "--json", "--api", api.address)
            self.assertEqual((code, json.loads(out)), (0, STATUS))
            self.assertEqual(api.asked[0][0], "GET /v1/status HTTP/1.1")
            code, out, _ = sluice("status", env={"SLUICE_API": api.address})
            self.assertEqual(code, 0)
            for text in ("ready", "version 7", "12.3 %", "json_malformed: 1", "adds up", "/x/matches"):
                self.assertIn(text, out)
            self.assertNotIn("field_type", out)
            self.assertNotIn("\x1b", out)  # colours are for terminals

    def test_workers_are_shown_and_one_that_stands_still_is_named(self):
        worker = {"worker": 0, "ruleset": 7, "generation": 2, "connections": 3, "outstanding": 4, "heartbeat": 99,
                  "stalled_ms": 0}
        workers = [worker, {**worker, "worker": 1, "stalled_ms": 5100}]
        with Api({**STATUS, "dataplane": {"state": "running", "workers": 2, "worker": workers}}) as api:
            _, out, _ = sluice("status", "--api", api.address)
        self.assertRegex(out, r"worker 0 +rule set 7 \(generation 2\), 3 connections, 4 under way, 99 rounds\n")
        self.assertRegex(out, r"worker 1 .*, STALLED for 5 s\n")

    def test_memory_of_the_past_and_alarms(self):
        state = {"keys": 1200, "timers": 7, "bytes": 2 << 20, "room": 128 << 20, "fill_permille": 16, "refused": 0}
        with Api({**STATUS, "state": {**state, "tick_age_ms": 6400}, "alarms": ["a worker waits"]}) as api:
            _, out, _ = sluice("status", "--api", api.address)
        self.assertIn("memory      1200 keys, 7 timers, 2.0 of 128.0 MiB, the fullest worker 1.6 %, tick 6.4 s old\n", out)
        self.assertIn("ALARM       a worker waits\n", out)
        with Api({**STATUS, "state": {**state, "refused": 3}}) as api:
            _, out, _ = sluice("status", "--api", api.address)
        self.assertIn("worker 1.6 %, REFUSED 3 times\n", out)

    def test_what_is_missing_is_shown(self):
        with Api({**STATUS, "ready": False, "not_ready": ["no rule set is in force"],
                  "problems": [{"setting": "rules", "path": "/x", "message": "rules names /x"}]}) as api:
            code, out, _ = sluice("status", "--api", api.address)
            self.assertEqual(code, 1)
            self.assertIn("not ready   no rule set is in force\n", out)
            self.assertIn("PROBLEM     rules names /x\n", out)

    def test_not_ready_is_1(self):
        with Api({"ready": False}) as api:  # and whatever else is missing does not matter
            code, out, _ = sluice("status", "--api", api.address)
            self.assertEqual(code, 1)
            self.assertIn("NOT READY", out)

    def test_over_tcp_too(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = "127.0.0.1:%d" % server.getsockname()[1]
            client = subprocess.Popen([SLUICE, "status", "--api", address], stderr=subprocess.PIPE)
            peer, _ = server.accept()
            peer.recv(1000)
            peer.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 2\r\n\r\n{}")
            self.assertIn(b"500", client.communicate(timeout=200)[1])
            self.assertEqual(client.returncode, 3)
            peer.close()

    def test_what_is_no_address_is_2(self):
        for address in ("", "nothing", "unix:", "unix:/" + "x" * 200, ":80", "127.0.0.1:", "127.0.0.1:x",
                        "127.0.0.1:99999", "127.0.0.1:+80"):
            code, out, err = sluice("status", "--json", "--api", address)
            self.assertEqual((code, out), (2, ""), address)
            self.assertIn("unix:PATH or HOST:PORT", err)

    def test_nobody_or_nonsense_is_3(self):
        code, out, err = sluice("status", "--json", "--api", "unix:/nonexistent/control.sock")
        self.assertEqual((code, out), (3, ""))
        self.assertIn("sluice up", err)
        ok = b"HTTP/1.1 200 OK\r\n"
        for answer in (b"", b"HTTP/1.1 200", b"SSH-2.0-x\r\n\r\n", ok + b"\r\n", ok + b"Content-Length: 5\r\n\r\n{}",
                       ok + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
                       ok + b"Content-Length: 99999999999\r\n\r\n{}", ok + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                       ok + b"Content-Length: 3\r\n\r\n{]}", ok + b"Content-Length: 2\r\n\r\n[]",
                       ok + b"X: " + b"x" * 100000 + b"\r\n\r\n"):
            with Api(answer) as api:
                self.assertEqual(sluice("status", "--json", "--api", api.address)[:2], (3, ""), answer[:60])


class TextFromOutside(unittest.TestCase):
    """What a gateway says cannot act on the terminal it is shown on."""
    EVIL = "a\x1b]0;b\x07\u202ec\u0085"
    SHOWN = "a\\x1b]0;b\\x07\\u202ec\\u0085"

    def check(self, text):
        for character in text:
            self.assertTrue(character == "\n" or character.isprintable(), repr(character))

    def test_status(self):
        status = json.loads(json.dumps(STATUS))
        evil = {"ready": False, "not_ready": [self.EVIL], "problems": [{"message": self.EVIL}]}
        status.update(evil, version=self.EVIL)
        status["channels"][0].update(channel=self.EVIL, reasons={self.EVIL: 1})
        status["sinks"][0].update(path=self.EVIL, stuck=self.EVIL)
        status["listening"][0].update(channel=self.EVIL, address=self.EVIL)
        status["dataplane"]["state"] = status["ruleset"]["hash"] = self.EVIL
        with Api(status) as api:
            code, out, _ = sluice("status", "--api", api.address)
        self.assertEqual(code, 1)
        self.assertEqual(out.count(self.SHOWN), 12, out)
        self.check(out)

    def test_list(self):
        version = {"version": 1, "campaigns": 2, "hash": "ab", "author": self.EVIL, "time": "2026-11-21T00:00:00Z"}
        with Api({"rulesets": [version]}) as api:
            code, out, _ = sluice("list", "--api", api.address)
        self.assertEqual(code, 0)
        self.assertIn(self.SHOWN, out)
        self.check(out)

    def test_complaints(self):
        for command in (["list"], ["show"], ["load", EXAMPLES], ["rollback"]):
            with Api({"error": self.EVIL}, status=500) as api:
                code, _, err = sluice(*command, "--api", api.address)
            self.assertEqual(code, 3, command)
            self.assertIn(self.SHOWN, err)
            self.check(err)

    def test_tail(self):
        lines = [json.loads(json.dumps(one).replace('"C1"', json.dumps(self.EVIL)).replace('"loan"', json.dumps(self.EVIL))
                            .replace('"web"', json.dumps(self.EVIL)).replace('"{#"', json.dumps(self.EVIL)))
                 for one in (Tail.MATCH, Tail.DECISION, Tail.REFUSAL)]
        lines.append({"kind": self.EVIL})
        with Api(chunked(*lines)) as api:
            code, out, _ = sluice("tail", "--count", "4", "--api", api.address)
        self.assertEqual((code, out.count(self.SHOWN)), (0, 8), out)
        self.check(out)

    def test_json_is_as_it_came(self):
        with Api({**STATUS, "version": self.EVIL}) as api:
            out = sluice("status", "--json", "--api", api.address)[1]
        self.assertEqual(json.loads(out)["version"], self.EVIL)


def chunked(*lines):
    body = b"".join(b"%x\r\n%s\n\r\n" % (len(line) + 1, line) for line in (json.dumps(one).encode() for one in lines))
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body


class Tail(unittest.TestCase):
    MATCH = {"kind": "match", "id": "ab" * 16, "campaign": "loan", "campaign_version": "1", "ruleset": 7, "key": "C1",
             "event": {"id": "e-1", "time": "2026-11-21T00:00:00Z", "type": "login", "channel": "web"},
             "send": {"channel": "push", "template": "HELLO"}, "data": {"a": 1},
             "received": "2026-11-21T00:00:00Z", "committed": "2026-11-21T00:12:33.12Z"}
    DECISION = {"kind": "decision", "id": "ab" * 16, "campaign": "loan", "campaign_version": "1", "ruleset": 7,
                "key": "C1", "event": {"id": "e-1", "time": "2026-11-21T00:00:00Z"}, "decision": "validity",
                "decided": "2026-11-21T00:00:00Z", "committed": "2026-11-21T00:12:33Z"}
    REFUSAL = {"kind": "refusal", "channel": "web", "reason": "json_malformed", "detail": "no comma", "offset": 3,
               "bytes": 9, "original": "{#", "received": "2026-11-21T00:00:00Z", "committed": "2026-11-21T00:12:33.5Z"}
    MISSED = {"kind": "missed", "records": 12, "blocks": 1}

    def test_for_people(self):
        with Api(chunked(self.MATCH, self.MISSED, self.DECISION, self.REFUSAL)) as api:
            code, out, err = sluice("tail", "--count", "3", "--api", api.address)
        self.assertEqual((code, err), (0, ""))
        match, missed, decision, refusal = out.splitlines()
        self.assertEqual(match.split(), ["00:12:33.120Z", "match", "loan", "C1", "push", "HELLO", "event", "e-1", "login",
                                         "by", "web", '{"a":1}'])
        self.assertIn("12 records and 1 block", missed)
        self.assertIn("00:12:33.000Z decision loan", decision)
        self.assertIn("not sent: validity", decision)
        self.assertIn("00:12:33.500Z refused  web  json_malformed: no comma (byte 3 of 9): {#", refusal)

    def test_count_ends_within_a_piece(self):
        with Api(chunked(self.MATCH, self.MATCH, self.MATCH)) as api:
            code, out, _ = sluice("tail", "--count", "2", "--api", api.address)
        self.assertEqual((code, len(out.splitlines())), (0, 2))

    def test_a_terminal_that_has_gone_ends_it(self):
        master, slave = pty.openpty()
        os.close(master)
        with Api(chunked(self.MATCH, self.MATCH)) as api:
            done = subprocess.run([SLUICE, "tail", "--api", api.address], stdout=slave, stderr=subprocess.PIPE, text=True)
        os.close(slave)
        self.assertEqual(done.returncode, 3)
        # it did not go on to the end of what there was
        self.assertNotIn("went away", done.stderr)
        self.assertIn("standard output could not be written", done.stderr)

    def test_json_is_the_line_itself(self):
        with Api(chunked(self.MATCH, self.MISSED)) as api:
            code, out, err = sluice("tail", "--json", "--api", api.address)
        self.assertEqual(code, 3)
        self.assertIn("went away", err)
        self.assertEqual([json.loads(line) for line in out.splitlines()], [self.MATCH, self.MISSED])

    def test_what_is_asked_for_goes_to_the_gateway(self):
        with Api(chunked(self.MATCH)) as api:
            sluice("tail", "--count", "1", "--kind", "match", "--campaign", "a b", "--key", "C1", "--where", 'x == "&"',
                   "--api", api.address)
        self.assertEqual(api.asked[0][0], "GET /v1/tail?kind=match&campaign=a%20b&key=C1&where=x%20%3D%3D%20%22%26%22 HTTP/1.1")

    def test_no_condition_is_1_with_the_reason(self):
        with Api({"error": "where:1:1: nothing is named `x`"}, status=400) as api:
            code, _, err = sluice("tail", "--where", "x", "--api", api.address)
        self.assertEqual(code, 1)
        self.assertIn("nothing is named", err)

    def test_wrong_use(self):
        for args in (["--count", "0"], ["--count", "-1"], ["--count", "x"], ["more"]):
            self.assertEqual(sluice("tail", *args)[0], 2, args)
        code, _, err = sluice("tail", "--api", "unix:/nowhere/control.sock")
        self.assertEqual(code, 3)
        self.assertIn("sluice up", err)

    def test_nonsense_of_a_gateway(self):
        for answer in (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[]\n\r\n", b"SSH-2.0\r\n\r\n"):
            with Api(answer) as api:
                self.assertEqual(sluice("tail", "--api", api.address)[0], 3)


class Load(unittest.TestCase):
    def setUp(self):
        self.rules = tempfile.TemporaryDirectory()
        with open(os.path.join(self.rules.name, "a.yaml"), "w") as file:
            file.write("campaign: a\n")

    def tearDown(self):
        self.rules.cleanup()

    def load(self, answer, status, *args):
        with Api(answer, status) as api:
            code, out, err = sluice("load", self.rules.name, "--api", api.address, *args)
            self.assertEqual(api.asked[0][0], "POST /v1/rulesets HTTP/1.1")
            return code, out, err, json.loads(api.asked[0][1])

    def test_loaded(self):
        answer = {"version": 7, "campaigns": 20, "hash": "00" * 16}
        code, out, _, asked = self.load(answer, 200, "--json")
        self.assertEqual((code, json.loads(out)), (0, answer))
        self.assertEqual(asked["files"], [{"name": "a.yaml", "text": "campaign: a\n"}])
        self.assertEqual((asked["schema"], asked["dry_run"]), (None, False))
        _, _, _, asked = self.load(answer, 200, "--author", "release-42")
        self.assertEqual(asked["author"], "release-42")
        # what would change is asked of the gateway too: a scenario, versions.py
        _, _, _, asked = self.load({"error": "no"}, 400, "--dry-run")
        self.assertTrue(asked["dry_run"])

    def test_what_is_remembered_has_its_live_keys(self):
        change = lambda name, what, *live: {"campaign": name, "what": what, "slots": list(range(len(live))), "live": list(live)}
        answer = {"version": 7, "campaigns": 4, "hash": "00" * 16,
                  "remembered": [change("a", "kept", 1200), change("b", "kept", 30, 4), change("c", "drained", 5, 6),
                                 change("d", "reset", 1), {"campaign": "e", "what": "reset", "slots": [9]},
                                 {"campaign": "f", "what": "new", "slots": [10]}]}
        _, out, _, _ = self.load(answer, 200)
        self.assertIn("kept: 2 campaigns go on with what they remember (1234 live keys, each counted for each pattern)\n", out)
        self.assertIn(":\n  c (5 + 6 live keys)\n", out)
        self.assertIn(":\n  d (1 live key)\n  e\n", out)
        _, out, _, _ = self.load({**answer, "remembered": [{"campaign": "a", "what": "kept", "slots": [0]}]}, 200)
        self.assertIn("kept: 1 campaign goes on with what they remember\n", out)

    def test_diagnostics_are_the_same_as_of_check(self):
        diagnostic = {"severity": "error", "file": "a.yaml", "line": 1, "column": 3, "code": "unknown_field",
                      "message": "no such field", "hint": "did you mean `type`?", "source": "campaign: a"}
        code, out, _, _ = self.load({"diagnostics": [diagnostic]}, 422, "--json")
        self.assertEqual((code, json.loads(out)), (1, diagnostic))
        code, out, err, _ = self.load({"diagnostics": [diagnostic]}, 422)
        self.assertEqual((code, out), (1, ""))
        self.assertIn("a.yaml:1:3: error: no such field", err)
        self.assertIn("did you mean", err)

    def test_refusals_have_their_codes(self):
        for status, expected in ((409, 3), (503, 3), (500, 3), (413, 1), (400, 1), (422, 1)):
            code, out, err, _ = self.load({"error": "not now"}, status)
            self.assertEqual((code, out), (expected, ""), status)
            self.assertIn("not now", err)

    def test_nothing_to_read_is_3(self):
        self.assertEqual(sluice("load", "/nonexistent/rules")[0], 3)


class Fmt(unittest.TestCase):
    UGLY = "# why\nkind:   service\nmatch: type == \"a\"\ncampaign: a\n"
    PRETTY = "# why\ncampaign: a\nkind: service\nmatch: type == \"a\"\n"

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "a.yaml")
        self.write(self.UGLY)

    def tearDown(self):
        self.directory.cleanup()

    def write(self, text, name="a.yaml"):
        with open(os.path.join(self.directory.name, name), "w", newline="") as file:
            file.write(text)

    def read(self, name="a.yaml"):
        with open(os.path.join(self.directory.name, name), newline="") as file:
            return file.read()

    def test_a_pipe_that_nobody_writes_into_is_refused(self):
        pipe = os.path.join(self.directory.name, "pipe.yaml")
        os.mkfifo(pipe)
        for words in (("fmt", pipe), ("eval", "1 < 2", "--event", pipe, "--schema", os.path.join(EXAMPLES, "schema.yaml")),
                      ("eval", "1 < 2", "--schema", pipe), ("check", EXAMPLES, "--schema", pipe)):
            code, out, err = sluice(*words)
            self.assertIn(code, (1, 3), words)
            self.assertIn("pipe.yaml", out + err)

    def test_what_a_shell_substitutes_is_read(self):
        done = subprocess.run(["bash", "-c", "%s eval 'type == \"a\"' --schema %s/schema.yaml --event <(echo '%s')" % (
            SLUICE, EXAMPLES, '{"id":"1","time":"2026-11-21T00:00:00Z","type":"a","customer":"C"}')],
            capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, '{"bool":true}\n'), done.stderr)

    def test_a_read_only_file_is_left_alone(self):
        os.chmod(self.path, 0o444)
        code, out, err = sluice("fmt", self.path)
        self.assertEqual((code, out, self.read()), (3, "", self.UGLY))
        self.assertIn("Permission denied", err)
        self.assertEqual(sluice("fmt", "--check", self.path)[0], 1)

    def test_files_are_rewritten_once(self):
        os.chmod(self.path, 0o640)
        self.assertEqual(sluice("fmt", "--check", self.path), (1, self.path + "\n", ""))
        self.assertEqual(self.read(), self.UGLY)
        self.assertEqual(sluice("fmt", "--stdout", self.path), (0, self.PRETTY, ""))
        self.assertEqual(self.read(), self.UGLY)
        self.assertEqual(sluice("fmt", self.path), (0, self.path + "\n", ""))
        self.assertEqual(self.read(), self.PRETTY)
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o640)
        before = os.stat(self.path)
        for arguments in ([self.path], ["--check", self.path], [self.directory.name]):
            self.assertEqual(sluice("fmt", *arguments), (0, "", ""))
        self.assertEqual(os.stat(self.path).st_mtime_ns, before.st_mtime_ns)
        self.assertEqual(os.listdir(self.directory.name), ["a.yaml"])

    def test_directories(self):
        os.mkdir(os.path.join(self.directory.name, "below"))
        os.mkdir(os.path.join(self.directory.name, ".hidden"))
        os.symlink("a.yaml", os.path.join(self.directory.name, "link.yaml"))
        ignored = ("schema.yaml", "a.test.yaml", "README", ".hidden/b.yaml", ".c.yaml")
        for name in ("below/b.yml", *ignored):
            self.write(self.UGLY, name)
        code, out, _ = sluice("fmt", self.directory.name)
        self.assertEqual(code, 0)
        self.assertEqual([line[len(self.directory.name) + 1:] for line in out.splitlines()], ["a.yaml", "below/b.yml"])
        self.assertEqual(self.read("below/b.yml"), self.PRETTY)
        self.assertTrue(os.path.islink(os.path.join(self.directory.name, "link.yaml")))
        for name in ignored:
            self.assertEqual(self.read(name), self.UGLY)

    def test_what_cannot_be_kept_stays_untouched(self):
        bad = "send: {channel: push, # why\n  template: T}\ncampaign: b\n"
        self.write(bad, "b.yaml")
        code, out, err = sluice("fmt", self.directory.name)
        self.assertEqual((code, out), (1, self.path + "\n"))  # the other one is laid out all the same
        self.assertIn("b.yaml:1:7: error: this cannot be laid out: there is a comment within these brackets", err)
        self.assertEqual((self.read(), self.read("b.yaml")), (self.PRETTY, bad))
        self.write("fields: {a: int}\n", "bank.yaml")
        code, _, err = sluice("fmt", os.path.join(self.directory.name, "bank.yaml"))
        self.assertEqual(code, 1)
        self.assertIn("this is no campaign", err)

    def test_what_cannot_be_read_is_3(self):
        code, out, err = sluice("fmt", "/nonexistent/a.yaml", self.path)
        self.assertEqual((code, out), (3, self.path + "\n"))
        self.assertIn("/nonexistent/a.yaml", err)
        self.write("# " + "x" * (4 << 20), "large.yaml")
        self.assertEqual(sluice("fmt", os.path.join(self.directory.name, "large.yaml"))[0], 3)
        self.assertEqual(sluice("fmt")[0], 2)
        self.assertEqual(sluice("fmt", "--check", "--stdout", self.path)[0], 2)

    def test_standard_input(self):
        done = subprocess.run([SLUICE, "fmt", "-"], input="\ufeff" + self.UGLY, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, self.PRETTY))

    def test_examples_mean_the_same_afterwards(self):
        copy = os.path.join(self.directory.name, "examples")
        shutil.copytree(EXAMPLES, copy)
        code, out, err = sluice("fmt", copy)
        self.assertEqual((code, err), (0, ""))
        before, after = (json.loads(sluice("check", directory, "--json")[1])["hash"] for directory in (EXAMPLES, copy))
        self.assertEqual(before, after)
        self.assertEqual(sluice("fmt", "--check", copy), (0, "", ""))


class Versions(unittest.TestCase):
    """What a real gateway answers is in the scenario; here what it should not."""

    def test_wrong_use_is_2(self):
        for arguments in (["list", "7"], ["show", "x"], ["show", "07"], ["show", "1", "2"], ["diff"], ["diff", "1", "2", "3"],
                          ["diff", "1", "x"], ["diff", "a", "b"], ["rollback", "x"], ["rollback", "0"], ["rollback", "1", "2"],
                          ["show", "9999999999999999999"], ["rollback", "--author", "\udcff"], ["load", EXAMPLES, "--author", "\udcff"]):
            code, out, _ = sluice(*arguments)
            self.assertEqual((code, out), (2, ""), arguments)

    def test_nobody_there_is_3(self):
        for arguments in (["list"], ["show"], ["diff", "1", "2"], ["diff", EXAMPLES], ["rollback"]):
            code, out, err = sluice(*arguments, "--api", "unix:/nonexistent/control.sock")
            self.assertEqual((code, out), (3, ""), arguments)
            self.assertIn("no gateway answers", err)

    def test_nonsense_is_3(self):
        for answer in ({}, {"version": 1, "files": {}}, {"version": 1, "files": [{"name": "a"}]},
                       {"version": 1, "files": [], "next": -1}):
            with Api(answer) as api:
                for arguments in (["list"], ["show", "1"], ["diff", "1", "2"]):
                    code, out, err = sluice(*arguments, "--api", api.address)
                    self.assertEqual((code, out), (3, ""), (arguments, answer))
                    self.assertIn("the gateway's answer is none", err)

    def test_rollback_asks_for_a_number_and_names_an_author(self):
        answer = {"version": 8, "campaigns": 2, "hash": "00" * 16}
        with Api(answer) as api:
            code, out, _ = sluice("rollback", "6", "--author", "kim", "--json", "--api", api.address)
            self.assertEqual((code, json.loads(out)), (0, answer))
            self.assertEqual(api.asked[0][0], "POST /v1/rulesets/rollback HTTP/1.1")
            self.assertEqual(json.loads(api.asked[0][1]), {"version": 6, "author": "kim", "dry_run": False})
            sluice("rollback", "--api", api.address)
            asked = json.loads(api.asked[1][1])
            self.assertNotIn("version", asked)
            self.assertTrue(asked["author"])

    def test_tests_among_the_sources_of_a_version_are_no_campaigns(self):
        files = [{"name": "a.yaml", "text": "campaign: a\n"}, {"name": "b.test.yaml", "text": "test: b\n"}]
        with Api({"version": 1, "files": files}) as api:
            code, out, err = sluice("diff", "1", "1", "--api", api.address)
            self.assertEqual((code, err), (0, ""))

    def test_a_directory_without_a_name_is_named_by_who_asked(self):
        for command in ("load", "diff"):
            code, _, err = sluice(command, "")
            self.assertEqual(code, 3)
            self.assertIn("sluice %s: the name of the directory is empty" % command, err)

    def test_control_characters_of_a_file_do_not_reach_the_terminal(self):
        with tempfile.TemporaryDirectory() as directory:
            os.symlink("nowhere", os.path.join(directory, "\x1b[31m.yaml"))
            for command in ("load", "diff"):
                code, out, err = sluice(command, directory)
                self.assertEqual((code, out), (3, ""))
                self.assertNotIn("\x1b", err)
                self.assertIn("\\x1b[31m.yaml", err)

    def test_control_characters_of_a_campaign_do_not_reach_the_terminal(self):
        files = [{"name": "a.yaml", "text": "campaign: a\ndescription: \"\x1b[31m\"\n"}]
        with Api({"version": 1, "files": files}) as api, tempfile.TemporaryDirectory() as directory:
            code, out, _ = sluice("diff", directory, "1", "--api", api.address)
            self.assertEqual(code, 1)
            self.assertNotIn("\x1b", out)
            with open(os.path.join(directory, "b.yaml"), "w") as file:
                file.write('campaign: "\\e[31m"\n')
            code, out, err = sluice("diff", directory, "1", "--api", api.address)
            self.assertEqual((code, out), (1, ""))
            self.assertNotIn("\x1b", err)
            self.assertIn("control characters", err)
        self.assertEqual(sluice("load")[0], 2)


class Up(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp()
        shutil.copy(SLUICE, self.path("sluice"))
        for name in ("sluice-control", "sluice-dataplane"):
            with open(self.path(name), "w") as file:
                file.write(STAND_IN)
            os.chmod(self.path(name), 0o755)
        with open(self.path("status"), "w") as file:
            json.dump(STATUS, file)
        self.up = None

    def tearDown(self):
        if self.up and self.up.poll() is None:
            self.up.kill()
        if self.up:
            self.up.communicate()
        shutil.rmtree(self.home)

    def path(self, name):
        return os.path.join(self.home, name)

    def tell(self, what):
        open(self.path(what), "w").close()

    def notes(self, asked=False):
        with open(self.path("notes")) as file:
            return [line for line in (" ".join(line.split()[:2]) for line in file) if asked or line != "control asked"]

    def start(self):
        self.up = subprocess.Popen([self.path("sluice"), "up", "--config", "x.yaml"], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)

    def ready(self):
        return json.loads(self.up.stdout.readline())

    def end(self):
        out, err = self.up.communicate(timeout=200)
        return self.up.returncode, out.decode(), err.decode()

    def test_ready_line_and_orderly_end(self):
        self.start()
        line = self.ready()
        self.assertEqual(line["pids"]["up"], self.up.pid)
        self.assertEqual(line["listening"], STATUS["listening"])
        self.assertEqual(line["sinks"], [{"kind": "file", "path": "/x/matches"}])
        self.assertEqual(line["api"], "unix:" + self.path("control.sock"))
        self.tell("lag")
        self.up.terminate()
        code, out, _ = self.end()
        self.assertEqual((code, out), (0, ""))
        self.assertEqual(self.notes()[-3:], ["sluice-dataplane stops", "control forwards", "sluice-control stops"])

    def test_what_dies_starts_again(self):
        self.start()
        first = self.ready()
        os.kill(first["pids"]["dataplane"], signal.SIGKILL)
        second = self.ready()
        self.assertNotEqual(second["pids"]["dataplane"], first["pids"]["dataplane"])
        self.assertEqual(second["pids"]["control"], first["pids"]["control"])
        os.kill(second["pids"]["control"], signal.SIGKILL)
        third = self.ready()
        self.assertEqual(third["pids"]["dataplane"], second["pids"]["dataplane"])
        self.assertNotEqual(third["pids"]["control"], second["pids"]["control"])
        self.up.send_signal(signal.SIGINT)
        code, _, err = self.end()
        self.assertEqual(code, 0)
        self.assertIn("ended by signal 9", err)

    def test_who_read_the_first_line_may_go(self):
        self.start()
        first = self.ready()
        self.up.stdout.close()
        self.up.stdout = None
        os.kill(first["pids"]["dataplane"], signal.SIGKILL)
        end = time.monotonic() + 200
        while self.notes().count("sluice-dataplane starts") < 2 and time.monotonic() < end:
            time.sleep(0.02)
        # the second line goes nowhere, and ends nothing
        with self.assertRaises(subprocess.TimeoutExpired):
            self.up.wait(2)
        self.up.terminate()
        self.assertEqual(self.up.wait(200), 0)

    def test_wrong_settings_start_nothing(self):
        self.tell("bad-settings")
        self.start()
        code, out, err = self.end()
        self.assertEqual((code, out), (1, ""))
        self.assertIn("sluice.yaml:1:1", err)
        self.assertFalse(os.path.exists(self.path("notes")))

    def test_what_cannot_start_is_not_tried_again(self):
        self.tell("cannot-start")
        self.start()
        code, out, err = self.end()
        self.assertEqual((code, out), (3, ""))
        self.assertIn("the journal is damaged", err)
        self.assertIn("sluice-dataplane cannot start", err)
        self.assertEqual(self.notes().count("sluice-dataplane starts"), 1)

    def test_what_a_restart_cannot_mend_is_started_once(self):
        self.start()
        first = self.ready()
        self.tell("cannot-start")
        os.kill(first["pids"]["dataplane"], signal.SIGKILL)
        code, _, err = self.end()
        self.assertEqual(code, 3)
        self.assertIn("sluice-dataplane cannot start", err)
        self.assertEqual(self.notes().count("sluice-dataplane starts"), 2)
        self.assertEqual(self.notes()[-1], "sluice-control stops")
        self.assertIn("do what its error message above says", err.splitlines()[-1])

    def test_a_sink_that_is_stuck_is_not_waited_for(self):
        with open(self.path("status")) as file:
            status = json.load(file)
        status["sinks"][0].update(lag_blocks=1, stuck="the store is damaged")
        with open(self.path("status"), "w") as file:
            json.dump(status, file)
        self.tell("cannot-start")
        self.start()
        self.assertEqual(self.end()[0], 3)
        # one that is only behind is asked some two hundred times
        self.assertLess(self.notes(asked=True).count("control asked"), 50)

    def test_what_is_held_is_refused_at_first_and_waited_for_later(self):
        self.tell("held")
        self.start()
        code, _, err = self.end()
        self.assertEqual((code, self.notes().count("sluice-dataplane starts")), (3, 1))
        os.unlink(self.path("held"))
        self.start()
        first = self.ready()
        self.tell("held")
        os.kill(first["pids"]["dataplane"], signal.SIGKILL)
        while self.notes().count("sluice-dataplane starts") < 5:
            time.sleep(0.02)
        os.unlink(self.path("held"))
        self.assertNotEqual(self.ready()["pids"]["dataplane"], first["pids"]["dataplane"])
        self.up.terminate()
        self.assertEqual(self.end()[0], 0)

    def test_one_that_fails_after_every_start_is_given_up(self):
        self.tell("fails")
        self.start()
        lives = 0
        for line in iter(self.up.stdout.readline, b""):
            lives += 1
            os.kill(json.loads(line)["pids"]["dataplane"], signal.SIGTERM)
        code, _, err = self.end()
        self.assertEqual((code, lives), (3, 10))
        self.assertIn("giving up", err)

    def test_children_end_with_it(self):
        self.start()
        pids = self.ready()["pids"]
        self.up.kill()
        self.up.wait()
        end = time.monotonic() + 200
        while any(alive(pids[name]) for name in ("dataplane", "control")):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.02)
        self.assertIn("sluice-dataplane stops", self.notes())

    def test_without_the_programs(self):
        os.unlink(self.path("sluice-dataplane"))
        env = {"PATH": "/nonexistent"}
        done = subprocess.run([self.path("sluice"), "up", "--config", "x"], capture_output=True, env=env, timeout=200)
        self.assertEqual(done.returncode, 3)
        self.assertIn(b"sluice-dataplane", done.stderr)


if __name__ == "__main__":
    unittest.main()
