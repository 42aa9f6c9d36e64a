#!/usr/bin/env python3
"""Faults other than a kill at random: of the disk, of files, of readers, of versions, of time without control.

Each case is a row of the table in README.md. With traffic, the judge has the last word. Exit codes:
0 all passed, 1 something failed, 2 used wrongly, 77 nothing could be run here.
"""
import argparse
import functools
import sys

sys.dont_write_bytecode = True

import archived  # noqa: E402
import crowded  # noqa: E402
import damage  # noqa: E402
import disk  # noqa: E402
import failing  # noqa: E402
import kept  # noqa: E402
import outage  # noqa: E402
import silent  # noqa: E402
import starved  # noqa: E402
import watchdog  # noqa: E402
from rig import Programs, try_all  # noqa: E402

CASES = {**outage.CASES, **archived.CASES, **disk.CASES, **damage.CASES, **crowded.CASES, **failing.CASES, **kept.CASES, **silent.CASES, **starved.CASES, **watchdog.CASES}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build directory with the four programs")
    parser.add_argument("--workers", type=lambda text: [int(word) for word in text.split(",")], default=[1, 2, 4])
    parser.add_argument("--seconds", type=int, default=5, help="how long control is gone (5)")
    parser.add_argument("--every", action="store_true", help="of calls-…: each call, not one of several")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="of: " + " ".join(CASES))
    options = parser.parse_args()
    programs = Programs(options.build)
    if not set(options.cases) <= set(CASES):
        parser.error("the cases are: " + " ".join(CASES))
    trials = []
    for name in options.cases or CASES:
        case = CASES[name]
        # what has nothing to do with workers is tried with one number of them
        for workers in options.workers if case.by_workers else options.workers[:1]:
            trials.append(("%s, %d workers" % (name, workers), functools.partial(case.run, programs, workers, options)))
    return try_all(trials)


if __name__ == "__main__":
    sys.exit(main())
