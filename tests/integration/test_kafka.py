#!/usr/bin/env python3
"""The gateway and a real Kafka, whatever happens to either side.

Traffic comes as in the crash tests, and their judge has the last word: what the client was told is
compared with what an independent consumer reads from the topics. README.md has the cases; `kills`
takes broker, control and dataplane in turn. Exit codes: 0 all passed, 1 something failed, 2 used
wrongly, 77 there is no Kafka to be had here (with CI=true that is a failure)."""
import argparse
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True

import broker  # noqa: E402
import kafka_faults  # noqa: E402
import kafka_flow  # noqa: E402
import kafka_kills  # noqa: E402
from kafka_rig import DEAD, MATCHES, Failure, KafkaTrial, Programs  # noqa: E402

CASES = {**kafka_flow.CASES, **kafka_faults.CASES}
SECURE = ("credentials", "certificate")


def run_cases(programs, cluster, options, names):
    failed = 0
    for name in names:
        try:
            with KafkaTrial(programs, cluster, options.probe, options.seed) as trial:
                cluster.start()
                trial.forget(MATCHES, DEAD)
                print("passed   %s: %s" % (name, json.dumps(CASES[name][0](trial))), flush=True)
        except (Failure, subprocess.TimeoutExpired) as why:
            print("FAILED   %s: %s" % (name, why), flush=True)
            failed += 1
    return failed


def run(programs, options):
    """Passed and failed, a cluster for each kind of cases."""
    passed = failed = 0
    for nodes, secure in ((1, False), (1, True), (3, False)):
        chosen = [name for name in options.cases if name in CASES and CASES[name][1] == nodes and
                  (name in SECURE) == secure]
        kills = "kills" in options.cases and (nodes, secure) == (1, False)
        if not chosen and not kills:
            continue
        with broker.Cluster(broker.default_cache(), nodes, secure=secure) as cluster:
            bad = run_cases(programs, cluster, options, chosen)
            passed, failed = passed + len(chosen) - bad, failed + bad
            if kills:
                good, bad = kafka_kills.run(programs, cluster, options.probe, options)
                passed, failed = passed + good, failed + bad
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build directory with the programs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=100, help="of the case `kills`, for each number of workers (100)")
    parser.add_argument("--workers", type=lambda text: [int(word) for word in text.split(",")], default=[2],
                        help="of the case `kills` (2)")
    parser.add_argument("cases", nargs="*", metavar="CASE", help="of: kills " + " ".join(CASES) + "; all but kills")
    options = parser.parse_args()
    options.cases = options.cases or list(CASES)
    if set(options.cases) - set(CASES) - {"kills"}:
        parser.error("there is no case %s" % ", ".join(set(options.cases) - set(CASES)))
    options.probe = os.path.join(options.build, "tests", "integration", "kafka_probe")
    try:
        passed, failed = run(Programs(options.build), options)
    except broker.Unavailable as why:
        print("SKIPPED: no Kafka to test with: %s" % why)
        return 1 if os.environ.get("CI") == "true" else 77
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
