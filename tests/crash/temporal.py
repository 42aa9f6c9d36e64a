#!/usr/bin/env python3
"""Kills the gateway and exchanges its rule set under load while campaigns of every kind of pattern remember, and
compares what they made of the events with the reference evaluator.

The traffic (remembering.py) is such that the acknowledged events alone say what has to match: events of a
customer come in a known order and never late. Rule sets alternate between two that mean the same: other names,
files, order and templates, and a campaign more in one of them. At the end events from the future let everything
fall due. Every record in the sink is compared with a match of the reference: campaign, key, event, time and data;
none may be missing, none too many, and none twice under two ids.

Exit codes: 0 all matches are those of the reference, 1 one is not, 2 used wrongly.
"""
import argparse
import collections
import datetime
import glob
import json
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True

import remembering  # noqa: E402
from crash import DURING, PROCESSES, Killer, choices  # noqa: E402
from rig import SETTLE_S, Failure, Programs, Trial, wait_until  # noqa: E402

FUTURE_DAYS = 3     # longer than anything that is remembered
SHOWN = 5


def plain(typed):
    """{"int": "7"} as a record has it."""
    (kind, value), = typed.items()
    return int(value) if kind in ("int", "uint") else value


def essence_of_record(record):
    when = record.get("due", record["event"]["time"])
    return (remembering.name_of(record["campaign"]), record["key"], record["event"]["id"], "due" in record,
            datetime.datetime.fromisoformat(when.replace("Z", "+00:00")).timestamp(), tuple(sorted(record["data"].items())))


def essence_of_match(match):
    return (match["campaign"], match["key"], match["event"], match["is_due"],
            datetime.datetime.fromisoformat(match["time"].replace("Z", "+00:00")).timestamp(),
            tuple(sorted((name, plain(value)) for name, value in match["data"].items())))


def read_sink(directory):
    """A record for each id; those of one id have to be alike, but for what a reload may change."""
    found = {}
    for path in sorted(glob.glob(directory + "/*.ndjson")):
        with open(path, "rb") as file:
            for line in file:
                record = json.loads(line)
                what = essence_of_record(record)
                if found.setdefault(record["id"], what) != what:
                    raise Failure("two records of match %s are not alike" % record["id"])
    return collections.Counter(what for what in found.values() if what[0] != "added")


def ask_reference(told, trial, histories):
    path = trial.gateway.path("acknowledged.ndjson")
    with open(path, "w") as file:
        for lines in histories:
            file.write("\n".join(lines) + "\n\n")
    directory = trial.gateway.write_rules("reference", remembering.campaigns(False))
    done = subprocess.run([told, directory, os.path.join(directory, "schema.yaml"), path], capture_output=True, text=True)
    if done.returncode:
        raise Failure("the reference could not look: %s" % done.stderr)
    return collections.Counter(essence_of_match(json.loads(line)) for line in done.stdout.splitlines())


def judge(wanted, made, histories):
    missing, added = wanted - made, made - wanted
    if missing or added:
        raise Failure("%d matches are missing, as %s; %d are too many, as %s" %
                      (sum(missing.values()), sorted(missing)[:SHOWN], sum(added.values()), sorted(added)[:SHOWN]))
    kinds = collections.Counter(what[0] for what in wanted.elements())
    unused = set(remembering.CAMPAIGNS) - set(kinds)
    if unused and sum(map(len, histories)) > 5000:
        raise Failure("of %s nothing ever matched: agreeing proves nothing" % sorted(unused))
    return "%d events of %d groups, %d matches of %d campaigns, %d of them due" % (
        sum(map(len, histories)), len(histories), sum(wanted.values()), len(kinds), sum(what[3] for what in wanted.elements()))


