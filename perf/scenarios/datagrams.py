"""Datagrams over loopback into a real gateway, beside a bare recvmmsg that does nothing with them.

Nobody holds the sender back, so it sends more than either side can take: the rate is of what was taken. What was
not taken is counted on both sides: by the sender, and by name in the gateway's ledger."""
import contextlib
import json
import os
import signal
import subprocess
import time

from harness import gun
from harness.failure import Failure
from harness.gateway import FILE_SINK, Gateway
from harness.statistics import median, rounded, spread

RUNS = 5
CONNECTIONS = 4
BATCH = 16  # datagrams of one call of the sender, which the kernel may hand over as one
QUIET_S = 0.2
SETTINGS = FILE_SINK + """udp:
  gro: %s
limits:
  receive_buffer_bytes: 64KiB
"""
CHANNEL = '  - {name: datagrams, protocol: udp, listen: "127.0.0.1:0"}\n'


def fire(options, address, seconds):
    return gun.fire(options, address, protocol="udp", batch=BATCH, connections=CONNECTIONS, seconds=seconds,
                    more=("--segmented",))


def drained_s(gateway):
    """How long from now the gateway went on taking what the sockets held."""
    began = last = time.monotonic()
    received = None
    while time.monotonic() - last < QUIET_S:
        now = gateway.ask()["ledger"]["received"]
        if now != received:
            received, last = now, time.monotonic()
        time.sleep(0.005)
    return last - began


def check(took, sent, gro):
    """Of datagrams that the kernel had put together and then dropped it counts one: then the ledger has fewer."""
    settled = took["accepted"] + took["dropped"] == took["received"] and not took["refused"] and not took["duplicates"]
    if not settled or not took["accepted"] or took["received"] > sent or (took["received"] < sent and not gro):
        raise Failure("the gateway's ledger differs: %s of %d sent" % (took, sent))


def run_ours(options, gateway, gro, seconds):
    before, cpu = gateway.idle(), gateway.cpu_s()
    counted = fire(options, gateway.address("udp"), seconds)
    took_s = counted["seconds"] + drained_s(gateway)
    after, spent = gateway.idle(), gateway.cpu_s()
    took = {name: after["ledger"][name] - before["ledger"][name]
            for name in ("received", "accepted", "refused", "duplicates", "dropped")}
    check(took, counted["sent"], gro)
    return {"ns": took_s * 1e9 / took["accepted"],
            "cpu_ns": (spent["dataplane"] - cpu["dataplane"]) * 1e9 / took["accepted"],
            "lost": 1 - took["accepted"] / counted["sent"], "told": took["dropped"] / counted["sent"],
            "bytes": counted["bytes"] / counted["sent"]}


def run_floor(options, gro, seconds):
    command = [os.path.join(options.build, "perf", "datagram_floor")] + ["--gro"] * gro
    server = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        line = server.stdout.readline()
        if not line:
            raise Failure("the floor did not start", 3)
        counted = fire(options, "127.0.0.1:%d" % json.loads(line)["listening"], seconds)
    finally:
        server.send_signal(signal.SIGTERM)
        out = server.communicate(timeout=120)[0]
    if server.returncode:
        raise Failure("the floor failed", 3)
    received = json.loads(out)
    if not 0 < received["datagrams"] <= counted["sent"]:
        raise Failure("the floor took %d of %d datagrams" % (received["datagrams"], counted["sent"]), 3)
    return {"ns": received["receiving_s"] * 1e9 / received["datagrams"],
            "cpu_ns": received["cpu_s"] * 1e9 / received["datagrams"],
            "lost": 1 - received["datagrams"] / counted["sent"]}


def line(gro, workers, ours, floors):
    def of(side, name):
        return median([one[name] for one in side])
    ratios = [a["ns"] / b["ns"] for a, b in zip(ours, floors)]
    return {
        "scenario": "ingest-udp",
        "case": {"batch": BATCH, "connections": CONNECTIONS, "gro": gro, "workers": workers},
        "events_per_s": round(1e9 / of(ours, "ns")), "ns_per_event": rounded(of(ours, "ns"), 1),
        "cpu_s_per_million": rounded(of(ours, "cpu_ns") / 1e3), "event_bytes": rounded(of(ours, "bytes"), 1),
        "lost_share": rounded(of(ours, "lost"), 4), "counted_share": rounded(of(ours, "told"), 4),
        "floor": {"name": "recvmmsg", "ns_per_event": rounded(of(floors, "ns"), 1),
                  "cpu_s_per_million": rounded(of(floors, "cpu_ns") / 1e3), "lost_share": rounded(of(floors, "lost"), 4)},
        "ratio": rounded(median(ratios)), "cpu_ratio": rounded(of(ours, "cpu_ns") / of(floors, "cpu_ns")),
        "runs": RUNS, "spread": rounded(spread(ratios)),
    }


def measure(options, gro):
    ours, floors = [], []
    settings = SETTINGS % ("true" if gro else "false")
    with contextlib.closing(Gateway(options, sink=settings, channels=CHANNEL)) as gateway:
        workers = gateway.status()["dataplane"]["workers"]
        run_ours(options, gateway, gro, max(1.0, options.seconds / 4))  # first touch of memory and files
        for _ in range(RUNS):
            ours.append(run_ours(options, gateway, gro, options.seconds))
            floors.append(run_floor(options, gro, options.seconds))
    return line(gro, workers, ours, floors)


def cases(options):
    for gro in (True,) if options.quick else (False, True):
        yield measure(options, gro)
