"""Rule sets swapped under load: what the events that pass meanwhile notice of it.

Two rule sets of equal size take turns, loaded by the command line as an operator would, while events come at a share
of the gateway's own maximum. Steady runs, without a load, take turns with runs in which rule sets are loaded. One
event in a hundred matches a campaign whose name says which of the two sets judged it."""
import contextlib
import glob
import json
import os
import subprocess
import tempfile
import threading
import time

from harness import campaigns, gun
from harness.failure import Failure
from harness.gateway import Gateway
from harness.statistics import median, rounded, spread

RUNS = 5
SECONDS_LEAST = 6.0  # of a run: a load begins at once and another after SWAP_EVERY_S
BATCH, CONNECTIONS, PIPELINE = 10, 64, 16
LOAD = 0.7
HIT_RATE = 0.01
SWAP_EVERY_S = 5.0
# of these there is one event in a hundred; the rest of the set is beside it as it would be in a bank
WITNESS = """campaign: witness-%s
kind: service
match: type == "loan.apply.start" && channel in ["mobile", "web"]
send: {channel: push, template: W%s}
"""


class Loader(threading.Thread):
    """Loads the directories in turn until it is told to stop."""

    def __init__(self, options, gateway, directories):
        super().__init__()
        self.command = [os.path.join(options.build, "tools", "sluice"), "load", "--json", "--api", gateway.ready["api"]]
        self.directories, self.gateway = directories, gateway
        self.stopped, self.taken_s, self.failed = threading.Event(), [], None

    def load(self, directory):
        began = time.monotonic()
        done = subprocess.run([*self.command, directory], capture_output=True)
        if done.returncode:
            raise Failure("a rule set was not loaded: %s" % (done.stdout + done.stderr).decode()[-500:])
        self.taken_s.append(time.monotonic() - began)

    def run(self):
        turn = 0
        try:
            while not self.stopped.is_set():
                turn = 1 - turn
                self.load(self.directories[turn])
                self.stopped.wait(max(0.0, SWAP_EVERY_S - self.taken_s[-1]))
        except Failure as failure:
            self.failed = failure

    def stop(self):
        self.stopped.set()
        self.join()
        if self.failed:
            raise self.failed
        return self.taken_s


def fire(options, gateway, seconds, rate):
    return gun.fire(options, gateway.address("http"), protocol="http", batch=BATCH, connections=CONNECTIONS,
                    seconds=seconds, rate=rate, pipeline=PIPELINE)


def witnesses(gateway):
    """How often each witness spoke for each version of the rules."""
    counted = {}
    for path in sorted(glob.glob(os.path.join(gateway.directory, "matches", "*"))):
        with open(path) as file:
            for line in file:
                if '"witness-' in line:
                    record = json.loads(line)
                    name = (record["ruleset"], record["campaign"])
                    counted[name] = counted.get(name, 0) + 1
    return counted


def check_not_mixed(gateway):
    """Every version has one witness. Two would be a moment with two sets in force under one number."""
    versions = {}
    for (ruleset, campaign), _ in witnesses(gateway).items():
        versions.setdefault(ruleset, set()).add(campaign)
    mixed = {ruleset: names for ruleset, names in versions.items() if len(names) != 1}
    if mixed:
        raise Failure("one version of the rules, two sets: %s" % mixed)


def one(options, size, seconds):
    with tempfile.TemporaryDirectory(prefix="sluice-perf-rules-", dir="/var/tmp") as held:
        schema = os.path.join(options.root, "rules", "examples", "schema.yaml")
        directories = [os.path.join(held, name) for name in ("a", "b")]
        for seed, directory in enumerate(directories):
            campaigns.write(directory, schema, size, seed, WITNESS % ("ab"[seed], "AB"[seed]))
        with contextlib.closing(Gateway(options, directories[0])) as gateway:
            fire(options, gateway, max(1.0, seconds / 6), 0)
            most = gateway.held(lambda rate: fire(options, gateway, seconds / 6, rate))
            rate, steady, swapping, loads = LOAD * most, [], [], []
            for _ in range(RUNS):
                steady.append(fire(options, gateway, seconds, rate))
                loader = Loader(options, gateway, directories)
                loader.start()
                try:
                    swapping.append(fire(options, gateway, seconds, rate))
                finally:
                    loads += loader.stop()
            gateway.idle()
            check_not_mixed(gateway)
            status = gateway.status()
    return line(size, most, steady, swapping, loads, status)


def line(size, most, steady, swapping, loads, status):
    def points(side):
        return {name: median([one["latency_us"][name] for one in side]) for name in side[0]["latency_us"]}

    ratios = [ours["latency_us"]["p99.9"] / max(1, floor["latency_us"]["p99.9"])
              for ours, floor in zip(swapping, steady)]
    rate = median([one["events_per_s"] for one in swapping])

    def longest(name):
        return rounded(max(one[name] for one in status["dataplane"]["worker"]) / 1e3, 1)

    return {
        "scenario": "rule-swap",
        "case": {"campaigns": size, "hit_rate": HIT_RATE, "load": LOAD, "batch": BATCH, "connections": CONNECTIONS, "swaps": len(loads),
                 "workers": status["dataplane"]["workers"]},
        "maximum_events_per_s": round(most), "events_per_s": round(rate), "ns_per_event": rounded(1e9 / rate, 1),
        "latency_us": points(swapping), "load_s": rounded(median(loads)), "swap_us_max": longest("swap_ns_max"),
        "swap_round_us_max": longest("swap_round_ns_max"),
        "unavailable": sum(one["unavailable"] for one in swapping),
        "floor": {"name": "the same without a swap",
                  "ns_per_event": rounded(1e9 / median([one["events_per_s"] for one in steady]), 1),
                  "latency_us": points(steady)},
        "ratio": rounded(median(ratios)), "ratio_of": "p99.9", "runs": RUNS, "spread": rounded(spread(ratios)),
    }


def cases(options):
    yield one(options, 200 if options.quick else 10000, max(options.seconds, 1.0 if options.quick else SECONDS_LEAST))
