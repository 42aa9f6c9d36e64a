"""Apache Kafka for tests: one node or several, from its Maven artifacts, without a container.

    tests/integration/broker.py [--nodes N] [--auto-topics] [--directory DIR]

starts a cluster, prints its address as {"bootstrap":"127.…:19092"} and runs until it is told to end.
Each process that starts one has a loopback address of its own, as gateways of tests have: a port stays
the same over restarts, and nobody else takes it while a node is away. The artifacts are fetched once,
by mvn, into the build folder."""
import argparse
import base64
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "scenario"))
from gateway import die_with_me, loopback_address  # noqa: E402

VERSION = "4.1.0"
PORT = 19092
READY_S = 120
MAVEN_S = 600
SETTINGS = """process.roles=broker,controller
node.id=%(id)d
controller.quorum.voters=%(voters)s
listeners=PLAINTEXT://%(address)s:%(port)d,CONTROLLER://%(address)s:%(controller)d
advertised.listeners=PLAINTEXT://%(address)s:%(port)d
controller.listener.names=CONTROLLER
log.dirs=%(directory)s/data
delete.topic.enable=true
offsets.topic.replication.factor=%(replicas)d
transaction.state.log.replication.factor=%(replicas)d
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
controller.quorum.election.timeout.ms=1000
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
"""
POM = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>sluice</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>%s</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
"""


SECURE = """listeners=PLAINTEXT://%(address)s:%(port)d,CONTROLLER://%(address)s:%(controller)d,SECURE://%(address)s:%(secure)d
advertised.listeners=PLAINTEXT://%(address)s:%(port)d,SECURE://%(address)s:%(secure)d
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL
inter.broker.listener.name=PLAINTEXT
listener.name.secure.sasl.enabled.mechanisms=PLAIN
listener.name.secure.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
    user_sluice="%(password)s";
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location=%(keystore)s
"""


class Unavailable(Exception):
    """There is no broker to be had here: no Java, no Maven, or nobody to fetch from."""


def artifacts(cache):
    """The folder with Kafka's jars, fetched where it is not there yet, by one of those who ask at once."""
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = os.path.join(cache, "kafka-" + VERSION)
        if not os.path.isdir(folder):
            fetch(cache, folder)
        return folder


def fetch(cache, folder):
    for program in ("java", "mvn"):
        if not shutil.which(program):
            raise Unavailable("there is no `%s`; apt-get install default-jre-headless maven" % program)
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        with open(os.path.join(fresh, "pom.xml"), "w") as file:
            file.write(POM % VERSION)
        try:
            done = subprocess.run(["mvn", "-q", "-B", "-f", fresh, "dependency:copy-dependencies",
                                   "-DoutputDirectory=" + os.path.join(fresh, "jars")],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=MAVEN_S)
        except subprocess.TimeoutExpired:
            raise Unavailable("fetching Kafka took more than %d s" % MAVEN_S) from None
        if done.returncode:
            raise Unavailable("Kafka's artifacts could not be fetched:\n" + done.stdout.decode()[-1000:])
        os.rename(os.path.join(fresh, "jars"), folder)


