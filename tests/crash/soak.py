#!/usr/bin/env python3
"""An hour of event time at the full rate of a gateway whose customers come and go, and its memory, which has to
be flat.

Each second of event time a few thousand customers come whom nobody has seen before. Half a minute later each does
one thing more, and then never anything. Four campaigns remember them: a sequence, an absence, a sliding window and
a session. What they remember is of no use any more after two minutes, and has to be given back: by the dataplane,
by the snapshot of control, by both processes' memory and files.

Measured once for every minute of event time, behind the first minutes, in which everything fills: the last fifth
may be larger than the second by GROWTH and what an allocator keeps. All matches are counted at the end: exactly
those that the traffic means, so that nothing was forgotten too early.

Exit codes: 0 flat, and all matches are there; 1 not; 2 used wrongly.
"""
import argparse
import collections
import datetime
import glob
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from rig import Failure, Programs, Trial, wait_until  # noqa: E402

SCHEMA = """schema: soak
fields:
  id:       {type: string, role: id, required: true, max: 24}
  time:     {type: time, role: time, required: true}
  type:     {type: string, role: type, required: true, max: 8}
  customer: {type: string, role: key, required: true, max: 24}
"""
CAMPAIGNS = {
    "pair": 'match:\n  - s0: type == "a"\n  - s1: type == "b"\n    within: 1m',
    "silence": 'match:\n  - s0: type == "a"\n  - not: type == "c"\n    within: 90s',
    "sliding": 'match:\n  - s0: type in ["a", "b", "c"]\n    window: 1m\n    count: 3',
    "session": 'match:\n  - s0: type in ["a", "b", "c"]\n    window: {session: 1m}\n    having: count() >= 3\n    fire: at_end',
}
CAMPAIGN = "campaign: %s\nkind: service\n%s\nsend: {channel: push, template: TEST}\n"
RARE = 64           # one customer of so many makes a pair, and a silence
LATER_S = 30        # when each comes again
LATENESS_S = 10
REQUEST_EVENTS = 1000
SAMPLE_S = 60       # of event time
FILLING = 0.1       # of the time: what fills once, fills there
GROWTH = 1.05
GROWTH_BYTES = 4 << 20
SETTLE_S = 600


def event(when, number, kind):
    return '{"id":"%s%d","time":"%s","type":"%s","customer":"K%d"}' % (kind, number, when, kind, number)


def events_of(second, begin, per_second, seconds, share, shares):
    """Of customers that came this second, and of those that come again."""
    when = (begin + datetime.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = second * per_second
    lines = [event(when, number, "a") for number in range(first + share, first + per_second, shares)] \
        if second < seconds else []
    before = (second - LATER_S) * per_second
    if before >= 0:
        lines += [event(when, number, "b" if number % RARE == 0 else "c")
                  for number in range(before + share, before + per_second, shares)]
    return lines


def post(connection, lines):
    body = "\n".join(lines).encode()
    connection.sendall(b"POST /v1/events HTTP/1.1\r\nHost: soak\r\nContent-Type: application/x-ndjson\r\n"
                       b"Content-Length: %d\r\n\r\n" % len(body) + body)
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or sys.exit("the gateway closed")
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: *(\d+)", head)[1])
    while len(rest) < length:
        rest += connection.recv(65536) or sys.exit("the gateway closed")
    return int(head[9:12]), rest


def send_share(gateway, begin, options, share, progress):
    """One process and one connection: its share of the customers, second by second."""
    connection = gateway.connect("web", 120)
    for second in range(options.seconds + LATER_S):
        # each key's events are on one connection; connections stay together well within the lateness
        while second > min(progress) + LATENESS_S // 3:
            time.sleep(0.001)
        lines = events_of(second, begin, options.per_second, options.seconds, share, options.senders)
        for at in range(0, len(lines), REQUEST_EVENTS):
            status = 503
            while status == 503:
                status, reply = post(connection, lines[at:at + REQUEST_EVENTS])
                if status == 503:
                    time.sleep(0.05)
            if status != 200 or b'"refused":[]' not in reply.replace(b" ", b""):
                sys.exit("answered with %d: %r" % (status, reply[:300]))
        progress[share] = second + 1


def memory_of(pid):
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"RssAnon:\s+(\d+)", file.read())[1]) << 10


def disk_of(path):
    return sum(os.stat(name).st_blocks * 512 for name in glob.glob(path + "/*"))


def sample(gateway):
    status = gateway.wait_status()
    return {"keys": status["state"]["keys"], "state": status["state"]["bytes"],
            "dataplane": memory_of(gateway.pid("dataplane")), "control": memory_of(gateway.pid("control")),
            "snapshot": disk_of(gateway.path("data", "snapshot")), "journal": disk_of(gateway.path("data", "journal"))}


