#!/usr/bin/env python3
"""Kills the gateway's processes under load, again and again, and lets the judge say what was lost.

Traffic comes over pipelined connections at half the rate that the gateway was just measured to take.
Each kill is drawn: which process, when, and in the middle of what. After a round of kills the traffic
ends, everything is delivered, and the judge compares.

  steady     somewhere in ordinary work
  recovery   and again while the process is coming up
  swap       while a rule set is being loaded
  trim       after control stood still and a backlog is being forwarded and trimmed

Exit codes: 0 nothing was lost, 1 something was, 2 used wrongly.
"""
import argparse
import os
import random
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from rig import SETTLE_S, Failure, Programs, Trial, children_of, is_alive, measure, wait_until  # noqa: E402

PROCESSES = ("dataplane", "control", "both", "up")
DURING = ("steady", "recovery", "swap", "trim")


class Killer:
    def __init__(self, trial, rng):
        self.trial, self.gateway, self.rng = trial, trial.gateway, rng
        self.kills = 0
        self.loads = []
        for i, template in enumerate(("TEST", "OTHER")):
            self.gateway.write_rules("swap-%d" % i, {
                name: text.replace("TEST", template) for name, text in self.gateway.campaigns.items()})

    def sleep(self, least, most):
        time.sleep(self.rng.uniform(least, most))

    def kill(self, process):
        """The pids that had to go."""
        pids = [self.gateway.pid(name) for name in (("dataplane", "control") if process == "both" else (process,))]
        for pid in filter(None, pids):
            try:
                os.kill(pid, signal.SIGKILL)
                self.kills += 1
            except ProcessLookupError:
                pass  # it ended by itself just now: the load that we killed under it was its last
        return [pid for pid in pids if pid]

    def kill_up(self):
        """Its children stop by themselves; then it is started again, as a service manager would."""
        children = children_of(self.gateway.process.pid).values()
        self.kill("up")
        self.gateway.process.wait()
        for pid in children:
            wait_until("process %d has stopped with `sluice up`" % pid, SETTLE_S, lambda p=pid: not is_alive(p))
        self.gateway.start()

    def kill_recovering(self, process):
        for pid in self.kill(process):
            wait_until("process %d is started again" % pid, SETTLE_S, lambda p=pid: self.other_than(process, p))
        self.sleep(0, 0.08)
        self.kill(process)

    def other_than(self, process, pid):
        names = ("dataplane", "control") if process == "both" else (process,)
        now = [self.gateway.pid(name) for name in names]
        return all(now) and pid not in now

    def start_load(self):
        self.loads.append(subprocess.Popen(
            [self.trial.programs.sluice, "load", self.gateway.path("swap-%d" % (len(self.loads) % 2)), "--api",
             self.gateway.api], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True))

    def hold_up(self):
        pid = self.gateway.signal("control", signal.SIGSTOP)
        self.sleep(0.2, 0.6)
        try:
            self.gateway.signal("control", signal.SIGCONT)
        except ProcessLookupError:
            raise Failure("control (%d) died while it was stopped" % pid) from None
        self.sleep(0, 0.2)

    def strike(self, process, during):
        if during == "swap":
            self.start_load()
            self.sleep(0, 0.06)
        elif during == "trim":
            self.hold_up()
        else:
            self.sleep(0.05, 0.6)
        if process == "up":
            self.kill_up()
        elif during == "recovery":
            self.kill_recovering(process)
        else:
            self.kill(process)
        self.gateway.wait_whole()
        # ready is what it says; served is what counts
        self.trial.wait_acknowledged_more("events are acknowledged again after %s was killed (%s)" % (process, during))

    def finish(self):
        for load in self.loads:
            load.wait(SETTLE_S)


def run_round(programs, workers, kills, rate, seed, options):
    rng = random.Random(seed)
    with Trial(programs, workers, seed, options.io, options.connections, options.pipeline, options.batch) as trial:
        trial.gateway.start()
        killer = Killer(trial, rng)
        trial.send(rate, 100000)
        trial.wait_acknowledged_more("the first events are acknowledged")
        while killer.kills < kills:
            killer.strike(rng.choice(options.process), rng.choice(options.during))
            if not trial.sending():
                raise Failure("the traffic ended by itself")
        killer.finish()
        counts = trial.conclude()
        return killer.kills, counts, trial.summary


def run(programs, workers, options):
    """Rounds, so that what the judge holds in memory stays small: kills and failures."""
    rate = options.rate or measure(programs, workers, io=options.io, connections=options.connections,
                                   pipeline=options.pipeline, batch=options.batch) // 2
    done = failed = 0
    while done < options.kills:
        seed = options.seed + done * 1000 + workers
        kills = min(options.round, options.kills - done)
        what = "%d workers, seed %d, %d events/s" % (workers, seed, rate)
        try:
            kills, counts, summary = run_round(programs, workers, kills, rate, seed, options)
        except Failure as problem:
            print("FAILED   %s: %s" % (what, problem), flush=True)
            failed += 1
        else:
            print("passed   %s: %d kills; %d acknowledged, %d matches expected, %d records of which %d repeated; "
                  "%d connections lost, %d requests sent again" %
                  (what, kills, counts["acknowledged"], counts["expected"], counts["records"], counts["repeated"],
                   summary["connections_lost"], summary["retries"]), flush=True)
        done += kills
    return (done + options.round - 1) // options.round - failed, failed, done


def choices(allowed):
    def parse(text):
        words = text.split(",")
        if not set(words) <= set(allowed):
            raise argparse.ArgumentTypeError("%s: they are %s" % (text, ",".join(allowed)))
        return words
    return parse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build directory with the four programs")
    parser.add_argument("--kills", type=int, default=6, help="for each number of workers (6)")
    parser.add_argument("--round", type=int, default=20, help="kills between two judgements (20)")
    parser.add_argument("--process", type=choices(PROCESSES), default=list(PROCESSES))
    parser.add_argument("--during", type=choices(DURING), default=list(DURING))
    parser.add_argument("--workers", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2, 4])
    parser.add_argument("--io", default="auto")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--pipeline", type=int, default=4, help="requests under way on a connection (4)")
    parser.add_argument("--batch", type=int, default=10, help="events of a request (10)")
    parser.add_argument("--rate", type=int, default=0, help="events/s; 0: half of what is measured first")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    programs = Programs(options.build)
    passed = failed = kills = 0
    for workers in options.workers:
        result = run(programs, workers, options)
        passed, failed, kills = passed + result[0], failed + result[1], kills + result[2]
    print("%d kills" % kills)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
