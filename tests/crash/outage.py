"""Cases of processes that die at a named step, stand still, or are away."""
import collections
import os
import signal
import subprocess
import time

from rig import SETTLE_S, Failure, Trial, is_alive, wait_until

Case = collections.namedtuple("Case", "run by_workers")
RATE = 5000
BACKLOG_BYTES = 32768  # of acknowledged ids; their records, dumped, fill a pipe many times

# Each step, and at which passing of it the process dies: some work is done in each life.
FAILPOINTS = {"parsed": 300, "before_commit": 200, "committed": 200, "trimmed": 40, "before_ack": 500,
              "produced": 20, "before_cursor": 20}
LIVES = 3
LONG_S = 300  # for what takes a quarter of a minute on an idle machine


def die_at(step):
    def run(programs, workers, options):
        with Trial(programs, workers, seed=200 + workers) as trial:
            gateway = trial.gateway
            gateway.environment = {"SLUICE_FAILPOINT": "%s:%d" % (step, FAILPOINTS[step])}
            gateway.launch()
            trial.send(RATE, 1000)
            wait_until("it has died %d times and come up again" % LIVES, LONG_S, lambda: gateway.n_ready > LIVES)
            deaths = gateway.log_text().count("ended by signal 9")
            if deaths < LIVES:
                raise Failure("it died %d times only" % deaths)
            gateway.process.terminate()
            gateway.wait_end(gateway.process)
            gateway.environment = {}
            gateway.start()
            trial.wait_acknowledged_more("events are acknowledged again")
            counts = trial.conclude()
            return "died %d times; %d acknowledged, %d records" % (deaths, counts["acknowledged"], counts["records"])
    return Case(run, True)


def control_gone(programs, workers, options):
    """The dataplane is unaffected, with the same process; control catches up."""
    with Trial(programs, workers, seed=300 + workers) as trial:
        gateway = trial.gateway
        gateway.prepare()
        dataplane = gateway.start_apart("dataplane")
        gateway.start_apart("control")
        gateway.wait_running()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        control = gateway.apart.pop("control")
        control.kill()
        control.wait()
        end = time.monotonic() + options.seconds
        while time.monotonic() < end:
            trial.wait_acknowledged_more("events are acknowledged while control is gone")
            time.sleep(0.2)
        gateway.start_apart("control")
        gateway.wait_running()
        trial.end_traffic()
        trial.settle()
        if dataplane.poll() is not None or trial.summary["connections_lost"]:
            raise Failure("the dataplane was affected: %s" % trial.summary)
        gateway.stop()
        counts = trial.judge()
        return "%d s; no connection lost; %d acknowledged" % (options.seconds, counts["acknowledged"])


