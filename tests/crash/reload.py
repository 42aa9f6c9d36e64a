#!/usr/bin/env python3
"""Rule sets exchanged under load, and what may go wrong with that: the old rules or the new, nothing between.

  reloads    again and again: no event is lost, none is judged by two sets, memory stays flat
  die-at-…   control is killed at a step of a load, comes back, and loads again
  disk-full  the disk that rule sets lie on has no room, less room, then room again

Two sets of the same campaigns differ in the template that their records carry. The judge of the crash
tests says what was lost; beside it, each record names the number of its rule set and that template: all
records of one event have one number, and a number has one template, the one that was loaded under it.

Exit codes: 0 all passed, 1 something failed, 2 used wrongly, 77 nothing could be run here.
"""
import argparse
import functools
import glob
import json
import os
import statistics
import sys
import threading

sys.dont_write_bytecode = True

from disk import SmallDisk  # noqa: E402
from judge import CAMPAIGNS  # noqa: E402
from rig import (  # noqa: E402
    SETTLE_S, Failure, Programs, Trial, campaign, measure, try_all, wait_until)

TEMPLATES = ("TEST", "OTHER")
STEPS = ("numbered", "written", "compiled", "taken", "described", "linked")
RATE = 5000
KEPT = 5
# What events leave behind, their ids, is full after these, which an argument about memory waits for:
# what grows from there on grows by reloads. Fewer ids would forget events that clients send again.
IDS_PER_PARTITION = 8
EVENTS_TO_FILL = 120000         # 30 for each of 4,096 partitions
GROWTH = 1.02                   # of the anonymous memory of a process, last fifth over the second
GROWTH_BYTES = 1 << 20          # what an allocator may keep for itself
SAMPLE_S = 0.05


def rules(trial):
    """The directories of the two sets; the first is what the gateway starts with."""
    return [trial.gateway.write_rules("set-%d" % i, {
        name + ".yaml": campaign(name, condition).replace("TEST", template)
        for name, (condition, _) in CAMPAIGNS.items()}) for i, template in enumerate(TEMPLATES)]


def begin(trial):
    trial.gateway.settings["limits.rules.kept"] = KEPT
    trial.gateway.settings["duplicates.per_partition"] = IDS_PER_PARTITION
    trial.gateway.start()
    return rules(trial)


def in_force(gateway):
    """What the link on disk says, and what the dataplane runs."""
    status = gateway.wait_status()
    link = os.readlink(gateway.path("data", "rulesets", "current"))
    return int(link), status["dataplane"]["ruleset"]


def load(gateway, directory):
    """The number it came in force with."""
    done = gateway.load(directory)
    if done.returncode:
        raise Failure("a load ended with %d: %s%s" % (done.returncode, done.stdout[-300:], done.stderr[-300:]))
    return json.loads(done.stdout)["version"]


def check_records(gateway, loaded):
    """Every event by one rule set, every rule set with one template. How many sets judged events."""
    of_event, of_number, faults = {}, {}, []
    for record in gateway.sink_lines():
        event, number = record["event"]["id"], record["ruleset"]
        if of_event.setdefault(event, number) != number:
            faults.append("event %s by %d and %d" % (event, of_event[event], number))
        template = record["send"]["template"]
        if of_number.setdefault(number, template) != template:
            faults.append("rule set %d sends %s and %s" % (number, of_number[number], template))
    faults += ["rule set %d sends %s, loaded was %s" % (number, of_number[number], template)
               for number, template in loaded.items() if of_number.get(number, template) != template]
    if faults:
        raise Failure("MIXED: %d faults: %s" % (len(faults), "; ".join(faults[:5])))
    return len(of_number)


def check_directories(gateway):
    """What was refused or killed leaves nothing, and old versions go."""
    numbers = sorted(int(os.path.basename(path)) for path in glob.glob(gateway.path("data", "rulesets", "[0-9]*")))
    if len(numbers) > KEPT or numbers[-1] != in_force(gateway)[0]:
        raise Failure("directories of rule sets: %s" % numbers)


