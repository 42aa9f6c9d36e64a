"""What sluice-gun writes as packets: read here byte by byte, and by `sluice capture` as a mirror would."""
import collections
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest

GUN, SLUICE = [os.path.abspath(sys.argv.pop(1)) for _ in range(2)]
FIXED = ("--time-from", "2026-11-20T09:00:00+09:00", "--seed", "7")
V6 = ("--target", "[2001:db8:ffff::1]:8080")


def gun(path, *args):
    done = subprocess.run([GUN, "--json", "--pcap-out", path, *FIXED, *map(str, args)], capture_output=True, timeout=200)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def capture(path, *args):
    done = subprocess.run([SLUICE, "capture", "--pcap", path, "--requests", *args], capture_output=True, timeout=200)
    assert done.returncode == 0, done.stderr.decode()
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    summary = lines.pop()["summary"]
    spent = summary["used"] + sum(summary["ignored"].values()) + sum(summary["drops"].values())
    assert spent == summary["packets"], summary
    assert len(lines) == summary["requests"], summary
    return lines, summary


def packets(path):
    with open(path, "rb") as file:
        data = file.read()
    magic, major, minor, _, _, snap, link = struct.unpack_from("=IHHIIII", data)
    assert (magic, major, minor, link) == (0xa1b23c4d, 2, 4, 1) and snap >= 65535
    at = 24
    while at < len(data):
        s, ns, kept, original = struct.unpack_from("=IIII", data, at)
        assert kept == original and ns < 1000000000
        yield s * 1000000000 + ns, data[at + 16:at + 16 + kept]
        at += 16 + kept
    assert at == len(data)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return total


Packet = collections.namedtuple("Packet", "time vlan source target protocol fragment transport")


def read(time, frame):
    """The packet inside, with its header's sum checked; `fragment`: its place, or None."""
    assert len(frame) >= 60
    kind, at, vlan, fragment = frame[12:14], 14, None, None
    if kind == b"\x81\x00":
        vlan, kind, at = struct.unpack_from(">H", frame, 14)[0], frame[16:18], 18
    if kind == b"\x08\x00":
        length, number, place = struct.unpack_from(">HHH", frame, at + 2)
        assert frame[at] == 0x45 and checksum(frame[at:at + 20]) == 0xffff
        protocol, addresses, start = frame[at + 9], frame[at + 12:at + 20], at + 20
        if place & 0x3fff:
            fragment = (number, (place & 0x1fff) * 8, bool(place & 0x2000))
    else:
        assert kind == b"\x86\xdd" and frame[at] >> 4 == 6
        length = 40 + struct.unpack_from(">H", frame, at + 4)[0]
        protocol, addresses, start = frame[at + 6], frame[at + 8:at + 40], at + 40
        if protocol == 44:
            protocol, _, place, number = struct.unpack_from(">BBHI", frame, start)
            fragment, start = (number, place & 0xfff8, bool(place & 1)), start + 8
    half = len(addresses) // 2
    assert at + length <= len(frame) and not any(frame[at + length:])
    return Packet(time, vlan, addresses[:half], addresses[half:], protocol, fragment, frame[start:at + length])


def sum_is_right(packet, transport):
    pseudo = packet.source + packet.target + struct.pack(">HH", packet.protocol, len(transport))
    return checksum(pseudo + transport) == 0xffff


def streams(path):
    """What each side of each connection said, in the order of its sequence numbers; sums are checked."""
    said = collections.defaultdict(dict)
    begun = {}
    for time, frame in packets(path):
        packet = read(time, frame)
        assert packet.protocol == 6 and sum_is_right(packet, packet.transport)
        ports, seq, offset, flags = packet.transport[:4], *struct.unpack_from(">I", packet.transport, 4), \
            packet.transport[12] >> 4 << 2, packet.transport[13]
        side = packet.source + packet.target + ports
        if flags & 2:
            begun[side] = seq
        elif len(packet.transport) > offset:
            said[side][(seq - begun[side]) & 0xffffffff] = packet.transport[offset:]
    return {side: b"".join(text for _, text in sorted(parts.items())) for side, parts in said.items()}


def ids(text):
    return re.findall(r'"id":"(E[0-9a-f]{8}-\d{12})"', text.decode(errors="replace"))


