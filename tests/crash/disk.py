"""Cases of disks that fail and disks that are full."""
import errno
import os
import signal
import subprocess

from outage import RATE, Case
from rig import SETTLE_S, Failure, Impossible, Trial, die_with_me, is_alive, wait_until


def break_call(trial, process, call, error, when):
    """From now on the process's calls fail, beginning with this one, until it is another process."""
    pid = trial.gateway.pid(process)
    tracer = subprocess.Popen(["strace", "-f", "-o", os.devnull, "-p", str(pid), "-e", "trace=" + call, "-e",
                               "inject=%s:error=%s:when=%d+" % (call, error, when)],
                              stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=die_with_me)
    said = tracer.stderr.readline()
    if "attached" not in said:
        raise Impossible("strace cannot attach: %s" % (said + tracer.stderr.read()).strip())
    return tracer, pid


def let_go(tracer):
    """The process lives on, and its calls do what they should again."""
    tracer.send_signal(signal.SIGINT)
    end_tracer(tracer)


def end_tracer(tracer):
    """It ends with what it traces. Told to end while that is just dying, it may wait for ever."""
    try:
        tracer.communicate(timeout=SETTLE_S)
    finally:
        tracer.kill()
        tracer.wait()


def expect_final_failure(gateway):
    log = gateway.log_text()
    for sentence in ("cannot be written", "nothing more is acknowledged", "ended with status 4"):
        if sentence not in log:
            raise Failure("the log does not say %r" % sentence)


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
                wait_until("the dataplane ends", SETTLE_S, lambda: not is_alive(pid))
            finally:
                end_tracer(tracer)
            gateway.wait_ready_line(before)
            trial.wait_acknowledged_more("events are acknowledged again")
            expect_final_failure(gateway)
            counts = trial.conclude()
            return "exit status 4, restarted; %d acknowledged, %d connections lost" % (
                counts["acknowledged"], trial.summary["connections_lost"])
    return Case(run, True)


class ChoosyDisk:
    """A disk with no room for one kind of the journal's writes (tests/fakes/refuse_writes.c)."""

    def __init__(self, trial):
        self.path = trial.gateway.path("refuse")
        library = os.path.join(trial.programs.build, "tests", "fakes", "refuse_writes.so")
        if not os.path.exists(library):
            raise Failure("there is no %s; build first" % library)
        trial.gateway.environment = {"LD_PRELOAD": library, "SLUICE_REFUSE": self.path}

    def refuse(self, what):
        with open(self.path + ".new", "w") as file:
            file.write(what)
        os.rename(self.path + ".new", self.path)

    def release(self):
        os.unlink(self.path)


def no_room_for_data(programs, workers, options):
    """Pages cannot be written for want of room, which passes: 503, then on, and no process ends."""
    with Trial(programs, workers, seed=710 + workers) as trial:
        gateway, disk = trial.gateway, ChoosyDisk(trial)
        gateway.start()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        disk.refuse("data")
        trial.wait_refused("requests are refused")
        disk.release()
        trial.wait_acknowledged_more("events are acknowledged again")
        counts = trial.conclude()
        if "ended " in gateway.log_text():
            raise Failure("a process ended")
        return "%d times 503, no process ended; %d acknowledged" % (
            trial.summary["unavailable"], counts["acknowledged"])


def no_room_for_a_head(programs, workers, options):
    """Whether the commit is on disk cannot be known any more: the process ends, and goes on from there."""
    with Trial(programs, workers, seed=730 + workers) as trial:
        gateway, disk = trial.gateway, ChoosyDisk(trial)
        gateway.start()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        before = gateway.n_ready
        disk.refuse("head")
        gateway.wait_ready_line(before)
        trial.wait_acknowledged_more("events are acknowledged again")
        expect_final_failure(gateway)
        if gateway.log_text().count("starting it again") != 1:
            raise Failure("it was started again more than once")
        counts = trial.conclude()
        return "exit status 4, restarted; %d acknowledged, %d connections lost" % (
            counts["acknowledged"], trial.summary["connections_lost"])


def sink_errors(gateway):
    status = gateway.status()
    return status and status["sinks"][0]["errors"]


def failing_sink(programs, workers, options):
    """Control's own disk fails: it says so, tries again, and loses nothing; the dataplane goes on."""
    with Trial(programs, workers, seed=720 + workers) as trial:
        gateway = trial.gateway
        gateway.start()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        dataplane = gateway.pid("dataplane")
        tracer, _ = break_call(trial, "control", "fdatasync", "EIO", 5)
        wait_until("the sink counts errors", SETTLE_S, lambda: sink_errors(gateway))
        trial.wait_acknowledged_more("events are acknowledged while control cannot write")
        let_go(tracer)
        counts = trial.conclude()
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
        """Beside others who write: what was free a moment ago may be taken."""
        with open(os.path.join(self.path, "filler"), "wb", buffering=0) as file:
            while True:
                room = self.free() - leave
                if room <= 0:
                    return
                try:
                    file.write(bytes(min(1 << 20, room)))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

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
            trial.wait_refused("requests are refused")
            disk.release()
            trial.wait_acknowledged_more("events are acknowledged again")
            os.kill(control, signal.SIGCONT)
            counts = trial.conclude()
            gateway.kill_all()
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
            errors = wait_until("the sink counts errors", SETTLE_S, lambda: sink_errors(gateway))
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
    "disk-enospc-data": Case(no_room_for_data, True),
    "disk-enospc-head": Case(no_room_for_a_head, True),
    "disk-sink-eio": Case(failing_sink, True),
    "disk-full-data": Case(full_data_disk, True),
    "disk-full-sink": Case(full_sink_disk, True),
}
