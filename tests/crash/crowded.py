"""A case of a core that something else takes."""
import os
import subprocess
import time

from outage import Case
from rig import SETTLE_S, Impossible, Trial, die_with_me, wait_until

HOGS_OF_A_CORE = 3
RATE = 10000  # so that there is something to wait with


class Hog:
    """Computes on one core, and goes before others as far as this user may ask for that."""

    def __init__(self, core):
        self.process = subprocess.Popen(["sh", "-c", "while :; do :; done"], start_new_session=True, preexec_fn=die_with_me)
        os.sched_setaffinity(self.process.pid, {core})
        try:
            os.setpriority(os.PRIO_PROCESS, self.process.pid, -20)
        except PermissionError:
            pass

    def end(self):
        self.process.kill()
        self.process.wait()


def alarms_of(gateway):
    status = gateway.status()
    return None if not status else status["alarms"]


def core_taken(programs, workers, options):
    """Every core that a worker is pinned to: nothing is lost, and it is said who waits."""
    if not os.path.exists("/proc/thread-self/schedstat"):
        raise Impossible("this kernel does not count how long threads wait")
    with Trial(programs, workers, seed=1150 + workers) as trial:
        gateway = trial.gateway
        gateway.settings["pin"] = "true"
        gateway.start()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        cores = sorted(os.sched_getaffinity(0))[:workers]
        hogs = [Hog(core) for core in cores for _ in range(HOGS_OF_A_CORE)]
        try:
            end = time.monotonic() + options.seconds
            while time.monotonic() < end:
                trial.wait_acknowledged_more("events are acknowledged beside %d hogs" % len(hogs))
                time.sleep(0.1)
            alarms = wait_until("the status says that a worker waits for its core", SETTLE_S, lambda: alarms_of(gateway))
        finally:
            for hog in hogs:
                hog.end()
        gateway.wait_log("waited for its core")
        counts = trial.conclude()
        return "%d hogs on %d cores; %s; %d acknowledged, %d connections lost" % (
            len(hogs), len(cores), alarms[0], counts["acknowledged"], trial.summary["connections_lost"])


CASES = {"core-taken": Case(core_taken, True)}
