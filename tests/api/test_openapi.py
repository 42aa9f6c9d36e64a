#!/usr/bin/env python3
"""Control's API beside its OpenAPI document: every answer that is described is provoked and is as described,
every answer that comes is described, and every route is in both.

usage: test_openapi.py --build BUILD"""
import json
import os
import re
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))

from asker import PATIENCE_S, Asker, connect, text_of  # noqa: E402
from document import Document, Undescribed  # noqa: E402
from gateway import SCHEMA, Gateway, Programs, campaign, wait_until  # noqa: E402

TOKEN = "0123456789abcdef0123456789abcdef"
CLEAN = [{"name": "hits.yaml", "text": campaign("hits", 'type == "hit"')}]
# at an address where nobody listens
KAFKA = '{bootstrap.servers: "127.0.0.1:1", acks: all, sasl.password: hunter2}'
WRONG = [{"name": "hits.yaml", "text": "campaign: hits\nnonsense: 1\n"}]
# a described answer that no test of this kind can bring about, and why
OUT_OF_REACH = {
    ("GET /metrics", 503): "where there is no memory for it",
    ("GET /v1/status", 503): "where there is no memory for it",
    ("GET /v1/settings", 503): "where there is no memory for it",
    ("GET /v1/quarantine", 503): "where there is no memory for it",
    ("GET /v1/quarantine/{id}", 503): "where there is no memory for it",
    ("GET /v1/decisions", 503): "where there is no memory for it",
    ("GET /v1/recorded", 503): "where there is no memory for it",
    ("POST /v1/stop", 503): "where no thread can be had",
    ("POST /v1/rulesets/check", 503): "where the disk is full",
}


