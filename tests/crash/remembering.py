"""Campaigns of every kind of pattern, and traffic of which the order of each customer is known: what they make of
it can be said from the acknowledged events alone, by the reference evaluator.

Customers come in small groups that live for a while. A group's events go over one connection, in the order of
their times, and a request is sent again until it is answered. Connections stay within a few rounds of event time
of each other, well inside the channel's lateness: no event is late, whatever the gateway's ticks do meanwhile.
Times lie ahead of the clock on the wall, so that this one never makes anything due.
"""
import datetime
import json
import random
import socket
import threading
import time

from rig import Failure

SCHEMA = """schema: remembering
fields:
  id:       {type: string, role: id, required: true, max: 64}
  time:     {type: time, role: time, required: true}
  type:     {type: string, role: type, required: true, max: 16}
  customer: {type: string, role: key, required: true, max: 32}
  channel:  {type: string, role: channel, max: 16}
  amount:   int
  device:   {type: string, max: 32}
  branch:   int
  tag:      {type: string, max: 16}
"""
# Without `runs: 64` a run that is over, which the tick has not passed, would take the place of another.
CAMPAIGNS = {
    "then": """runs: 64
match:
  - s0: type == "a"
  - s1: type == "b" && tag == s0.tag
    within: 40s""",
    "then-each": """after_match: overlap
runs: 64
match:
  - s0: type == "a"
  - s1: type == "b" && amount >= s0.amount
    within: 40s""",
    "past": """after_match: skip_past_last
runs: 64
match:
  - s0: type == "a"
    times: {from: 2, to: 4}
    within: 60s
  - s1: type == "c"
    within: 30s""",
    "next": """neighbours: strict
among: type in ["a", "b", "c"]
match:
  - s0: type == "a"
  - s1: type == "b"
    within: 60s""",
    "unless": """after_match: overlap
runs: 64
match:
  - s0: type == "a"
  - not: type == "d"
  - s1: type == "c"
    within: 60s""",
    "silence": """after_match: overlap
runs: 64
match:
  - s0: type == "a" && amount > 3
  - not: type == "b"
    within: 45s""",
    "silence-behind-some": """runs: 64
match:
  - s0: type == "c"
    times: {from: 2}
    within: 60s
  - not: type == "d"
    within: 30s""",
    "first-again": """match:
  - not: type == "b"
    within: 50s
  - s0: type == "a\"""",
    "until": """runs: 64
match:
  - s0: type == "a"
    times: {from: 2}
    until: type == "e"
    within: 60s""",
    "either": """runs: 64
match:
  any:
    - [{s0: type == "a"}, {s1: type == "d"}]
    - [{s2: type == "b", times: 2}]
within: 60s""",
    "both": """runs: 64
match:
  all:
    - [{s0: type == "a"}, {s1: type == "b"}]
    - [{s2: type == "c"}, {s3: type == "d"}]
  within: 90s
within: 45s""",
    "sliding": """match:
  - s0: type in ["a", "b", "c", "d", "e"]
    window: 60s
    having: count() >= 4 && sum(amount) > 12
    keep: 8""",
    "sliding-values": """match:
  - s0: type in ["a", "b"]
    window: 90s
    having: distinct(tag) >= 3""",
    "tumbling": """runs: 64
match:
  - s0: type in ["a", "b", "c"]
    window: {tumbling: 60s}
    having: sum(amount) > 6
    fire: at_end""",
    "session": """runs: 64
match:
  - s0: type in ["a", "b", "c", "d"]
    window: {session: 20s}
    having: count() >= 3
    fire: at_end""",
    "hour": """match:
  - s0: type in ["a", "b", "c", "d", "e"]
    window: {calendar: hour, zone: Asia/Seoul}
    having: count() >= 8""",
    "gathered-then-silence": """runs: 64
match:
  - s0: type in ["a", "b"]
    window: 60s
    count: 3
  - not: type == "e"
    within: 30s""",
    "device": """by: device
runs: 64
match:
  - s0: type == "a"
  - s1: type == "b"
    within: 60s""",
    "branch": """by: branch
match:
  - s0: type in ["a", "b", "c"]
    window: 90s
    count: 5""",
    "device-for-customer": """by: device
for: customer
runs: 64
match:
  - s0: type == "c"
    times: 2
    within: 60s""",
    "limited": """limit: {per_customer: 2, per: 5m}
match: type == "e\"""",
    "best": """exclusive: notices
priority: 5
match: type == "d" && amount > 3""",
    "second": """exclusive: notices
match:
  - s0: type == "c"
  - s1: type == "d"
    within: 60s""",
}
DATA = {"then": "first: s0.id, tag: s1.tag", "then-each": "first: s0.id", "past": "first: s0.id", "silence": "first: s0.id",
        "both": "one: s1.id, other: s3.id", "tumbling": "n: s0.count, won: s0.sum(amount)", "session": "n: s0.count",
        "sliding": "n: s0.count, won: s0.sum(amount)", "second": "first: s0.id"}
