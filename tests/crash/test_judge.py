#!/usr/bin/env python3
"""The judge is judged: each kind of fault, made by hand, must be seen."""
import json
import os
import sys
import tempfile

sys.dont_write_bytecode = True

from judge import judge  # noqa: E402

EVENTS = {"e1": "card.payment", "e2": "login"}
GOOD = [("e1", "every", "11"), ("e1", "cards", "12"), ("e2", "every", "13")]


def faults(records, acknowledged="e1\ne2\n", tail=""):
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "acked"), "w") as file:
            file.write(acknowledged)
        with open(os.path.join(directory, "matches-1.ndjson"), "w") as file:
            for event, campaign, match in records:
                file.write(json.dumps({"id": match, "campaign": campaign, "event": {"id": event}}) + "\n")
            file.write(tail)
        return judge([os.path.join(directory, "acked")], directory, EVENTS).faults


CASES = [
    ("what is whole", faults(GOOD), None),
    ("a record delivered twice", faults(GOOD + GOOD[:1]), None),
    ("a record of what was not acknowledged", faults(GOOD, "e2\n"), None),
    ("an acknowledgement cut off", faults(GOOD, "e1\ne"), None),
    ("a lost record", faults(GOOD[1:]), "LOST"),
    ("a lost record of the second campaign", faults(GOOD[:1] + GOOD[2:]), "LOST"),
    ("a second id", faults(GOOD + [("e1", "every", "99")]), "more than one match id"),
    ("a shared id", faults(GOOD[:2] + [("e2", "every", "11")]), "that two events share"),
    ("a record out of nothing", faults(GOOD + [("e9", "every", "14")]), "never sent"),
    ("an acknowledgement out of nothing", faults(GOOD, "e1\ne9\n"), "never sent"),
    ("a match that is none", faults(GOOD + [("e2", "cards", "15")]), "must not match"),
    ("a torn line", faults(GOOD, tail='{"id":'), "torn"),
]


def main():
    failed = 0
    for name, found, expected in CASES:
        good = not found if expected is None else any(expected in fault for fault in found)
        failed += not good
        if not good:
            print("FAILED   %s: %s" % (name, found or "not seen"))
    print("%d passed, %d failed" % (len(CASES) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