class Authority:
    """Makes the certificate of the brokers, valid or expired."""

    def __init__(self, directory, address):
        self.directory, self.address = directory, address
        self.certificate = os.path.join(directory, "ca.pem")
        self.keystore = os.path.join(directory, "keystore.pem")
        self.openssl("req", "-x509", *self.new_key("ca.key"), "-out", self.certificate, "-subj", "/CN=test authority",
                     "-days", "2")
        self.issue(days=1)

    def new_key(self, name):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                os.path.join(self.directory, name))

    def openssl(self, *words):
        done = subprocess.run(["openssl", *words], cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise RuntimeError("openssl %s: %s" % (words[0], done.stdout.decode()[-400:]))

    def issue(self, days):
        """days < 0: it has expired already."""
        self.openssl("req", *self.new_key("broker.key"), "-out", "broker.csr", "-subj", "/CN=" + self.address, "-addext",
                     "subjectAltName=IP:" + self.address)
        self.openssl("x509", "-req", "-in", "broker.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-copy_extensions", "copy", "-days", str(days), "-out", "broker.pem")
        with open(self.keystore, "w") as keystore:
            for name in ("broker.key", "broker.pem", "ca.pem"):
                with open(os.path.join(self.directory, name)) as file:
                    keystore.write(file.read())


class Node:
    def __init__(self, cluster, number):
        self.cluster, self.number = cluster, number
        self.port, self.controller, self.secure = (PORT + 10 * which + number - 1 for which in range(3))
        self.directory = os.path.join(cluster.directory, "node%d" % number)
        self.process = None

    def write_settings(self):
        cluster = self.cluster
        values = {"id": self.number, "voters": cluster.voters, "address": cluster.address, "port": self.port,
                  "controller": self.controller, "secure": self.secure, "directory": self.directory, "replicas": len(cluster.nodes),
                  "password": cluster.password, "keystore": cluster.authority and cluster.authority.keystore}
        with open(self.settings, "w") as file:
            file.write(SETTINGS % values)
            if cluster.authority:
                file.write(SECURE % values)  # what is said again replaces what was said before
            file.write("".join("%s=%s\n" % item for item in cluster.extra.items()))

    def format(self, cluster_id):
        os.makedirs(self.directory)
        self.settings = os.path.join(self.directory, "server.properties")
        self.write_settings()
        subprocess.run(self.java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", self.settings),
                       check=True, stdout=subprocess.DEVNULL, stderr=self.log())

    def log(self):
        return open(os.path.join(self.directory, "log"), "ab")

    def java(self, *words):
        return ["java", "-Xmx512m", "-Xms256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                os.path.join(self.cluster.jars, "*"), "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", *words]

    def start(self):
        self.write_settings()
        with self.log() as log:
            self.process = subprocess.Popen(self.java("kafka.Kafka", self.settings), stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_me)

    def wait(self):
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection((self.cluster.address, self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        with open(os.path.join(self.directory, "log"), errors="replace") as file:
            raise RuntimeError("Kafka's node %d did not start:\n%s" % (self.number, file.read()[-2000:]))

    def kill(self, number=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            if number in (signal.SIGKILL, signal.SIGTERM):
                self.process.wait()


class Cluster:
    """Nodes that are up; a context. secure: with a listener besides that wants TLS and a password."""

    def __init__(self, cache, nodes=1, directory=None, extra=None, secure=False):
        self.jars = artifacts(cache)
        self.extra = {"auto.create.topics.enable": "false", **(extra or {})}
        self.held = None if directory else tempfile.TemporaryDirectory(prefix="sluice-kafka-", dir="/var/tmp")
        self.directory = directory or self.held.name
        self.password = "right"  # of the user sluice; in effect from the next start of a node
        self.address = loopback_address()
        self.authority = Authority(self.directory, self.address) if secure else None
        self.nodes = [Node(self, i + 1) for i in range(nodes)]
        self.voters = ",".join("%d@%s:%d" % (node.number, self.address, node.controller) for node in self.nodes)
        # never with a dash in front, which Kafka's own tool takes for an option
        cluster_id = "s" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        try:
            for node in self.nodes:
                node.format(cluster_id)
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def secure_bootstrap(self):
        return ",".join("%s:%d" % (self.address, node.secure) for node in self.nodes)

    @property
    def bootstrap(self):
        return ",".join("%s:%d" % (self.address, node.port) for node in self.nodes)

    def start(self):
        for node in self.nodes:
            if not node.process or node.process.poll() is not None:
                node.start()
        for node in self.nodes:
            node.wait()

    def kill(self, number=signal.SIGKILL):
        for node in self.nodes:
            node.kill(number)

    def restart(self):
        """With what was changed."""
        self.kill()
        self.start()

    def close(self):
        self.kill()
        if self.held:
            self.held.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def default_cache():
    """One for all build folders of this tree."""
    return os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "build-kafka")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--auto-topics", action="store_true", help="make topics when something is sent to them")
    parser.add_argument("--directory", help="where the data lie; without, they go when it ends")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        extra = {"auto.create.topics.enable": "true", "num.partitions": "4"} if options.auto_topics else None
        with Cluster(default_cache(), options.nodes, options.directory, extra) as cluster:
            print(json.dumps({"bootstrap": cluster.bootstrap}), flush=True)
            while True:
                signal.pause()
    except Unavailable as why:
        print("broker.py: %s" % why, file=sys.stderr)
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
