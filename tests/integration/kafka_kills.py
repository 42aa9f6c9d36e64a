"""SIGKILL of the broker, of control and of the dataplane in turn, under load; the judge at the end."""
import random
import time

from kafka_rig import DEAD, MATCHES, Failure, KafkaTrial, is_alive, wait_until, SETTLE_S

ROUND = 30   # kills between two judgements, so that what the judge holds in memory stays small
RATE = 1500


def kill_broker(trial, rng):
    trial.wait_room()
    trial.cluster.kill()
    trial.wait_acknowledged_more("events are acknowledged while Kafka is away")
    time.sleep(rng.uniform(0, 0.5))
    trial.cluster.start()


def kill_process(name):
    def kill(trial, rng):
        del rng
        pid = trial.gateway.signal(name, 9)
        wait_until("process %d is gone" % pid, SETTLE_S, lambda: not is_alive(pid))
        trial.gateway.wait_whole()
    return kill


TURNS = (("broker", kill_broker), ("control", kill_process("control")), ("dataplane", kill_process("dataplane")))


def run_round(programs, cluster, probe, workers, seed, kills):
    rng = random.Random(seed)
    with KafkaTrial(programs, cluster, probe, seed, workers) as trial:
        cluster.start()
        trial.forget(MATCHES, DEAD)
        trial.create(MATCHES)
        trial.create(DEAD)
        trial.gateway.start()
        trial.send(RATE, 100000)
        trial.wait_acknowledged_more("the first events are acknowledged")
        for i in range(kills):
            name, kill = TURNS[i % len(TURNS)]
            time.sleep(rng.uniform(0, 0.6))
            kill(trial, rng)
            trial.wait_acknowledged_more("events are acknowledged after kill %d, of %s" % (i + 1, name))
            if not trial.sending():
                raise Failure("the traffic ended by itself")
        trial.wait_forwarded_more("records are delivered again")
        return trial.conclude()


def run(programs, cluster, probe, options):
    """How many rounds failed."""
    failed = done = 0
    for workers in options.workers:
        left = options.kills
        while left > 0:
            kills, seed = min(ROUND, left), options.seed + done * 1000 + workers
            what = "kills: %d, %d workers, seed %d" % (kills, workers, seed)
            try:
                print("passed   %s: %s" % (what, run_round(programs, cluster, probe, workers, seed, kills)), flush=True)
            except Failure as why:
                print("FAILED   %s: %s" % (what, why), flush=True)
                failed += 1
            left, done = left - kills, done + 1
    return done - failed, failed
