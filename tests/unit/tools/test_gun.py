"""sluice-gun against a small gateway of our own that refuses, breaks off and lies on demand."""
import collections
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

GUN = sys.argv.pop(1)


class Gateway:
    """Answers like POST /v1/events, or like a channel of lines; remembers every event's bytes."""

    def __init__(self, lines=False, acknowledge=False, trouble=0.0, lie=False, seed=1):
        self.lines, self.acknowledge, self.trouble, self.lie = lines, acknowledge, trouble, lie
        self.random = random.Random(seed)
        self.texts = collections.defaultdict(set)  # by id, of all that arrived
        self.taken, self.refused, self.lock = set(), 0, threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.target = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def take(self, texts):
        reply = {"received": len(texts), "accepted": 0, "matched": 0, "duplicates": 0, "refused": []}
        with self.lock:
            for i, text in enumerate(texts):
                try:
                    event = json.loads(text)
                    if event["time"].startswith("0000") or not event["customer"]:
                        raise ValueError
                except (ValueError, KeyError, TypeError):
                    reply["refused"].append({"index": i, "reason": "json_malformed"})
                    self.refused += 1
                    continue
                self.texts[event["id"]].add(text)
                reply["duplicates" if event["id"] in self.taken else "accepted"] += 1
                self.taken.add(event["id"])
        return reply

    def serve(self, peer):
        file = peer.makefile("rb")
        try:
            while self.serve_line(peer, file) if self.lines else self.serve_request(peer, file):
                pass
        except OSError:
            pass
        peer.close()
        file.close()

    def serve_line(self, peer, file):
        line = file.readline()
        if not line:
            return False
        assert line.endswith(b"\n")
        reply = self.take([line[:-1]])
        if self.acknowledge:
            if self.random.random() < self.trouble:
                return False
            peer.sendall(json.dumps(reply, separators=(",", ":")).encode() + b"\n")
        return True

    def serve_request(self, peer, file):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = file.readline()
            if not line:
                return False
            head += line
        assert head.startswith(b"POST /v1/events HTTP/1.1\r\n"), head
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
        body = file.read(int(fields["Content-Length"]))
        draw = self.random.random()
        if draw < self.trouble / 2:  # not even looked at
            return False
        if draw < self.trouble:
            peer.sendall(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\n{}")
            return True
        texts = body.split(b"\n")[:-1] if fields["Content-Type"] == "application/x-ndjson" else [body]
        reply = self.take(texts)
        if draw < self.trouble * 1.5:  # taken, but the answer never arrives
            return False
        if self.lie:
            reply["accepted"] += 1
        text = json.dumps(reply, separators=(",", ":")).encode()
        status = b"200 OK" if reply["accepted"] + reply["duplicates"] else b"400 Bad Request"
        peer.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text))
        return True


def gun(*args):
    patient = ["--drain-seconds", "100"] if "--target" in args else []
    done = subprocess.run([GUN, "--json", *patient, *map(str, args)], capture_output=True, timeout=200)
    lines = done.stdout.decode().splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else None, done.stderr.decode()


