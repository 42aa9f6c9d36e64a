"""How long until an event is durable and answered, beside a bare group commit of the same stream.

Requests come open loop at a share of the most that the gateway takes open loop: events that are answered, journalled
and forwarded as they come. Ours and the floors take turns; the floors get as many bytes a request as ours journalled."""
import contextlib
import json
import os
import subprocess

from harness import gun
from harness.failure import Failure
from harness.gateway import Gateway
from harness.statistics import median, rounded, spread
from scenarios.ingest import check

RUNS = 5
CONNECTIONS = 64
PIPELINE = {10: 16, 100: 4}
LOADS = (0.5, 0.8)
FLOORS = ("lmdb", "fdatasync")


def fire(options, gateway, batch, seconds, rate):
    return gun.fire(options, gateway.address("http"), protocol="http", batch=batch, connections=CONNECTIONS,
                    seconds=seconds, rate=rate, pipeline=PIPELINE[batch])


def run_ours(options, gateway, batch, seconds, rate):
    before, cpu = gateway.idle(), gateway.cpu_s()
    counted = fire(options, gateway, batch, seconds, rate)
    after, spent = check(gateway, before, counted), gateway.cpu_s()
    commits = after["journal"]["commits"] - before["journal"]["commits"]
    return {"latency_us": counted["latency_us"], "events_per_s": counted["events_per_s"],
            "unavailable": counted["unavailable"],
            "request_bytes": (after["journal"]["bytes"] - before["journal"]["bytes"]) / counted["requests"],
            "commits_per_s": commits / seconds,
            "cpu_ns": sum(spent[name] - cpu[name] for name in spent) * 1e9 / counted["sent"]}


def run_floor(options, mode, seconds, requests_per_s, request_bytes):
    done = subprocess.run([os.path.join(options.build, "perf", "commit_floor"), "--mode", mode, "--rate",
                           "%.3f" % requests_per_s, "--bytes", "%.3f" % max(1, request_bytes), "--seconds",
                           str(seconds)], stdout=subprocess.PIPE)
    if done.returncode or not done.stdout:
        raise Failure("commit_floor failed", 3)
    return json.loads(done.stdout)


def points(side, name="latency_us"):
    return {point: median([one[name][point] for one in side]) for point in side[0][name]}


def one(options, batch, load, best):
    ours, floors = [], {mode: [] for mode in FLOORS}
    rate = max(100.0, load * best)
    with contextlib.closing(Gateway(options)) as gateway:
        workers = gateway.status()["dataplane"]["workers"]
        fire(options, gateway, batch, max(1.0, options.seconds / 2), rate)  # first touch of memory and files
        for _ in range(RUNS):
            ours.append(run_ours(options, gateway, batch, options.seconds, rate))
            for mode in FLOORS:
                floors[mode].append(run_floor(options, mode, options.seconds / 2, rate / batch,
                                              ours[-1]["request_bytes"]))
        stages = gateway.status().get("stages")
    ratios = [a["latency_us"]["p99"] / max(1, b["latency_us"]["p99"]) for a, b in zip(ours, floors["lmdb"])]
    got = median([one["events_per_s"] for one in ours])
    case = {
        "scenario": "latency",
        "case": {"load": load, "batch": batch, "connections": CONNECTIONS, "pipeline": PIPELINE[batch],
                 "workers": workers},
        "events_per_s": round(got), "ns_per_event": rounded(1e9 / got, 1), "latency_us": points(ours),
        "maximum_events_per_s": round(best), "unavailable": sum(one["unavailable"] for one in ours),
        "commits_per_s": round(median([one["commits_per_s"] for one in ours])),
        "request_bytes": rounded(median([one["request_bytes"] for one in ours]), 1),
        "cpu_s_per_million": rounded(median([one["cpu_ns"] for one in ours]) / 1e3),
        "floor": {"name": "bare LMDB commit", "ns_per_event": rounded(1e9 / rate, 1),
                  "latency_us": points(floors["lmdb"]), "commit_us": points(floors["lmdb"], "commit_us"),
                  "commits_per_s": round(median([one["commits"] for one in floors["lmdb"]]) / (options.seconds / 2)),
                  "fdatasync_latency_us": points(floors["fdatasync"])},
        "ratio": rounded(median(ratios)), "ratio_of": "p99", "runs": RUNS, "spread": rounded(spread(ratios)),
    }
    if stages:
        case["stages"] = stages
    return case


def cases(options):
    for batch in (10,) if options.quick else (10, 100):
        with contextlib.closing(Gateway(options)) as gateway:
            gateway.sustained(lambda: fire(options, gateway, batch, max(1.0, options.seconds / 2), 0))
            best = gateway.held(lambda rate: fire(options, gateway, batch, max(0.5, options.seconds / 2), rate))
        for load in LOADS[:1] if options.quick else LOADS:
            yield one(options, batch, load, best)