class Memory:
    """Samples of what each process holds for itself, until it is asked to stop."""

    def __init__(self, gateway):
        self.gateway, self.samples, self.stopped = gateway, {"dataplane": [], "control": []}, threading.Event()
        self.pids = {name: gateway.pid(name) for name in self.samples}
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped.wait(SAMPLE_S):
            for name, pid in self.pids.items():
                try:
                    with open("/proc/%d/status" % pid) as file:
                        fields = dict(line.split(":", 1) for line in file if line.startswith("RssAnon"))
                except OSError:
                    continue
                if fields:
                    self.samples[name].append(int(fields["RssAnon"].split()[0]) << 10)

    def end(self, must_be_flat):
        """By process, the median of each fifth of the time in MiB."""
        self.stopped.set()
        self.thread.join()
        told = {}
        for name, samples in self.samples.items():
            if self.gateway.pid(name) != self.pids[name]:
                raise Failure("%s is another process now" % name)
            fifth = len(samples) // 5
            if not fifth:
                raise Failure("too few samples of memory: %d" % len(samples))
            parts = [statistics.median(samples[i * fifth:(i + 1) * fifth]) for i in range(5)]
            told[name] = " ".join("%.1f" % (part / (1 << 20)) for part in parts) + " MiB"
            if must_be_flat and parts[4] > parts[1] * GROWTH + GROWTH_BYTES:
                raise Failure("memory of %s grows: %s" % (name, told[name]))
        return told


def fill(trial, sets):
    """Until events leave nothing more behind, and each set has been loaded, so that everything that is
    made once is there. The number of the last load."""
    gateway = trial.gateway
    wait_until("%d events are accepted" % EVENTS_TO_FILL, 600,
               lambda: gateway.status()["ledger"]["accepted"] >= EVENTS_TO_FILL)
    return [load(gateway, sets[(i + 1) % 2]) for i in range(2 * KEPT)][-1]


def reloads(programs, workers, options):
    rate = options.rate or measure(programs, workers) // 2
    with Trial(programs, workers, seed=900 + workers) as trial:
        sets = begin(trial)
        gateway, loaded = trial.gateway, {1: TEMPLATES[0]}
        trial.send(rate, 100000)
        trial.wait_acknowledged_more("the first events are acknowledged")
        # a short form has not many samples: its memory is told, and not judged
        argues = options.reloads >= 300
        last = fill(trial, sets) if argues else 1
        loaded.update({number: TEMPLATES[(number + 1) % 2] for number in range(2, last + 1)})
        memory = Memory(gateway)
        for i in range(options.reloads):
            number = load(gateway, sets[(i + 1) % 2])
            if number != last + i + 1:
                raise Failure("load %d got number %d" % (i + 1, number))
            loaded[number] = TEMPLATES[(i + 1) % 2]
            if not trial.sending():
                raise Failure("the traffic ended by itself")
        told = memory.end(must_be_flat=argues)
        trial.wait_acknowledged_more("events are acknowledged after the last load")
        trial.end_traffic()
        ledger = trial.settle()["ledger"]
        check_directories(gateway)
        gateway.stop()
        counts = trial.judge()
        judges = check_records(gateway, loaded)
        if ledger["dropped"] or trial.summary["connections_lost"] or trial.summary["unavailable"]:
            raise Failure("something was dropped: %s %s" % (ledger, trial.summary))
        if judges < min(options.reloads, 10) // 2:
            raise Failure("only %d of the rule sets judged events" % judges)
        return "%d loads at %d events/s; %d acknowledged, %d sets judged them; memory %s" % (
            options.reloads, rate, counts["acknowledged"], judges,
            ", ".join("%s %s" % one for one in told.items()))


