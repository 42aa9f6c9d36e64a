"""Cases of calls that fail: each allocation and each system call of a start, and of a load in the dataplane, once.

The library tests/fakes/fail_nth.c is preloaded into the one process that is looked at. Whatever the call
was, the process ends with a status and a sentence, or goes on without it: never by a signal, never in silence
and without an end.
"""
import os
import struct

from outage import Case
from rig import SETTLE_S, Failure, Trial, wait_until

START_S = 180
CALLS_MAX = 20000


class Failing:
    """The file that the library maps."""

    def __init__(self, trial):
        self.path = trial.gateway.path("failing")
        with open(self.path, "wb") as file:
            file.write(bytes(4096))
        library = os.path.join(trial.programs.build, "tests", "fakes", "fail_nth.so")
        if not os.path.exists(library):
            raise Failure("there is no %s; build first" % library)
        self.environment = {"LD_PRELOAD": library, "SLUICE_FAIL_NTH": self.path}

    def arm(self, number):
        with open(self.path, "r+b") as file:
            file.write(bytes(8) + struct.pack("<Q", number) + bytes(32))

    def look(self):
        """Calls so far, and the name of the one that failed."""
        with open(self.path, "rb") as file:
            data = file.read(48)
        return struct.unpack("<Q", data[:8])[0], data[16:48].rstrip(b"\0").decode()


def numbers(options):
    """All of them, or so many that each part is met: the first ones, then with growing strides."""
    number = 0
    while number < CALLS_MAX:
        number += 1 if options.every else 1 + number // 12
        yield number


def errors_said(said):
    return [line for line in said.splitlines() if '"log.level":"error"' in line or "cannot" in line]


def start_once(gateway, failing, name, number, runs):
    """(calls, what failed, status or None where it runs)."""
    from_here = len(gateway.log_text())
    failing.arm(number)
    gateway.environment = failing.environment
    process = gateway.start_apart(name)
    gateway.environment = {}
    try:
        wait_until("call %d fails and %s ends or runs" % (number, name), START_S,
                   lambda: process.poll() is not None or runs(gateway.log_text()[from_here:]))
    finally:
        calls, what = failing.look()
        status = process.poll()
        if status is None:
            process.kill()
            process.wait()
        gateway.apart.pop(name)
    said = gateway.log_text()[from_here:]
    if status is not None and (status < 0 or status not in (1, 3, 4, 5)):
        raise Failure("call %d, %s: %s ended with status %d: %s" % (number, what, name, status, said[-300:]))
    if status is not None and not errors_said(said):
        raise Failure("call %d, %s: %s ended with status %d and said nothing: %s" % (
            number, what, name, status, said[-300:]))
    return calls, what, status


def each_call_of_a_start(name, runs):
    """Until one more than there are would fail."""
    def run(programs, workers, options):
        with Trial(programs, workers, seed=1000 + workers) as trial:
            gateway = trial.gateway
            gateway.start()  # so that there is a rule set, a journal and a snapshot
            trial.send(5000, 1)
            trial.gun.wait(SETTLE_S)
            trial.settle()
            gateway.stop()
            gateway.process = None
            failing, ended, went_on = Failing(trial), 0, 0
            for number in numbers(options):
                calls, what, status = start_once(gateway, failing, name, number, runs)
                if calls < number:
                    break
                ended, went_on = ended + (status is not None), went_on + (status is None)
            if ended < 10:
                raise Failure("only %d starts failed: the library is not met" % ended)
            # and nothing was harmed by it
            gateway.start()
            counts = trial.conclude()
            return "%d calls; %d starts ended with a sentence, %d went on; %d acknowledged before are kept" % (
                calls, ended, went_on, counts["acknowledged"])
    return Case(run, False)


def each_call_of_a_load(programs, workers, options):
    """Of what the dataplane does for it. Without traffic meanwhile: a commit that finds no memory ends it."""
    with Trial(programs, workers, seed=1010 + workers) as trial:
        gateway = trial.gateway
        gateway.prepare()
        failing = Failing(trial)
        gateway.environment = failing.environment
        dataplane = gateway.start_apart("dataplane")
        gateway.environment = {}
        gateway.start_apart("control")
        gateway.wait_running()
        refused = loaded = 0
        for number in numbers(options):
            failing.arm(number)
            done = gateway.load(gateway.path("rules"))
            calls, what = failing.look()
            failing.arm(0)
            if dataplane.poll() is not None:
                raise Failure("call %d, %s: the dataplane ended with %d" % (number, what, dataplane.returncode))
            if done.returncode == 0:
                loaded += 1
            elif done.returncode in (1, 3) and done.stdout + done.stderr:
                refused += 1
            else:
                raise Failure("call %d, %s: the load ended with %d" % (number, what, done.returncode))
            if calls < number:
                break
            gateway.wait_running()
        if not refused or not loaded:
            raise Failure("%d loads refused, %d passed: the library is not met" % (refused, loaded))
        trial.send(5000, 1)
        trial.gun.wait(SETTLE_S)
        trial.end_traffic()
        trial.settle()
        gateway.stop()
        counts = trial.judge()
        return "%d calls; %d loads refused with a sentence, %d passed; %d acknowledged" % (
            calls, refused, loaded, counts["acknowledged"])


CASES = {
    "calls-of-dataplane": each_call_of_a_start("dataplane", lambda said: '"running: ' in said),
    "calls-of-control": each_call_of_a_start("control", lambda said: "API on" in said),
    "calls-of-a-load": Case(each_call_of_a_load, False),
}
