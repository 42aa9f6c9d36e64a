"""Cases of a Kafka that does not do its part: topics that are wrong or gone, credentials, certificates."""
import json
import signal

from kafka_rig import DEAD, MATCHES, SETTLE_S, check, wait_until

RATE = 500  # the journal has room for minutes of it


def topics_are_looked_at(trial):
    """Missing, made with too little, mended: each is said once, in the log and in the status."""
    trial.gateway.start()
    trial.wait_problems("both topics are missed", lambda found: found == {(DEAD, "missing"), (MATCHES, "missing")})
    trial.create(MATCHES, partitions=1)
    trial.create(DEAD)
    trial.wait_problems("they are there", lambda found: found == {
        (DEAD, "one_replica"), (MATCHES, "one_replica"), (MATCHES, "one_partition")})
    looks = trial.sink()["topics"]["looks"]
    trial.gateway.signal("control", signal.SIGHUP)
    wait_until("they are looked at again with the settings", SETTLE_S, lambda: trial.sink()["topics"]["looks"] > looks)
    check(trial.gateway.stop() == 0, "it stops")
    log = trial.gateway.log_text()
    for sentence in ("topic campaign.push: it does not exist; create it", "topic campaign.dead: it does not exist",
                     "topic campaign.push: it has one partition", "topic campaign.push: it has one replica"):
        check(log.count(sentence) == 1, "the log says %d times: %s" % (log.count(sentence), sentence))
    return {}


def replicas_do_not_go_with_acks(trial):
    """Three nodes: what acks=all is worth by a topic's replicas and its min.insync.replicas."""
    expected = {(1, 2): {"one_replica", "never_enough_replicas"}, (3, 1): {"leader_alone"},
                (3, 3): {"no_spare_replica"}, (3, 2): set()}
    trial.create(DEAD, replicas=3, min_insync_replicas=2)
    trial.gateway.start()
    for (replicas, least), problems in expected.items():
        trial.create(MATCHES, replicas=replicas, min_insync_replicas=least)
        trial.restart_control()
        trial.wait_problems("%d replicas, min.insync.replicas=%d" % (replicas, least),
                            lambda found, p=problems: found == {(MATCHES, one) for one in p})
        trial.forget(MATCHES)
    check(trial.gateway.stop() == 0, "it stops")
    return {}


def away_at_start(trial):
    """Kafka is not there when the gateway starts: ready all the same, and it says so."""
    trial.create(MATCHES)
    trial.create(DEAD)
    trial.cluster.kill()
    trial.gateway.start()
    trial.send(RATE, 100000)
    trial.wait_acknowledged_more("events are acknowledged without Kafka")
    wait_until("the topics cannot be looked at", SETTLE_S,
               lambda: trial.sink()["topics"]["state"] == "unreachable")
    trouble = trial.wait_trouble("onnect")
    trial.gateway.wait_log("Kafka cannot be asked about its topics")
    trial.cluster.start()
    trial.wait_forwarded_more("delivered")
    trial.wait_problems("the topics are looked at", lambda found: (MATCHES, "one_replica") in found)
    wait_until("the trouble is over", SETTLE_S, lambda: "trouble" not in trial.sink())
    return {**trial.conclude(), "trouble": trouble}


def topic_is_deleted(trial):
    """Under load. What lay in it is read before; the rest waits until there is a topic again."""
    trial.create(MATCHES)
    trial.create(DEAD)
    trial.gateway.start()
    trial.send(RATE, 100000)
    trial.wait_forwarded_more("records are delivered", RATE)
    trial.wait_room()
    # what lies in the topic must be known when it goes: nobody may write then
    control = trial.gateway.signal("control", signal.SIGSTOP)
    counts = [0]

    def is_still():
        counts.append(trial.keep(MATCHES, "deleted"))
        return len(counts) > 4 and len(set(counts[-4:])) == 1
    wait_until("nothing more comes into the topic", SETTLE_S, is_still)
    trial.forget(MATCHES)
    trial.gateway.signal("control", signal.SIGCONT)
    check(trial.gateway.pid("control") == control, "control is the same process")
    trial.wait_acknowledged_more("events are acknowledged without the topic")
    trouble = trial.wait_trouble("does not exist")
    trial.wait_problems("it is missed", lambda found: (MATCHES, "missing") in found)
    trial.create(MATCHES)
    trial.wait_forwarded_more("records are delivered again")
    trial.wait_problems("it is there", lambda found: (MATCHES, "missing") not in found)
    return {**trial.conclude(), "before": counts[-1], "trouble": trouble}


