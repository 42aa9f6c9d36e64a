"""What the crash tests share: a gateway whose campaigns the judge knows, traffic with the client's own
journal of what was acknowledged, and the judgement at the end."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "scenario"))

from client import is_refused  # noqa: E402
from gateway import (  # noqa: E402
    Failure, Gateway, Programs, campaign, children_of, die_with_me, is_alive, ledger_faults, wait_until)
from judge import CAMPAIGNS, judge, regenerate  # noqa: E402

EXAMPLES = os.path.join(HERE, os.pardir, os.pardir, "rules", "examples")
DUPLICATES = "0.01"
SETTLE_S = 120


class Impossible(Exception):
    """This cannot be tried on this machine."""


def try_all(trials):
    """Tries each (what, function that says what was seen); a line for each, and the exit code."""
    passed = failed = skipped = 0
    for what, attempt in trials:
        try:
            seen = attempt()
        except Impossible as reason:
            print("skipped  %s: %s" % (what, reason))
            skipped += 1
        except Failure as problem:
            print("FAILED   %s: %s" % (what, problem))
            failed += 1
        else:
            print("passed   %s: %s" % (what, seen))
            passed += 1
        sys.stdout.flush()
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
    if failed:
        return 1
    return 0 if passed else 77


class Trial:
    """One gateway and one stream of traffic, in a directory of their own."""

    def __init__(self, programs, workers, seed, io="auto", connections=64, pipeline=4, batch=10):
        self.programs, self.workers, self.seed = programs, workers, seed
        self.shape = ["--connections", str(connections), "--pipeline", str(pipeline), "--batch", str(batch)]
        self.directory = tempfile.mkdtemp(prefix="sluice-crash-")
        self.gateway = Gateway(programs, self.directory, workers, io)
        with open(os.path.join(EXAMPLES, "schema.yaml")) as file:
            self.gateway.schema = file.read()
        self.gateway.campaigns = {name + ".yaml": campaign(name, condition)
                                  for name, (condition, _) in CAMPAIGNS.items()}
        self.acked = os.path.join(self.directory, "acked")
        self.gun = None
        self.summary = None
        self.kept = False

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        if self.gun and self.gun.poll() is None:
            self.gun.kill()
            self.gun.wait()
        self.gateway.kill_all()
        if problem:
            print("    the log ends:\n" + "".join("      %s\n" % line[:300] for line in
                                                 self.gateway.log_text().splitlines()[-15:]))
        if problem and os.environ.get("SLUICE_CRASH_KEEP"):
            print("    kept: %s" % self.directory)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    # ---- traffic

    def send(self, rate, seconds, drain_seconds=120):
        """In the background: what is not answered is sent again, as clients do."""
        port = self.gateway.channels[0][2]
        self.gun = subprocess.Popen(
            [self.programs.gun, "--target", "%s:%d" % (self.gateway.address, port), "--json", "--rate", str(rate),
             "--seconds", str(seconds), "--seed", str(self.seed), "--duplicates", DUPLICATES, "--acked", self.acked,
             "--drain-seconds", str(drain_seconds), *self.shape],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
            preexec_fn=die_with_me)

    def sending(self):
        return self.gun.poll() is None

    def acknowledged(self):
        """Bytes of the client's own journal: grows as long as it is served."""
        return os.path.getsize(self.acked) if os.path.exists(self.acked) else 0

    def wait_acknowledged_more(self, what):
        before = self.acknowledged()
        wait_until(what, SETTLE_S, lambda: self.acknowledged() > before)

    def wait_refused(self, what):
        wait_until(what, SETTLE_S, lambda: is_refused(self.gateway))

    def end_traffic(self):
        """Stops sending; waits until what is under way is answered."""
        if self.sending():
            self.gun.send_signal(signal.SIGTERM)
        out = self.gun.communicate(timeout=300)[0]
        self.summary = json.loads(out.splitlines()[-1])
        if self.summary["nonsense"] or self.summary["rejected"]:
            raise Failure("answers that make no sense: %s" % self.summary)
        return self.summary

    # ---- the end

    def settle(self):
        status = self.gateway.wait_idle(SETTLE_S)
        faults = ledger_faults(status)
        if faults:
            raise Failure("; ".join(faults))
        return status

    def judge(self):
        """Everything has been forwarded and the gateway has stopped."""
        events = regenerate(self.programs.gun, self.seed, self.summary["sent"], DUPLICATES)
        verdict = judge([self.acked], self.gateway.path("matches"), events)
        if not verdict.counts["acknowledged"]:
            raise Failure("nothing was acknowledged: %s" % self.summary)
        if verdict.faults:
            raise Failure("; ".join(verdict.faults))
        return verdict.counts

    def conclude(self):
        """What every trial ends with; the judge's counts."""
        self.end_traffic()
        self.settle()
        status = self.gateway.stop()
        if status:
            raise Failure("`sluice up` ended with %d" % status)
        return self.judge()


def measure(programs, workers, **shape):
    """Events a second that this gateway takes with this traffic, each of them a match."""
    with Trial(programs, workers, seed=1, **shape) as trial:
        trial.gateway.start()
        trial.send(0, 3)
        trial.gun.wait(SETTLE_S)
        rate = trial.end_traffic()["events_per_s"]
        trial.gateway.stop()
    return rate
