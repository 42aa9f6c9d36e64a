"""Cases of a log that nobody takes: a pipe that nobody empties, a disk with no room for it."""
import os
import threading

from disk import SmallDisk
from outage import RATE, Case
from rig import SETTLE_S, Failure, Trial, wait_until


def live_without_log(trial):
    """Loads, a killed control, a killed dataplane: each of them has something to say."""
    gateway = trial.gateway
    for name in ("control", "dataplane"):
        for _ in range(3):
            trial.wait_acknowledged_more("events are acknowledged")
            done = gateway.load(gateway.path("rules"))
            if done.returncode:
                raise Failure("a load ended with %d: %s" % (done.returncode, done.stderr[-300:]))
        before = gateway.n_ready
        gateway.signal(name, 9)
        gateway.wait_ready_line(before)
        gateway.wait_whole()
    forwarded = gateway.wait_status()["sinks"][0]["forwarded"]
    wait_until("matches are forwarded", SETTLE_S,
               lambda: (gateway.status() or {"sinks": [{"forwarded": 0}]})["sinks"][0]["forwarded"] > forwarded)


def fill(write_end):
    """A description of its own: the gateway's stays as it was given."""
    fd = os.open("/proc/self/fd/%d" % write_end, os.O_WRONLY | os.O_NONBLOCK)
    try:
        for size in (4096, 1):
            try:
                while True:
                    os.write(fd, b"\n" * size)
            except BlockingIOError:
                pass
    finally:
        os.close(fd)


def pipe_is_full(programs, workers, options):
    """As when journald or whatever reads the log stands still."""
    with Trial(programs, workers, seed=1200 + workers) as trial:
        read_end, write_end = os.pipe()
        trial.gateway.log_to = write_end
        trial.gateway.start()
        fill(write_end)
        trial.send(RATE, 1000)
        live_without_log(trial)
        # what is there is taken at last, and the next lines
        taken = bytearray()
        reader = threading.Thread(target=lambda: [taken.extend(piece) for piece in iter(
            lambda: os.read(read_end, 65536), b"")], daemon=True)
        os.close(write_end)
        trial.gateway.log_to = None
        reader.start()
        counts = trial.conclude()
        reader.join(SETTLE_S)
        if reader.is_alive():
            raise Failure("somebody holds the log open")
        os.close(read_end)
        said = taken.lstrip(b"\n").decode(errors="replace")
        if "stopped" not in said:
            raise Failure("nothing more is logged after it: %s" % said[-300:])
        return "loads, a kill of each, matches forwarded; %d acknowledged" % counts["acknowledged"]


def disk_is_full(programs, workers, options):
    with Trial(programs, workers, seed=1210 + workers) as trial:
        gateway = trial.gateway
        with SmallDisk(trial, "logs", 1) as disk:
            with open(os.path.join(disk.path, "log"), "ab") as log:
                gateway.log_to = log.fileno()
                disk.fill(0)
                gateway.start()
                trial.send(RATE, 1000)
                live_without_log(trial)
                disk.release()
                counts = trial.conclude()
                gateway.kill_all()
        return "loads, a kill of each, matches forwarded; %d acknowledged" % counts["acknowledged"]


CASES = {"log-pipe-full": Case(pipe_is_full, True), "log-disk-full": Case(disk_is_full, True)}
