"""Cases of records that arrive, come late, come twice, or are buried."""
import http.client
import json
import random
import time

from kafka_rig import DEAD, MATCHES, RATE, SETTLE_S, check, wait_until


def arrives(trial):
    """Records are what the documents say: key, value, headers; one partition a key, in order."""
    trial.create(MATCHES)
    trial.gateway.start()
    trial.send(RATE, 4)
    trial.gun.wait(SETTLE_S)
    stages = {one["stage"]: one for one in trial.gateway.wait_idle()["stages"]}
    counts = trial.conclude()
    check(stages["produced"]["count"] == stages["broker_acknowledged"]["count"] == counts["records"] and
          0 < stages["broker_acknowledged"]["p50_us"] <= stages["broker_acknowledged"]["max_us"],
          "every record is timed: %s" % stages)
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
        trial.wait_room()
        trial.cluster.kill()
        trial.wait_acknowledged_more("events are acknowledged while Kafka is away")
        trial.cluster.start()
        trial.wait_forwarded_more("records are delivered again")
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
    sink = wait_until("all are delivered or buried", SETTLE_S, lambda: all_settled(trial))
    check(sink["dead_letters"] == 20, "the large ones are buried: %s" % sink)
    check(trial.gateway.stop() == 0, "it stops")
    dead, alive = trial.read(DEAD), trial.read(MATCHES)
    check({json.loads(one["value"])["event"]["id"] for one in dead} == {"e%d" % i for i in range(0, 100, 5)},
          "the dead letters are the large ones")
    check(len(alive) == 80, "the others flow: %d" % len(alive))
    for one in dead:
        check(one["headers"]["sluice-topic"] == MATCHES and one["headers"]["sluice-reason"] == "MSG_SIZE_TOO_LARGE" and
              one["headers"]["ce_id"], "a dead letter says why: %s" % one["headers"])
    return {"dead_letters": len(dead), "delivered": len(alive)}


def all_settled(trial):
    sink = trial.sink()
    return sink if sink["forwarded"] + sink["dead_letters"] == 100 and sink["lag_blocks"] == 0 else None


LARGE = """campaign: large
kind: service
match: type == "card.payment"
send: {channel: push, template: T, data: {text: text}}
"""


def post(address, port, events):
    connection = http.client.HTTPConnection(address, port, timeout=SETTLE_S)
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
    full = wait_until("sources are told to wait", SETTLE_S, lambda: in_backpressure(trial, True))
    check(full["fill_permille"] < 900, "before the journal is full: %s" % full)
    trial.wait_refused("requests are refused")
    trial.cluster.start()
    wait_until("sources are served again", SETTLE_S, lambda: in_backpressure(trial, False))
    trial.wait_acknowledged_more("events are acknowledged again")
    counts = trial.conclude()
    check(trial.summary["unavailable"] > 0, "503 was answered meanwhile: %s" % trial.summary)
    return counts


def in_backpressure(trial, wanted):
    journal = trial.gateway.wait_status()["journal"]
    return journal if journal["backpressure"] == wanted else None


def leader_changes(trial):
    """Three nodes, two have to have a record: one dies, then two, then they come back."""
    trial.create(MATCHES, partitions=6, replicas=3, min_insync_replicas=2)
    trial.gateway.start()
    trial.send(RATE, 100000)
    trial.wait_acknowledged_more("events are acknowledged")
    trial.cluster.nodes[0].kill()
    trial.wait_forwarded_more("two nodes take over", RATE)
    trial.wait_room()
    trial.cluster.nodes[1].kill()
    trial.wait_acknowledged_more("events are acknowledged with one node left")
    trial.cluster.start()
    trial.wait_forwarded_more("delivered again")
    return trial.conclude()


# name: (function of a trial, nodes)
CASES = {"arrives": (arrives, 1), "broker-dies": (broker_dies, 1), "control-dies": (control_dies, 1),
         "topic-is-missing": (topic_is_missing, 1), "record-too-large": (record_too_large, 1),
         "away-for-long": (away_for_long, 1), "leader-changes": (leader_changes, 3)}
