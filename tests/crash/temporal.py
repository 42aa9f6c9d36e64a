#!/usr/bin/env python3
"""Kills the gateway under load while its campaigns remember, and counts what they made of the events.

The campaigns are such that the order in which events arrive does not matter, only which of them arrived,
so that the judge can say from the acknowledged events alone how many matches there have to be:

  pairs     every second event of a customer       half of its events, rounded down
  fives     every fifth event of a model of phone  likewise, kept by another field than the customer
  silence   an application for a loan, and then for a minute nothing that never comes
                                                   one for each, when time has gone on

An event that counted twice, or not at all, shows as a wrong number; so does a timer that fired twice or
not at all. At the end one event from the future lets everything fall due.

Exit codes: 0 all counts are right, 1 one is not, 2 used wrongly.
"""
import argparse
import collections
import datetime
import glob
import json
import random
import subprocess
import sys

sys.dont_write_bytecode = True

from crash import DURING, PROCESSES, Killer, choices  # noqa: E402
from judge import read_acknowledged  # noqa: E402
from rig import DUPLICATES, SETTLE_S, Failure, Programs, Trial, wait_until  # noqa: E402

CAMPAIGN = """campaign: %s
owner: tests
kind: service
valid: {from: 2026-01-01, until: 2035-12-31}
%s
send: {channel: push, template: TEST}
"""
CAMPAIGNS = {
    "pairs": 'match:\n  - seen: type != "later"\n    window: 366d\n    count: 2',
    "fives": 'by: device.model\nmatch:\n  - seen: type != "later"\n    window: 366d\n    count: 5',
    "silence": 'after_match: overlap\nruns: 64\nmatch:\n  - start: type == "loan.apply.start"\n'
               '  - not: type == "never"\n    within: 1m',
}
LATENESS = "2m"   # longer than any process is gone
FUTURE_S = 600
SILENT = "loan.apply.start"


def sent_by(gun, seed, count):
    """{id: (customer, type, model or None)} of what sluice-gun sent."""
    command = [gun, "--out", "-", "--seed", str(seed), "--count", str(count), "--duplicates", DUPLICATES]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    events = {}
    for line in process.stdout:
        event = json.loads(line)
        events[event["id"]] = (event["customer"], sys.intern(event["type"]), event.get("device", {}).get("model"))
    if process.wait():
        raise SystemExit("sluice-gun could not tell what it sent")
    return events


def read_matches(directory):
    """{campaign: {match id: (key, event id, due)}}; records of one id have to be alike."""
    found = collections.defaultdict(dict)
    for path in sorted(glob.glob(directory + "/*.ndjson")):
        with open(path, "rb") as file:
            for line in file:
                record = json.loads(line)
                what = (record["key"], record["event"]["id"], "due" in record)
                if found[record["campaign"]].setdefault(record["id"], what) != what:
                    raise Failure("two records of match %s are not alike" % record["id"])
    return found


