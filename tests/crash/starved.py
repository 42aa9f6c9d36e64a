"""Cases of a machine that does not give what a process asks for: descriptors, memory, io_uring, a core, a log."""
import contextlib
import os
import resource
import signal
import subprocess

from outage import RATE, Case
from rig import SETTLE_S, Failure, Impossible, Trial, wait_until

START_S = 180
FILES = 110  # descriptors of a process: some connections, not many


def open_files(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def greet(gateway):
    """A connection that asks for its health; not read yet."""
    one = gateway.connect("web", SETTLE_S)
    one.sendall(b"GET /healthz HTTP/1.1\r\nHost: g\r\n\r\n")
    return one


def no_descriptors(programs, workers, options):
    """None is left for a connection: those that are there are served; when some go, the waiting ones are."""
    # io_uring asks for the limit once, when it begins to accept: it has to be there from the start
    with Trial(programs, workers, seed=1100 + workers, connections=16) as trial:
        gateway = trial.gateway
        gateway.prefix = ["prlimit", "--nofile=%d" % FILES]
        gateway.start()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        held = []
        while not waits_of(gateway):
            if len(held) > 4 * FILES:
                raise Failure("%d connections, and accepting does not wait" % len(held))
            held += [greet(gateway) for _ in range(10)]
        trial.wait_acknowledged_more("events are acknowledged without a descriptor left")
        waits = waits_of(gateway)
        served = 0
        for one in held:  # in their order: each that goes makes room
            served += one.recv(100).startswith(b"HTTP/1.1 200")
            one.close()
        if served != len(held):
            raise Failure("of %d connections %d were served" % (len(held), served))
        counts = trial.conclude()
        if trial.summary["connections_lost"]:
            raise Failure("connections were lost: %s" % trial.summary)
        return "%d connections beside 16, accepting waited %d times and more, all were served in the end; " \
            "%d acknowledged, no connection lost" % (len(held), waits, counts["acknowledged"])


def waits_of(gateway):
    status = gateway.status()
    return status["counters"]["accept_waits"] if status else 0


def few_descriptors(programs, workers, options):
    """Too few to be of use: refused at start, by each process, with what to do."""
    said = []
    for limit in (10, 16, 17, 24, 40):
        with Trial(programs, workers, seed=1110 + workers) as trial:
            gateway = trial.gateway
            gateway.write_files()
            process = gateway.spawn(["prlimit", "--nofile=%d" % limit, programs.sluice, "up", "--config", gateway.config],
                                    stdout=subprocess.DEVNULL, start_new_session=True)
            gateway.apart["up"] = process
            status = gateway.wait_end(process)
            log = gateway.log_text()
            if status != 3 or ("raise the limit (ulimit -n" not in log and "Too many open files" not in log):
                raise Failure("with %d it ended with %d: %s" % (limit, status, log[-300:]))
            said.append(limit)
    return "refused with %s" % said


def size_of(pid):
    with open("/proc/%d/statm" % pid) as file:
        return int(file.read().split()[0]) * resource.getpagesize()


def no_memory(name):
    """The address space is what it is now: nothing more is given. Then the process is killed, as the kernel
    would for a group over its limit, and comes up again without that."""
    def run(programs, workers, options):
        with Trial(programs, workers, seed=1120 + workers) as trial:
            gateway = trial.gateway
            gateway.start()
            trial.send(RATE, 1000)
            trial.wait_acknowledged_more("events are acknowledged")
            pid = gateway.pid(name)
            resource.prlimit(pid, resource.RLIMIT_AS, (size_of(pid), resource.RLIM_INFINITY))
            # new connections, and a load, ask for memory
            for _ in range(20):
                trial.wait_acknowledged_more("events are acknowledged, by this process or the next")
                # refused or cut off where the process has just ended, for want of memory
                with contextlib.suppress(ConnectionError), greet(gateway) as one:
                    one.recv(100)
            done = gateway.load(gateway.path("rules"))
            if done.returncode not in (0, 1, 3) or not done.stdout + done.stderr:
                raise Failure("a load ended with %d and said nothing" % done.returncode)
            by_itself = gateway.pid(name) != pid
            if by_itself and "ended by signal" in gateway.log_text():
                raise Failure("it crashed")
            before = gateway.n_ready
            gateway.signal(name, signal.SIGKILL)
            gateway.wait_ready_line(before)
            gateway.wait_whole()
            trial.wait_acknowledged_more("events are acknowledged after the kill")
            if gateway.load(gateway.path("rules")).returncode:
                raise Failure("rules cannot be loaded again")
            counts = trial.conclude()
            return "load ended with %d; %s; %d acknowledged, %d records repeated" % (
                done.returncode, "ended by itself with a sentence" if by_itself else "went on until it was killed",
                counts["acknowledged"], counts["repeated"])
    return Case(run, True)


def no_memory_at_start(programs, workers, options):
    """Too little to start with: refused, with a sentence."""
    seen = {}
    for mebibytes in (20, 40, 80, 160):
        with Trial(programs, workers, seed=1130 + workers) as trial:
            gateway = trial.gateway
            if gateway.prepare():
                raise Failure("it cannot be prepared")
            gateway.apart["dataplane"] = process = gateway.spawn(
                ["prlimit", "--as=%d" % (mebibytes << 20), programs.dataplane, gateway.path("data", "settings.bin")],
                stdout=subprocess.DEVNULL, start_new_session=True)
            wait_until("it ends or runs", START_S, lambda: process.poll() is not None or
                       '"running: ' in gateway.log_text())
            status, log = process.poll(), gateway.log_text()
            if status is not None and (status < 0 or not log.strip()):
                raise Failure("with %d MiB it ended with %d: %s" % (mebibytes, status, log[-300:]))
            seen[mebibytes] = "runs" if status is None else "status %d" % status
    return ", ".join("%d MiB: %s" % one for one in seen.items())


def under_strace(gateway, *words):
    """`sluice up` with calls that fail in it and all its children."""
    gateway.write_files()
    process = gateway.spawn(["strace", "-f", "--seccomp-bpf", "-o", os.devnull, *words, gateway.programs.sluice, "up",
                             "--config", gateway.config], stdout=subprocess.PIPE, start_new_session=True)
    return process


def no_io_uring(programs, workers, options):
    """The kernel refuses it, as in most containers: said with what to do, and epoll is taken. Demanded, it is
    refused with a sentence."""
    inject = ("-e", "trace=io_uring_setup", "-e", "inject=io_uring_setup:error=EPERM")
    with Trial(programs, workers, seed=1140 + workers, io="uring") as trial:
        gateway = trial.gateway
        gateway.apart["up"] = process = under_strace(gateway, *inject)
        status = gateway.wait_end(process)
        log = gateway.log_text()
        if "strace:" in log and "sluice" not in log:
            raise Impossible("strace: %s" % log[-200:])
        if status != 3 or "refuses io_uring to this process (Operation not permitted). Allow it" not in log:
            raise Failure("demanded, it ended with %d: %s" % (status, log[-300:]))
        gateway.apart.clear()
    with Trial(programs, workers, seed=1141 + workers, io="auto") as trial:
        gateway = trial.gateway
        if gateway.prepare():
            raise Failure("it cannot be prepared")
        gateway.apart["tracer"] = gateway.spawn(
            ["strace", "-f", "--seccomp-bpf", "-o", os.devnull, *inject, programs.dataplane,
             gateway.path("data", "settings.bin")], stdout=subprocess.DEVNULL, start_new_session=True)
        gateway.start_apart("control")
        gateway.wait_running()
        gateway.wait_log("refuses io_uring to this process (Operation not permitted); using epoll. Allow it (sysctl")
        gateway.wait_log("%d workers, epoll" % workers)
        trial.send(RATE, 2)
        trial.gun.wait(SETTLE_S)
        trial.end_traffic()
        trial.settle()
        dataplane = gateway.wait_status()["pids"]["dataplane"]
        os.kill(dataplane, signal.SIGTERM)
        gateway.wait_end(gateway.apart.pop("tracer"))
        gateway.stop()
        counts = trial.judge()
        return "demanded: status 3 and a sentence; auto: epoll; %d acknowledged" % counts["acknowledged"]


CASES = {
    "descriptors-gone": Case(no_descriptors, True),
    "descriptors-few": Case(few_descriptors, False),
    "memory-of-dataplane": no_memory("dataplane"),
    "memory-of-control": no_memory("control"),
    "memory-at-start": Case(no_memory_at_start, False),
    "no-io-uring": Case(no_io_uring, False),
}