def journal_at_its_limit(programs, workers, options):
    """Five outages and drains: backpressure before the limit, and neither the file nor its fill grows."""
    with Trial(programs, workers, seed=400 + workers) as trial:
        gateway = trial.gateway
        gateway.settings["journal.bytes"] = "16MiB"
        gateway.start()
        path, fills, sizes, commits = gateway.path("data", "journal", "data.mdb"), [], [], []
        trial.send(20000, 1000, drain_seconds=300)
        for _ in range(5):
            control = gateway.signal("control", signal.SIGSTOP)
            trial.wait_refused("the journal is full up to its mark")
            os.kill(control, signal.SIGCONT)
            status = gateway.wait_status()
            fills.append(status["journal"]["fill_permille"])
            sizes.append(os.path.getsize(path))
            commits.append(status["journal"]["commit_ns_max"] // 1000000)
            trial.wait_acknowledged_more("events are acknowledged again")
            wait_until("the backlog is forwarded and trimmed", SETTLE_S, lambda: drained(gateway.status()))
        counts = trial.conclude()
        if len(set(sizes)) != 1 or sizes[0] > 16 << 20:
            raise Failure("the file changed its size: %s" % sizes)
        return "fill at most %d permille, file %d MiB, longest commit %s ms, %d times 503; %d acknowledged" % (
            max(fills), sizes[0] >> 20, commits, trial.summary["unavailable"], counts["acknowledged"])


def drained(status):
    return status and not status["journal"]["backpressure"] and status["journal"]["fill_permille"] < 300


def stale_reader(programs, workers, options):
    """A reader of the journal that was killed in its transaction does not stop it from being trimmed."""
    with Trial(programs, workers, seed=500 + workers) as trial:
        gateway = trial.gateway
        gateway.settings["journal.bytes"] = "16MiB"
        gateway.start()
        trial.send(RATE, 1000)
        trial.wait_acknowledged_more("events are acknowledged")
        # control stands still, so that there is more to read than fits the pipe that nobody empties
        gateway.signal("control", signal.SIGSTOP)
        before = trial.acknowledged()
        wait_until("a backlog", SETTLE_S, lambda: trial.acknowledged() > before + BACKLOG_BYTES)
        reader = subprocess.Popen(["mdb_dump", gateway.path("data", "journal")], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
        reader.stdout.read(1)  # it is in its transaction
        if reader.poll() is not None:
            raise Failure("mdb_dump ended by itself")
        gateway.signal("control", signal.SIGCONT)
        held = wait_until("the reader shows in the status", SETTLE_S, lambda: oldest_reader(gateway, 10))
        reader.kill()
        reader.wait()
        reader.stdout.close()
        before = gateway.wait_status()["journal"]["blocks"]
        # three times its size goes through it
        wait_until("48 MiB of blocks are written", LONG_S,
                   lambda: (gateway.status() or {"journal": {"blocks": 0}})["journal"]["blocks"] - before > 25000)
        # held by the reader it would be full by now, and stay so; a slow sink only lags
        status = wait_until("the reader is cleared and the journal is trimmed", LONG_S, lambda: trimmed(gateway))
        counts = trial.conclude()
        return "%d transactions behind, then cleared; fill %d permille; %d acknowledged" % (
            held, status["fill_permille"], counts["acknowledged"])


def trimmed(gateway):
    status = gateway.status()
    journal = status["journal"] if status else {"stale_readers": 0}
    return journal if journal["stale_readers"] and journal["fill_permille"] <= 500 else None


def oldest_reader(gateway, least):
    status = gateway.status()
    age = status["journal"]["oldest_reader_txns"] if status else 0
    return age if age > least else 0


def says_stalled(gateway):
    status = gateway.status()
    return status and not status["ready"] and any("is stalled: it has stood still for" in why
                                                  for why in status["not_ready"])


def stopped_dataplane(programs, workers, options):
    """SIGSTOP and SIGCONT: what was under way is answered or sent again."""
    with Trial(programs, workers, seed=600 + workers) as trial:
        gateway = trial.gateway
        gateway.start()
        trial.send(RATE, 1000)
        for name in ("dataplane", "control"):
            trial.wait_acknowledged_more("events are acknowledged")
            pid = gateway.signal(name, signal.SIGSTOP)
            if name == "dataplane":
                wait_until("the status says that it is stalled", SETTLE_S, lambda: says_stalled(gateway))
            time.sleep(options.seconds)
            if not is_alive(pid):
                raise Failure("%s is gone" % name)
            os.kill(pid, signal.SIGCONT)
            trial.wait_acknowledged_more("events are acknowledged again")
            wait_until("it is ready again", SETTLE_S, lambda: (gateway.status() or {"ready": False})["ready"])
        counts = trial.conclude()
        return "%d s each; %d acknowledged, %d connections lost" % (
            options.seconds, counts["acknowledged"], trial.summary["connections_lost"])


CASES = {
    **{"die-at-" + step.replace("_", "-"): die_at(step) for step in FAILPOINTS},
    "stopped": Case(stopped_dataplane, True),
    "journal-limit": Case(journal_at_its_limit, True),
    "stale-reader": Case(stale_reader, True),
    "control-gone": Case(control_gone, True),
}