def not_enough_replicas(trial):
    """Two have to have a record and one of them is away, with the cluster itself in order."""
    trial.create(MATCHES, partitions=6, replicas=2, min_insync_replicas=2)
    trial.create(DEAD, replicas=3, min_insync_replicas=2)
    trial.gateway.start()
    trial.send(RATE, 100000)
    trial.wait_forwarded_more("records are delivered", RATE)
    trial.wait_room()
    trial.cluster.nodes[2].kill()
    trouble = trial.wait_trouble("replicas", "eplica", "onnect")
    trial.wait_acknowledged_more("events are acknowledged meanwhile")
    wait_until("the sink falls behind", SETTLE_S, lambda: trial.sink()["lag_blocks"] > 0)
    trial.cluster.start()
    trial.wait_forwarded_more("delivered again")
    return {**trial.conclude(), "trouble": trouble}


def secure(trial, password):
    """The gateway comes over TLS, with a password."""
    properties = {"bootstrap.servers": trial.cluster.secure_bootstrap, "security.protocol": "sasl_ssl",
                  "sasl.mechanisms": "PLAIN", "sasl.username": "sluice", "sasl.password": password,
                  "ssl.ca.location": trial.cluster.authority.certificate}
    trial.gateway.settings["sink.kafka.properties"] = json.dumps(properties)


def check_no_secret(trial, *passwords):
    done = trial.gateway.run("status", "--api", trial.gateway.api, "--json")
    for password in passwords:
        check(password not in done.stdout and password not in trial.gateway.log_text(), "no password is shown")


def credentials_are_wrong(trial):
    """A wrong password, put right there; then expired there, put right here."""
    trial.cluster.password = "the-first-one"
    trial.cluster.restart()
    trial.create(MATCHES)
    secure(trial, "the-second-one")
    trial.gateway.start()
    trial.send(RATE, 100000)
    trial.wait_acknowledged_more("events are acknowledged")
    trouble = trial.wait_trouble("uthentication")
    trial.gateway.wait_log("uthentication")
    check(trial.sink()["forwarded"] == 0, "nothing is delivered")
    trial.cluster.password = "the-second-one"
    trial.cluster.restart()
    trial.wait_forwarded_more("delivered with the right password")
    trial.wait_room()
    trial.cluster.password = "the-third-one"
    trial.cluster.restart()
    trial.wait_trouble("uthentication")
    trial.wait_acknowledged_more("events are acknowledged with a password that has expired")
    secure(trial, "the-third-one")
    trial.gateway.write_files()
    trial.restart_control()
    trial.wait_forwarded_more("delivered with the new password")
    check_no_secret(trial, "the-first-one", "the-second-one", "the-third-one")
    return {**trial.conclude(), "trouble": trouble}


def certificate_has_expired(trial):
    """The broker's; then it has a new one."""
    trial.cluster.password = "right"
    trial.cluster.restart()
    trial.create(MATCHES)
    secure(trial, "right")
    trial.gateway.start()
    trial.send(RATE, 100000)
    trial.wait_forwarded_more("delivered")
    trial.wait_room()
    trial.cluster.authority.issue(days=-1)
    trial.cluster.restart()
    trouble = trial.wait_trouble("certificate")
    trial.wait_acknowledged_more("events are acknowledged meanwhile")
    trial.cluster.authority.issue(days=1)
    trial.cluster.restart()
    trial.wait_forwarded_more("delivered with the new certificate")
    return {**trial.conclude(), "trouble": trouble}


# name: (function of a trial, nodes)
CASES = {"topics-are-looked-at": (topics_are_looked_at, 1), "replicas-and-acks": (replicas_do_not_go_with_acks, 3),
         "away-at-start": (away_at_start, 1), "topic-is-deleted": (topic_is_deleted, 1),
         "not-enough-replicas": (not_enough_replicas, 3), "credentials": (credentials_are_wrong, 1),
         "certificate": (certificate_has_expired, 1)}
