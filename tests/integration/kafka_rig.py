"""What the tests with a real Kafka share: a gateway whose only sink it is, and topics as they are read."""
import json
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "crash"))

from rig import Failure, Programs, Trial, is_alive, wait_until  # noqa: E402,F401

RATE = 2000
SETTLE_S = 300
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
        return self.gateway.wait_status()["sinks"][0]

    def wait_room(self):
        """Kafka may go now: what comes while it is away finds room, however slow everything was until here."""
        wait_until("the journal is nearly empty", SETTLE_S,
                   lambda: self.gateway.wait_status()["journal"]["fill_permille"] < 150)

    def wait_forwarded_more(self, what, n=1):
        """Than now; a control that was started again counts from nothing."""
        before = self.sink()["forwarded"]
        wait_until(what, SETTLE_S, lambda: self.sink()["forwarded"] >= before + n)

    def wait_trouble(self, *words):
        """The sink's trouble, once it has one of the words in it."""
        said = wait_until("the sink's trouble names %s" % " or ".join(words), SETTLE_S,
                          lambda: [text for text in [self.sink().get("trouble", "")] if any(w in text for w in words)])
        return said[0]

    def wait_problems(self, what, true):
        """Once the problems of the topics are as expected: {(topic, problem), …}."""
        seen = []

        def look():
            topics = self.sink()["topics"]
            seen[:] = [topics]
            return topics["state"] == "asked" and true({(one.get("topic"), one["problem"]) for one in topics["problem"]})
        try:
            wait_until(what, SETTLE_S, look)
        except Failure as why:
            raise Failure("%s; the topics: %s" % (why, seen)) from None

    def restart_control(self):
        """As after a change of the settings."""
        before = self.gateway.n_ready
        self.gateway.signal("control", signal.SIGTERM)
        self.gateway.wait_ready_line(before)
        self.gateway.wait_whole()

    def keep(self, topic, name):
        """What the topic holds now is part of what is judged."""
        folder = self.gateway.path("matches")
        os.makedirs(folder, exist_ok=True)
        records = self.read(topic)
        with open(os.path.join(folder, name + ".ndjson"), "w") as file:
            for record in records:
                file.write(record["value"] + "\n")
        return len(records)

    def judge(self):
        """What the topics hold, as the judge reads it."""
        self.keep(MATCHES, "kafka")
        return super().judge()

    def forget(self, *topics):
        """Gone for good: to be made anew."""
        for topic in topics:
            wait_until("%s is gone" % topic, SETTLE_S, lambda name=topic: self.is_gone(name))

    def is_gone(self, topic):
        try:
            self.ask("delete", topic)
        except Failure as why:
            return "Unknown topic" in str(why)
        return False


def check(true, what):
    if not true:
        raise Failure(what)
