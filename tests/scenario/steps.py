"""What each step of a scenario does."""
import collections
import datetime
import json
import os
import re
import signal
import socket
import subprocess
import time

import capture_file
from client import Client, is_refused
from gateway import PORT, Failure, campaign, die_with_me, ledger_faults, wait_until
from journal_lock import JournalLock
from language import words_of

EXPANSION = re.compile(rb"%(now|hits|hit|misses|miss)(?:\(([^)]*)\))?")
LIMIT_S = 180


class Skip(Exception):
    """This cannot be run on this machine."""


def event(kind, name):
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return '{"id":"%s","time":"%s","type":"%s","customer":"C-%s"}' % (name, now, kind, name)


def expand(match):
    """%hit(a): an event with id a; %hits(a, 3): events a1 to a3, a line each; %now: the time."""
    what, arguments = match[1].decode(), (match[2] or b"").decode()
    if what == "now":
        return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    kind = "hit" if what.startswith("hit") else "miss"
    if what in ("hit", "miss"):
        return event(kind, arguments).encode()
    name, count = arguments.split(",")
    return b"".join(event(kind, "%s%d" % (name, i)).encode() + b"\n" for i in range(1, int(count) + 1))


def text_of(words):
    return EXPANSION.sub(expand, b"".join(word.encode() if isinstance(word, str) else word for word in words))


def pattern_of(word):
    return re.compile(word if isinstance(word, bytes) else word.encode(), re.DOTALL)


def compare(left, operator, right):
    return {"==": left == right, "!=": left != right, "<": left < right, ">": left > right,
            "<=": left <= right, ">=": left >= right}[operator]


