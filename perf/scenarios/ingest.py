"""Events over loopback into a real gateway, beside the least that a server could do with them.

Ours and the floor take turns under the same generator. The rate is what comes out when as much is
under way as connections and pipeline allow; latency is measured by itself, at a share of that rate,
for what a full queue shows is the queue."""
import contextlib
import time

from harness import echo, gun
from harness.failure import Failure
from harness.gateway import Gateway
from harness.statistics import median, rounded, spread

RUNS = 5
CONNECTIONS = 64
PIPELINE = {1: 16, 10: 16, 100: 4}  # requests under way on each connection
LOAD = 0.5
DRAIN_S = 180  # it never comes


class Http:
    scenario, protocol, mode = "ingest-http", "http", "reply"
    floor = "io_uring echo"

    @staticmethod
    def settled(_gateway, counted, _before, _began):
        """How long the events took; an answer came after the commit."""
        return counted["seconds"]


class Tcp:
    scenario, protocol, mode = "ingest-tcp", "tcp", "lines"
    floor = "recv + simdjson"

    @staticmethod
    def settled(gateway, counted, before, began):
        """Nothing answers: until the gateway has counted what was sent. Being told costs a call of the
        command line, some ten milliseconds, which count against it."""
        end = time.monotonic() + DRAIN_S
        while gateway.status()["ledger"]["received"] - before["ledger"]["received"] < counted["sent"]:
            if time.monotonic() > end:
                raise Failure("the gateway did not receive all that was sent")
        return time.monotonic() - began


def check(gateway, before, counted):
    """The gateway's own ledger says the same as the sender."""
    after = gateway.idle()
    took = {name: after["ledger"][name] - before["ledger"][name]
            for name in ("received", "accepted", "refused", "duplicates", "dropped")}
    if took != {"received": counted["sent"], "accepted": counted["sent"], "refused": 0, "duplicates": 0, "dropped": 0}:
        raise Failure("the gateway's ledger differs: %s of %d sent" % (took, counted["sent"]))
    return after


def forwarded(status):
    return sum(sink["forwarded"] for sink in status["sinks"])


def run_ours(options, gateway, kind, batch, seconds, rate):
    before, cpu = gateway.idle(), gateway.cpu_s()
    began = time.monotonic()
    counted = gun.fire(options, gateway.address(kind.protocol), protocol=kind.protocol, batch=batch,
                       connections=CONNECTIONS, seconds=seconds, rate=rate, pipeline=PIPELINE[batch])
    took_s = kind.settled(gateway, counted, before, began)
    after, spent = check(gateway, before, counted), gateway.cpu_s()
    return {"ns": took_s * 1e9 / counted["sent"],
            "cpu_ns": (spent["dataplane"] - cpu["dataplane"]) * 1e9 / counted["sent"],
            "control_ns": (spent["control"] - cpu["control"]) * 1e9 / counted["sent"],
            "matches": forwarded(after) - forwarded(before), "sent": counted["sent"],
            "unavailable": counted["unavailable"], "bytes": counted["bytes"] / counted["sent"],
            "latency_us": counted["latency_us"]}


def run_floor(options, kind, batch, seconds, rate):
    server = echo.Echo(options, kind.mode, batch)
    try:
        counted = gun.fire(options, server.address, protocol=kind.protocol, batch=batch, connections=CONNECTIONS,
                           seconds=seconds, rate=rate, pipeline=PIPELINE[batch])
    finally:
        received = server.stop()
    answered = received["lines"] if kind is Tcp else received["replies"] * batch
    if answered != counted["sent"]:
        raise Failure("the floor took %d of %d events" % (answered, counted["sent"]), 3)
    took_s = received["receiving_s"] if kind is Tcp else counted["seconds"]
    return {"ns": took_s * 1e9 / counted["sent"], "cpu_ns": received["cpu_s"] * 1e9 / counted["sent"],
            "latency_us": counted["latency_us"]}


def line(kind, batch, ours, floors, more):
    ratios = [a["ns"] / b["ns"] for a, b in zip(ours, floors)]
    ns = median([one["ns"] for one in ours])
    cpu_ns, floor_cpu_ns = (median([one["cpu_ns"] for one in side]) for side in (ours, floors))
    return {
        "scenario": kind.scenario,
        "case": {"batch": batch, "connections": CONNECTIONS, "pipeline": PIPELINE[batch], **more},
        "events_per_s": round(1e9 / ns), "ns_per_event": rounded(ns, 1),
        "cpu_s_per_million": rounded(cpu_ns / 1e3), "control_cpu_s_per_million":
            rounded(median([one["control_ns"] for one in ours]) / 1e3),
        "event_bytes": rounded(median([one["bytes"] for one in ours]), 1),
        "matched_share": rounded(sum(one["matches"] for one in ours) / sum(one["sent"] for one in ours), 4),
        "unavailable": sum(one["unavailable"] for one in ours),
        "floor": {"name": kind.floor, "ns_per_event": rounded(median([one["ns"] for one in floors]), 1),
                  "cpu_s_per_million": rounded(floor_cpu_ns / 1e3)},
        "ratio": rounded(median(ratios)), "cpu_ratio": rounded(cpu_ns / floor_cpu_ns),
        "runs": len(ours), "spread": rounded(spread(ratios)),
    }


def add_latency(case, ours, floors):
    """At a given rate the time of an event is its latency, and the ratio is that of the medians."""
    for into, side in ((case, ours), (case["floor"], floors)):
        into["latency_us"] = {name: median([one["latency_us"][name] for one in side])
                              for name in side[0]["latency_us"]}
    ratios = [a["latency_us"]["p50"] / max(1, b["latency_us"]["p50"]) for a, b in zip(ours, floors)]
    case["ratio"], case["spread"] = rounded(median(ratios)), rounded(spread(ratios))


def measure(options, kind, batch):
    ours, floors = [], []
    with contextlib.closing(Gateway(options)) as gateway:
        workers = gateway.status()["dataplane"]["workers"]
        run_ours(options, gateway, kind, batch, max(1.0, options.seconds / 4), 0)  # first touch of memory and files
        for _ in range(RUNS):
            ours.append(run_ours(options, gateway, kind, batch, options.seconds, 0))
            floors.append(run_floor(options, kind, batch, options.seconds, 0))
        case = line(kind, batch, ours, floors, {"workers": workers})
        yield case
        if kind is Tcp:
            return
        rate = max(1, LOAD * case["events_per_s"])
        ours, floors = [], []
        for _ in range(RUNS):
            ours.append(run_ours(options, gateway, kind, batch, options.seconds, rate))
            floors.append(run_floor(options, kind, batch, options.seconds, rate))
        case = line(kind, batch, ours, floors, {"workers": workers, "load": LOAD})
        add_latency(case, ours, floors)
        yield case


def http_cases(options):
    for batch in (100,) if options.quick else (1, 10, 100):
        yield from measure(options, Http, batch)


def tcp_cases(options):
    for batch in (100,) if options.quick else (1, 100):
        yield from measure(options, Tcp, batch)
