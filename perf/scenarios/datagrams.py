"""Datagrams over loopback into a real gateway, beside a bare recvmmsg that does nothing with them.

Nobody holds the sender back, so it sends more than either side can take: the rate is of what was taken, and what
was not has to be counted, by name, to the last one."""
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
DRAIN_S = 60
CHANNEL = '  - {name: datagrams, protocol: udp, listen: "127.0.0.1:0"}\n'


def fire(options, address, seconds):
    return gun.fire(options, address, protocol="udp", batch=BATCH, connections=CONNECTIONS, seconds=seconds,
                    more=("--segmented",))


def run_ours(options, gateway, seconds):
    before, cpu = gateway.idle(), gateway.cpu_s()
    began = time.monotonic()
    counted = fire(options, gateway.address("udp"), seconds)
    end = began + seconds + DRAIN_S
    while gateway.ask()["ledger"]["received"] - before["ledger"]["received"] < counted["sent"]:
        if time.monotonic() > end:
            raise Failure("not every datagram was taken or counted as dropped")
        time.sleep(0.005)
    took_s = time.monotonic() - began
    after, spent = gateway.idle(), gateway.cpu_s()
    took = {name: after["ledger"][name] - before["ledger"][name]
            for name in ("received", "accepted", "refused", "duplicates", "dropped")}
    if (took["received"] != counted["sent"] or took["refused"] or took["duplicates"] or not took["accepted"]
            or took["accepted"] + took["dropped"] != counted["sent"]):
        raise Failure("the gateway's ledger differs: %s of %d sent" % (took, counted["sent"]))
    return {"ns": took_s * 1e9 / took["accepted"],
            "cpu_ns": (spent["dataplane"] - cpu["dataplane"]) * 1e9 / took["accepted"],
            "dropped": took["dropped"] / counted["sent"], "bytes": counted["bytes"] / counted["sent"]}


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
            "dropped": 1 - received["datagrams"] / counted["sent"]}


def measure(options, gro):
    settings = FILE_SINK + "udp:\n  gro: %s\n" % ("true" if gro else "false")
    ours, floors = [], []
    with contextlib.closing(Gateway(options, sink=settings, channels=CHANNEL)) as gateway:
        workers = gateway.status()["dataplane"]["workers"]
        run_ours(options, gateway, max(1.0, options.seconds / 4))  # first touch of memory and files
        for _ in range(RUNS):
            ours.append(run_ours(options, gateway, options.seconds))
            floors.append(run_floor(options, gro, options.seconds))
    ratios = [a["ns"] / b["ns"] for a, b in zip(ours, floors)]
    ns, cpu_ns = (median([one[name] for one in ours]) for name in ("ns", "cpu_ns"))
    floor_ns, floor_cpu_ns = (median([one[name] for one in floors]) for name in ("ns", "cpu_ns"))
    return {
        "scenario": "ingest-udp",
        "case": {"batch": BATCH, "connections": CONNECTIONS, "gro": gro, "workers": workers},
        "events_per_s": round(1e9 / ns), "ns_per_event": rounded(ns, 1), "cpu_s_per_million": rounded(cpu_ns / 1e3),
        "event_bytes": rounded(median([one["bytes"] for one in ours]), 1),
        "dropped_share": rounded(median([one["dropped"] for one in ours]), 4),
        "floor": {"name": "recvmmsg", "ns_per_event": rounded(floor_ns, 1),
                  "cpu_s_per_million": rounded(floor_cpu_ns / 1e3),
                  "dropped_share": rounded(median([one["dropped"] for one in floors]), 4)},
        "ratio": rounded(median(ratios)), "cpu_ratio": rounded(cpu_ns / floor_cpu_ns),
        "runs": RUNS, "spread": rounded(spread(ratios)),
    }


def cases(options):
    for gro in (True,) if options.quick else (True, False):
        yield measure(options, gro)