CAMPAIGN = """campaign: %s
kind: service
%s
send: {channel: push, template: %s, data: {%s}}
"""
RENAMED = ("then-each", "tumbling", "silence", "device")    # in every other rule set
AGAIN = "-again-named"

LATENESS = "30m"
ROUND_S = 20            # of event time, of a request
AHEAD_ROUNDS = 3        # of the slowest connection
GROUPS = 3              # that live at once on a connection
GROUP_EVENTS = 40
EVENTS_OF_REQUEST = 9
ANSWER_S = 60


def campaigns(other):
    """{file name: text}. The other set has other templates, names, files and order, and one campaign more."""
    texts = {}
    for number, (name, match) in enumerate(CAMPAIGNS.items()):
        again = other and name in RENAMED
        text = CAMPAIGN % (name + AGAIN if again else name, match, "OTHER" if other else "TEST", DATA.get(name, ""))
        if name in RENAMED:
            text += "renamed_from: %s\n" % (name if again else name + AGAIN)
        texts["%02d.yaml" % (len(CAMPAIGNS) - number if other else number)] = text
    if other:
        texts["zz.yaml"] = CAMPAIGN % ("added", 'match:\n  - s0: type == "a"\n    window: 60s\n    count: 3', "OTHER", "")
    return texts


def name_of(campaign):
    return campaign.removesuffix(AGAIN)


class Group:
    """Two customers, two devices and a branch that nobody else has, and all of their events so far."""

    def __init__(self, name, rng):
        self.name, self.rng = name, rng
        self.branch = rng.getrandbits(62) - (1 << 61)
        self.lines = []

    def next_event(self, when):
        rng = self.rng
        event = {"id": "%s-%d" % (self.name, len(self.lines)), "time": when.isoformat(timespec="milliseconds"),
                 "type": rng.choice("aaabbbccde"), "customer": "%s-c%d" % (self.name, rng.random() < 0.2)}
        if rng.random() < 0.8:
            event["amount"] = rng.randrange(7)
        if rng.random() < 0.8:
            event["device"] = "%s-d%d" % (self.name, rng.random() < 0.4)
        if rng.random() < 0.7:
            event["tag"] = "t%d" % rng.randrange(3)
        if rng.random() < 0.5:
            event["branch"] = self.branch
        self.lines.append(json.dumps(event))
        return self.lines[-1]


