"""A gateway for a test: its settings and campaigns in a directory of its own, its processes, its status.

Every gateway listens on a loopback address made from its test's process id, so that tests run side
by side and a port stays the same over restarts. Only processes started here are signalled.
"""
import ctypes
import glob
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time

LEDGER = ("received", "accepted", "refused", "duplicates", "dropped", "matched", "unmatched")
PORT = 18080
# These say that it never comes, not how long it may take.
READY_S = IDLE_S = STOP_S = 180
STATUS_S = 10  # control may stand still
HOUR_MS = 3600000

SCHEMA = """schema: test-events
fields:
  id:       {type: string, role: id, required: true, max: 64}
  time:     {type: time, role: time, required: true}
  type:     {type: string, role: type, required: true, max: 64}
  customer: {type: string, role: key, required: true, max: 64}
  channel:  {type: string, role: channel, max: 32}
  amount:   int
  text:     {type: string, max: 16384}
  traceparent: {type: string, role: trace}
"""
CAMPAIGN = """campaign: %s
owner: tests
kind: service
valid: {from: 2026-01-01, until: 2035-12-31}
match:
  - hit: %s
send: {channel: push, template: TEST, data: {amount: hit.amount}}
"""


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def die_with_me():
    """In a child, before its program: when the test is killed, as one that hangs is, nothing of it stays."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Failure(Exception):
    """What a test expected did not happen."""


class Programs:
    """The four executables under test, as in a build directory."""

    def __init__(self, build):
        self.build = build
        self.sluice = os.path.join(build, "tools", "sluice")
        self.gun = os.path.join(build, "tools", "sluice-gun")
        self.control = os.path.join(build, "control", "sluice-control")
        self.dataplane = os.path.join(build, "dataplane", "worker", "sluice-dataplane")
        for path in (self.sluice, self.gun, self.control, self.dataplane):
            if not os.access(path, os.X_OK):
                raise SystemExit("there is no %s; build first" % path)


def loopback_address():
    pid = os.getpid()
    # each process its own: a last byte of 0 is an address like others here
    return "127.%d.%d.%d" % (1 + (pid >> 16) % 126, pid >> 8 & 255, pid & 255)


def campaign(name, condition):
    return CAMPAIGN % (name, condition)


def wait_until(what, seconds, true):
    """Calls true() until it is; its answer. Time is only ever a limit here, never a result."""
    end = time.monotonic() + seconds
    while True:
        answer = true()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure("not within %g s: %s" % (seconds, what))
        time.sleep(0.02)


def children_of(pid):
    """Pids and names of the processes that this one started."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                text = file.read()
        except OSError:
            continue
        name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
        if int(rest[1]) == pid and rest[0] != "Z":
            found[name] = int(path.split("/")[2])
    return found


