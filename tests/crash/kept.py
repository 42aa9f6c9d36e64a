#!/usr/bin/env python3
"""Data of other versions, kept in tests/data/kept: each must be served, with nothing lost, or refused with a
sentence that says what to do, and be served once that is done.

    tests/crash/kept.py --build build NAME      makes tests/data/kept/NAME.tar.xz with the programs of this build

One is made whenever a format on disk gets another version, from the last build that wrote the old one. In it: the
data of a gateway with a snapshot and a sink that lags behind, and beside them what the client was told.
"""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tarfile

sys.dont_write_bytecode = True

from damage import REFUSED, SERVED, can_connect, last_sentence, outcome  # noqa: E402
from judge import CAMPAIGNS, judge, read_acknowledged, regenerate  # noqa: E402
from outage import Case  # noqa: E402
from rig import DUPLICATES, SETTLE_S, Failure, Programs, Trial, wait_until  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, os.pardir, "data", "kept")
RATE = 300
AGAIN = 20  # events that are sent a second time

# What the present version does with each; all others are served.
EXPECTED = {"snapshot-1": REFUSED}


def make(programs, name):
    with Trial(programs, 2, seed=77) as trial:
        gateway = trial.gateway
        gateway.settings["journal.bytes"] = "8MiB"
        gateway.start()
        trial.send(RATE, 1)
        trial.gun.wait(SETTLE_S)
        events = regenerate(programs.gun, trial.seed, trial.end_traffic()["sent"], DUPLICATES)
        trial.settle()
        gateway.stop()
        # without control, so that the journal holds what no consumer has seen
        dataplane = gateway.start_apart("dataplane")
        wait_until("the dataplane listens", SETTLE_S, lambda: can_connect(gateway))
        trial.seed, first = 78, trial.acked
        trial.acked += ".second"
        trial.send(RATE, 1)
        trial.gun.wait(SETTLE_S)
        events.update(regenerate(programs.gun, trial.seed, trial.end_traffic()["sent"], DUPLICATES))
        dataplane.terminate()
        gateway.wait_end(gateway.apart.pop("dataplane"))
        done = subprocess.run([programs.gun, "--out", "-", "--seed", "78", "--count", str(AGAIN), "--duplicates", DUPLICATES],
                              check=True, capture_output=True, text=True)
        if not {json.loads(line)["id"] for line in done.stdout.splitlines()} <= events.keys():
            raise Failure("what is sent again was never sent")
        with open(gateway.path("told.json"), "w") as file:
            json.dump({"acknowledged": sorted(read_acknowledged([first, trial.acked])), "events": events,
                       "again": done.stdout.splitlines()}, file)
        # patterns belong to one library and processor: the campaigns are compiled anew
        shutil.rmtree(gateway.path("data", "rulesets"))
        os.makedirs(FOLDER, exist_ok=True)
        with tarfile.open(os.path.join(FOLDER, name + ".tar.xz"), "w:xz", preset=9) as archive:
            for part in ("data", "matches", "told.json"):
                archive.add(gateway.path(part), part)


def unpack(gateway, path):
    with tarfile.open(path) as archive:
        archive.extractall(gateway.directory, filter="data") if hasattr(tarfile, "data_filter") else \
            archive.extractall(gateway.directory)
    with open(gateway.path("told.json")) as file:
        return json.load(file)


def judge_all(gateway, told):
    acked = gateway.path("acked")
    with open(acked, "w") as file:
        file.write("".join(one + "\n" for one in told["acknowledged"]))
    verdict = judge([acked], gateway.path("matches"), told["events"], CAMPAIGNS)
    if verdict.faults:
        raise Failure("; ".join(verdict.faults))
    return verdict.counts


def ledger_of(gateway):
    return gateway.wait_status()["ledger"]


def serve(trial, told, remembers):
    """It delivers what is behind, and knows ids that it was told before, where it could keep them."""
    gateway = trial.gateway
    trial.settle()
    before = ledger_of(gateway)
    with gateway.connect("lines") as client:
        for line in told["again"]:  # the id is what is known; its time must not lie ahead
            client.sendall((json.dumps({**json.loads(line), "time": "2026-11-21T12:00:00Z"}) + "\n").encode())
    wait_until("they have been received", SETTLE_S,
               lambda: ledger_of(gateway)["received"] == before["received"] + len(told["again"]))
    status = trial.settle()
    duplicates = status["ledger"]["duplicates"] - before["duplicates"]
    if remembers and duplicates != len(told["again"]):
        raise Failure("of %d events sent again %d are known" % (len(told["again"]), duplicates))
    if gateway.stop():
        raise Failure("it does not stop as it should")
    return judge_all(gateway, told)


def keep_going(path):
    def run(programs, workers, options):
        name = os.path.basename(path).removesuffix(".tar.xz")
        with Trial(programs, workers, seed=1300 + workers) as trial:
            gateway = trial.gateway
            gateway.settings["journal.bytes"] = "8MiB"
            gateway.settings["duplicates.age_ms"] = 31536000000  # of a test's age none is too old
            told = unpack(gateway, path)
            got, said = outcome(gateway)
            if got != EXPECTED.get(name, SERVED):
                raise Failure("it was %s: %s" % (got, said[-400:]))
            sentence = "served"
            if got == REFUSED:
                sentence = "refused: %s" % last_sentence(said, "snapshot")
                # whichever of the two comes first; and nothing that misleads
                if "move it away" not in sentence or "load the rule set" in said:
                    raise Failure("it is not said what to do: %s" % said[-800:])
                os.rename(gateway.path("data", "snapshot"), gateway.path("data", "snapshot.away"))
                got, said = outcome(gateway)
                if got != SERVED:
                    raise Failure("moved away, it was %s: %s" % (got, said[-400:]))
            counts = serve(trial, told, remembers=sentence == "served")
            return "%s; %d acknowledged then, %d records" % (sentence, counts["acknowledged"], counts["records"])
    return Case(run, False)


CASES = {"kept-" + os.path.basename(path).removesuffix(".tar.xz"): keep_going(path)
         for path in sorted(glob.glob(os.path.join(FOLDER, "*.tar.xz")))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build directory with the programs that write it")
    parser.add_argument("name", help="of what it keeps, and which version of it: snapshot-1")
    options = parser.parse_args()
    make(Programs(options.build), options.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
