#!/usr/bin/env python3
"""The judge of crash tests: what a client was told, against what was delivered.

It knows nothing of the gateway's insides. What was promised is the client's own file of acknowledged
event ids; what was kept is the files of the sink, read by this program; what had to match is decided
from the events themselves, by rules written here anew. Three things must hold:

  A  every acknowledged event that a campaign had to match has a record of it in the sink
  B  all records of one (event, campaign) carry one and the same match id, and no two share one
  C  there is no record of an event that was never sent, or that its campaign must not match

Exit codes: 0 they hold, 1 they do not, 2 used wrongly.
"""
import argparse
import glob
import json
import os
import subprocess
import sys

# The campaigns of a crash test, as conditions of CEL and, for the judge, in a language of its own.
CAMPAIGNS = {
    "every": ('customer > ""', lambda kind: True),
    "cards": ('type == "card.payment"', lambda kind: kind == "card.payment"),
}
SHOWN = 5


class Verdict:
    def __init__(self):
        self.counts = {"acknowledged": 0, "sent": 0, "expected": 0, "records": 0, "repeated": 0, "torn": 0}
        self.faults = []

    def fault(self, what, examples):
        examples = list(examples)
        if examples:
            self.faults.append("%d %s: %s" % (len(examples), what, ", ".join(map(str, examples[:SHOWN]))))


def read_acknowledged(paths):
    """The ids; a last line without its end was cut off by the client's own death and promises nothing."""
    ids = set()
    for path in paths:
        with open(path, encoding="ascii") as file:
            ids.update(line[:-1] for line in file if line.endswith("\n"))
    return ids


def regenerate(gun, seed, count, duplicates="0"):
    """What sluice-gun sent with this seed: id: type."""
    command = [gun, "--out", "-", "--seed", str(seed), "--count", str(count), "--duplicates", duplicates]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    events = {}
    for line in process.stdout:
        event = json.loads(line)
        events[event["id"]] = sys.intern(event["type"])
    if process.wait():
        raise SystemExit("sluice-gun could not tell what it sent")
    return events


def read_sink(directory, verdict):
    """{(event id, campaign): match id}, and what is wrong with the records by themselves."""
    found, of_id, changed, shared = {}, {}, [], []
    for path in sorted(glob.glob(os.path.join(directory, "*.ndjson"))):
        with open(path, "rb") as file:
            for line in file:
                try:
                    record = json.loads(line)
                except ValueError:
                    verdict.counts["torn"] += 1
                    continue
                verdict.counts["records"] += 1
                key, match = (record["event"]["id"], record["campaign"]), record["id"]
                before = found.setdefault(key, match)
                if before != match:
                    changed.append(key)
                elif of_id.setdefault(match, key) != key:
                    shared.append(match)
    verdict.counts["repeated"] = verdict.counts["records"] - len(found)
    verdict.fault("events with more than one match id", changed)
    verdict.fault("match ids that two events share", shared)
    return found


def judge(acknowledged_paths, sink_directory, events, campaigns=CAMPAIGNS):
    verdict = Verdict()
    acknowledged = read_acknowledged(acknowledged_paths)
    found = read_sink(sink_directory, verdict)
    verdict.counts.update(acknowledged=len(acknowledged), sent=len(events))
    verdict.fault("acknowledged events that were never sent", acknowledged - events.keys())
    for name, (_, must_match) in campaigns.items():
        expected = [one for one in acknowledged if one in events and must_match(events[one])]
        verdict.counts["expected"] += len(expected)
        verdict.fault("LOST: acknowledged events without their record of campaign %s" % name,
                      (one for one in expected if (one, name) not in found))
    verdict.fault("records of an event that was never sent", (key for key in found if key[0] not in events))
    verdict.fault("records of a campaign that must not match", (
        key for key in found if key[0] in events and
        (key[1] not in campaigns or not campaigns[key[1]][1](events[key[0]]))))
    # a writer that died leaves one; the next one mends it before it goes on
    verdict.fault("torn lines left in the sink", range(verdict.counts["torn"]))
    return verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--acked", action="append", required=True, help="a client's file of acknowledged ids")
    parser.add_argument("--sink", required=True, help="directory of the file sink")
    parser.add_argument("--gun", required=True, help="sluice-gun, to tell what was sent")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--sent", type=int, required=True, help="how many events, by its summary")
    options = parser.parse_args()
    verdict = judge(options.acked, options.sink, regenerate(options.gun, options.seed, options.sent))
    print(json.dumps({**verdict.counts, "faults": verdict.faults}))
    return 1 if verdict.faults else 0


if __name__ == "__main__":
    sys.exit(main())
