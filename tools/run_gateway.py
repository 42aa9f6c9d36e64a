"""The inner half of tools/run: starts the built gateway, sends traffic, shows, and accounts."""
import argparse
import glob
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import run_dpdk
import run_kafka

SETTINGS = """data: data
run: run
rules: {rules}
journal:
  bytes: 256MiB
{sink}channels:
  - {{name: web, protocol: http, listen: "127.0.0.1:0"}}
  - {{name: lines, protocol: tcp, listen: "127.0.0.1:0"}}
{wires}"""
FILE_SINK = """sink:
  file:
    path: matches
"""
LEDGER = ("received", "accepted", "refused", "duplicates", "dropped", "matched", "unmatched")
READY_S = 60
IDLE_S = 30
SHOWN_PER_SECOND = 3


def say(*words):
    print(*words, file=sys.stderr, flush=True)


class Gateway:
    def __init__(self, build, rules, directory, sink, wires=""):
        self.sluice = os.path.join(build, "tools", "sluice")
        self.directory = directory
        config = os.path.join(directory, "sluice.yaml")
        with open(config, "w") as file:
            file.write(SETTINGS.format(rules=json.dumps(rules), sink=sink, wires=wires))
        self.log = open(os.path.join(directory, "log"), "ab")
        # a group of its own: Ctrl-C is ours to pass on, when all is counted
        self.process = subprocess.Popen([self.sluice, "up", "--config", config], stdout=subprocess.PIPE,
                                        stderr=self.log, start_new_session=True)
        self.ready = None
        threading.Thread(target=self.read_ready_lines, daemon=True).start()

    def read_ready_lines(self):
        for line in self.process.stdout:
            self.ready = json.loads(line)

    def wait_ready(self):
        end = time.monotonic() + READY_S
        while self.ready is None and self.process.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        return self.ready

    def status(self):
        done = subprocess.run([self.sluice, "status", "--json", "--api", self.ready["api"]],
                              capture_output=True, start_new_session=True)
        return json.loads(done.stdout) if done.stdout else None

    def wait_idle(self):
        """Nothing under way and everything forwarded: the status that says so, else the last one."""
        end = time.monotonic() + IDLE_S
        before, status = None, self.status()
        while time.monotonic() < end:
            settled = status and status["ledger"]["adds_up"] and all(s["lag_blocks"] == 0 for s in status["sinks"])
            if settled and before and before["ledger"] == status["ledger"] and forwarded(before) == forwarded(status):
                break
            time.sleep(0.2)
            before, status = status, self.status() or status
        return status

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.log.close()

    def address(self, protocol):
        return next(one["address"] for one in self.ready["listening"] if one["protocol"] == protocol)

    def show_log(self):
        with open(self.log.name, errors="replace") as file:
            for line in file.readlines()[-20:]:
                say("  " + line.rstrip())


def forwarded(status):
    return sum(sink.get("forwarded", 0) for sink in status["sinks"])


class Matches:
    """Follows the sink's files, for a sample of what passes."""

    def __init__(self, directory):
        self.directory, self.name, self.at = directory, None, 0

    def sample(self, n):
        names = sorted(glob.glob(os.path.join(self.directory, "*.ndjson")))
        if not names:
            return []
        if names[-1] != self.name:
            self.name, self.at = names[-1], 0
        with open(self.name, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self.at, size - 16384))
            lines = file.read().split(b"\n")[1 if size - 16384 > self.at else 0:-1]
        self.at = size
        return [json.loads(line) for line in lines[-n:]]


def show(gateway, matches, before, seconds):
    status = gateway.status()
    if not status:
        say("  no answer from the gateway")
        return before
    ledger, old = status["ledger"], (before or {}).get("ledger", {})
    for match in matches.sample(SHOWN_PER_SECOND):
        event = match.get("event", {})
        say("    match  %-24s %-10s %-22s %s" % (match.get("campaign", "?")[:24], match.get("key", "?")[:10],
                                               event.get("type", "?")[:22], match.get("id", "?")[:12]))
    rates = ["%s %d/s" % (name, (ledger[name] - old.get(name, 0)) / seconds)
             for name in ("received", "accepted", "matched")]
    say("%s   forwarded %d   journal %.1f %%" % ("   ".join(rates), forwarded(status),
                                               status.get("journal", {}).get("fill_permille", 0) / 10))
    return status


def show_traffic(gateway, options, gun, stop, matches):
    end = time.monotonic() + options.seconds if options.seconds else float("inf")
    # wires are read from the beginning on
    before, shown = None if options.dpdk else gateway.status(), time.monotonic()
    while not stop.is_set() and time.monotonic() < end and gateway.process.poll() is None:
        if gun and gun.poll() is not None:
            break
        stop.wait(max(0.01, min(1.0, end - time.monotonic())))
        now = time.monotonic()
        before = show(gateway, matches, before, now - shown)
        shown = now