class Runner:
    def __init__(self, gateway, programs):
        self.gateway, self.programs = gateway, programs
        self.clients = {}
        self.gun = None
        self.summary = None
        self.current = None
        self.stopped = False
        self.lock = None

    def where(self):
        return str(self.current)

    def step(self, step):
        self.current = step
        verb = getattr(self, "do_" + step.words[0], None)
        if not verb:
            raise SystemExit("%s: there is no step %r" % (self.where(), step.words[0]))
        try:
            verb(*step.words[1:]) if step.block is None else verb(*step.words[1:], block=step.block)
        except TypeError as problem:
            raise SystemExit("%s: %s" % (self.where(), problem)) from problem

    def finish(self):
        """Whatever the scenario was about: it adds up, ids are stable, and it stops when told."""
        if self.stopped:
            return
        for client in self.clients.values():
            client.close()
        if self.gateway.process:
            self.do_ledger()
            self.do_stop("0")

    def close(self):
        if self.lock:
            self.do_release()
        if self.gun and self.gun.poll() is None:
            self.gun.kill()
            self.gun.wait()
        self.gateway.kill_all()

    # ---- the gateway

    def do_about(self, *words):
        pass

    def do_once(self):
        pass

    def do_setting(self, path, value):
        self.gateway.settings[path] = value.decode() if isinstance(value, bytes) else value

    def do_yaml(self, block):
        self.gateway.extra += "\n".join(block) + "\n"

    def do_udp(self, name):
        self.gateway.channels.append((name, "udp", PORT + len(self.gateway.channels), False))

    def do_wire(self, name, protocol, port):
        """One more channel, of what the wire of this name brings, which is the capture file of this name."""
        self.gateway.wires.append((name, protocol, int(port)))

    def do_capture(self, name, port, *words):
        """That file: a datagram for each text; with %hits each of its lines is one."""
        payloads = [line for word in words for line in
                    (text_of([word]).splitlines() if b"%hits" in word or b"%misses" in word else [text_of([word])])]
        capture_file.write(self.gateway.path(name + ".pcap"), int(port), payloads)

    def do_campaign(self, name, condition):
        self.gateway.campaigns[name + ".yaml"] = campaign(name, condition.decode())

    def do_start(self):
        self.stopped = False
        try:
            self.gateway.start()
        except Failure:
            if "or is refused here" in self.gateway.log_text():
                raise Skip("this kernel refuses io_uring to this process") from None
            raise

    def do_fails(self, status, *patterns):
        """`sluice up` ends by itself, and says why."""
        self.gateway.launch()
        self.do_ends(status)
        self.do_log(*patterns)

    def do_apart(self, name):
        """prepare, dataplane or control: the processes one by one, without `sluice up`."""
        if name == "prepare":
            if self.gateway.prepare():
                raise Failure("the settings are refused")
        else:
            self.gateway.start_apart(name)

    def do_running(self):
        self.gateway.wait_running()

    def do_another(self, name, status, *patterns):
        """A second process on the same data ends by itself."""
        command = {"dataplane": [self.programs.dataplane, self.gateway.path("data", "settings.bin")],
                   "control": [self.programs.control, "--config", self.gateway.config]}[name]
        done = subprocess.run(command, capture_output=True, timeout=LIMIT_S)
        if done.returncode != int(status):
            raise Failure("it ended with %d, not %s: %r" % (done.returncode, status, done.stderr[-300:]))
        for pattern in patterns:
            if not pattern_of(pattern).search(done.stderr):
                raise Failure("it does not say %r but %r" % (pattern, done.stderr[-300:]))

    def do_stop(self, status):
        self.expect_status(self.gateway.stop(), status)

    def do_ends(self, status):
        """Told to stop already: a second SIGTERM would mean that it hurries."""
        self.expect_status(self.gateway.wait_end(self.gateway.process), status)

    def expect_status(self, got, status):
        self.stopped = True
        if got != int(status):
            raise Failure("`sluice up` ended with %d, not %s" % (got, status))

    def do_restart(self):
        self.do_stop("0")
        self.do_start()

    def do_signal(self, name, number):
        self.gateway.signal(name, getattr(signal, "SIG" + number))

    def do_kill(self, name, number="KILL"):
        """SIGKILL, or another that ends it, and what `sluice up` started in its place is ready."""
        before = self.gateway.n_ready
        self.do_signal(name, number)
        self.gateway.wait_ready_line(before)

    def do_log(self, *patterns):
        for pattern in patterns:
            wait_until("the log says %r" % pattern, LIMIT_S,
                       lambda p=pattern: pattern_of(p).search(self.gateway.log_text().encode()))

    def do_rules(self, name, campaign_name, condition):
        """A directory of one campaign, to be loaded."""
        self.gateway.write_rules(name, {campaign_name + ".yaml": campaign(campaign_name, condition.decode())})

    def do_load(self, name, status, *patterns):
        done = self.gateway.load(self.gateway.path(name))
        if done.returncode != int(status):
            raise Failure("`sluice load` ended with %d, not %s: %s" % (
                done.returncode, status, done.stdout + done.stderr))
        for pattern in patterns:
            if not pattern_of(pattern).search((done.stdout + done.stderr).encode()):
                raise Failure("it does not say %r but %s" % (pattern, done.stdout + done.stderr))

    def do_loads(self, count, *names):
        """Loads these directories in turn, so many times."""
        for i in range(int(count)):
            self.do_load(names[i % len(names)], "0")

    # ---- clients

    def do_connect(self, name, channel):
        if name in self.clients:
            self.clients[name].close()
        self.clients[name] = Client(self.gateway.connect(channel))

    def do_send(self, name, *words):
        self.clients[name].send(text_of(words))

    def do_post(self, name, kind, *words):
        """A request to /v1/events: json, ndjson, or a quoted Content-Type."""
        kind = kind.decode() if isinstance(kind, bytes) else "application/" + {"ndjson": "x-ndjson"}.get(kind, kind)
        body = text_of(words)
        head = "POST /v1/events HTTP/1.1\r\nHost: gateway\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (
            kind, len(body))
        self.clients[name].send(head.encode() + body)

    def do_fill(self, name, *words):
        """Sends this again and again until the gateway reads no more. Events get ids of their own."""
        client, count, unsent = self.clients[name], 0, b""

        def is_full():
            nonlocal count, unsent
            sent = 1
            while sent:
                if not unsent:
                    unsent = b"".join(event("hit", "fill-%s-%d" % (name, count + i)).encode() + b"\n"
                                      for i in range(100))
                    count += 100
                sent = client.send_some(unsent)
                unsent = unsent[sent:]
            return is_refused(self.gateway)
        wait_until("the gateway reads no more", LIMIT_S, is_full)
        self.filled = (count, unsent)

    def do_rest(self, name):
        """What `fill` could not send any more, now."""
        self.clients[name].send(self.filled[1])

    def do_reply(self, name, status, *rest):
        """reply C 200 [body 'regex'] [header NAME 'regex'] [head]"""
        client, rest = self.clients[name], list(rest)
        client.read_reply(head_only="head" in rest)
        if client.status != int(status):
            raise Failure("status %d, not %s: %r" % (client.status, status, client.body[:300]))
        while rest:
            what = rest.pop(0)
            if what == "body":
                self.match(rest.pop(0), client.body)
            elif what == "header":
                name = rest.pop(0)
                self.match(rest.pop(0), client.headers.get(name.lower(), b"(absent)"))

    def do_replies(self, name, count, status):
        for _ in range(int(count)):
            self.do_reply(name, status)

    def do_line(self, name, pattern):
        self.match(pattern, self.clients[name].until(b"\n"))

    def do_lines(self, name, count, pattern):
        for _ in range(int(count)):
            self.do_line(name, pattern)

    @staticmethod
    def match(pattern, text):
        if not pattern_of(pattern).fullmatch(text):
            raise Failure("%r is not like %r" % (text[:300], pattern))

    def do_closed(self, name):
        self.clients[name].expect_closed()

    def do_silent(self, name, milliseconds):
        self.clients[name].expect_silence(int(milliseconds) / 1000)

    def do_half(self, name):
        self.clients[name].half_close()

    def do_reset(self, name):
        self.clients.pop(name).reset()

    def do_close(self, name):
        self.clients.pop(name).close()

    def do_pause(self, milliseconds):
        time.sleep(int(milliseconds) / 1000)

    def do_refused(self, channel, block):
        """A table: in each line a status and the bytes that get it on a new connection, which is then closed."""
        for i, line in enumerate(block):
            words = words_of(line, self.where())
            if not words:
                continue
            client = Client(self.gateway.connect(channel))
            try:
                client.send(text_of(words[1:]))
                client.read_reply()
                if client.status != int(words[0]):
                    raise Failure("status %d, not %s: %r" % (client.status, words[0], client.body[:200]))
                client.expect_closed()
            except Failure as problem:
                raise Failure("line %d of the table, %s: %s" % (i + 1, line.strip()[:200], problem)) from problem
            finally:
                client.close()

    # ---- what it says of itself

    def do_counter(self, path, operator, number):
        """Comes to hold: counters are read from outside, a moment later."""
        def look():
            value = self.value(path)
            self.seen = value
            return value is not None and compare(value, operator, int(number))
        try:
            wait_until("it", LIMIT_S, look)
        except Failure:
            raise Failure("%s is %s" % (path, self.seen)) from None

    def value(self, path):
        value = self.gateway.status()
        for name in path.split("."):
            if isinstance(value, list):
                value = next((one for one in value
                              if str(one.get("channel", one.get("kind", one.get("worker", one.get("wire"))))) == name), None)
            else:
                value = (value or {}).get(name)
        return 0 if value is None and ".reasons." in path else value

    def do_idle(self):
        self.gateway.wait_idle()

    def do_ledger(self):
        faults = ledger_faults(self.gateway.wait_idle())
        ids = collections.defaultdict(set)
        for line in self.gateway.sink_lines():
            ids[line["event"]["id"], line["campaign"]].add(line["id"])
        faults += ["event %s has %d match ids for campaign %s" % (*key, len(found))
                   for key, found in ids.items() if len(found) != 1]
        if faults:
            raise Failure("; ".join(faults))

    def do_sink(self, operator, count, *names):
        """sink == 3 [event ID] [campaign NAME] [key KEY] [trace TEXT]: so many lines are in the file sink; trace
        is the header traceparent, "" where there is none."""
        self.gateway.wait_idle()
        wanted = {name: value.decode() if isinstance(value, bytes) else value
                  for name, value in zip(names[::2], names[1::2])}
        n = 0
        for line in self.gateway.sink_lines():
            line = {**line, "event": line["event"]["id"], "trace": line["headers"].get("traceparent", "")}
            n += all(line[name] == value for name, value in wanted.items())
        if not compare(n, operator, int(count)):
            raise Failure("%d lines" % n)

    def do_journal(self, what, pattern):
        """journal has|lacks 'bytes': what is written on its pages."""
        with open(self.gateway.path("data", "journal", "data.mdb"), "rb") as file:
            found = pattern in file.read()
        if found != (what == "has"):
            raise Failure("the journal %s %r" % ("has" if found else "lacks", pattern))

    def do_hold(self):
        """Nothing is committed until `release`."""
        self.lock = JournalLock(self.gateway.path("data", "journal"))

    def do_release(self):
        self.lock.release()
        self.lock = None

    def do_memory(self, name, operator, mebibytes):
        """Resident memory, at its highest so far."""
        with open("/proc/%d/status" % self.gateway.pid(name)) as file:
            kib = int(re.search(r"VmHWM:\s*(\d+)", file.read())[1])
        if not compare(kib // 1024, operator, int(mebibytes)):
            raise Failure("%d MiB" % (kib // 1024))

    # ---- traffic in bulk

    def gun_command(self, words):
        channel = "lines" if "tcp" in words else "datagrams" if "udp" in words else "web"
        if "--acknowledged" in words:
            channel = "acked"
        port = next(one[2] for one in self.gateway.channels if one[0] == channel)
        return [self.programs.gun, "--target", "%s:%d" % (self.gateway.address, port), "--json",
                "--drain-seconds", str(LIMIT_S), *words]

    def do_gun(self, *words):
        """Sends with sluice-gun and these options, to the end; `gun start …` in the background."""
        if words[0] == "wait":
            out = self.gun.communicate(timeout=300)[0]
            self.gun_ended(out)
        elif words[0] == "start":
            self.gun = subprocess.Popen(self.gun_command(words[1:]), stdout=subprocess.PIPE, text=True,
                                        start_new_session=True, preexec_fn=die_with_me)
        else:
            self.gun = subprocess.Popen(self.gun_command(words), stdout=subprocess.PIPE, text=True,
                                        start_new_session=True, preexec_fn=die_with_me)
            self.gun_ended(self.gun.communicate(timeout=300)[0])

    def gun_ended(self, out):
        self.summary = json.loads(out.splitlines()[-1])
        if self.gun.returncode:
            raise Failure("sluice-gun ended with %d: %s" % (self.gun.returncode, out[-400:]))

    def do_sent(self, name, operator, number):
        """A figure of the summary of sluice-gun."""
        if not compare(self.summary[name], operator, int(number)):
            raise Failure("%s is %d" % (name, self.summary[name]))

    def do_bank(self):
        """The schema of sluice-gun's events, and a campaign that every one of them matches."""
        examples = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "rules", "examples")
        with open(os.path.join(examples, "schema.yaml")) as file:
            self.gateway.schema = file.read()
        self.gateway.campaigns = {"every.yaml": campaign("every", 'customer > ""')}

    def do_occupy(self, channel):
        """The channel's port is taken by somebody else."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.gateway.address, PORT + ("web", "lines", "acked").index(channel)))
        sock.listen()
        self.occupied = sock
