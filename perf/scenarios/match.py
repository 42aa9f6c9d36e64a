"""Decode and match from memory beside simdjson and hs_scan alone."""
import json
import os
import subprocess

from harness.failure import Failure

CAMPAIGNS = (10, 100, 1000, 10000, 100000)
KINDS = ("mixed", "literal", "numeric", "regex")
ADVERSARIAL = ("range-by-type", "same-equality", "negation", "or-of-twenty", "one-terrible")


def one(options, scenario, campaigns, kind, hit_rate=0.01):
    command = [os.path.join(options.build, "perf", "match_micro"), "--schema",
               os.path.join(options.root, "rules", "examples", "schema.yaml"), "--campaigns", str(campaigns), "--kind",
               kind, "--hit-rate", str(hit_rate), "--seconds", str(options.seconds), "--scenario", scenario]
    if options.quick:
        command += ["--megabytes", "4"]
    done = subprocess.run(command, stdout=subprocess.PIPE)
    if done.returncode not in (0, 1) or not done.stdout:
        raise Failure("match_micro failed for %d campaigns, %s" % (campaigns, kind), 3)
    case = json.loads(done.stdout)
    case["good"] = done.returncode == 0 and case["matches"] == case["oracle_matches"] and not case["candidates_cut"]
    return case


def cases(options):
    for campaigns in CAMPAIGNS[:2] if options.quick else CAMPAIGNS[:4]:
        yield one(options, "match", campaigns, "mixed")
    if not options.quick:
        yield one(options, "match", CAMPAIGNS[3], "range-by-type")


def scaling_cases(options):
    """What an event costs while campaigns that it does not match are added."""
    for kind in KINDS[:1] if options.quick else KINDS:
        for campaigns in CAMPAIGNS[:2] if options.quick else CAMPAIGNS:
            yield one(options, "match-scaling", campaigns, kind)
    if options.quick:
        yield one(options, "match-scaling", CAMPAIGNS[1], "mixed-temporal")
        return
    for campaigns in CAMPAIGNS:
        yield one(options, "match-scaling", campaigns, "mixed", 0.1)
    for campaigns in CAMPAIGNS[-2:]:
        yield one(options, "match-scaling", campaigns, "mixed-temporal")
    for kind in ADVERSARIAL:
        yield one(options, "match-scaling", CAMPAIGNS[-1] if kind != "range-by-type" else 10000, kind)
