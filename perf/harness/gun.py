"""The load generator, for ours and for the floor alike."""
import itertools
import json
import os
import subprocess

from harness.failure import Failure

# each run's events have ids of their own, or the gateway would call them duplicates
seeds = itertools.count(1 + 1000 * (os.getpid() % 1000))


def fire(options, address, *, protocol, batch, connections, seconds=0, rate=0, pipeline=16, count=0, more=()):
    """What it counted; every event has been answered, or is delivered where nothing answers."""
    limit = ("--count", str(count)) if count else ("--seconds", str(seconds))
    command = [os.path.join(options.build, "tools", "sluice-gun"), "--target", address, "--protocol", protocol,
               "--rate", str(int(rate)), "--batch", str(batch), "--connections", str(connections), "--pipeline",
               str(pipeline), *limit, "--seed", str(next(seeds)), "--drain-seconds", "30", "--json", *more]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode or not done.stdout:
        raise Failure("not everything that was sent was answered: %s" % done.stdout.decode().strip())
    counted = json.loads(done.stdout)
    if not counted["sent"]:
        raise Failure("nothing was sent in %g s: the machine is too busy, or --seconds too few" % seconds, 3)
    if counted["answered"] != counted["sent"] or counted["refused"] or counted["duplicates"]:
        raise Failure("not everything that was sent was accepted: %s" % counted)
    return counted