class Packets(unittest.TestCase):
    def setUp(self):
        self.home = tempfile.mkdtemp()
        self.file, self.whole = os.path.join(self.home, "a.pcap"), os.path.join(self.home, "whole")

    def tearDown(self):
        for name in os.listdir(self.home):
            os.unlink(os.path.join(self.home, name))
        os.rmdir(self.home)

    def whole_ids(self):
        with open(self.whole) as file:
            return file.read().split()

    def test_requests_are_seen_as_they_were_sent(self):
        for batch, pipeline, connections, more in ((1, 1, 4, ()), (1, 8, 7, V6), (10, 3, 2, ("--vlan", 7)),
                                                   (40, 2, 5, (*V6, "--vlan", 4094))):
            told = gun(self.file, "--count", 1003, "--batch", batch, "--pipeline", pipeline, "--connections", connections,
                       "--whole", self.whole, "--rate", 0, *more)
            requests = -(-1003 // batch)
            self.assertEqual((told["sent"], told["whole"], told["requests"], told["requests_whole"], told["replies_whole"],
                              told["connections"]), (1003, 1003, requests, requests, requests, connections))
            seen, summary = capture(self.file, "--checksums")
            self.assertEqual((summary["packets"], summary["bytes"]), (told["packets"], told["bytes"]))
            self.assertEqual((summary["ignored"], summary["drops"], summary["gaps"], summary["flows"]),
                             ({}, {}, 0, connections))
            self.assertEqual([(one["method"], one["status"]) for one in seen], [("POST", 200)] * requests)
            said = streams(self.file)
            client = [text for text in said.values() if text.startswith(b"POST")]
            self.assertEqual(len(client), connections)
            self.assertEqual(sorted(sum(map(ids, client), [])), sorted(self.whole_ids()))
            self.assertEqual(sum(one["body_bytes"] for one in seen),
                             sum(int(n) for text in client for n in re.findall(rb"Content-Length: (\d+)", text)))
            times = [time for time, _ in packets(self.file)]
            self.assertEqual(times, sorted(times))
            vlan = int(more[-1]) if "--vlan" in more else None
            self.assertEqual({read(0, frame).vlan for _, frame in packets(self.file)}, {vlan})

    def test_a_rate_sets_the_times(self):
        told = gun(self.file, "--count", 500, "--rate", 1000)
        self.assertAlmostEqual(told["seconds"], 0.5, delta=0.01)
        first = next(packets(self.file))[0]
        self.assertEqual(first, 1763596800 * 1000000000 + 365 * 86400 * 1000000000)

    def test_the_same_seed_gives_the_same_file(self):
        texts = []
        for seed in (1, 1, 2):
            gun(self.file, "--count", 200, "--loss", .1, "--repeats", .1, "--reorder", .1, "--overlap", .1, "--seed", seed)
            with open(self.file, "rb") as file:
                texts.append(file.read())
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])

    def test_what_a_mirror_repeats_or_brings_late_is_read_all_the_same(self):
        clean = gun(self.file, "--count", 3000, "--rate", 0, "--batch", 20, "--pipeline", 2)
        for fates in (("--repeats", .2), ("--reorder", .2), ("--overlap", .3),
                      ("--repeats", .1, "--reorder", .2, "--overlap", .2)):
            told = gun(self.file, "--count", 3000, "--rate", 0, "--batch", 20, "--pipeline", 2, *fates)
            self.assertEqual(told["packets"], clean["packets"] + told["repeated"] + told["overlapped"], fates)
            self.assertGreater(told["repeated"] + told["late"] + told["overlapped"], 0)
            self.assertEqual(told["whole"], 3000)
            seen, summary = capture(self.file, "--checksums")
            self.assertEqual((len(seen), summary["replies"], summary["gap_bytes"], summary["drops"]), (150, 150, 0, {}),
                             fates)
        self.assertGreater(told["late"], 0)
        times = [time for time, _ in packets(self.file)]
        self.assertEqual(times, sorted(times))

    def test_what_a_mirror_misses_is_missing_and_nothing_else(self):
        for batch, pipeline, loss in ((1, 1, .01), (1, 8, .02), (30, 2, .01), (5, 4, .3)):
            common = ("--count", 3000, "--rate", 0, "--batch", batch, "--pipeline", pipeline)
            clean = gun(self.file, *common)
            told = gun(self.file, *common, "--loss", loss, "--whole", self.whole)
            self.assertEqual(told["packets"] + told["left_out"], clean["packets"])
            self.assertTrue(0 < told["left_out"] < 2 * loss * clean["packets"] + 10)
            self.assertTrue(0 < told["requests_whole"] < told["requests"])
            self.assertEqual(len(self.whole_ids()), told["whole"])
            seen, summary = capture(self.file)
            self.assertEqual(len(seen), told["requests_whole"], (batch, pipeline, loss, summary))
            # those of which nothing at all is there cannot be counted, only their bytes
            self.assertLessEqual(summary["requests_lost"], told["requests"] - told["requests_whole"])
            self.assertGreater(summary["gaps"], 0)

    def test_wrong_checksums_are_as_if_left_out(self):
        told = gun(self.file, "--count", 3000, "--rate", 0, "--pipeline", 4, "--damage", .02)
        seen, summary = capture(self.file, "--checksums")
        self.assertEqual(len(seen), told["requests_whole"])
        self.assertEqual(summary["drops"], {"tcp_checksum": told["damaged"]})
        self.assertGreater(told["damaged"], 0)
        seen, summary = capture(self.file)  # whoever does not look at sums reads them all
        self.assertEqual(len(seen), 3000)

    def test_lines(self):
        told = gun(self.file, "--protocol", "tcp", "--count", 2000, "--batch", 7, "--rate", 0, "--whole", self.whole)
        self.assertEqual((told["requests"], told["requests_whole"], told["whole"], told["replies"]), (2000, 2000, 2000, 0))
        said = streams(self.file)
        lines = b"".join(said.values()).split(b"\n")
        self.assertEqual(sorted(json.loads(line)["id"] for line in lines if line), sorted(self.whole_ids()))
        told = gun(self.file, "--protocol", "tcp", "--count", 2000, "--batch", 7, "--rate", 0, "--loss", .02,
                   "--whole", self.whole)
        self.assertTrue(0 < told["requests_whole"] == told["whole"] == len(self.whole_ids()) < 2000)

    def test_datagrams(self):
        for batch, more in ((1, ()), (1, V6), (12, ()), (12, V6)):
            told = gun(self.file, "--protocol", "udp", "--count", 1200, "--batch", batch, "--whole", self.whole, "--rate", 0,
                       *more)
            self.assertEqual((told["requests"], told["whole"]), (1200 // batch, 1200))
            self.assertTrue(told["fragments"] > 0 or batch == 1)
            texts, parts = [], collections.defaultdict(dict)
            for time, frame in packets(self.file):
                packet = read(time, frame)
                self.assertEqual(packet.protocol, 17)
                if packet.fragment is None:
                    texts.append((packet, packet.transport))
                    continue
                number, place, more_follow = packet.fragment
                known = parts[packet.source, number]
                known[place] = packet.transport
                if not more_follow:
                    texts.append((packet, b"".join(known[at] for at in sorted(known))))
            self.assertTrue(all(sum_is_right(*one) for one in texts))
            self.assertTrue(all(len(text) == struct.unpack_from(">H", text, 4)[0] for _, text in texts))
            self.assertEqual(sorted(sum((ids(text) for _, text in texts), [])), sorted(self.whole_ids()))
            _, summary = capture(self.file, "--checksums")
            self.assertEqual((summary["datagrams"], summary["drops"]), (1200 // batch, {}))
            for fate, name in (("--loss", "left_out"), ("--damage", "damaged")):
                told = gun(self.file, "--protocol", "udp", "--count", 1200, "--batch", batch, "--rate", 0, fate, .05, *more)
                self.assertGreater(told[name], 0)
                _, summary = capture(self.file, "--checksums")
                self.assertEqual(summary["datagrams"], told["requests_whole"], (batch, more, fate, summary))

    def test_what_it_does_not_take(self):
        for args in (("--loss", "0.6", "--repeats", "0.6"), ("--loss", "2"), ("--vlan", "0"), ("--vlan", "4095"),
                     ("--out", "x"), ("--acked", "x"), ("--protocol", "udp", "--overlap", "0.1"),
                     ("--protocol", "tcp", "--acknowledged"), ("--protocol", "udp", "--segmented"),
                     ("--protocol", "udp", "--batch", "29")):
            done = subprocess.run([GUN, "--pcap-out", self.file, *args], capture_output=True, timeout=100)
            self.assertEqual(done.returncode, 2, args)
            self.assertFalse(os.path.exists(self.file), args)
        for args in (("--loss", "0.1"), ("--whole", "x"), ("--vlan", "1")):
            done = subprocess.run([GUN, "--target", "127.0.0.1:1", *args], capture_output=True, timeout=100)
            self.assertEqual((done.returncode, b"--pcap-out" in done.stderr), (2, True), args)
        for path in ("/nonexistent/a.pcap", "/dev/full"):
            done = subprocess.run([GUN, "--pcap-out", path], capture_output=True, timeout=100)
            self.assertEqual((done.returncode, path.encode() in done.stderr), (3, True), done.stderr)
        self.assertEqual(os.listdir(self.home), [])

    def test_standard_output(self):
        done = subprocess.run([GUN, "--pcap-out", "-", "--json", "--count", "10"], capture_output=True, timeout=100)
        self.assertEqual(json.loads(done.stderr)["sent"], 10)
        with open(self.file, "wb") as file:
            file.write(done.stdout)
        self.assertEqual(len(capture(self.file)[0]), 10)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
