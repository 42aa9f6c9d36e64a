"""Cases of disks that fail and disks that are full."""
import os
import signal
import subprocess
import time

from outage import RATE, Case, stands_still
from rig import SETTLE_S, Failure, Impossible, Trial, wait_until


def break_call(trial, process, call, error, when):
    """From now on the process's calls fail, beginning with this one, until it is another process."""
    pid = trial.gateway.pid(process)
    tracer = subprocess.Popen(["strace", "-f", "-q", "-o", os.devnull, "-p", str(pid), "-e", "trace=" + call, "-e",
                               "inject=%s:error=%s:when=%d+" % (call, error, when)],
                              stderr=subprocess.PIPE, text=True, start_new_session=True)
    time.sleep(0.3)
    # it also ends when what it traces has ended, and then has nothing to say
    complaint = tracer.stderr.read().strip() if tracer.poll() is not None else ""
    if complaint:
        raise Impossible("strace cannot attach: %s" % complaint)
    return tracer, pid


def failing_disk(call, error):
    """Nothing is acknowledged after it; the process ends, and continues from disk."""
    def run(programs, workers, options):
        with Trial(programs, workers, seed=700 + workers) as trial:
            gateway = trial.gateway
            gateway.start()
            trial.send(RATE, 1000)
            trial.wait_acknowledged_more("events are acknowledged")
            before = gateway.n_ready
            tracer, pid = break_call(trial, "dataplane", call, error, 20)
            try:
                wait_until("the dataplane ends", SETTLE_S, lambda: gateway.pid("dataplane") != pid)
            finally:
                tracer.terminate()
                tracer.communicate()
            gateway.wait_ready_line(before)
            trial.wait_acknowledged_more("events are acknowledged again")
            log = gateway.log_text()
            for sentence in ("cannot be written", "nothing more is acknowledged", "ended with status 4"):
                if sentence not in log:
                    raise Failure("the log does not say %r" % sentence)
            counts = trial.conclude()
            return "exit status 4, restarted; %d acknowledged, %d connections lost" % (
                counts["acknowledged"], trial.summary["connections_lost"])
    return Case(run, True)


def short_of_room(programs, workers, options):
    """Writes fail for want of room, which passes: 503, then on without a restart. Where the first
    write that fails is that of LMDB's head nothing can be known any more: then it restarts from disk."""
    with Trial(programs, workers, seed=710 + workers) as trial:
        gateway = trial.gateway
        gateway.start()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        tracer, pid = break_call(trial, "dataplane", "pwrite64", "ENOSPC", 20)
        wait_until("nothing more is acknowledged", SETTLE_S,
                   lambda: gateway.pid("dataplane") != pid or stands_still(trial))
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()
        trial.wait_acknowledged_more("events are acknowledged again")
        if gateway.pid("dataplane") != pid and "ended with status 4" not in gateway.log_text():
            raise Failure("the dataplane ended")
        counts = trial.conclude()
        return "%d times 503; %d acknowledged" % (trial.summary["unavailable"], counts["acknowledged"])


def failing_sink(programs, workers, options):
    """Control's own disk fails: it says so, tries again, and loses nothing; the dataplane goes on."""
    with Trial(programs, workers, seed=720 + workers) as trial:
        gateway = trial.gateway
        gateway.start()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        dataplane = gateway.pid("dataplane")
        tracer, _ = break_call(trial, "control", "fdatasync", "EIO", 5)
        time.sleep(2)
        trial.wait_acknowledged_more("events are acknowledged while control cannot write")
        tracer.send_signal(signal.SIGINT)
        tracer.communicate()
        counts = trial.conclude()
        if "rror" not in gateway.log_text():
            raise Failure("the log does not say it")
        if str(dataplane) not in gateway.log_text() or trial.summary["connections_lost"]:
            raise Failure("the dataplane was affected: %s" % trial.summary)
        return "%d acknowledged, %d records repeated" % (counts["acknowledged"], counts["repeated"])


class SmallDisk:
    """A file system of its own under a directory of the trial, and a filler that takes what is free."""

    def __init__(self, trial, name, mebibytes):
        self.path = trial.gateway.path(name)
        os.makedirs(self.path)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%dm,mode=700" % mebibytes, "sluice-test", self.path],
                              capture_output=True, text=True)
        if done.returncode:
            raise Impossible("a file system cannot be mounted here: %s" % done.stderr.strip())

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        subprocess.run(["umount", "-l", self.path], check=True)

    def free(self):
        stat = os.statvfs(self.path)
        return stat.f_bavail * stat.f_frsize

    def fill(self, leave):
        with open(os.path.join(self.path, "filler"), "wb") as file:
            while self.free() > leave:
                file.write(bytes(min(1 << 20, self.free() - leave)))
                file.flush()

    def release(self):
        os.unlink(os.path.join(self.path, "filler"))


def full_data_disk(programs, workers, options):
    """The journal's disk is full: 503 with Retry-After; then there is space again."""
    with Trial(programs, workers, seed=740 + workers) as trial:
        gateway = trial.gateway
        gateway.settings["journal.preallocate"] = "false"
        gateway.settings["journal.bytes"] = "256MiB"
        with SmallDisk(trial, "data", 96) as disk:
            gateway.start()
            trial.send(RATE, 1000)
            trial.wait_acknowledged_more("events are acknowledged")
            # away, so that what comes is not trimmed again and needs new pages
            control = gateway.signal("control", signal.SIGSTOP)
            disk.fill(2 << 20)
            wait_until("nothing more is acknowledged", SETTLE_S, lambda: stands_still(trial))
            disk.release()
            trial.wait_acknowledged_more("events are acknowledged again")
            os.kill(control, signal.SIGCONT)
            counts = trial.conclude()
            gateway.kill_all()
        if not trial.summary["unavailable"]:
            raise Failure("no request got 503: %s" % trial.summary)
        if "ended " in gateway.log_text():
            raise Failure("a process ended")
        return "%d times 503, no process ended; %d acknowledged" % (
            trial.summary["unavailable"], counts["acknowledged"])


def full_sink_disk(programs, workers, options):
    """The sink's disk is full: errors are counted, the cursor stays, and all of it is delivered later."""
    with Trial(programs, workers, seed=760 + workers) as trial:
        gateway = trial.gateway
        with SmallDisk(trial, "matches", 128) as disk:
            gateway.start()
            trial.send(RATE, 1000)
            trial.wait_acknowledged_more("events are acknowledged")
            disk.fill(0)
            errors = wait_until("the sink counts errors", SETTLE_S,
                                lambda: (gateway.status() or {"sinks": [{"errors": 0}]})["sinks"][0]["errors"])
            trial.wait_acknowledged_more("events are acknowledged while the sink cannot write")
            disk.release()
            counts = trial.conclude()
            gateway.kill_all()
        if "ended " in gateway.log_text():
            raise Failure("a process ended")
        return "%d errors counted, then delivered; %d acknowledged, %d records repeated" % (
            errors, counts["acknowledged"], counts["repeated"])


CASES = {
    "disk-fdatasync-eio": failing_disk("fdatasync", "EIO"),
    "disk-pwrite-eio": failing_disk("pwrite64", "EIO"),
    "disk-pwrite-enospc": Case(short_of_room, True),
    "disk-sink-eio": Case(failing_sink, True),
    "disk-full-data": Case(full_data_disk, True),
    "disk-full-sink": Case(full_sink_disk, True),
}