def judge_counts(name, matches, keys, per):
    """A match for each `per` events of a key, neither more nor fewer."""
    events, made = collections.Counter(keys), collections.Counter(key for key, _, _ in matches.values())
    wrong = [(key, n, made[key]) for key, n in events.items() if made[key] != n // per]
    if wrong or made.keys() - events.keys():
        raise Failure("%s: %d of %d keys have a wrong count, (key, events, matches): %s" %
                      (name, len(wrong), len(events), wrong[:5]))
    return sum(made.values())


def judge(acked, sink, events):
    acknowledged = read_acknowledged([acked])
    if not acknowledged:
        raise Failure("nothing was acknowledged")
    # what was committed and not answered is sent again until it is: at the end both are the same
    if acknowledged - events.keys():
        raise Failure("acknowledged events that were never sent")
    if len(acknowledged) != len(events):
        raise Failure("%d of %d events were never answered" % (len(events) - len(acknowledged), len(events)))
    found = read_matches(sink)
    pairs = judge_counts("pairs", found["pairs"], (events[one][0] for one in acknowledged), 2)
    fives = judge_counts("fives", found["fives"], (
        events[one][2] for one in acknowledged if events[one][2]), 5)
    starts = collections.Counter(one for one in acknowledged if events[one][1] == SILENT)
    fired = collections.Counter(event for _, event, _ in found["silence"].values())
    if fired != starts:
        raise Failure("silence: %d fired for %d starts; missing %s, too many %s" %
                      (sum(fired.values()), len(starts), list(starts - fired)[:5], list(fired - starts)[:5]))
    if not all(due for _, _, due in found["silence"].values()):
        raise Failure("silence: a record does not say that it fell due")
    return "%d events: %d pairs, %d fives, %d silences" % (len(acknowledged), pairs, fives, len(starts))


class Temporal(Trial):
    def __init__(self, programs, workers, seed, options):
        super().__init__(programs, workers, seed, options.io, options.connections, options.pipeline, options.batch)
        self.gateway.campaigns = {name + ".yaml": CAMPAIGN % (name, match) for name, match in CAMPAIGNS.items()}
        self.gateway.schema = self.gateway.schema.rstrip("\n") + "\n  device.model: {type: string, max: 32}\n"
        self.gateway.settings.update({"limits.event.skew_ahead_ms": 3600000, "time.idle_ms": 1000})
        self.gateway.lateness = {"web": LATENESS}
        self.later = 0

    def send_from_the_future(self):
        """Each worker has to hear of it, and connections are shared out among them."""
        when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=FUTURE_S)
        connections = [self.gateway.connect("web") for _ in range(4 * self.workers)]
        for connection in connections:
            self.later += 1
            body = json.dumps({"id": "later-%d" % self.later, "time": when.isoformat(), "type": "later",
                               "customer": "nobody"}).encode()
            connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        for connection in connections:
            connection.recv(4096)
            connection.close()

    def silences(self):
        return len(read_matches(self.gateway.path("matches"))["silence"])

    def conclude(self):
        self.end_traffic()
        self.settle()
        events = sent_by(self.programs.gun, self.seed, self.summary["sent"])
        starts = sum(kind == SILENT for _, kind, _ in events.values())
        self.send_from_the_future()
        wait_until("all %d silences are in the sink" % starts, SETTLE_S, lambda: self.silences() >= starts)
        self.settle()
        if self.gateway.stop():
            raise Failure("`sluice up` did not stop well")
        return judge(self.acked, self.gateway.path("matches"), events)


def run(programs, workers, options):
    seed = options.seed * 1000 + workers
    rng = random.Random(seed)
    with Temporal(programs, workers, seed, options) as trial:
        trial.gateway.start()
        killer = Killer(trial, rng)
        trial.send(options.rate, 100000)
        trial.wait_acknowledged_more("the first events are acknowledged")
        while killer.kills < options.kills:
            killer.strike(rng.choice(options.process), rng.choice(options.during))
            if not trial.sending():
                raise Failure("the traffic ended by itself")
        killer.finish()
        return killer.kills, trial.conclude()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build directory with the four programs")
    parser.add_argument("--kills", type=int, default=4, help="for each number of workers (4)")
    parser.add_argument("--process", type=choices(PROCESSES), default=list(PROCESSES))
    parser.add_argument("--during", type=choices(DURING), default=list(DURING))
    parser.add_argument("--workers", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2, 4])
    parser.add_argument("--io", default="auto")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--pipeline", type=int, default=4, help="requests under way on a connection (4)")
    parser.add_argument("--batch", type=int, default=10, help="events of a request (10)")
    parser.add_argument("--rate", type=int, default=20000, help="events/s (20000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    programs = Programs(options.build)
    failed = 0
    for workers in options.workers:
        try:
            print("passed   %d workers, seed %d: %d kills; %s" %
                  (workers, options.seed, *run(programs, workers, options)), flush=True)
        except Failure as problem:
            print("FAILED   %d workers, seed %d: %s" % (workers, options.seed, problem), flush=True)
            failed += 1
    print("%d passed, %d failed" % (len(options.workers) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