class Http(unittest.TestCase):
    def test_everything_arrives_once_and_is_accounted_for(self):
        for batch, pipeline, threads in ((1, 1, 1), (1, 16, 2), (10, 8, 1), (7, 3, 2)):
            gateway = Gateway()
            with tempfile.NamedTemporaryFile() as acked:
                code, summary, _ = gun("--target", gateway.target, "--rate", 0, "--count", 1003, "--batch", batch,
                                       "--pipeline", pipeline, "--threads", threads, "--acked", acked.name)
                ids = acked.read().decode().split()
            self.assertEqual(code, 0, summary)
            self.assertEqual(summary["sent"], 1003)
            self.assertEqual(summary["accepted"], 1003)
            self.assertEqual(summary["answered"], 1003)
            self.assertEqual(len(gateway.taken), 1003)
            self.assertEqual(sorted(ids), sorted(gateway.taken))
            self.assertEqual(summary["requests"], -(-1003 // batch))
            latency = summary["latency_us"]
            self.assertTrue(0 < latency["p50"] <= latency["p99"] <= latency["max"])

    def test_breaking_off_and_503_lose_nothing(self):
        for seed in (1, 2, 3):
            gateway = Gateway(trouble=0.1, seed=seed)
            with tempfile.NamedTemporaryFile() as acked:
                code, summary, _ = gun("--target", gateway.target, "--rate", 20000, "--count", 1500, "--batch", 5,
                                       "--duplicates", 0.05, "--malformed", 0.05, "--acked", acked.name,
                                       "--drain-seconds", 200)
                ids = set(acked.read().decode().split())
            self.assertEqual(code, 0, summary)
            self.assertEqual(summary["answered"], 1500)
            self.assertGreater(summary["retries"], 0)
            self.assertGreater(summary["connections_lost"], 0)
            self.assertGreater(summary["unavailable"], 0)
            self.assertGreater(summary["refused"], 0)
            self.assertEqual(ids, gateway.taken)
            again = [texts for texts in gateway.texts.values() if len({json.loads(t)["time"] for t in texts}) > 1]
            # what differs between two of one id is the time of a duplicate, nothing else
            for texts in again:
                self.assertEqual(len({json.loads(t)["customer"] for t in texts}), 1)

    def test_sent_again_is_the_same_to_the_byte(self):
        gateway = Gateway(trouble=0.2)
        code, summary, _ = gun("--target", gateway.target, "--rate", 20000, "--count", 500, "--drain-seconds", 200)
        self.assertEqual(code, 0, summary)
        self.assertGreater(summary["duplicates"], 0)  # taken twice: its first answer was lost
        self.assertTrue(all(len(texts) == 1 for texts in gateway.texts.values()))

    def test_a_lie_is_noticed(self):
        code, summary, _ = gun("--target", Gateway(lie=True).target, "--rate", 0, "--count", 10)
        self.assertEqual(code, 1)
        self.assertEqual(summary["nonsense"], 10)
        self.assertEqual(summary["answered"], 0)

    def test_all_refused_is_an_answer_too(self):
        code, summary, _ = gun("--target", Gateway().target, "--rate", 0, "--count", 20, "--malformed", 1)
        self.assertEqual(code, 0)
        self.assertEqual(summary["refused"], 20)

    def test_an_open_stream_keeps_its_rate(self):
        code, summary, _ = gun("--target", Gateway().target, "--rate", 500, "--seconds", 0.5)
        self.assertEqual(code, 0)
        self.assertEqual(summary["sent"], 250)  # by when they are due, not by how fast answers come


class Datagrams(unittest.TestCase):
    def take(self, *options):
        """What arrives, at a rate that the socket's buffer holds."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(("127.0.0.1", 0))
            receiver.settimeout(200)
            code, summary, _ = gun("--target", "127.0.0.1:%d" % receiver.getsockname()[1], "--protocol", "udp",
                                   "--rate", 1000, "--count", 64, "--connections", 2, *options)
            self.assertEqual(code, 0, summary)
            self.assertEqual((summary["sent"], summary["delivered"]), (64, 64))
            taken, lines = [], 0
            while lines < 64:
                taken.append(receiver.recv(65536))
                lines += len(taken[-1].split(b"\n")) - 1
            self.assertEqual(lines, 64)
            return taken

    def test_a_batch_is_a_datagram(self):
        self.assertEqual([len(one.split(b"\n")) - 1 for one in self.take("--batch", 4)], [4] * 16)

    def test_who_is_never_held_back_ends_all_the_same(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
            receiver.bind(("127.0.0.1", 0))
            code, summary, _ = gun("--target", "127.0.0.1:%d" % receiver.getsockname()[1], "--protocol", "udp",
                                   "--rate", 0, "--seconds", 0.2)
        self.assertEqual((code, summary["delivered"]), (0, summary["sent"]))

    def test_segmented_each_event_is_one(self):
        taken = self.take("--batch", 4, "--segmented")
        self.assertEqual(len(taken), 64)
        self.assertEqual(len({json.loads(one)["id"] for one in taken}), 64)


class Lines(unittest.TestCase):
    def test_without_acknowledgement_all_of_them_arrive(self):
        gateway = Gateway(lines=True)
        code, summary, _ = gun("--target", gateway.target, "--protocol", "tcp", "--rate", 0, "--count", 3001,
                               "--batch", 10)
        self.assertEqual(code, 0, summary)
        self.assertEqual(summary["delivered"], 3001)
        self.assertEqual(len(gateway.taken), 3001)

    def test_acknowledged_ones_are_sent_again_until_they_are(self):
        gateway = Gateway(lines=True, acknowledge=True, trouble=0.01)
        with tempfile.NamedTemporaryFile() as acked:
            code, summary, _ = gun("--target", gateway.target, "--protocol", "tcp", "--acknowledged", "--rate", 0,
                                   "--count", 1000, "--batch", 10, "--acked", acked.name, "--drain-seconds", 200)
            ids = acked.read().decode().split()
        self.assertEqual(code, 0, summary)
        self.assertEqual(summary["answered"], 1000)
        self.assertEqual(len(ids), 1000)
        self.assertEqual(set(ids), gateway.taken)


class CommandLine(unittest.TestCase):
    def test_wrong_use_is_2(self):
        for args in ([], ["--target", "127.0.0.1"], ["--target", "127.0.0.1:1", "--out", "x"],
                     ["--target", "127.0.0.1:1", "--rate", "-1"], ["--target", "127.0.0.1:1", "--batch", "0"],
                     ["--target", "127.0.0.1:1", "--batch", "1x"], ["--target", "127.0.0.1:1", "--nonsense"],
                     ["--target", "127.0.0.1:1", "--protocol", "sctp"],
                     ["--target", "127.0.0.1:1", "--protocol", "udp", "--batch", 29],
                     ["--target", "127.0.0.1:1", "--protocol", "udp", "--acked", "f"],
                     ["--target", "127.0.0.1:1", "--segmented"], ["--target", "127.0.0.1:1", "more"],
                     ["--target", "127.0.0.1:1", "--protocol", "tcp", "--acked", "f"],
                     ["--out", "-", "--duplicates", "0.6", "--malformed", "0.6"],
                     ["--out", "-", "--time-from", "yesterday"]):
            self.assertEqual(gun(*args)[0], 2, args)

    def test_only_this_machine_is_a_target(self):
        code, _, message = gun("--target", "192.0.2.1:80", "--count", "1")
        self.assertEqual(code, 2)
        self.assertIn("--i-own-the-target", message)

    def test_nobody_there_is_3(self):
        with socket.socket() as deaf:  # the port is its own, and it does not listen
            deaf.bind(("127.0.0.1", 0))
            code, summary, message = gun("--target", "127.0.0.1:%d" % deaf.getsockname()[1], "--count", "1",
                                         "--drain-seconds", "0.2")
        self.assertEqual(code, 3)
        self.assertEqual(summary["sent"], 0)
        self.assertIn("refused", message)

    def test_a_file_that_cannot_be_written_is_3(self):
        self.assertEqual(gun("--out", "/dev/full", "--count", "5000")[0], 3)
        self.assertEqual(gun("--out", "/nonexistent/x")[0], 3)

    def test_a_day_in_a_file(self):
        args = ["--out", "-", "--seed", "9", "--count", "3000", "--time-from", "2026-11-20T00:00:00+09:00"]
        one = subprocess.run([GUN, *args], capture_output=True, check=True).stdout
        self.assertEqual(one, subprocess.run([GUN, *args], capture_output=True, check=True).stdout)
        events = [json.loads(line) for line in one.splitlines()]
        times = [event["time"] for event in events]
        self.assertEqual(len({event["id"] for event in events}), 3000)
        self.assertTrue(all(time.startswith("2026-11-20T") and time.endswith("+09:00") for time in times))
        late = sum(1 for a, b in zip(times, times[1:]) if b < a)
        self.assertTrue(0 < late < 3000 * 0.03, late)
        self.assertEqual(len({event["type"] for event in events}), 12)
        self.assertGreater(sum("T09" in time for time in times), 3 * sum("T03" in time for time in times))


if __name__ == "__main__":
    unittest.main()
