"""A case of a process that stands still until its service manager has had enough of it."""
import os
import signal
import socket
import time

from outage import RATE, Case
from rig import SETTLE_S, Failure, Trial, is_alive, wait_until

LIMIT_S = 8  # of the watchdog, as WatchdogSec= would say


class Manager:
    """What systemd does with WatchdogSec= and Restart=: it is fed, or it kills and starts again."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.path = gateway.path("notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.fed = 0

    def start(self, name):
        self.gateway.environment = {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": str(LIMIT_S * 1000000)}
        process = self.gateway.start_apart(name)
        self.gateway.environment = {}
        self.at = time.monotonic()
        return process

    def is_starved(self):
        while True:
            try:
                message = self.socket.recv(4096)
            except BlockingIOError:
                return time.monotonic() - self.at > LIMIT_S
            if b"WATCHDOG=1" in message:
                self.fed, self.at = self.fed + 1, time.monotonic()

    def end(self):
        self.socket.close()


def watchdog_fires(programs, workers, options):
    """The dataplane is stopped and never goes on: it is killed by its watchdog, and nothing is lost."""
    with Trial(programs, workers, seed=1400 + workers) as trial:
        gateway = trial.gateway
        gateway.prepare()
        manager = Manager(gateway)
        process = manager.start("dataplane")
        gateway.start_apart("control")
        gateway.wait_running()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        wait_until("the watchdog is fed", SETTLE_S, lambda: not manager.is_starved() and manager.fed > 1)
        os.kill(process.pid, signal.SIGSTOP)
        wait_until("the watchdog has had enough", SETTLE_S, manager.is_starved)
        status = gateway.wait_status()
        if status["ready"] or not any("stalled" in why for why in status["not_ready"]):
            raise Failure("the status does not say that it stands still: %s" % status["not_ready"])
        os.kill(process.pid, signal.SIGABRT)
        os.kill(process.pid, signal.SIGKILL)  # a stopped process takes no other
        process.wait()
        if is_alive(process.pid):
            raise Failure("it lives")
        manager.start("dataplane")
        gateway.wait_running()
        trial.wait_acknowledged_more("events are acknowledged again")
        wait_until("the watchdog is fed again", SETTLE_S, lambda f=manager.fed: not manager.is_starved() and manager.fed > f)
        trial.end_traffic()
        trial.settle()
        gateway.stop()
        manager.end()
        counts = trial.judge()
        return "starved after %d s, killed, started again; %d acknowledged, %d records repeated" % (
            LIMIT_S, counts["acknowledged"], counts["repeated"])


CASES = {"watchdog-fires": Case(watchdog_fires, True)}