def die_at(step):
    """At the second load of each life; the first is what it starts with."""
    def run(programs, workers, options):
        with Trial(programs, workers, seed=910 + workers) as trial:
            gateway = trial.gateway
            gateway.environment = {"SLUICE_FAILPOINT": "ruleset_%s:2" % step}
            sets = begin(trial)
            trial.send(RATE, 1000)
            trial.wait_acknowledged_more("events are acknowledged")
            before, dataplane = gateway.n_ready, gateway.pid("dataplane")
            done = gateway.load(sets[1])
            if done.returncode != 3 or not done.stderr:
                raise Failure("the load ended with %d: %s" % (done.returncode, done.stdout))
            gateway.wait_ready_line(before)
            gateway.wait_whole()
            expected = 2 if step == "linked" else 1
            wait_until("rule set %d is in force everywhere" % expected, SETTLE_S,
                       lambda: in_force(gateway) == (expected, expected))
            check_directories(gateway)
            if gateway.pid("dataplane") != dataplane:
                raise Failure("the dataplane is another process")
            trial.wait_acknowledged_more("events are acknowledged again")
            # this life of control has not loaded yet: its first load passes
            number = load(gateway, sets[0])
            if number <= 2:
                raise Failure("number %d was given twice" % number)
            trial.wait_acknowledged_more("events are acknowledged by the new set")
            counts = trial.conclude()
            judges = check_records(gateway, {1: TEMPLATES[0], 2: TEMPLATES[1], number: TEMPLATES[0]})
            return "rule set %d stayed; %d acknowledged, %d sets judged them" % (
                expected, counts["acknowledged"], judges)
    return run


def disk_full(programs, workers, options):
    with Trial(programs, workers, seed=920 + workers) as trial:
        gateway, refused, loaded = trial.gateway, 0, {1: TEMPLATES[0]}
        with SmallDisk(trial, "data/rulesets", 16) as disk:
            sets = begin(trial)
            trial.send(RATE, 1000)
            trial.wait_acknowledged_more("events are acknowledged")
            number, turn = 1, 1
            # from no room at all to room for everything
            for pages in (0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64):
                disk.fill(pages << 12)
                done = gateway.load(sets[turn % 2])
                disk.release()
                if done.returncode == 0:
                    number = json.loads(done.stdout)["version"]
                    loaded[number] = TEMPLATES[turn % 2]
                    turn += 1
                elif done.returncode not in (1, 3) or not (done.stdout + done.stderr):
                    raise Failure("with %d pages it ended with %d" % (pages, done.returncode))
                else:
                    refused += 1
                    if "No space left" not in done.stdout + done.stderr and "ENOSPC" not in done.stdout:
                        raise Failure("the room is not named: %s%s" % (done.stdout, done.stderr))
                wait_until("rule set %d is in force everywhere" % number, SETTLE_S,
                           lambda: in_force(gateway) == (number, number))
                check_directories(gateway)
            final = load(gateway, sets[1])
            loaded[final] = TEMPLATES[1]
            trial.wait_acknowledged_more("events are acknowledged by the last set")
            if not refused:
                raise Failure("no load was refused")
            counts = trial.conclude()
            check_records(gateway, loaded)
            gateway.kill_all()
        if "ended " in gateway.log_text():
            raise Failure("a process ended")
        return "%d loads refused for want of room, the old rules stayed; %d acknowledged" % (
            refused, counts["acknowledged"])


CASES = {"reloads": reloads, **{"die-at-" + step: die_at(step) for step in STEPS}, "disk-full": disk_full}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build directory with the four programs")
    parser.add_argument("--workers", type=lambda text: [int(word) for word in text.split(",")], default=[2])
    parser.add_argument("--reloads", type=int, default=1000,
                        help="of the case of that name (1000); from 300 on memory has to stay flat")
    parser.add_argument("--rate", type=int, default=5000,
                        help="events/s (5000); 0: half of what is measured first; the judge holds all events in memory")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="of: " + " ".join(CASES))
    options = parser.parse_args()
    programs = Programs(options.build)
    if not set(options.cases) <= set(CASES):
        parser.error("the cases are: " + " ".join(CASES))
    return try_all(("%s, %d workers" % (name, workers), functools.partial(CASES[name], programs, workers, options))
                   for name in options.cases or CASES for workers in options.workers)


if __name__ == "__main__":
    sys.exit(main())
