#!/usr/bin/env python3
"""A gateway that records, as a person uses it: what was decided is found by customer and campaign, what was received
comes out as history, and a replay of that history decides the same.

usage: recorded.py --build BUILD"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from gateway import IDLE_S, Gateway, Programs, campaign, wait_until  # noqa: E402


def event(name, customer, kind="hit", amount=7):
    return {"id": name, "time": "2026-11-21T00:00:00Z", "type": kind, "customer": customer, "amount": amount}


class Recorded(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-recorded-")
        self.gateway = Gateway(PROGRAMS, self.directory, workers=2)
        self.gateway.campaigns = {"hits.yaml": campaign("hits", 'type == "hit"'),
                                  "dear.yaml": campaign("dear", 'type == "hit" && amount > 100')}
        self.gateway.settings["record.events"] = "true"
        self.gateway.start()
        self.gateway.wait_running()

    def tearDown(self):
        self.gateway.kill_all()
        shutil.rmtree(self.directory)

    def post(self, *events):
        body = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in events).encode()
        with self.gateway.connect("web") as web:
            web.sendall(b"POST /v1/events HTTP/1.1\r\nHost: g\r\nContent-Type: application/x-ndjson\r\n"
                        b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
            answer = b""
            while True:
                more = web.recv(65536)
                if not more:
                    return json.loads(answer.split(b"\r\n\r\n", 1)[1])
                answer += more

    def lines(self, *arguments, code=0):
        done = self.gateway.run(*arguments, "--api", self.gateway.api)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def wait_kept(self, name, n):
        wait_until("%d are kept: %s" % (n, name), IDLE_S, lambda: self.gateway.status()[name]["kept"] == n)

    def replay(self, history):
        path = os.path.join(self.directory, "history.ndjson")
        with open(path, "w") as file:
            file.write(history)
        done = subprocess.run([PROGRAMS.sluice, "replay", "--rules", self.gateway.path("rules"), path],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {json.loads(line)["id"] for line in done.stdout.splitlines()}, done.stderr

    def test_a_day(self):
        sent = [event("e-%d" % n, "C%d" % (n % 5), amount=10 * n) for n in range(40)]
        answer = self.post(*sent, "nonsense", event("m-1", "C1", kind="miss"), sent[0])
        self.assertEqual((answer["accepted"], answer["matched"], answer["duplicates"]), (41, 40, 1))
        self.gateway.wait_idle()
        self.wait_kept("archive", 40 + 29)
        self.wait_kept("record", 42)
        forwarded = {line["id"] for line in self.gateway.sink_lines()}
        self.assertEqual({one["id"] for one in self.lines("decisions", "--json", "--limit", "1000")}, forwarded)
        mine = self.lines("decisions", "--json", "--key", "C3", "--campaign", "dear", "--from", "1h")
        self.assertEqual([one["event"]["id"] for one in mine], ["e-38", "e-33", "e-28", "e-23", "e-18", "e-13"])
        # the history of it, and what the same rules make of that
        export = self.gateway.run("record", "export", "--from", "1h", "--api", self.gateway.api)
        history = [json.loads(line) for line in export.stdout.splitlines()]
        self.assertEqual(history, [*sent, event("m-1", "C1", kind="miss"), sent[0]])
        again, said = self.replay(export.stdout)
        self.assertEqual(again, forwarded)
        self.assertIn("42 events: 41 accepted, 0 refused, 1 duplicates", said)
        self.assertEqual(self.lines("record", "export", "--to", "2026-01-01T00:00:00Z", code=1), [])
        # both are there after a start; where nothing is recorded any more, what was stays
        self.assertEqual(self.gateway.stop(), 0)
        del self.gateway.settings["record.events"]
        self.gateway.start()
        self.gateway.wait_running()
        self.post(event("later", "C1"))
        self.wait_kept("archive", 40 + 29 + 1)
        self.assertEqual(self.gateway.run("record", "export", "--api", self.gateway.api).stdout, export.stdout)
        self.assertNotIn("record", self.gateway.status())


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "--build":
        sys.exit(__doc__)
    PROGRAMS = Programs(sys.argv[2])
    unittest.main(argv=sys.argv[:1], verbosity=2)
