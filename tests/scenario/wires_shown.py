"""What `tools/run --dpdk` shows: captures of datagrams and of HTTP come by wires, match, and the accounting says so."""
import argparse
import json
import os
import signal
import subprocess
import sys

from gateway import LEDGER, LIBC, PR_SET_PDEATHSIG, READY_S, Failure

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SECONDS, RATE = 1, 4000


def end_with_me():
    """It ends its gateway first, so it is asked, not killed."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def expect(condition, what, shown):
    if not condition:
        raise Failure("%s: %s" % (what, shown))


def check(build):
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "run_gateway.py"), "--build", build,
                           "--rules", os.path.join(ROOT, "rules", "examples"), "--dpdk", "--json",
                           "--seconds", str(SECONDS), "--rate", str(RATE)],
                          capture_output=True, text=True, timeout=2 * READY_S, preexec_fn=end_with_me)
    expect(done.returncode == 0, "ended with %d" % done.returncode, done.stderr)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    expect(len(lines) == 2, "standard output is two lines", done.stdout)
    ready, last = lines
    on_wires = {one["protocol"]: one["address"] for one in ready["listening"] if one["address"].startswith("wire")}
    expect(set(on_wires) == {"udp", "mirror"}, "a channel of each kind on wires", ready)
    ledger = last["ledger"]
    expect(set(ledger) == set(LEDGER) and last["adds_up"] is True, "a ledger that adds up", last)
    expect(ledger["received"] == SECONDS * RATE, "every event of the captures", last)
    expect(ledger["duplicates"] == ledger["dropped"] == 0, "nothing twice, nothing dropped", last)
    expect(0 < ledger["refused"] < RATE / 100, "the broken ones are refused", last)
    expect(0 < ledger["matched"] <= last["matches"] == last["forwarded"], "every match in the files", last)
    expect("captures   %d events, %d received\n" % (SECONDS * RATE, SECONDS * RATE) in done.stderr,
           "what became of the captures", done.stderr)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    check(os.path.abspath(parser.parse_args().build))


main()