class Sender(threading.Thread):
    """One connection: a request, its answer, the next."""

    def __init__(self, traffic, number):
        super().__init__(daemon=True)
        self.traffic, self.number = traffic, number
        self.rng = random.Random(traffic.seed * 1000 + number)
        self.groups, self.ended = [], []
        self.round = self.acknowledged = self.again = 0
        self.socket = None
        self.before = ""    # a line of the request before, to be sent once more
        self.problem = None

    def groups_now(self):
        for group in [group for group in self.groups if len(group.lines) >= GROUP_EVENTS]:
            self.groups.remove(group)
            self.ended.append(group)
        while len(self.groups) < GROUPS:
            number = len(self.ended) + len(self.groups)
            self.groups.append(Group("g%d-%d-%d" % (self.traffic.seed, self.number, number), self.rng))
        return self.groups

    def request(self):
        begin = self.traffic.begin + datetime.timedelta(seconds=self.round * ROUND_S)
        groups = self.groups_now()
        lines = [self.before] if self.before and self.rng.random() < 0.1 else []
        for at in sorted(self.rng.randrange(ROUND_S * 4) for _ in range(EVENTS_OF_REQUEST)):
            lines.append(self.rng.choice(groups).next_event(begin + datetime.timedelta(seconds=at / 4)))
        self.before = lines[-1]
        return ("\n".join(lines) + "\n").encode(), len(lines)

    def ask(self, body):
        """The reply, or None where the connection broke or the gateway refused for now."""
        if not self.socket:
            self.socket = self.traffic.gateway.connect("web", ANSWER_S)
        self.socket.sendall(b"POST /v1/events HTTP/1.1\r\nHost: test\r\nContent-Type: application/x-ndjson\r\n"
                            b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        head, _, rest = self.read(lambda data: b"\r\n\r\n" in data).partition(b"\r\n\r\n")
        length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))[15:])
        while len(rest) < length:
            rest += self.more()
        status = int(head[9:12])
        if status in (429, 503):
            raise OSError("refused for now")
        if status != 200:
            raise Failure("%r: %r" % (head, rest))
        return json.loads(rest)

    def more(self):
        data = self.socket.recv(65536)
        if not data:
            raise OSError("closed")
        return data

    def read(self, is_enough):
        data = self.more()
        while not is_enough(data):
            data += self.more()
        return data

    def deliver(self, body, n):
        while not self.traffic.ending.is_set() or not self.traffic.abandoned:
            try:
                reply = self.ask(body)
            except (OSError, socket.timeout):
                self.again += 1
                if self.socket:
                    self.socket.close()
                self.socket = None
                time.sleep(0.02)
                continue
            if reply["received"] != n or reply["accepted"] + reply["duplicates"] != n:
                raise Failure("a request of %d events was answered with %s" % (n, reply))
            self.acknowledged += n
            return

    def run(self):
        try:
            while not self.traffic.ending.is_set():
                if self.round > self.traffic.slowest() + AHEAD_ROUNDS:
                    time.sleep(0.002)
                    continue
                self.deliver(*self.request())
                self.round += 1
                time.sleep(self.traffic.pause_s)
        except Exception as problem:  # whatever it is: the trial has to hear of it
            self.problem = problem
        finally:
            if self.socket:
                self.socket.close()


class Traffic:
    def __init__(self, gateway, seed, connections, rate):
        self.gateway, self.seed = gateway, seed
        self.begin = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(hours=1)
        self.pause_s = connections * EVENTS_OF_REQUEST / rate
        self.ending = threading.Event()
        self.abandoned = False
        self.senders = [Sender(self, number) for number in range(connections)]
        for sender in self.senders:
            sender.start()

    def slowest(self):
        return min(sender.round for sender in self.senders)

    def acknowledged(self):
        return sum(sender.acknowledged for sender in self.senders)

    def is_on(self):
        for sender in self.senders:
            if sender.problem:
                raise Failure("connection %d: %s" % (sender.number, sender.problem))
        return not self.ending.is_set()

    def end(self, abandon=False):
        """Whatever was sent is answered then."""
        self.abandoned = abandon
        self.ending.set()
        for sender in self.senders:
            sender.join(10 * ANSWER_S)
        if not abandon:
            for sender in self.senders:
                if sender.problem or sender.is_alive():
                    raise Failure("connection %d: %s" % (sender.number, sender.problem or "never answered"))

    def last_time(self):
        rounds = max(sender.round for sender in self.senders) + 1
        return self.begin + datetime.timedelta(seconds=rounds * ROUND_S)

    def histories(self):
        """The lines of each group, in their order."""
        return [group.lines for sender in self.senders for group in sender.ended + sender.groups if group.lines]