def start_gun(gateway, options):
    if not options.rate or options.dpdk:
        return None
    command = [os.path.join(options.build, "tools", "sluice-gun"), "--target", gateway.address("http"),
               "--rate", str(options.rate), "--batch", str(max(1, min(100, options.rate // 1000))),
               "--connections", "8", "--duplicates", "0.002", "--malformed", "0.001", "--json"]
    if options.seconds:
        command += ["--seconds", str(options.seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)


def stop_gun(gun, at_once):
    if not gun:
        return None, True
    if at_once and gun.poll() is None:
        gun.terminate()
    if gun.poll() is None:
        try:
            gun.wait(5)  # it stops by itself when its seconds are over
        except subprocess.TimeoutExpired:
            gun.terminate()
    out = gun.communicate()[0].decode().splitlines()
    return json.loads(out[-1]) if out else None, gun.returncode == 0


def account(status, summary, as_json):
    ledger = {name: status["ledger"][name] for name in LEDGER}
    adds_up = (ledger["received"] == ledger["accepted"] + ledger["refused"] + ledger["duplicates"] + ledger["dropped"]
               and ledger["accepted"] == ledger["matched"] + ledger["unmatched"])
    matches = status.get("counters", {}).get("matches", ledger["matched"])
    whole = adds_up and forwarded(status) == matches
    latency = summary["latency_us"] if summary else {}
    if as_json:
        print(json.dumps({"ledger": ledger, "forwarded": forwarded(status), "matches": matches, "adds_up": adds_up,
                          "latency_us": latency}, separators=(",", ":")), flush=True)
    else:
        print("\nledger     " + "  ".join("%s %d" % item for item in ledger.items()))
        print("           " + ("adds up" if adds_up else "DOES NOT ADD UP"))
        print("matches    %d written, %d forwarded%s" % (matches, forwarded(status), "" if whole else "  NOT ALL"))
        if latency:
            print("latency    " + "  ".join("%s %.2f ms" % (name, us / 1000) for name, us in latency.items()))
    return whole, matches


def run(options, directory, stop):
    if not options.kafka:
        return run_gateway(options, directory, stop, FILE_SINK, None)
    say("starting Kafka")
    broker = run_kafka.Broker()
    consumer = None
    try:
        if not broker.bootstrap:
            say("tools/run: there is no Kafka to be had here; without --kafka matches go to files")
            return 3
        say("kafka      %s" % broker.bootstrap)
        consumer = run_kafka.Consumer(options.build, broker.bootstrap)
        return run_gateway(options, directory, stop, broker.settings(), consumer)
    finally:
        if consumer:
            consumer.stop()
        broker.stop()


def consumed(consumer, wanted):
    """How many records the consumer has read, given time to read all."""
    end = time.monotonic() + IDLE_S
    while consumer.count < wanted and time.monotonic() < end:
        time.sleep(0.05)
    return consumer.count


def where(sink):
    return sink.get("path") or "%s, topics %s" % (sink["servers"], sink["topic"])


def prepare(options, directory, sink):
    """A life without wires, for the rule set: a capture is read from the first moment on, and once."""
    gateway = Gateway(options.build, options.rules, directory, sink)
    try:
        ready = gateway.wait_ready()
        if not ready:
            say("tools/run: the gateway did not become ready; its log ends:")
            gateway.show_log()
        return ready
    finally:
        gateway.stop()


def run_gateway(options, directory, stop, sink, consumer):
    wires = None
    if options.dpdk:
        say("writing captures of bank traffic")
        try:
            wires = run_dpdk.Wires(options, directory)
        except subprocess.CalledProcessError:
            return 3
        if not prepare(options, directory, sink):
            return 3
    gateway = Gateway(options.build, options.rules, directory, sink, wires.settings() if wires else "")
    try:
        if not gateway.wait_ready():
            say("tools/run: the gateway did not become ready; its log ends:")
            gateway.show_log()
            return 3
        if options.json:
            print(json.dumps(gateway.ready, separators=(",", ":")), flush=True)
        for one in gateway.ready["listening"]:
            say("listening  %s: %s on %s" % (one["channel"], one["protocol"], one["address"]))
        for one in wires.paths if wires else ():
            say("wire       %s" % one)
        say("matches    %s\nlog        %s\napi        %s\n" % (where(gateway.ready["sinks"][0]), gateway.log.name,
                                                              gateway.ready["api"]))
        gun = start_gun(gateway, options)
        show_traffic(gateway, options, gun, stop, consumer or Matches(gateway.ready["sinks"][0]["path"]))
        summary, all_answered = stop_gun(gun, stop.is_set() or not options.seconds)
        status = gateway.wait_idle()
        if not status:
            say("tools/run: the gateway does not answer; its log ends:")
            gateway.show_log()
            return 3
        whole, matches = account(status, summary, options.json)
        if not all_answered:
            say("tools/run: not everything sent was answered: %s" % summary)
        if consumer:
            read = consumed(consumer, matches)
            say("consumer   %d records read from Kafka%s" % (read, "" if read >= matches else "  NOT ALL"))
            whole = whole and read >= matches
        if wires:
            whole = wires.account(status) and whole
        return 0 if whole and all_answered and (matches or not options.rate) else 1
    finally:
        gateway.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--rules", required=True)
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--rate", type=int, default=5000)
    parser.add_argument("--kafka", action="store_true")
    parser.add_argument("--dpdk", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    # a socket's path is short: from deep trees the gateway moves to the system's place
    beside = options.build if len(options.build) < 60 else None
    with tempfile.TemporaryDirectory(prefix="run-", dir=beside) as directory:
        return run(options, directory, stop)


sys.exit(main())
