"""How long from starting again to the first event that is durable and answered.

A million matches lie in the journal, neither forwarded nor folded into the snapshot, and 100,000 campaigns are loaded:
control was stopped while they came, then everything was killed. Each run starts on a copy of what was left then."""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile

from harness import campaigns, gun
from harness.failure import Failure
from harness.gateway import Gateway
from harness.statistics import median, rounded, spread
from time import monotonic, sleep

RUNS = 5
BATCH, CONNECTIONS, PIPELINE = 100, 64, 4
PATIENCE_S = 120
# of one event in four
WITNESS = """campaign: witness
kind: service
match: type == "card.payment"
send: {channel: push, template: W}
"""
EVENT = ('{"id":"restart-%d-%d","time":"%s","channel":"mobile","type":"card.payment","customer":"C00000001",'
         '"amount":1000}')


class Left:
    """What a killed gateway left: a directory, and the binary settings in it."""

    def __init__(self, options, size, pending):
        self.options = options
        with tempfile.TemporaryDirectory(prefix="sluice-perf-rules-", dir="/var/tmp") as rules:
            campaigns.write(rules, os.path.join(options.root, "rules", "examples", "schema.yaml"), size, 0, WITNESS)
            self.gateway = Gateway(options, rules)
        self.directory = self.gateway.directory
        try:
            self.fill(pending)
        finally:
            for name in ("up", "dataplane", "control"):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.gateway.ready["pids"][name], signal.SIGKILL)
            self.gateway.process.wait()

    def fill(self, pending):
        """Control has forwarded nothing of it, and knows nothing of it, when it is killed."""
        os.kill(self.gateway.ready["pids"]["control"], signal.SIGSTOP)
        self.pending = 0
        while self.pending < pending:
            counted = gun.fire(self.options, self.gateway.address("http"), protocol="http", batch=BATCH,
                               connections=CONNECTIONS, pipeline=PIPELINE, count=max(1000, 2 * (pending - self.pending)))
            self.pending += counted["matched"]

    def close(self):
        self.gateway.close()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def settle(process):
    process.kill()
    process.wait()


def first_event(port, began, number):
    """Until an event that matches is answered with 200: refused connections and 503 are tried again."""
    from datetime import datetime, timezone
    body = EVENT % (os.getpid(), number, datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
    request = ("POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" %
               (len(body), body)).encode()
    while monotonic() - began < PATIENCE_S:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as asking:
            asking.settimeout(PATIENCE_S)
            asking.sendall(request)
            answer = asking.recv(65536)
            if b" 200 " in answer.split(b"\r\n")[0]:
                took_s = monotonic() - began
                if b'"matched":1' not in answer:
                    raise Failure("the first event did not match: %s" % answer.decode())
                return took_s
        sleep(0.001)
    raise Failure("no event was answered in %d s" % PATIENCE_S)


class Copy:
    """The directory again, under a listener's port that is known beforehand."""

    def __init__(self, left):
        self.directory = tempfile.mkdtemp(prefix="sluice-perf-", dir="/var/tmp")
        # what was never written of the journal is not copied, but its space is taken, as it was
        subprocess.run(["cp", "-a", "--sparse=always", left.directory + "/.", self.directory], check=True)
        with open(os.path.join(self.directory, "data", "journal", "data.mdb"), "r+b") as journal:
            os.posix_fallocate(journal.fileno(), 0, os.fstat(journal.fileno()).st_size)
        self.port = free_port()
        self.config = os.path.join(self.directory, "sluice.yaml")
        with open(self.config) as file:
            text = file.read()
        with open(self.config, "w") as file:
            file.write(text.replace('listen: "127.0.0.1:0"', 'listen: "127.0.0.1:%d"' % self.port, 1))
        for directory, _, names in os.walk(self.directory):
            for name in names:  # else the copy's own writing back would be measured
                if not os.path.isfile(os.path.join(directory, name)):
                    continue  # a socket
                fd = os.open(os.path.join(directory, name), os.O_RDONLY)
                os.fsync(fd)
                os.close(fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory, ignore_errors=True)


class Dataplane:
    part = "dataplane"

    @staticmethod
    def run(options, copy, number):
        control = os.path.join(options.build, "control", "sluice-control")
        done = subprocess.run([control, "--config", copy.config, "--prepare"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        settings = json.loads(done.stdout)["settings"]
        began = monotonic()
        process = subprocess.Popen([os.path.join(options.build, "dataplane", "worker", "sluice-dataplane"), settings],
                                   stderr=subprocess.DEVNULL)
        try:
            return first_event(copy.port, began, number)
        finally:
            settle(process)


class Whole:
    part = "whole"

    @staticmethod
    def run(options, copy, number):
        began = monotonic()
        process = subprocess.Popen([os.path.join(options.build, "tools", "sluice"), "up", "--config", copy.config],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            return first_event(copy.port, began, number)
        finally:
            process.terminate()  # it ends its children, then itself
            try:
                process.wait(60)
            finally:
                settle(process)


def read_alone(options, copy):
    data = os.path.join(copy.directory, "data")
    done = subprocess.run([os.path.join(options.build, "perf", "restart_floor"), os.path.join(data, "journal"),
                           os.path.join(data, "rulesets", "current", "artifact.bin")], stdout=subprocess.PIPE)
    if done.returncode:
        raise Failure("restart_floor failed", 3)
    return json.loads(done.stdout)


def measure(options, left, part, size):
    ours, floors = [], []
    for number in range(RUNS):
        with Copy(left) as copy:
            floors.append(read_alone(options, copy))
            ours.append(part.run(options, copy, number) * 1e3)
    ratios = [a / b["ms"] for a, b in zip(ours, floors)]
    ms, floor_ms = median(ours), median([one["ms"] for one in floors])
    return {
        "scenario": "restart", "case": {"part": part.part, "campaigns": size, "pending": left.pending},
        "first_event_ms": rounded(ms, 1), "first_event_ms_max": rounded(max(ours), 1),
        "events_per_s": round(left.pending * 1e3 / ms), "ns_per_event": rounded(ms * 1e6 / left.pending, 1),
        "journal_bytes": floors[0]["journal_bytes"], "artifact_bytes": floors[0]["artifact_bytes"],
        "floor": {"name": "bare LMDB and XXH3", "ms": rounded(floor_ms, 1),
                  "ns_per_event": rounded(floor_ms * 1e6 / left.pending, 1)},
        "ratio": rounded(median(ratios)), "runs": RUNS, "spread": rounded(spread(ratios)),
    }


def cases(options):
    size, pending = (200, 20000) if options.quick else (100000, 1000000)
    with contextlib.closing(Left(options, size, pending)) as left:
        for part in (Dataplane, Whole):
            yield measure(options, left, part, size)