def is_alive(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def nested(settings):
    """{"limits.http.idle_ms": 5} as the lines of YAML that say so."""
    tree, lines = {}, []
    for path, value in settings.items():
        *parents, leaf = path.split(".")
        at = tree
        for parent in parents:
            at = at.setdefault(parent, {})
        at[leaf] = value

    def write(at, indent):
        for name, value in at.items():
            if isinstance(value, dict):
                lines.append("%s%s:" % (indent, name))
                write(value, indent + "  ")
            else:
                lines.append("%s%s: %s" % (indent, name, value))
    write(tree, "")
    return lines


class LocalConnection(http.client.HTTPConnection):
    """To control's socket."""

    def __init__(self, path, timeout=READY_S):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Gateway:
    def __init__(self, programs, directory, workers=1, io="auto", address=None):
        self.programs, self.directory = programs, directory
        self.settings = {"data": "data", "run": "run", "rules": "rules", "workers": workers, "io": io,
                         "pin": "false", "journal.bytes": "64MiB", "sink.file.path": "matches",
                         # only a test of these limits may meet them, however slow the machine is
                         **{"limits.http.%s_ms" % what: HOUR_MS for what in ("header", "body", "idle")}}
        self.address = address or loopback_address()
        self.channels = [("web", "http", PORT, False), ("lines", "tcp", PORT + 1, False),
                         ("acked", "tcp", PORT + 2, True)]
        self.wires = []           # channels of what is in the capture file of their name
        self.fields = {}          # by channel: what it announces
        self.lateness = {}        # by channel
        self.schema = SCHEMA
        self.campaigns = {"hits.yaml": campaign("hits", 'type == "hit"')}
        self.environment = {}
        self.prefix = []          # words before `sluice up`: a program that runs it
        self.extra = ""
        self.process = None       # of `sluice up`
        self.apart = {}           # name: process, where they were started one by one
        self.ready = None         # the latest ready line
        self.n_ready = 0          # how many there were
        self.log_to = None        # a descriptor in the place of the file
        self.log_path = os.path.join(directory, "log")

    # ---- files

    def path(self, *names):
        return os.path.join(self.directory, *names)

    @property
    def config(self):
        return self.path("sluice.yaml")

    @property
    def api(self):
        return "unix:" + self.path("run", "control.sock")

    def write_files(self):
        lines = nested(self.settings) + ["channels:"]
        for name, protocol, port, acknowledge in self.channels:
            more = ", acknowledge: true" if acknowledge else ""
            if name in self.fields:
                more += ", fields: [%s]" % ", ".join(self.fields[name])
            if name in self.lateness:
                more += ", lateness: %s" % self.lateness[name]
            lines.append("  - {name: %s, protocol: %s, listen: \"%s:%d\"%s}" % (name, protocol, self.address, port, more))
        if self.wires:
            lines += ["  - {name: %s, protocol: %s, wire: %s, ports: [%d]}" % (one[0], one[1], one[0], one[2])
                      for one in self.wires] + ["dpdk: {huge_pages: never}", "wires:"]
            lines += ["  - {name: %s, device: \"net_pcap,rx_pcap=%s\"}" % (one[0], self.path(one[0] + ".pcap"))
                      for one in self.wires]
        with open(self.config, "w") as file:
            file.write("\n".join(lines) + "\n" + self.extra)
        self.write_rules("rules", self.campaigns)

    def write_rules(self, name, campaigns):
        os.makedirs(self.path(name), exist_ok=True)
        for old in os.listdir(self.path(name)):
            os.unlink(self.path(name, old))
        for file_name, text in {"schema.yaml": self.schema, **campaigns}.items():
            with open(self.path(name, file_name), "w") as file:
                file.write(text)
        return self.path(name)

    def log_text(self):
        try:
            with open(self.log_path, errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def wait_log(self, text, seconds=READY_S):
        wait_until("the log says %r" % text, seconds, lambda: text in self.log_text())

    # ---- processes

    def spawn(self, arguments, **more):
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(arguments, stderr=self.log_to or log, stdin=subprocess.DEVNULL, preexec_fn=die_with_me,
                                    env={**os.environ, **self.environment}, **more)

    def launch(self):
        """Starts `sluice up` and does not wait. In a group of its own: Ctrl-C is ours to pass on."""
        self.write_files()
        self.ready = None
        process = self.spawn([*self.prefix, self.programs.sluice, "up", "--config", self.config], stdout=subprocess.PIPE,
                             start_new_session=True)
        self.process = process
        threading.Thread(target=self.read_ready_lines, args=(process,), daemon=True).start()

    def read_ready_lines(self, process):
        for line in process.stdout:
            if process is self.process:
                self.ready = json.loads(line)
                self.n_ready += 1
        process.stdout.close()

    def start(self, seconds=READY_S):
        before = self.n_ready
        self.launch()
        self.wait_ready_line(before, seconds)

    def wait_ready_line(self, before, seconds=READY_S):
        def look():
            if self.process.poll() is not None:
                raise Failure("`sluice up` ended with status %d" % self.process.returncode)
            return self.n_ready > before
        wait_until("the gateway is ready", seconds, look)

    def wait_whole(self):
        """The processes that run now are those that the latest ready line names."""
        def look():
            if self.process.poll() is not None:
                raise Failure("`sluice up` ended with status %d" % self.process.returncode)
            named = self.ready["pids"] if self.ready else {}
            return all(self.pid(name) and self.pid(name) == named.get(name) for name in ("dataplane", "control"))
        wait_until("both processes are ready", READY_S, look)

    def pid(self, name):
        if name == "up":
            return self.process.pid
        if name in self.apart:
            return self.apart[name].pid
        return children_of(self.process.pid).get(("sluice-" + name)[:15])  # as long as the kernel keeps names

    def signal(self, name, number):
        """Waits for the process where it is just being started again."""
        sent_to = []

        def send():
            pid = self.pid(name)
            try:
                if pid:
                    os.kill(pid, number)
                    sent_to.append(pid)
            except ProcessLookupError:
                pass
            return bool(sent_to)
        wait_until("%s runs" % name, READY_S, send)
        return sent_to[0]

    def prepare(self):
        self.write_files()
        done = subprocess.run([self.programs.control, "--config", self.config, "--prepare"], capture_output=True)
        with open(self.log_path, "ab") as log:
            log.write(done.stderr)
        return done.returncode

    def start_apart(self, name):
        """One of the two processes, without `sluice up`."""
        arguments = {"dataplane": [self.programs.dataplane, self.path("data", "settings.bin")],
                     "control": [self.programs.control, "--config", self.config]}[name]
        self.apart[name] = self.spawn(arguments, start_new_session=True, stdout=subprocess.DEVNULL)
        return self.apart[name]

    def wait_end(self, process, seconds=STOP_S):
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure("%s did not end within %g s" % (process.args[0], seconds)) from None

    def stop(self):
        """SIGTERM, as an operator would; the exit status of `sluice up`."""
        for process in self.apart.values():
            if process.poll() is None:
                process.terminate()
        for name in list(self.apart):
            self.wait_end(self.apart.pop(name))
        if not self.process:
            return 0
        if self.process.poll() is None:
            self.process.terminate()
        return self.wait_end(self.process)

    def kill_all(self):
        """Whatever became of the test: nothing of it stays."""
        processes = list(self.apart.values()) + ([self.process] if self.process else [])
        pids = []
        for process in processes:
            if process.poll() is None:
                pids += children_of(process.pid).values()
                process.kill()
                process.wait()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            wait_until("process %d is gone" % pid, STOP_S, lambda: not is_alive(pid))

    # ---- what it says of itself

    def run(self, *arguments):
        return subprocess.run([self.programs.sluice, *arguments], capture_output=True, text=True, timeout=READY_S)

    def status(self):
        """What `sluice status --json` says, or None. Asked for without a process for each time: waiting tests ask
        again and again, and took more of the cores than the gateways did."""
        connection = LocalConnection(self.path("run", "control.sock"), STATUS_S)
        try:
            connection.request("GET", "/v1/status")
            answer = connection.getresponse()
            text = answer.read()
            return json.loads(text) if answer.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def wait_status(self):
        """Control may just be coming up, or be slow to answer."""
        return wait_until("the gateway tells its status", IDLE_S, self.status)

    def load(self, rules_directory):
        return self.run("load", rules_directory, "--api", self.api, "--json")

    def wait_running(self):
        """Both processes answer, however they were started."""
        def look():
            for process in self.apart.values():
                if process.poll() is not None:
                    raise Failure("%s ended with status %d" % (process.args[0], process.returncode))
            status = self.status()
            return status and status["ready"]
        wait_until("the gateway is ready", READY_S, look)

    def wait_idle(self, seconds=IDLE_S):
        """Nothing under way and everything forwarded. The status that says so."""
        before = None

        def look():
            nonlocal before
            status = self.status()
            if not status or not status["ready"]:
                return None
            now = (status["ledger"], [sink["forwarded"] for sink in status["sinks"]], status["journal"]["position"])
            settled = now == before and not status["dataplane"]["outstanding"] and \
                all(sink["lag_blocks"] == 0 for sink in status["sinks"])
            before = now
            if not settled:
                time.sleep(0.1)
            return status if settled else None
        return wait_until("the gateway is idle", seconds, look)

    def sink_files(self):
        return sorted(glob.glob(self.path("matches", "*.ndjson")))

    def sink_lines(self):
        lines = []
        for name in self.sink_files():
            with open(name) as file:
                lines += [json.loads(line) for line in file if line.endswith("\n")]
        return lines

    def connect(self, channel, timeout=READY_S):
        protocol, port = next(one[1:3] for one in self.channels if one[0] == channel)
        if protocol == "udp":
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            client.connect((self.address, port))
            client.settimeout(timeout)
            return client
        return socket.create_connection((self.address, port), timeout=timeout)


def ledger_faults(status):
    """Why the ledger does not add up, in total or in a channel; empty where it does."""
    faults = []
    for name, ledger in [("total", status["ledger"])] + [(c["channel"], c) for c in status["channels"]]:
        n = {one: ledger[one] for one in LEDGER}
        if n["received"] != n["accepted"] + n["refused"] + n["duplicates"] + n["dropped"]:
            faults.append("%s: received is not the sum of its parts: %s" % (name, n))
        if n["accepted"] != n["matched"] + n["unmatched"]:
            faults.append("%s: accepted is not matched + unmatched: %s" % (name, n))
        if not ledger["adds_up"]:
            faults.append("%s: the gateway itself says that it does not add up" % name)
    return faults
