#!/usr/bin/env python3
"""Runs a command as on a slow and noisy machine: several copies at once, on one core, at the lowest
priority, each process of theirs stopped now and then for a moment.

    tests/slowly.py --copies 8 -- tests/scenario/run.py --build build tests/scenario/drain.scn
    tests/slowly.py --copies 4 --no-stops -- build/tests/unit/worker/unit_worker_threads

A test that fails so has guessed how long something takes. Only processes started here are stopped,
found by their parents; tests that use SIGSTOP themselves want --no-stops, for a process that both
stop is woken by whoever is first. Exit codes: 0 every copy passed, 1 one did not, 2 used wrongly.
"""
import argparse
import contextlib
import ctypes
import glob
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36


def parents():
    """{pid: parent} and the pids that run or sleep."""
    found, alive = {}, set()
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError), open(path) as file:
            rest = file.read().rsplit(")", 1)[1].split()
            pid = int(path.split("/")[2])
            found[pid] = int(rest[1])
            if rest[0] in "RSD":
                alive.add(pid)
    return found, alive


def descendants():
    parent, alive = parents()
    ours = {os.getpid()}
    grown = True
    while grown:
        more = {pid for pid, its in parent.items() if its in ours} - ours
        ours |= more
        grown = bool(more)
    return sorted((ours - {os.getpid()}) & alive)


def send(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def stop_some(rng, longest_s):
    """A few of ours stand still for a while."""
    ours = descendants()
    chosen = rng.sample(ours, min(len(ours), 1 + len(ours) // 6))
    for pid in chosen:
        send(pid, signal.SIGSTOP)
    time.sleep(rng.uniform(0, longest_s))
    for pid in chosen:
        send(pid, signal.SIGCONT)


def reap_strangers(copies):
    """Who lost their parent became ours; they end when they like."""
    known = {copy.pid for copy in copies}
    for pid, parent in parents()[0].items():
        if parent == os.getpid() and pid not in known:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def start(options, directory):
    command = ["taskset", "-c", options.cpus] + (["nice", "-n", "19"] if options.nice else []) + options.command
    copies = []
    for i in range(options.copies):
        with open(os.path.join(directory, str(i)), "w") as out:
            copies.append(subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL))
    return copies


def report(copies, directory):
    failed = 0
    for i, copy in enumerate(copies):
        if copy.returncode:
            failed += 1
            with open(os.path.join(directory, str(i)), errors="replace") as file:
                print("---- copy %d ended with %d\n%s" % (i, copy.returncode, file.read()[-6000:]))
    print("%d copies, %d failed" % (len(copies), failed))
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--cpus", default="0", help="as taskset has it (0)")
    parser.add_argument("--no-nice", dest="nice", action="store_false")
    parser.add_argument("--no-stops", dest="stops", action="store_false")
    parser.add_argument("--longest", type=float, default=0.5, help="seconds that a process stands still at most (0.5)")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    print("seed %d" % options.seed, flush=True)
    with tempfile.TemporaryDirectory(prefix="sluice-slowly-") as directory:
        copies = start(options, directory)
        while [copy for copy in copies if copy.poll() is None]:
            if options.stops:
                stop_some(rng, options.longest)
            reap_strangers(copies)
            time.sleep(rng.uniform(0, 0.2))
        return 1 if report(copies, directory) else 0


if __name__ == "__main__":
    sys.exit(main())
