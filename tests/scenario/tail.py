#!/usr/bin/env python3
"""Looking on at a real gateway: what `sluice tail` shows is what was committed, no more and no less, a reader that is
slow is told exactly what it missed, and the gateway waits for none.

usage: tail.py --build BUILD"""
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True

from gateway import Gateway, Programs, campaign, ledger_faults  # noqa: E402

PATIENCE_S = 100


def event(name, kind="hit", customer="C1", amount=7):
    return '{"id":"%s","time":"2026-11-21T00:00:00Z","type":"%s","customer":"%s","amount":%d}' % (
        name, kind, customer, amount)


class Follower:
    """GET /v1/tail by hand; it is there once the head has come."""

    def __init__(self, path, query):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(path)
        self.socket.sendall(b"GET /v1/tail?%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % query.encode())
        self.file = self.socket.makefile("rb")
        status = self.file.readline()
        assert b" 200 " in status, status
        while self.file.readline() != b"\r\n":
            pass
        self.left = b""

    def line(self):
        while b"\n" not in self.left:
            size = int(self.file.readline(), 16)
            self.left += self.file.read(size)
            self.file.readline()
        line, self.left = self.left.split(b"\n", 1)
        return json.loads(line)

    def close(self):
        self.file.close()
        self.socket.close()


class LookingOn(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-tail-")
        self.gateway = Gateway(PROGRAMS, self.directory)
        self.gateway.campaigns = {"hits.yaml": campaign("hits", 'type == "hit"'),
                                  "dear.yaml": campaign("dear", 'type == "hit" && amount > 100')}
        self.gateway.start()
        self.gateway.wait_running()
        self.path = self.gateway.api[len("unix:"):]

    def tearDown(self):
        self.gateway.kill_all()
        shutil.rmtree(self.directory)

    def post(self, lines):
        body = ("\n".join(lines) + "\n").encode()
        with self.gateway.connect("web") as web:
            web.sendall(b"POST /v1/events HTTP/1.1\r\nHost: g\r\nContent-Type: application/x-ndjson\r\n"
                        b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
            answer = b""
            while True:
                more = web.recv(65536)
                if not more:
                    return json.loads(answer.split(b"\r\n\r\n", 1)[1])
                answer += more

    def test_the_lines_are_the_records(self):
        everything = Follower(self.path, "kind=match,decision,refusal")
        dear = Follower(self.path, "kind=match&where=data.amount%3E100")
        one = Follower(self.path, "kind=match&key=C3")
        sent = [event("e-%d" % n, customer="C%d" % (n % 5), amount=2 * n) for n in range(100)]  # fits the room of a tail
        answer = self.post(sent + ["nonsense 123", event("e-100", kind="miss")])
        self.assertEqual((answer["accepted"], answer["matched"], len(answer["refused"])), (101, 100, 1))
        self.gateway.wait_idle()
        in_files = {(line["id"], line["campaign"], line["key"]) for line in self.gateway.sink_lines()}
        self.assertEqual(len(in_files), 100 + 49)
        lines = [everything.line() for _ in range(2 * 149 + 1)]
        matches = [line for line in lines if line["kind"] == "match"]
        self.assertEqual({(line["id"], line["campaign"], line["key"]) for line in matches}, in_files)
        self.assertEqual(len(matches), 149)
        self.assertEqual({line["id"] for line in lines if line["kind"] == "decision"}, {line[0] for line in in_files})
        refused = [line for line in lines if line["kind"] == "refusal"]
        self.assertEqual([(line["channel"], line["original"]) for line in refused], [("web", "nonsense ###")])
        self.assertTrue(all(dear.line()["data"]["amount"] > 100 for _ in range(49)))
        self.assertEqual({one.line()["key"] for _ in range(20)}, {"C3"})
        for follower in (everything, dear, one):
            follower.close()

    def test_a_slow_one_is_told_what_it_missed_and_nobody_waits(self):
        slow = Follower(self.path, "kind=match")
        sent = 0
        for _ in range(4):
            n = 5000
            answer = self.post([event("s-%d" % (sent + i)) for i in range(n)])
            self.assertEqual(answer["matched"], n)  # acknowledged although nobody reads
            sent += n
        stop = threading.Event()

        def go_on():
            """One more after another, until one is seen: it is behind everything that was missed."""
            n = 0
            while not stop.is_set():
                self.post([event("later-%d" % n)])
                n += 1
                stop.wait(0.05)
            self.later = n

        thread = threading.Thread(target=go_on)
        thread.start()
        seen = missed = blocks = 0
        later = None
        while later is None:
            line = slow.line()
            if line["kind"] == "missed":
                missed += line["records"]
                blocks += line["blocks"]
                continue
            seen += 1
            if line["event"]["id"].startswith("later-"):
                later = int(line["event"]["id"][len("later-"):])
        stop.set()
        thread.join()
        self.assertGreater(missed, 0)
        if blocks:  # of the journal, trimmed before they were read: nobody has counted what was in them
            self.assertLess(seen + missed, sent + later + 1)
        else:
            self.assertEqual(seen + missed, sent + later + 1)
        self.gateway.wait_idle()
        self.assertEqual(ledger_faults(self.gateway.status()), [])
        self.assertEqual(len(self.gateway.sink_lines()), sent + self.later)
        slow.close()

    def test_many_come_and_go_while_events_pass(self):
        stop = threading.Event()
        faults = []

        def come_and_go(number):
            while not stop.is_set():
                try:
                    follower = Follower(self.path, "kind=match" if number % 2 else "where=key%3D%3D%27C1%27")
                    for _ in range(number * 5):
                        if follower.line()["kind"] not in ("match", "missed", "refusal"):
                            faults.append("a line of another kind")
                    follower.close()
                except Exception as fault:  # whatever it is, the test fails with it
                    if not stop.is_set():
                        faults.append(repr(fault))
                    return

        threads = [threading.Thread(target=come_and_go, args=(n,), daemon=True) for n in range(1, 8)]
        for thread in threads:
            thread.start()
        sent = 0
        for _ in range(60):
            self.post([event("m-%d" % (sent + i)) for i in range(100)])
            sent += 100
        stop.set()
        while any(thread.is_alive() for thread in threads):
            self.post([event("m-%d" % sent)])
            sent += 1
            for thread in threads:
                thread.join(0.01)
        self.assertEqual(faults, [])
        self.gateway.wait_idle()
        self.assertEqual(len(self.gateway.sink_lines()), sent)

    def test_the_command(self):
        command = subprocess.Popen([PROGRAMS.sluice, "tail", "--json", "--kind", "match", "--count", "5", "--api",
                                    self.gateway.api], stdout=subprocess.PIPE, text=True)
        end = time.monotonic() + PATIENCE_S
        sent = 0
        while command.poll() is None and time.monotonic() < end:
            self.post([event("c-%d" % sent)])
            sent += 1
            time.sleep(0.02)
        self.assertEqual(command.wait(PATIENCE_S), 0)
        lines = [json.loads(line) for line in command.stdout]
        command.stdout.close()
        numbers = [int(line["event"]["id"][2:]) for line in lines]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + 5)))

    def test_a_gateway_that_ends_is_told(self):
        command = subprocess.Popen([PROGRAMS.sluice, "tail", "--api", self.gateway.api], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + PATIENCE_S
        shown = ""
        while "match" not in shown and time.monotonic() < end:
            self.post([event("g-%d" % time.monotonic_ns())])
            shown += os.read(command.stdout.fileno(), 65536).decode() if self.readable(command.stdout) else ""
        self.assertEqual(self.gateway.stop(), 0)
        _, err = command.communicate(timeout=PATIENCE_S)
        self.assertEqual(command.returncode, 3)
        self.assertIn("went away", err)

    @staticmethod
    def readable(file):
        return bool(select.select([file], [], [], 0.05)[0])


if __name__ == "__main__":
    if len(sys.argv) < 3 or sys.argv[1] != "--build":
        raise SystemExit(__doc__)
    PROGRAMS = Programs(sys.argv[2])
    unittest.main(argv=[sys.argv[0]] + sys.argv[3:], verbosity=2)