class Temporal(Trial):
    def __init__(self, programs, workers, seed, options):
        super().__init__(programs, workers, seed, options.io)
        self.gateway.campaigns = remembering.campaigns(False)
        self.gateway.schema = remembering.SCHEMA
        self.gateway.settings.update({"limits.event.skew_ahead_ms": 30 * 86400000, "duplicates.per_partition": 64})
        self.gateway.lateness = {"web": remembering.LATENESS}
        self.traffic = None

    def __exit__(self, kind, problem, trace):
        if self.traffic and not self.traffic.ending.is_set():
            self.traffic.end(abandon=True)
        super().__exit__(kind, problem, trace)

    def begin(self, options):
        self.traffic = remembering.Traffic(self.gateway, self.seed, options.connections, options.rate)

    def acknowledged(self):
        self.traffic.is_on()
        return self.traffic.acknowledged()

    def send_from_the_future(self):
        """Each worker has to hear of it, and connections are shared out among them."""
        when = self.traffic.last_time() + datetime.timedelta(days=FUTURE_DAYS)
        connections = [self.gateway.connect("web") for _ in range(4 * self.workers)]
        for number, connection in enumerate(connections):
            body = json.dumps({"id": "later-%d" % number, "time": when.isoformat(), "type": "later",
                               "customer": "nobody"}).encode()
            connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        for connection in connections:
            connection.recv(4096)
            connection.close()

    def conclude(self, told):
        self.traffic.end()
        self.settle()
        self.send_from_the_future()
        histories = self.traffic.histories()
        wanted = ask_reference(told, self, histories)
        # ticks take a moment to come round; what is missing then is told by the judge
        try:
            wait_until("everything that is due is in the sink", SETTLE_S,
                       lambda: sum(read_sink(self.gateway.path("matches")).values()) >= sum(wanted.values()))
        except Failure as late:
            print("    %s" % late)
        self.settle()
        if self.gateway.stop():
            raise Failure("`sluice up` did not stop well")
        return judge(wanted, read_sink(self.gateway.path("matches")), histories)


class Changer(Killer):
    """Kills, and loads: the two sets mean the same."""

    def __init__(self, trial, rng):
        super().__init__(trial, rng)
        self.sets = [self.gateway.write_rules("swap-%d" % i, remembering.campaigns(bool(i))) for i in range(2)]
        self.reloads = 0

    def load(self):
        """What a load said; nothing while control, killed a moment ago, is not there again."""
        done = self.gateway.load(self.sets[(self.reloads + 1) % 2])
        return None if done.returncode == 3 else done

    def reload(self):
        """One that nothing disturbs, and under which events go on."""
        self.finish()
        self.loads.clear()
        done = wait_until("control is there to load", SETTLE_S, self.load)
        if done.returncode:
            raise Failure("a load was refused: %s%s" % (done.stdout, done.stderr))
        self.reloads += 1
        self.trial.wait_acknowledged_more("events are acknowledged after a load")


def run(programs, told, workers, options):
    seed = options.seed * 1000 + workers
    rng = random.Random(seed)
    with Temporal(programs, workers, seed, options) as trial:
        trial.gateway.start()
        trial.begin(options)
        changer = Changer(trial, rng)
        trial.wait_acknowledged_more("the first events are acknowledged")
        while changer.kills < options.kills or changer.reloads < options.reloads:
            left = max(options.kills - changer.kills, 0), max(options.reloads - changer.reloads, 0)
            if rng.randrange(sum(left)) < left[0]:
                changer.strike(rng.choice(options.process), rng.choice(options.during))
            else:
                changer.reload()
        changer.finish()
        seen = trial.conclude(told)
        again = sum(sender.again for sender in trial.traffic.senders)
        return "%d kills, %d reloads; %d requests sent again; %s" % (changer.kills, changer.reloads, again, seen)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build directory with the programs")
    parser.add_argument("--kills", type=int, default=4, help="for each number of workers (4)")
    parser.add_argument("--reloads", type=int, default=2, help="for each number of workers, beside those that are killed (2)")
    parser.add_argument("--process", type=choices(PROCESSES), default=list(PROCESSES))
    parser.add_argument("--during", type=choices(DURING), default=list(DURING))
    parser.add_argument("--workers", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2, 4])
    parser.add_argument("--io", default="auto")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--rate", type=int, default=600, help="events/s (600)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    programs = Programs(options.build)
    told = os.path.join(options.build, "tests", "oracle", "history_told")
    failed = 0
    for workers in options.workers:
        try:
            print("passed   %d workers, seed %d: %s" %
                  (workers, options.seed, run(programs, told, workers, options)), flush=True)
        except Failure as problem:
            print("FAILED   %d workers, seed %d: %s" % (workers, options.seed, problem), flush=True)
            failed += 1
    print("%d passed, %d failed" % (len(options.workers) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