class Described(unittest.TestCase):
    """One gateway for all; what was seen of it is added up and looked at last."""

    @classmethod
    def setUpClass(cls):
        cls.document = Document()
        cls.directory = tempfile.mkdtemp(prefix="sluice-api-")
        cls.gateway = Gateway(PROGRAMS, cls.directory)
        cls.gateway.settings["api.listen"] = '"%s:0"' % cls.gateway.address
        cls.gateway.settings["api.token_file"] = "token"
        with open(cls.gateway.path("token"), "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(TOKEN + "\n")
        cls.gateway.start()
        cls.gateway.wait_running()
        cls.asker = Asker(cls.gateway.api, cls.document)

    @classmethod
    def tearDownClass(cls):
        cls.gateway.kill_all()
        shutil.rmtree(cls.directory)

    def ask(self, status, method, target, body=b"", **more):
        answer = self.asker.ask(method, target, body, **more)
        self.assertEqual(answer.status, status, answer)
        return answer

    def test_1_both_have_the_same_routes(self):
        routes = self.ask(200, "GET", "/v1").json()["routes"]
        served = {"%s %s" % (one["method"], one["path"]): one for one in routes}
        self.assertEqual(len(served), len(routes))
        self.assertEqual(set(served), set(self.document.operations))
        for name, operation in self.document.operations.items():
            self.assertEqual(served[name]["help"], operation.summary, name)
            self.assertEqual(set(served[name]["parameters"]), set(operation.query), name)

    def test_1_helps_of_commands_name_what_the_document_has(self):
        schemas = self.document.whole["components"]["schemas"]
        loaded = set(self.document.whole["components"]["responses"]["Loaded"]["content"]["application/json"]["schema"]
                     ["properties"]) - {"diagnostics"}
        quarantined = self.document.operations["GET /v1/quarantine/{id}"].responses[200]["content"]["application/json"]
        settings = self.document.operations["GET /v1/settings"].responses[200]["content"]["application/json"]
        wanted = {
            "list": set(schemas["Ruleset"]["properties"]),
            "rollback": loaded,
            "quarantine": {name for part in quarantined["schema"]["allOf"] for name in part["properties"]},
            "decisions": set(schemas["Decision"]["properties"]),
            "settings": set(settings["schema"]["properties"]["settings"]["items"]["properties"]),
        }
        for command, names in wanted.items():
            text = self.gateway.run(command, "--help").stdout.replace("\n", "")
            self.assertEqual(names - set(re.findall(r'"([a-z_]+)"', text)), set(), command)

    def test_2_what_every_route_refuses(self):
        for operation in self.document.operations.values():
            target = operation.path.replace("{version}", "1").replace("{id}", "1")
            large = [("Content-Length", "999999999999")]
            if operation.body_schema is None or operation.body_schema.get("x-largest") is None:
                self.ask(413, operation.method, target, headers=large)
            self.ask(400, operation.method, target, headers=[("A b", "c")])
            if operation.path.startswith("/v1"):
                self.ask(400, operation.method, target + "?nothing=1")
            self.ask(411, operation.method, target, headers=[("Transfer-Encoding", "chunked")])
            self.ask(405, "PATCH", target)

    def test_2_over_tcp(self):
        address = self.ask(200, "GET", "/v1/status").json()["api_tcp"]
        stranger, known = Asker(address, self.document), Asker(address, self.document, TOKEN)
        for operation in self.document.operations.values():
            target = operation.path.replace("{version}", "1").replace("{id}", "1")
            statuses = {stranger.ask(operation.method, target).status,
                        stranger.ask(operation.method, target, headers=[("Authorization", "Bearer x" + TOKEN)]).status,
                        stranger.ask(operation.method, target, b"x" * 60000).status}
            self.assertEqual(statuses, {200} if operation.is_open else {401}, operation.name)
            self.assertEqual(known.ask(operation.method, target, host="evil.example").status, 403, operation.name)
        self.assertEqual(stranger.ask("GET", "/nothing").status, 401)
        self.assertEqual(known.ask("GET", "/nothing").status, 404)
        self.assertEqual(known.ask("GET", "/v1/status", host="[::1]:9").status, 200)
        self.asker.seen |= stranger.seen | known.seen
        # the command line the same way
        for more, status in (((), 3), (("--token-file", self.gateway.path("token")), 0)):
            done = self.gateway.run("status", "--json", "--api", address, *more)
            self.assertEqual(done.returncode, status, done.stderr)
        os.chmod(self.gateway.path("token"), 0o644)
        self.assertEqual(known.ask("GET", "/v1").status, 401)
        os.chmod(self.gateway.path("token"), 0o600)
        self.assertEqual(known.ask("GET", "/v1").status, 200)

    def test_2_what_is_no_route(self):
        self.ask(404, "GET", "/")
        self.ask(404, "GET", "/v2/status")
        self.ask(404, "GET", "/v1/rulesets/x")
        self.ask(431, "GET", "/v1", headers=[("X", "y" * 20000)])
        self.ask(417, "GET", "/v1", headers=[("Expect", "200-maybe")])

    def test_3_health(self):
        self.ask(200, "GET", "/healthz")
        self.ask(200, "GET", "/readyz")
        status = self.ask(200, "GET", "/v1/status").json()
        told = json.loads(self.gateway.run("status", "--json", "--api", self.gateway.api).stdout)
        self.assertEqual((told["ledger"], told["pids"]), (status["ledger"], status["pids"]))

    def test_3_metrics(self):
        for accept, kind in ((), "text/plain; version=0.0.4; charset=utf-8"), \
                ([("Accept", "application/openmetrics-text; version=1.0.0")],
                 "application/openmetrics-text; version=1.0.0; charset=utf-8"):
            answer = self.ask(200, "GET", "/metrics?module=any", headers=list(accept))
            self.assertEqual(answer.headers["content-type"], kind)
            self.assertIn(kind, self.document.operations["GET /metrics"].responses[200]["content"])

    def test_3_tail(self):
        where = urllib.parse.quote('campaign == "hits" && data.amount > 5')
        self.ask(200, "GET", "/v1/tail?kind=match,decision&campaign=hits&key=C1&where=" + where, stream_bytes=0)
        self.ask(400, "GET", "/v1/tail?kind=matches")
        self.ask(400, "GET", "/v1/tail?kind=")
        self.ask(400, "GET", "/v1/tail?where=campaing")

    def test_3_log_level(self):
        self.assertEqual(self.ask(200, "GET", "/v1/log-level").json()["level"], "info")
        self.assertEqual(self.ask(200, "PUT", "/v1/log-level", {"level": "debug"}).json()["level"], "debug")
        self.ask(200, "GET", "/readyz")
        self.gateway.wait_log("API: GET /readyz")
        self.ask(400, "PUT", "/v1/log-level", {"level": "loud"})
        self.ask(400, "PUT", "/v1/log-level", {})
        self.assertEqual(self.ask(200, "PUT", "/v1/log-level", {"level": "info"}).json()["level"], "info")

    def test_3_lines_of_a_tail(self):
        schema = self.document.whole["components"]["schemas"]["TailLine"]
        line_fits = self.document.validator(self.document.resolve(schema)).validate
        tail = connect(self.gateway.api)
        tail.sendall(text_of("GET", "/v1/tail?kind=match,decision,refusal"))
        received = b""
        while b"\r\n\r\n" not in received:
            received += tail.recv(65536)
        events = b'{"id":"t-1","time":"2026-11-21T00:00:00Z","type":"hit","customer":"C1","amount":7}\nnone 5\n'
        web = self.gateway.connect("web")
        web.sendall(text_of("POST", "/v1/events", [("Content-Type", "application/x-ndjson")], events))
        web.recv(65536)
        web.close()
        wanted = {"match", "decision", "refusal"}
        while not all(b'"kind":"%s"' % kind.encode() in received for kind in wanted) or not received.endswith(b"\n\r\n"):
            received += tail.recv(65536)
        tail.close()
        lines = [json.loads(line) for line in received.split(b"\r\n") if line.startswith(b"{")
                 for line in line.splitlines()]
        for line in lines:
            line_fits(line)
        self.assertEqual({line["kind"] for line in lines}, wanted)

    def post(self, *events):
        sock = self.gateway.connect("web")
        sock.sendall(text_of("POST", "/v1/events", [("Content-Type", "application/x-ndjson"), ("Connection", "close")],
                             b"".join(event + b"\n" for event in events)))
        while sock.recv(65536):
            pass
        sock.close()

    def quarantine(self, query=""):
        """All pages."""
        found, after = [], ""
        while True:
            page = self.ask(200, "GET", "/v1/quarantine?limit=2" + query + after).json()
            self.assertLessEqual(len(page["refused"]), 2)
            found += page["refused"]
            if "next" not in page:
                return found
            after = "&after=" + page["next"]

    def check_quarantine_command(self, every):
        def run(*arguments):
            done = self.gateway.run("quarantine", *arguments, "--api", self.gateway.api)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout
        self.assertEqual([json.loads(line) for line in run("--json").splitlines()], every)
        self.assertEqual([json.loads(line) for line in run("list", "--json", "--limit", "2").splitlines()], every[:2])
        self.assertEqual(len(run("--reason", "field_missing", "--channel", "web", "--since", "7d").splitlines()), 3)
        self.assertIn("there are none", run("--channel", "a b&c"))
        self.assertIn("there are none", run("--until", "1h"))
        text = run("show", every[2]["id"])
        self.assertIn('{"id":"b","text":"# May ####"}', text)
        self.assertIn("field_missing", text)

    def test_3_a_quarantine(self):
        self.assertEqual(self.quarantine(), [])
        self.post(b'{"id":"a1","time":', b"[1,2]", b'{"id":"b","text":"7 May 1999"}', b"{}", b'"' + b"x" * 9000 + b'"')
        wait_until("all are kept", PATIENCE_S, lambda: len(self.quarantine()) == 5)
        every = self.quarantine()
        self.assertEqual([one["reason"] for one in every],
                         ["not_an_object", "field_missing", "field_missing", "not_an_object", "json_malformed"])
        self.assertEqual({one["channel"] for one in every}, {"web"})
        self.assertEqual(len(self.quarantine("&reason=field_missing")), 2)
        self.assertEqual(len(self.quarantine("&channel=web&since=2026-01-01T00:00:00Z")), 5)
        self.assertEqual(self.quarantine("&channel=lines"), [])
        self.assertEqual(self.quarantine("&until=2026-01-01T00:00:00.5Z"), [])
        self.assertEqual(self.quarantine("&since=2099-01-01T00:00:00Z"), [])
        one = self.ask(200, "GET", "/v1/quarantine/" + every[2]["id"]).json()
        self.assertEqual((one["text"], one["cut"], one["reason"]),
                         ('{"id":"b","text":"# May ####"}', False, "field_missing"))
        self.assertTrue(self.ask(200, "GET", "/v1/quarantine/" + every[0]["id"]).json()["cut"])
        self.ask(404, "GET", "/v1/quarantine/99-4096")
        self.ask(404, "GET", "/v1/quarantine/x")
        for wrong in ("after=x", "limit=0", "limit=1001", "since=yesterday", "since=2026-1-1T00:00:00Z",
                      "since=2026-01-01T24:00:00Z", "since=2026-01-01T00:00:60Z", "since=2026-01-01T00:00:00.Z",
                      "since=1650-01-01T00:00:00Z", "since=2026-01-01T00:00:00", "until=2026-01-01", "reason=none"):
            self.ask(400, "GET", "/v1/quarantine?" + wrong)
        self.check_quarantine_command(every)
        status = self.ask(200, "GET", "/v1/status").json()["quarantine"]
        self.assertEqual((status["kept"], status["lost"], status["let_go"], status["written"]), (5, 0, 0, 5))

    def decisions(self, query=""):
        """All pages."""
        found, after = [], ""
        while True:
            page = self.ask(200, "GET", "/v1/decisions?limit=2" + query + after).json()
            self.assertLessEqual(len(page["decisions"]), 2)
            found += page["decisions"]
            if "next" not in page:
                return found
            after = "&after=" + page["next"]

    def check_decisions_command(self, every):
        def run(*arguments, code=0):
            done = self.gateway.run("decisions", *arguments, "--api", self.gateway.api)
            self.assertEqual(done.returncode, code, done.stderr)
            return done.stdout
        self.assertEqual([json.loads(line) for line in run("--json", "--key", "D1").splitlines()], every)
        self.assertEqual([json.loads(line) for line in run("--json", "--limit", "2", "--key", "D1").splitlines()], every[:2])
        lines = run("--campaign", "hits", "--key", "D1", "--from", "1h").splitlines()
        self.assertEqual(len(lines), 4)
        self.assertIn(every[0]["id"], lines[1])
        self.assertIn("there are none", run("--key", "a b&c", code=1))
        self.assertIn("there are none", run("--to", "2026-01-01T00:00:00+09:00", code=1))

    def test_3_b_decisions(self):
        self.post(*(b'{"id":"d-%d","time":"2026-11-21T00:00:00Z","type":"hit","customer":"D%d","amount":7}' % (i, i % 2)
                    for i in range(6)))
        wait_until("all are kept", PATIENCE_S, lambda: len(self.decisions("&key=D0") + self.decisions("&key=D1")) == 6)
        every = self.decisions("&key=D1")
        self.assertEqual([one["event"]["id"] for one in every], ["d-5", "d-3", "d-1"])
        self.assertEqual({(one["key"], one["campaign"], one["decision"]) for one in every}, {("D1", "hits", "sent")})
        self.assertEqual({one["event"]["type"] for one in every}, {"hit"})
        self.assertNotIn("why", every[0])
        self.assertIn("template", every[0]["send"])
        self.assertEqual(every[0]["steps"], {"hit": "d-5"})
        self.assertGreaterEqual(len(self.decisions("&campaign=hits")), 6)
        self.assertEqual(len(self.decisions("&campaign=hits&key=D1&from=2026-01-01T00:00:00Z")), 3)
        self.assertEqual(self.decisions("&campaign=other"), [])
        self.assertEqual(self.decisions("&key=D1&to=2026-01-01T00:00:00.5Z"), [])
        self.assertEqual(self.decisions("&from=2099-01-01T00:00:00Z"), [])
        for wrong in ("after=x", "after=1-2", "limit=0", "limit=1001", "from=yesterday", "to=2026-01-01", "since=1"):
            self.ask(400, "GET", "/v1/decisions?" + wrong)
        self.check_decisions_command(every)
        status = self.ask(200, "GET", "/v1/status").json()["archive"]
        self.assertGreaterEqual(status["kept"], 6)
        self.assertEqual((status["lost"], status["let_go"], status["damaged"]), (0, 0, 0))

    def test_6_z_remembered(self):
        self.assertEqual(self.ask(200, "GET", "/v1/remembered?key=nobody%20at%20all").json()["remembered"], [])
        for wrong in ("", "?key=", "?key=" + "x" * 1024):
            self.ask(400, "GET", "/v1/remembered" + wrong)
        pattern = ("campaign: waits\nkind: service\nmatch:\n  - start: type == \"start\"\n  - end: type == \"end\"\n"
                   "    within: 7d\nsend: {channel: push, template: T}\n")
        files = [*CLEAN, {"name": "waits.yaml", "text": pattern}]
        self.ask(200, "POST", "/v1/rulesets", {"files": files})
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()).encode()
        self.post(*(b'{"id":"r-%d","time":"%s","type":"start","customer":"R%d","amount":7}' % (i, now, i)
                    for i in range(3)))
        found = self.ask(200, "GET", "/v1/remembered?key=R1").json()
        self.assertEqual((found["key"], found["total"]), ("R1", 1))
        one = found["remembered"][0]
        self.assertEqual((one["campaign"], one["what"], one["step"], one["count"]), ("waits", "run", "start", 1))
        self.assertIn("due", one)
        done = self.gateway.run("explain", "--live", "--key", "R1", "--json", "--api", self.gateway.api)
        self.assertEqual((done.returncode, json.loads(done.stdout)), (0, one), done.stderr)
        done = self.gateway.run("explain", "--live", "--key", "R1", "--api", self.gateway.api)
        self.assertIn("waits: run at start, 1 event\n", done.stdout)
        done = self.gateway.run("explain", "--live", "--key", "nobody", "--api", self.gateway.api)
        self.assertEqual((done.returncode, done.stdout), (1, "nothing is remembered\n"))
        # and the keys that a load would touch
        changed = [*CLEAN, {"name": "waits.yaml", "text": pattern.replace("end\"", "over\"")}]
        fate = self.ask(200, "POST", "/v1/rulesets", {"files": changed, "dry_run": True}).json()["remembered"]
        self.assertEqual([(each["what"], each["live"]) for each in fate if each["campaign"] == "waits"], [("reset", [3])])
        self.ask(200, "POST", "/v1/rulesets", {"files": CLEAN})

    def test_3_c_recorded(self):
        self.assertEqual(self.ask(200, "GET", "/v1/recorded?from=2026-01-01T00:00:00Z&to=2099-01-01T00:00:00Z&limit=1").json(),
                         {"recording": False, "events": []})
        for wrong in ("after=x", "limit=0", "limit=10001", "from=yesterday", "to=2026-01-01", "key=C1"):
            self.ask(400, "GET", "/v1/recorded?" + wrong)
        done = self.gateway.run("record", "export", "--api", self.gateway.api)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("record.events: true", done.stderr)

    def test_3_settings(self):
        answer = self.ask(200, "GET", "/v1/settings").json()
        with open(self.gateway.config) as file:
            lines = file.read().splitlines()
        self.assertEqual(answer["file"], self.gateway.config)
        settings = {one["name"]: one for one in answer["settings"]}
        for one in answer["settings"] + answer["channels"] + answer["kafka"]:
            path, colon, line = one["origin"].rpartition(":")
            if colon:
                self.assertEqual(path, self.gateway.config)
                named = one.get("name", one.get("channel")).split(".")
                self.assertTrue(any(part in lines[int(line) - 1] for part in (named[-1], ".".join(named))), one)
        self.assertEqual(settings["journal.bytes"]["value"], "64MiB")
        self.assertEqual(settings["journal.bytes"]["default"], "1GiB")
        self.assertEqual(settings["limits.http.idle_ms"]["value"], "1h")
        self.assertEqual((settings["limits.rules.kept"]["value"], settings["limits.rules.kept"]["origin"]),
                         ("100", "default"))
        self.assertEqual([one["channel"] for one in answer["channels"]], ["web", "lines", "acked"])
        self.assertEqual(answer["kafka"], [])
        text = self.gateway.run("settings", "--api", self.gateway.api)
        self.assertEqual(text.returncode, 0, text.stderr)
        self.assertRegex(text.stdout, r"(?m)^journal\.bytes +64MiB +.*sluice\.yaml:[0-9]+$")
        done = self.gateway.run("settings", "--json", "journal", "--api", self.gateway.api)
        self.assertEqual([json.loads(line)["name"] for line in done.stdout.splitlines()],
                         [name for name in settings if name.startswith("journal.")])
        self.assertEqual(self.gateway.run("settings", "nothing", "--api", self.gateway.api).returncode, 1)

    def check_kafka_settings(self, asker):
        answer = asker.ask("GET", "/v1/settings").json()
        kafka = {one["name"]: one for one in answer["kafka"]}
        self.assertEqual(kafka["sasl.password"]["value"], "****")
        self.assertNotIn("hunter2", json.dumps(answer))
        self.assertEqual((kafka["bootstrap.servers"]["value"], kafka["acks"]["value"]), ("127.0.0.1:1", "-1"))
        self.assertEqual(kafka["enable.idempotence"]["origin"], "sluice")
        self.assertEqual(kafka["socket.timeout.ms"]["origin"], "default")
        self.assertRegex(kafka["acks"]["origin"], ":[0-9]+$")

    def test_4_rule_sets(self):
        self.ask(200, "GET", "/v1/rulesets")
        self.ask(200, "GET", "/v1/rulesets/current")
        self.ask(200, "GET", "/v1/rulesets/1")
        self.ask(404, "GET", "/v1/rulesets/99")
        self.ask(200, "GET", "/v1/rulesets/1/sources")
        self.ask(400, "GET", "/v1/rulesets/1/sources?from=x")
        self.ask(404, "GET", "/v1/rulesets/99/sources")
        self.ask(400, "POST", "/v1/rulesets", b"{}")
        self.ask(400, "POST", "/v1/rulesets", {"files": CLEAN, "dryrun": True})
        self.ask(422, "POST", "/v1/rulesets", {"files": WRONG})
        self.ask(404, "POST", "/v1/rulesets/rollback", {"version": 99})
        self.ask(400, "POST", "/v1/rulesets/rollback", {"version": "x"})
        self.ask(404, "POST", "/v1/rulesets/rollback", {"version": 99.0})
        for wrong in (0, -1, 1.5, 1e300, True):
            self.ask(400, "POST", "/v1/rulesets/rollback", {"version": wrong})
        self.assertEqual(self.ask(200, "POST", "/v1/rulesets", {"files": CLEAN, "author": "kim"}).json()["version"], 3)

    def test_5_z_diff(self):
        more = [{"name": "more.yaml", "text": campaign("more", "amount > 5")}, {**CLEAN[0], "text": CLEAN[0]["text"] + "# x\n"}]
        before = self.ask(200, "GET", "/v1/rulesets/current").json()["version"]
        version = self.ask(200, "POST", "/v1/rulesets", {"files": more}).json()["version"]
        there = {"version": version, "since": before, "added": ["more.yaml"], "removed": [], "changed": ["hits.yaml"],
                 "unchanged": 1}
        target = "/v1/rulesets/%d/diff" % version
        self.assertEqual(self.ask(200, "GET", target).json(), there)
        self.assertEqual(self.ask(200, "GET", target + "?since=%d" % before).json(), there)
        self.assertEqual(self.ask(200, "GET", "/v1/rulesets/%d/diff?since=%d" % (before, version)).json(),
                         {"version": before, "since": version, "added": [], "removed": ["more.yaml"],
                          "changed": ["hits.yaml"], "unchanged": 1})
        self.assertEqual(self.ask(200, "GET", target + "?since=%d" % version).json()["unchanged"], 3)
        for missing in ("/v1/rulesets/1/diff", "/v1/rulesets/99/diff", target + "?since=99"):
            self.ask(404, "GET", missing)
        self.ask(400, "GET", target + "?since=0")
        path = self.gateway.path("data", "rulesets", str(version), "files")
        with open(path, "a") as file:
            file.write("no line of an index\n")
        self.ask(503, "GET", target)
        self.ask(200, "POST", "/v1/rulesets", {"files": CLEAN})

    def test_4_a_check_changes_nothing(self):
        before = self.ask(200, "GET", "/v1/rulesets").json()
        body = {"files": CLEAN, "schema": {"name": "s.yaml", "text": SCHEMA}, "dry_run": False}
        self.assertEqual(self.ask(200, "POST", "/v1/rulesets/check", body).json()["version"], 0)
        self.ask(422, "POST", "/v1/rulesets/check", {"files": WRONG})
        self.ask(400, "POST", "/v1/rulesets/check", b"[]")
        self.assertEqual(self.ask(200, "GET", "/v1/rulesets").json(), before)

    def test_5_roll_back(self):
        self.ask(200, "POST", "/v1/rulesets/rollback", {"version": 1, "author": None, "dry_run": True})
        self.ask(200, "POST", "/v1/rulesets/rollback", {})
        self.damage_sources(1)
        self.ask(422, "POST", "/v1/rulesets/rollback", {"version": 1})
        self.ask(503, "GET", "/v1/rulesets/1/sources")

    def damage_sources(self, version):
        path = self.gateway.path("data", "rulesets", str(version), "source", "hits.yaml")
        with open(path, "a") as file:
            file.write("# more\n")

    def test_6_one_load_at_a_time(self):
        sock = connect(self.gateway.api)
        sock.sendall(b"POST /v1/rulesets HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        self.assertEqual(sock.recv(100)[:12], b"HTTP/1.1 100")
        for path in ("/v1/rulesets", "/v1/rulesets/check", "/v1/rulesets/rollback"):
            self.ask(409, "POST", path, b"{}")
        self.assertEqual(self.ask(200, "GET", "/v1/rulesets/progress").json()["phase"], "receiving")
        sock.close()
        wait_until("the load was given up", PATIENCE_S, lambda: self.asker.ask("POST", "/v1/rulesets", b"{}").status == 400)

        self.assertIsNone(self.ask(200, "GET", "/v1/rulesets/progress").json()["phase"])

    def test_7_without_a_dataplane(self):
        other = Gateway(PROGRAMS, os.path.join(self.directory, "alone"))
        os.mkdir(other.directory)
        other.settings["rules"] = '""'
        other.settings["sink.kafka.properties"] = KAFKA
        self.assertEqual(other.prepare(), 0)
        other.start_apart("control")
        alone = Asker(other.api, self.document)
        wait_until("it listens", PATIENCE_S, alone.can_connect)
        try:
            self.check_kafka_settings(alone)
            for status, method, target, body in (
                    (503, "POST", "/v1/drain", b""),
                    (503, "GET", "/readyz", b""), (404, "GET", "/v1/rulesets/current", b""),
                    (404, "POST", "/v1/rulesets/rollback", {}), (503, "GET", "/v1/tail", b""),
                    (503, "GET", "/v1/remembered?key=A", b"")):
                answer = alone.ask(method, target, body)
                self.assertEqual(answer.status, status, answer)
            self.assertEqual(alone.ask("POST", "/v1/stop").json(), {"drained": False})
            self.assertEqual(other.wait_end(other.apart.pop("control")), 6)
        finally:
            other.kill_all()
        self.asker.seen |= alone.seen

    def test_7_drain_and_stop(self):
        other = Gateway(PROGRAMS, os.path.join(self.directory, "drained"), address="127.77.77.77")
        os.mkdir(other.directory)
        other.start()
        asker = Asker(other.api, self.document)
        try:
            other.wait_running()
            self.assertEqual(asker.ask("POST", "/v1/stop", {"now": True}).status, 400)
            self.assertEqual(asker.ask("POST", "/v1/drain", {"now": True}).status, 400)
            answers = self.while_it_lasts(other, asker, lambda: self.drain(asker), "/v1/stop")
            self.assertEqual([(one.status, one.json()) for one in answers], [(200, {"drained": True})] * 2)
            with self.assertRaises(OSError):
                other.connect("web")
            self.assertEqual(asker.ask("GET", "/readyz").status, 503)
            self.assertEqual(asker.ask("GET", "/v1/status").json()["dataplane"]["state"], "draining")
            done = other.run("drain", "--wait", "60", "--json", "--api", other.api)  # again: it is
            self.assertEqual((done.returncode, done.stdout), (0, '{"drained":true,"forwarded":true}\n'), done.stderr)
            self.assertIn("everything is forwarded", other.run("drain", "--api", other.api).stdout)
            codes = self.while_it_lasts(other, asker, lambda: other.run("drain", "--stop", "--api", other.api).returncode,
                                        "/v1/drain")
            # 1: it stood still for longer than control waits; 3: the second came when all was over
            self.assertLessEqual(set(codes), {0, 1, 3})
            self.assertTrue({0, 1} & set(codes), codes)
            self.assertEqual(other.wait_end(other.process), 0)
        finally:
            other.kill_all()
        self.asker.seen |= asker.seen

    @staticmethod
    def drain(asker):
        """503 where the dataplane stood still for longer than control waits for its first word."""
        return wait_until("it is drained", PATIENCE_S, lambda: next(
            (answer for answer in [asker.ask("POST", "/v1/drain", {})] if answer.status == 200), None))

    def while_it_lasts(self, other, asker, ask, other_order):
        """A dataplane that stands still cannot be drained yet: meanwhile the other order is refused, and a second
        one who asks the same waits with the first. What both got."""
        pid = other.pid("dataplane")
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(ask())) for _ in range(2)]
        os.kill(pid, signal.SIGSTOP)
        try:
            threads[0].start()
            wait_until("an order is under way", PATIENCE_S, lambda: self.is_refused(asker, other_order))
            threads[1].start()
        finally:
            os.kill(pid, signal.SIGCONT)
        for thread in threads:
            thread.join()
        return answers

    @staticmethod
    def is_refused(asker, target):
        # with a body that is refused in any case: it asks and never does
        return asker.ask("POST", target, {"probe": 1}).status == 409

    def test_8_with_versions_and_without_a_dataplane(self):
        self.assertEqual(self.gateway.stop(), 0)
        self.gateway.start_apart("control")
        wait_until("it listens", PATIENCE_S, self.asker.can_connect)
        self.ask(503, "POST", "/v1/rulesets", {"files": CLEAN})
        self.ask(503, "POST", "/v1/rulesets/rollback", {})

    def test_7_rows_of_requests(self):
        sock = connect(self.gateway.api)
        sock.sendall(text_of("GET", "/healthz") * 3)
        received = b""
        while received.count(b'{"ok":true}') < 3:
            received += sock.recv(65536)
        sock.shutdown(socket.SHUT_WR)
        self.assertEqual(sock.recv(1), b"")
        sock.close()

    def test_9_everything_described_was_seen(self):
        described = {(one.name, status) for one in self.document.operations.values() for status in one.responses}
        missing = described - self.asker.seen - set(OUT_OF_REACH)
        self.assertEqual(sorted(missing), [])
        self.assertEqual(sorted(set(OUT_OF_REACH) & self.asker.seen), [])


class Checks(unittest.TestCase):
    """What the tests above would not see if these did not hold."""

    def test_a_member_that_is_not_described_is_a_fault(self):
        document = Document()
        operation = document.operations["GET /healthz"]

        class Answer:
            status, headers, body = 200, {"content-type": "application/json"}, b""
            value = {"ok": True, "more": 1}

            def json(self):
                return self.value
        answer = Answer()
        with self.assertRaises(Undescribed):
            document.check(operation, answer)
        answer.value = {"ok": True}
        document.check(operation, answer)
        answer.status = 204
        with self.assertRaises(Undescribed):
            document.check(operation, answer)


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] != "--build":
        raise SystemExit(__doc__)
    PROGRAMS = Programs(sys.argv[2])
    unittest.main(argv=[sys.argv[0]] + sys.argv[3:], verbosity=2)
