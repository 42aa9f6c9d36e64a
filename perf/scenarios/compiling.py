"""Campaigns to artifact beside libyaml and the pattern library's compiler alone."""
import json
import os
import subprocess

from harness.failure import Failure

CAMPAIGNS = (1000, 10000, 100000)


def one(options, campaigns, kind):
    command = [os.path.join(options.build, "perf", "compile_micro"), "--compiler",
               os.path.join(options.build, "control", "sluice-control"), "--schema",
               os.path.join(options.root, "rules", "examples", "schema.yaml"), "--campaigns", str(campaigns), "--kind",
               kind]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode or not done.stdout:
        raise Failure("compile_micro failed for %d campaigns, %s" % (campaigns, kind), done.returncode if
                      done.returncode == 1 else 3)
    return json.loads(done.stdout)


def cases(options):
    """Five turns of each number, however long they take: --seconds has no say here."""
    for campaigns in CAMPAIGNS[:1] if options.quick else CAMPAIGNS:
        yield one(options, campaigns, "mixed")
