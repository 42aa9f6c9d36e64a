#!/usr/bin/env python3
"""The gateway and a real Kafka, whatever happens to either side.

Traffic comes as in the crash tests, and their judge has the last word: what the client was told is
compared with what an independent consumer reads from the topics. Exit codes: 0 all passed, 1 something
failed, 2 used wrongly, 77 there is no Kafka to be had here (with CI=true that is a failure)."""
import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "crash"))

import broker  # noqa: E402
from rig import Failure, Programs, Trial, wait_until  # noqa: E402

RATE = 5000
SETTLE_S = 180
MATCHES, DEAD = "campaign.push", "campaign.dead"


class KafkaTrial(Trial):
    """A gateway whose only sink is Kafka."""

    def __init__(self, programs, cluster, probe, seed, workers=2, **properties):
        super().__init__(programs, workers, seed)
        self.cluster, self.probe = cluster, probe
        properties = {"bootstrap.servers": cluster.bootstrap,
                      **{name.replace("_", "."): value for name, value in properties.items()}}
        self.gateway.settings["sink.file.path"] = '""'
        self.gateway.settings["sink.kafka.properties"] = json.dumps(properties)
        self.gateway.settings["sink.kafka.topic"] = '"campaign.{channel}"'

    def ask(self, *words):
        done = subprocess.run([self.probe, self.cluster.bootstrap, *map(str, words)], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=SETTLE_S)
        if done.returncode:
            raise Failure("kafka_probe %s: %s" % (" ".join(map(str, words)), done.stderr.decode().strip()))
        return done.stdout

    def create(self, topic, partitions=4, replicas=1, **config):
        self.ask("create", topic, partitions, replicas,
                 *("%s=%s" % (name.replace("_", "."), value) for name, value in config.items()))

    def read(self, topic):
        return [json.loads(line) for line in self.ask("read", topic).splitlines()]

    def sink(self):
        return self.gateway.status()["sinks"][0]

    def judge(self):
        """What the topics hold, as the judge reads it."""
        folder = self.gateway.path("matches")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "kafka.ndjson"), "w") as file:
            for record in self.read(MATCHES):
                file.write(record["value"] + "\n")
        return super().judge()

    def forget_topics(self, *topics):
        for topic in topics:
            try:
                self.ask("delete", topic)
            except Failure:
                pass


def check(true, what):
    if not true:
        raise Failure(what)


def arrives(trial):
    """Records are what the documents say: key, value, headers; one partition a key, in order."""
    trial.create(MATCHES)
    trial.gateway.start()
    trial.send(RATE, 4)
    trial.gun.wait(60)
    counts = trial.conclude()
    records = trial.read(MATCHES)
    partitions = {}
    for record in records:
        value, headers = json.loads(record["value"]), record["headers"]
        check(record["key"] == value["key"], "the key is the customer: %s" % record)
        check(headers["ce_id"] == value["id"] and len(value["id"]) == 32, "ce_id is the match id: %s" % record)
        check(headers["ce_specversion"] == "1.0" and headers["content-type"] == "application/json" and
              headers["ce_source"] and headers["ce_type"].endswith(value["campaign"]) and
              headers["ce_time"] == value["event"]["time"], "CloudEvents in binary mode: %s" % headers)
        check(set(value) >= {"id", "campaign", "campaign_version", "ruleset", "key", "event", "data", "received",
                             "committed"}, "the value is whole: %s" % value)
        check(partitions.setdefault(record["key"], record["partition"]) == record["partition"], "one partition a key")
    check(len(set(partitions.values())) > 1, "keys spread over partitions")
    check(counts["repeated"] == 0, "nothing died, nothing comes twice: %s" % counts)
    return counts


def broker_dies(trial):
    """The broker is killed and started again, three times, under load."""
    trial.create(MATCHES)
    trial.gateway.start()
    trial.send(RATE, 100000)
    for _ in range(3):
        trial.wait_acknowledged_more("events are acknowledged")
        time.sleep(1)
        trial.cluster.kill()
        trial.wait_acknowledged_more("events are acknowledged while Kafka is away")
        trial.cluster.start()
        forwarded = trial.sink()["forwarded"]
        wait_until("records are delivered again", SETTLE_S, lambda n=forwarded: trial.sink()["forwarded"] > n)
    return trial.conclude()


def control_dies(trial):
    """Control is killed at random moments: what it had not been told was delivered comes again."""
    trial.create(MATCHES)
    trial.gateway.start()
    trial.send(RATE, 100000)
    for i in range(6):
        trial.wait_acknowledged_more("events are acknowledged")
        time.sleep(0.3 + 0.1 * i)
        trial.gateway.signal("control", 9)
        trial.gateway.wait_whole()
    return trial.conclude()


def topic_is_missing(trial):
    """A topic that does not exist yet: said so, and nothing is lost."""
    trial.gateway.start()
    trial.send(500, 100000)
    wait_until("the log names what is missing", SETTLE_S,
               lambda: "campaign.push: the topic does not exist; create it" in trial.gateway.log_text())
    wait_until("errors are counted", SETTLE_S, lambda: trial.sink()["errors"] > 0)
    trial.create(MATCHES)
    wait_until("records are delivered", SETTLE_S, lambda: trial.sink()["forwarded"] > 0)
    return trial.conclude()


