#!/usr/bin/env python3
"""Runs scenario files: what a client sends, what it must get back, what is counted and delivered.

README.md beside this file is the manual of the language. Exit codes: 0 all passed, 1 something
failed, 2 used wrongly, 77 nothing could be run here.
"""
import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from gateway import Failure, Gateway, Programs, ledger_faults  # noqa: E402
from language import parse  # noqa: E402
from steps import Runner, Skip  # noqa: E402

WORKERS = (1, 2, 4)
IO = ("uring", "epoll")


def run_one(programs, steps, workers, io, keep):
    """Why it failed, or None; raises Skip."""
    directory = tempfile.mkdtemp(prefix="sluice-scenario-")
    gateway = Gateway(programs, directory, workers, io)
    runner = Runner(gateway, programs)
    failure, log = None, ""
    try:
        for step in steps:
            runner.step(step)
        runner.finish()
    except Failure as problem:
        failure = "%s\n    %s" % (runner.where(), problem)
    finally:
        log = gateway.log_text()
        with contextlib.suppress(Failure):
            runner.close()
        if failure and keep:
            print("kept: %s" % directory)
        else:
            shutil.rmtree(directory, ignore_errors=True)
    if failure:
        failure += "\n    the gateway's log ends:\n" + "".join("      %s\n" % line for line in log.splitlines()[-12:])
    return failure


def combinations(steps, options):
    """Every number of workers with every backend, unless the file says that one is enough; or each backend once,
    where SLUICE_SCENARIOS=few says so: under sanitizers, which look at the code and not at the numbers."""
    once = any(step.words[0] == "once" for step in steps)
    if once:
        return [(options.workers[min(1, len(options.workers) - 1)], options.io[0])]
    if os.environ.get("SLUICE_SCENARIOS") == "few":
        return list(zip(options.workers, options.io))
    return [(workers, io) for workers in options.workers for io in options.io]


def run_file(programs, path, options):
    with open(path, encoding="utf-8") as file:
        steps = parse(file.read(), path)
    passed = failed = skipped = 0
    for workers, io in combinations(steps, options):
        name = "%s, %d workers, %s" % (os.path.basename(path), workers, io)
        began = time.monotonic()
        try:
            failure = run_one(programs, steps, workers, io, options.keep)
        except Skip as reason:
            print("skipped  %s: %s" % (name, reason))
            skipped += 1
            continue
        if failure:
            print("FAILED   %s\n    %s" % (name, failure))
            failed += 1
        else:
            print("passed   %s (%.1f s)" % (name, time.monotonic() - began))
            passed += 1
    return passed, failed, skipped


def numbers(text):
    return [int(word) for word in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, help="the build directory with the four programs")
    parser.add_argument("--workers", type=numbers, default=list(WORKERS), help="such as 1,2,4")
    parser.add_argument("--io", type=lambda text: text.split(","), default=list(IO), help="such as uring,epoll")
    parser.add_argument("--keep", action="store_true", help="keep the directory of what failed")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    programs = Programs(options.build)
    total = [0, 0, 0]
    for path in options.files:
        total = [sum(pair) for pair in zip(total, run_file(programs, path, options))]
        sys.stdout.flush()
    print("%d passed, %d failed%s" % (total[0], total[1], ", %d skipped" % total[2] if total[2] else ""))
    if total[1]:
        return 1
    return 0 if total[0] else 77


if __name__ == "__main__":
    sys.exit(main())
