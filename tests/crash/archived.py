"""Control is killed while decisions flow: what the archive answers is what was decided, each once."""
import json
import random
import time

from outage import RATE, Case
from rig import SETTLE_S, Failure, Trial, wait_until

KILLS = 6


def decisions(gateway):
    """All that the archive answers."""
    done = gateway.run("decisions", "--json", "--limit", "100000000", "--api", gateway.api)
    if done.returncode:
        raise Failure("`sluice decisions` ended with %d: %s" % (done.returncode, done.stderr[-300:]))
    return [json.loads(line) for line in done.stdout.splitlines()]


def archive_of(gateway):
    return (gateway.status() or {}).get("archive")


def wait_archived(gateway):
    """Everything committed is in the archive."""
    wait_until("all is archived", SETTLE_S, lambda: (archive_of(gateway) or {"lag_blocks": 1})["lag_blocks"] == 0)
    return archive_of(gateway)


def check(gateway, archive):
    answered = decisions(gateway)
    ids = {one["id"] for one in answered}
    sent = {line["id"] for line in gateway.sink_lines()}
    if ids != sent:
        raise Failure("%d decisions in the archive that were not sent, %d sent that are not in the archive" % (
            len(ids - sent), len(sent - ids)))
    if len(answered) != len(ids) or archive["kept"] != len(ids):
        raise Failure("%d decisions: %d are kept, %d answered" % (len(ids), archive["kept"], len(answered)))
    if archive["lost"] or archive["damaged"]:
        raise Failure("lost or damaged: %s" % archive)
    without = [one["id"] for one in answered if "send" not in one]
    if len(without) > KILLS:
        raise Failure("%d decisions do not say where the message went" % len(without))
    key = answered[len(answered) // 2]["key"]
    done = gateway.run("decisions", "--json", "--limit", "100000", "--key", key, "--api", gateway.api)
    by_key = {json.loads(line)["id"] for line in done.stdout.splitlines()}
    if by_key != {one["id"] for one in answered if one["key"] == key}:
        raise Failure("by its key, %s has other decisions than among all" % key)
    return len(ids)


def kills(programs, workers, options):
    rng = random.Random(1300 + workers)
    with Trial(programs, workers, seed=1300 + workers) as trial:
        gateway = trial.gateway
        gateway.start()
        trial.send(RATE, 1000)
        for _ in range(KILLS):
            trial.wait_acknowledged_more("events are acknowledged")
            time.sleep(rng.uniform(0.05, 0.9))
            before = gateway.n_ready
            gateway.signal("control", 9)
            gateway.wait_ready_line(before)
            gateway.wait_whole()
        trial.end_traffic()
        trial.settle()
        n = check(gateway, wait_archived(gateway))
        # and once more after a start that finds all of it on disk
        before = gateway.n_ready
        gateway.signal("control", 9)
        gateway.wait_ready_line(before)
        gateway.wait_whole()
        check(gateway, wait_archived(gateway))
        if gateway.stop():
            raise Failure("`sluice up` did not end well")
        trial.judge()
        return "%d kills; %d decisions, each once in the archive" % (KILLS + 1, n)


CASES = {"archive-kills": Case(kills, True)}