def record_too_large(trial):
    """What is too large for its topic goes to the dead-letter topic; the others flow."""
    trial.create(MATCHES, max_message_bytes=2000)
    trial.create(DEAD)
    rng = random.Random(trial.seed)
    trial.gateway.campaigns = {"large.yaml": LARGE}
    trial.gateway.start()
    port = trial.gateway.channels[0][2]
    events = [{"id": "e%d" % i, "time": "2026-11-21T09:00:00Z", "type": "card.payment", "customer": "C%d" % (i % 7),
               "text": "%0*x" % (4000 if i % 5 == 0 else 3, rng.getrandbits(16000 if i % 5 == 0 else 12))} for i in range(100)]
    reply = post(trial.gateway.address, port, events)
    check(reply["matched"] == 100, "all match: %s" % reply)
    wait_until("all are delivered or buried", SETTLE_S,
               lambda: trial.sink()["forwarded"] + trial.sink()["dead_letters"] == 100 and
               trial.sink()["lag_blocks"] == 0)
    check(trial.sink()["dead_letters"] == 20, "the large ones are buried: %s" % trial.sink())
    check(trial.gateway.stop() == 0, "it stops")
    dead, alive = trial.read(DEAD), trial.read(MATCHES)
    check({json.loads(one["value"])["event"]["id"] for one in dead} == {"e%d" % i for i in range(0, 100, 5)},
          "the dead letters are the large ones")
    check(len(alive) == 80, "the others flow: %d" % len(alive))
    for one in dead:
        check(one["headers"]["sluice-topic"] == MATCHES and one["headers"]["sluice-reason"] == "MSG_SIZE_TOO_LARGE" and
              one["headers"]["ce_id"], "a dead letter says why: %s" % one["headers"])
    return {"dead_letters": len(dead), "delivered": len(alive)}


LARGE = """campaign: large
kind: service
match: type == "card.payment"
send: {channel: push, template: T, data: {text: text}}
"""


def post(address, port, events):
    connection = http.client.HTTPConnection(address, port, timeout=60)
    connection.request("POST", "/v1/events", json.dumps(events), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    check(answer.status == 200, "the gateway takes the events: %d %s" % (answer.status, text))
    return json.loads(text)


def away_for_long(trial):
    """Kafka is away until the journal is full and sources are told to wait; then everything arrives."""
    trial.create(MATCHES)
    trial.gateway.settings["journal.bytes"] = "16MiB"
    trial.gateway.start()
    trial.send(RATE, 100000)
    trial.wait_acknowledged_more("events are acknowledged")
    trial.cluster.kill()
    wait_until("sources are told to wait", SETTLE_S, lambda: trial.gateway.status()["journal"]["backpressure"])
    check(trial.gateway.status()["journal"]["fill_permille"] < 900, "before the journal is full")
    trial.cluster.start()
    wait_until("sources are served again", SETTLE_S, lambda: not trial.gateway.status()["journal"]["backpressure"])
    trial.wait_acknowledged_more("events are acknowledged again")
    counts = trial.conclude()
    check(trial.summary["unavailable"] > 0, "503 was answered meanwhile: %s" % trial.summary)
    return counts


def leader_changes(trial):
    """Three nodes, two have to have a record: one dies, then two, then they come back."""
    trial.create(MATCHES, partitions=6, replicas=3, min_insync_replicas=2)
    trial.gateway.start()
    trial.send(RATE, 100000)
    trial.wait_acknowledged_more("events are acknowledged")
    trial.cluster.nodes[0].kill()
    forwarded = trial.sink()["forwarded"]
    wait_until("two nodes take over", SETTLE_S, lambda: trial.sink()["forwarded"] > forwarded + RATE)
    trial.cluster.nodes[1].kill()
    trial.wait_acknowledged_more("events are acknowledged with one node left")
    trial.cluster.start()
    forwarded = trial.sink()["forwarded"]
    wait_until("delivered again", SETTLE_S, lambda: trial.sink()["forwarded"] > forwarded)
    return trial.conclude()


CASES = {"arrives": (arrives, 1), "broker-dies": (broker_dies, 1), "control-dies": (control_dies, 1),
         "topic-is-missing": (topic_is_missing, 1), "record-too-large": (record_too_large, 1),
         "away-for-long": (away_for_long, 1), "leader-changes": (leader_changes, 3)}


def run(programs, options, names, nodes, seed):
    failed = 0
    with broker.Cluster(broker.default_cache(), nodes) as cluster:
        for name in names:
            try:
                with KafkaTrial(programs, cluster, options.probe, seed) as trial:
                    trial.forget_topics(MATCHES, DEAD)
                    cluster.start()
                    print("passed   %s: %s" % (name, json.dumps(CASES[name][0](trial))), flush=True)
            except (Failure, subprocess.TimeoutExpired) as why:
                print("FAILED   %s: %s" % (name, why), flush=True)
                failed += 1
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", required=True, help="the build directory with the programs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("cases", nargs="*", metavar="CASE", help="of: " + " ".join(CASES))
    options = parser.parse_args()
    if set(options.cases) - set(CASES):
        parser.error("there is no case %s" % ", ".join(set(options.cases) - set(CASES)))
    options.probe = os.path.join(options.build, "tests", "integration", "kafka_probe")
    programs, names, failed = Programs(options.build), options.cases or list(CASES), 0
    try:
        for nodes in (1, 3):
            chosen = [name for name in names if CASES[name][1] == nodes]
            if chosen:
                failed += run(programs, options, chosen, nodes, options.seed)
    except broker.Unavailable as why:
        print("SKIPPED: no Kafka to test with: %s" % why)
        return 1 if os.environ.get("CI") == "true" else 77
    print("%d passed, %d failed" % (len(names) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
