"""Decode and match from memory beside simdjson and hs_scan alone."""
import json
import os
import subprocess

from harness.failure import Failure

CAMPAIGNS = (10, 100, 1000, 10000)


def one(options, campaigns, kind):
    command = [os.path.join(options.build, "perf", "match_micro"), "--schema",
               os.path.join(options.root, "rules", "examples", "schema.yaml"), "--campaigns", str(campaigns), "--kind",
               kind, "--seconds", str(options.seconds)]
    if options.quick:
        command += ["--megabytes", "4"]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode not in (0, 1) or not done.stdout:
        raise Failure("match_micro failed", 3)
    case = json.loads(done.stdout)
    case["good"] = done.returncode == 0 and case["matches"] == case["oracle_matches"] and not case["candidates_cut"]
    return case


def cases(options):
    for campaigns in CAMPAIGNS[:2] if options.quick else CAMPAIGNS:
        yield one(options, campaigns, "mixed")
    if not options.quick:
        yield one(options, CAMPAIGNS[-1], "range-by-type")