def judge_flat(samples):
    samples = samples[int(len(samples) * FILLING):]
    fifth = max(len(samples) // 5, 1)
    faults = []
    for name in samples[0]:
        early = statistics.median(one[name] for one in samples[fifth:2 * fifth] or samples[:fifth])
        late = statistics.median(one[name] for one in samples[-fifth:])
        print("    %-10s %12d in the second fifth, %12d in the last" % (name, early, late))
        if late > early * GROWTH + (GROWTH_BYTES if name != "keys" else 0):
            faults.append("%s grew from %d to %d" % (name, early, late))
    return faults


def judge_matches(gateway, keys):
    found = collections.Counter()
    for path in glob.glob(gateway.path("matches", "*.ndjson")):
        with open(path) as file:
            for line in file:
                found[json.loads(line)["campaign"]] += 1
    wanted = {"pair": (keys + RARE - 1) // RARE, "silence": (keys + RARE - 1) // RARE}
    return [] if dict(found) == wanted else ["matches are %s, and should be %s" % (dict(found), wanted)]


class Soak(Trial):
    def __init__(self, programs, options):
        super().__init__(programs, options.workers, 1)
        self.gateway.campaigns = {name + ".yaml": CAMPAIGN % (name, match) for name, match in CAMPAIGNS.items()}
        self.gateway.schema = SCHEMA
        self.gateway.settings.update({
            "limits.event.skew_ahead_ms": 86400000, "duplicates.per_partition": 64, "state.bytes": options.state_bytes,
            "journal.bytes": "1GiB"})
        self.gateway.lateness = {"web": "%ds" % LATENESS_S}


def watch(trial, options, progress, senders):
    samples, next_second = [], SAMPLE_S
    while any(sender.is_alive() for sender in senders):
        if min(progress) >= next_second:
            samples.append(sample(trial.gateway))
            print("    %5d s: %s" % (next_second, samples[-1]), flush=True)
            next_second += SAMPLE_S
        time.sleep(0.02)
    if any(sender.exitcode for sender in senders):
        raise Failure("a sender ended with an error")
    return samples


def end_of_time(trial, begin, options):
    """Events of nobody, so late that everything falls due; each worker has to hear of it."""
    when = (begin + datetime.timedelta(seconds=options.seconds + 7200)).strftime("%Y-%m-%dT%H:%M:%SZ")
    connections = [trial.gateway.connect("web") for _ in range(4 * options.workers)]
    for number, connection in enumerate(connections):
        post(connection, ['{"id":"end%d","time":"%s","type":"end","customer":"end"}' % (number, when)])
    wait_until("nothing is remembered any more", SETTLE_S,
               lambda: trial.gateway.wait_status()["state"]["timers"] == 0)


def run(programs, options):
    begin = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(minutes=5)
    progress = multiprocessing.Array("i", options.senders)
    with Soak(programs, options) as trial:
        trial.gateway.start()
        senders = [multiprocessing.Process(target=send_share, args=(trial.gateway, begin, options, share, progress))
                   for share in range(options.senders)]
        started = time.monotonic()
        for sender in senders:
            sender.start()
        try:
            samples = watch(trial, options, progress, senders)
        finally:
            for sender in senders:
                sender.terminate()
        took = time.monotonic() - started
        end_of_time(trial, begin, options)
        status = trial.gateway.wait_idle(SETTLE_S)
        if status["state"]["refused"]:
            raise Failure("%d beginnings were refused for want of memory" % status["state"]["refused"])
        left = sample(trial.gateway)
        if trial.gateway.stop():
            raise Failure("`sluice up` did not stop well")
        keys = options.per_second * options.seconds
        faults = judge_flat(samples) + judge_matches(trial.gateway, keys)
        print("    at the end: %s" % left)
        if faults:
            raise Failure("; ".join(faults))
        return "%d customers, %d events, %d s of event time in %d s: %d events/s" % (
            keys, 2 * keys, options.seconds + LATER_S, took, 2 * keys / took)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build directory with the four programs")
    parser.add_argument("--customers", type=int, default=10000000, help="in all (10,000,000)")
    parser.add_argument("--seconds", type=int, default=3600, help="of event time (3600)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--senders", type=int, default=2, help="processes that send (2)")
    parser.add_argument("--state-bytes", default="512MiB")
    options = parser.parse_args()
    options.per_second = options.customers // options.seconds
    try:
        print("passed   %d workers: %s" % (options.workers, run(Programs(options.build), options)))
    except Failure as problem:
        print("FAILED   %d workers: %s" % (options.workers, problem))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
