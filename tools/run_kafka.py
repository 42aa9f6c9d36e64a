"""What `tools/run --kafka` adds: a broker of its own, and a consumer that shows what arrives there."""
import json
import os
import signal
import subprocess
import sys
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# what librdkafka calls a pattern begins with ^; all that the sink writes to, dead letters too
TOPICS = r"^campaign\..*"
SINK = """sink:
  file:
    path: ""
  kafka:
    topic: "campaign.{channel}"
    properties: {"bootstrap.servers": "%s"}
"""


class Broker:
    """Started by its script; its address, or None where there is no Kafka to be had."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, "tests", "integration", "broker.py"), "--auto-topics"],
            stdout=subprocess.PIPE, start_new_session=True)
        line = self.process.stdout.readline()
        self.bootstrap = json.loads(line)["bootstrap"] if line else None

    def settings(self):
        return SINK % self.bootstrap

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Consumer:
    """Reads the topics from their beginning; keeps the latest few records and how many there were."""

    def __init__(self, build, bootstrap):
        self.count, self.latest = 0, []
        self.process = subprocess.Popen(
            [os.path.join(build, "tests", "integration", "kafka_probe"), bootstrap, "follow", TOPICS],
            stdout=subprocess.PIPE, start_new_session=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            record = json.loads(line)
            self.count += 1
            self.latest = self.latest[-9:] + [json.loads(record["value"])]

    def sample(self, n):
        taken, self.latest = self.latest[-n:], []
        return taken

    def stop(self):
        self.process.kill()
        self.process.wait()
