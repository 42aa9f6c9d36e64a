"""A gateway to be measured: both processes, a journal on disk, a file sink; started once a case."""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from harness.failure import Failure
from harness.statistics import median

SETTINGS = """data: data
run: run
rules: %s
journal:
  bytes: 2GiB
%schannels:
  - {name: web, protocol: http, listen: "127.0.0.1:0"}
  - {name: lines, protocol: tcp, listen: "127.0.0.1:0"}
%s"""
FILE_SINK = """sink:
  file:
    path: matches
"""
# of the samples: one event in nine matches one of them, at any time of day
SAMPLES = ("atm.yaml", "card-declined.yaml", "card-overseas.yaml", "large-transfer.yaml", "loan.yaml", "salary.yaml",
           "counselling/cancel.yaml", "counselling/complaint.yaml", "counselling/rate-cut.yaml", "schema.yaml")
HELD_US = 50000  # p99 of a rate that is held: above it work piles up
HELD_LEAST = 0.95  # of a rate that is held, so much is answered while it is sent
HELD_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)  # of what it takes with as much under way as there may be
FIRST_PAUSE_S, SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.02, 0.005, 0.5  # between questions how far it is
READY_S = 180  # it never comes
IDLE_S = 120
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Gateway:
    def __init__(self, options, rules=None, sink=FILE_SINK, channels=""):
        """`rules`: the directory to begin with, if not ten of the samples; `sink`: of the settings; `channels`: beside web
        and lines."""
        self.build = options.build
        # where a disk is: /tmp may be memory, and syncing there costs nothing
        self.directory = tempfile.mkdtemp(prefix="sluice-perf-", dir="/var/tmp")
        config = os.path.join(self.directory, "sluice.yaml")
        if not rules:
            rules = os.path.join(self.directory, "rules")
            for name in SAMPLES:
                os.makedirs(os.path.dirname(os.path.join(rules, name)), exist_ok=True)
                shutil.copy(os.path.join(options.root, "rules", "examples", name), os.path.join(rules, name))
        with open(config, "w") as file:
            file.write(SETTINGS % (json.dumps(rules), sink, channels))
        self.log = open(os.path.join(self.directory, "log"), "wb")
        self.start(config)

    def start(self, config):
        self.process = subprocess.Popen([os.path.join(self.build, "tools", "sluice"), "up", "--config", config],
                                        stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline()
        if not line:
            self.close()
            raise Failure("the gateway did not start", 3)
        self.ready = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def address(self, protocol):
        return next(one["address"] for one in self.ready["listening"] if one["protocol"] == protocol)

    def status(self):
        done = subprocess.run([os.path.join(self.build, "tools", "sluice"), "status", "--json", "--api",
                               self.ready["api"]], capture_output=True)
        if not done.stdout:
            raise Failure("the gateway does not answer any more", 3)
        return json.loads(done.stdout)

    def ask(self):
        """The status as `status()` says it, without a process for each question."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(IDLE_S)
            asking.connect(self.ready["api"].removeprefix("unix:"))
            asking.sendall(b"GET /v1/status HTTP/1.1\r\nHost: sluice\r\nConnection: close\r\n\r\n")
            answer = b""
            while piece := asking.recv(65536):
                answer += piece
        head, _, body = answer.partition(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise Failure("the gateway does not tell its status: %s" % head.decode(errors="replace"), 3)
        return json.loads(body)

    def forwarded(self):
        """The status as soon as every match there is has been forwarded, cursors or not. An answer takes control a
        millisecond that it forwards with: while much is left, the next question waits for half of it."""
        began = time.monotonic()
        first = None
        while time.monotonic() < began + IDLE_S:
            status, now = self.ask(), time.monotonic()
            matches = status["counters"]["matches"]
            least = min((sink["forwarded"] for sink in status["sinks"]), default=matches)
            if least >= matches:
                return status
            if first is None or least <= first[0]:
                first, pause_s = (least, now), FIRST_PAUSE_S
            else:
                pause_s = (matches - least) * (now - first[1]) / (least - first[0]) / 2
            time.sleep(min(LONGEST_PAUSE_S, max(SHORTEST_PAUSE_S, pause_s)))
        raise Failure("the matches were not forwarded in %d s" % IDLE_S)

    def sustained(self, fire):
        """Events a second that it takes and forwards for good: the clock stops when the last match is in the sinks.
        `fire` sends with as many under way as there may be, and returns what it counted."""
        began = time.monotonic()
        counted = fire()
        self.forwarded()
        return counted["sent"] / (time.monotonic() - began)

    def held(self, fire):
        """The most events a second that it takes open loop and forwards, event for event as they come: closed loop it
        takes more, in larger bursts, which is no rate that anybody could send it. `fire(rate)` sends at that rate, 0:
        with as much under way as there may be."""
        best = median([self.sustained(lambda: fire(0)) for _ in range(3)])
        for share in HELD_SHARES:
            got = fire(share * best)
            self.forwarded()
            if got["latency_us"]["p99"] <= HELD_US and got["events_per_s"] >= HELD_LEAST * share * best:
                break
        return share * best  # on a machine that holds none of them the least

    def idle(self):
        """The status once nothing is under way and every match is forwarded."""
        end = time.monotonic() + IDLE_S
        before = self.status()
        while time.monotonic() < end:
            time.sleep(0.1)
            status = self.status()
            if (status["ledger"] == before["ledger"] and status["ledger"]["adds_up"]
                    and all(sink["lag_blocks"] == 0 for sink in status["sinks"])):
                return status
            before = status
        raise Failure("the gateway does not come to rest, or its ledger does not add up: %s" % before["ledger"])

    def cpu_s(self):
        """CPU time of the dataplane's and control's processes so far."""
        return {name: cpu_s(self.ready["pids"][name]) for name in ("dataplane", "control")}


def cpu_s(pid):
    with open("/proc/%d/stat" % pid) as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S
