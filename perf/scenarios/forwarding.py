"""Matches into a real Kafka, acknowledged by all, beside a bare librdkafka producer of the same records.

*forwarder*: matches lie in the journal, control was stopped meanwhile, and now forwards them. *whole*: events come in
by HTTP as fast as they are taken, until the last match of them is delivered. After each run an independent consumer
reads the topic and counts: every match once. What it read, the floor produces again."""
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile

from harness import gun
from harness.failure import Failure
from harness.gateway import Gateway, cpu_s
from harness.statistics import median, rounded, spread
from time import monotonic

NO_KAFKA = 77
RUNS = 5
BATCH, CONNECTIONS, PIPELINE = 100, 64, 4
PARTITIONS = 4
TOPIC, FLOOR_TOPIC = "matches", "floor"
# one event in nine matches
EVENTS_PER_RUN_AND_S = 900000
PROPERTIES = {"enable.idempotence": "true", "acks": "all", "compression.codec": "lz4", "linger.ms": "2",
              "queue.buffering.max.kbytes": "65536"}
SINK = """sink:
  file:
    path: ""
  kafka:
    topic: %s
    properties: {"bootstrap.servers": "%s"}
"""


def broker(options):
    sys.path.insert(0, os.path.join(options.root, "tests", "integration"))
    import broker as module
    try:
        return module.Cluster(module.default_cache())
    except module.Unavailable as why:
        raise Failure("there is no Kafka to be had: %s" % why, NO_KAFKA) from None


def kafka(options, *words):
    done = subprocess.run([os.path.join(options.build, "perf", "kafka_floor"), *map(str, words)], stdout=subprocess.PIPE)
    if done.returncode or not done.stdout:
        raise Failure("kafka_floor %s failed" % words[0], 3)
    return json.loads(done.stdout)


def fire(options, gateway, events):
    return gun.fire(options, gateway.address("http"), protocol="http", batch=BATCH, connections=CONNECTIONS,
                    pipeline=PIPELINE, count=events)


class Forwarder:
    part = "forwarder"

    @staticmethod
    def run(options, gateway, events):
        control = gateway.ready["pids"]["control"]
        os.kill(control, signal.SIGSTOP)
        try:
            fire(options, gateway, events)
        finally:
            spent, began = cpu_s(control), monotonic()
            os.kill(control, signal.SIGCONT)
        status = gateway.forwarded()
        return status, monotonic() - began, cpu_s(control) - spent


class Whole:
    part = "whole"

    @staticmethod
    def run(options, gateway, events):
        control = gateway.ready["pids"]["control"]
        spent, began = cpu_s(control), monotonic()
        fire(options, gateway, events)
        status = gateway.forwarded()
        return status, monotonic() - began, cpu_s(control) - spent


def measure(options, cluster, part, events):
    ours, floors, total = [], [], 0
    topic = "%s-%s" % (TOPIC, part.part)
    kafka(options, "create", cluster.bootstrap, topic, PARTITIONS)
    kafka(options, "create", cluster.bootstrap, FLOOR_TOPIC + "-" + part.part, PARTITIONS)
    properties = ["%s=%s" % item for item in PROPERTIES.items()]
    with contextlib.closing(Gateway(options, sink=SINK % (topic, cluster.bootstrap))) as gateway, \
            tempfile.TemporaryDirectory(prefix="sluice-perf-records-", dir="/var/tmp") as held:
        records = os.path.join(held, "records")
        workers = gateway.status()["dataplane"]["workers"]
        for turn in range(RUNS + 1):  # the first one warms all of it up
            status, seconds, spent_s = part.run(options, gateway, events)
            matches, total = status["counters"]["matches"] - total, status["counters"]["matches"]
            taken = kafka(options, "take", cluster.bootstrap, topic, matches, records)
            if taken["records"] != total or taken["different"] != total:
                raise Failure("of %d matches the topic has %d, %d of them different" % (
                    total, taken["records"], taken["different"]))
            bare = kafka(options, "produce", cluster.bootstrap, FLOOR_TOPIC + "-" + part.part, records, *properties)
            if turn:
                ours.append({"ns": seconds * 1e9 / matches, "cpu_ns": spent_s * 1e9 / matches, "matches": matches,
                             "events_per_s": events / seconds})
                floors.append({"ns": bare["seconds"] * 1e9 / matches, "cpu_ns": bare["cpu_s"] * 1e9 / matches,
                               "bytes": bare["bytes"] / matches})
    return line(part, workers, events, ours, floors)


def line(part, workers, events, ours, floors):
    def middle(side, name):
        return median([one[name] for one in side])

    ratios = [a["ns"] / b["ns"] for a, b in zip(ours, floors)]
    matches = sum(one["matches"] for one in ours)
    return {
        "scenario": "end-to-end",
        "case": {"part": part.part, "batch": BATCH, "connections": CONNECTIONS, "workers": workers,
                 "partitions": PARTITIONS},
        # of what goes to Kafka: matches; in `whole` each stands for some nine events that were taken
        "unit": "match", "events_per_s": round(1e9 / middle(ours, "ns")), "ns_per_event": rounded(middle(ours, "ns"), 1),
        "received_per_s": round(middle(ours, "events_per_s")) if part is Whole else None,
        "cpu_s_per_million": rounded(middle(ours, "cpu_ns") / 1e3), "matches": matches, "consumed": matches,
        "matched_share": rounded(matches / len(ours) / events, 4),
        "floor": {"name": "bare librdkafka", "ns_per_event": rounded(middle(floors, "ns"), 1),
                  "events_per_s": round(1e9 / middle(floors, "ns")),
                  "cpu_s_per_million": rounded(middle(floors, "cpu_ns") / 1e3),
                  "record_bytes": rounded(middle(floors, "bytes"), 1)},
        "ratio": rounded(median(ratios)), "runs": len(ours), "spread": rounded(spread(ratios)),
    }


def cases(options):
    events = max(20000, int(EVENTS_PER_RUN_AND_S * options.seconds))
    with broker(options) as cluster:
        for part in (Forwarder,) if options.quick else (Forwarder, Whole):
            case = measure(options, cluster, part, events)
            yield {name: value for name, value in case.items() if value is not None}
