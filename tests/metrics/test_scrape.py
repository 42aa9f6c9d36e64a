#!/usr/bin/env python3
"""A gateway under traffic, scraped: every number of /metrics beside what was sent and what /v1/status says.

usage: test_scrape.py --build BUILD"""
import argparse
import http.client
import os
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))

from exposed import samples  # noqa: E402
from gateway import IDLE_S, LEDGER, Gateway, LocalConnection, Programs, campaign, wait_until  # noqa: E402

OPEN = "application/openmetrics-text; version=1.0.0"
# what Prometheus 2.42 sends
PROMETHEUS = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
              "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
STAGES = ("decoded", "matched", "committed", "acknowledged")


def event(number, kind, customer):
    return '{"id":"e-%d","time":"2026-11-21T00:00:00Z","type":"%s","customer":"C%d","amount":7}' % (number, kind, customer)


class Scrape(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-scrape-")
        self.gateway = Gateway(PROGRAMS, self.directory, workers=2)
        self.gateway.campaigns = {"c%d.yaml" % i: campaign("c%d" % i, 'type == "t%d"' % i) for i in range(6)}
        self.gateway.settings["metrics.campaigns"] = 4

    def tearDown(self):
        self.gateway.kill_all()
        shutil.rmtree(self.directory)

    def get(self, path, accept=None):
        connection = LocalConnection(self.gateway.api.removeprefix("unix:"))
        connection.request("GET", path, headers={"Accept": accept} if accept else {})
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer.status, answer.headers["Content-Type"], body

    def scrape(self, accept=None):
        status, kind, body = self.get("/metrics", accept)
        self.assertEqual(status, 200)
        opened = kind.startswith("application/openmetrics-text")
        self.assertEqual(opened, body.endswith("# EOF\n"))
        return samples(body, opened)

    def post(self, events):
        address = next(one["address"] for one in self.gateway.ready["listening"] if one["channel"] == "web")
        connection = http.client.HTTPConnection(address, timeout=IDLE_S)
        connection.request("POST", "/v1/events", "\n".join(events), {"Content-Type": "application/x-ndjson"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        self.assertEqual(answer.status, 200)

    def sum_of(self, found, name, **labels):
        return sum(value for (one, pairs), value in found.items()
                   if one == name and set(labels.items()) <= set(pairs))

    def test_numbers_are_those_of_the_traffic(self):
        self.gateway.start()
        before = self.scrape()
        self.post([event(i, "t%d" % (i % 6), i) for i in range(60)] +
                  [event(100 + i, "nothing", i) for i in range(40)] + ["not JSON"] * 7 + [event(0, "t0", 0)])
        self.gateway.wait_idle()
        wait_until("the answer is timed", IDLE_S, lambda:
                   self.scrape()["sluice_acknowledge_duration_seconds_count", ()] == 108)
        status, after, opened = self.gateway.status(), self.scrape(), self.scrape(PROMETHEUS)
        self.assertEqual({key[0] for key in after}, {key[0] for key in opened})
        self.assertLess(len(after), 800)
        counted = {name: self.sum_of(after, "sluice_events_%s_total" % name) for name in LEDGER}
        self.assertEqual(counted, {name: status["ledger"][name] for name in LEDGER})
        self.assertEqual(counted, {"received": 108, "accepted": 100, "refused": 7, "duplicates": 1, "dropped": 0,
                                   "matched": 60, "unmatched": 40})
        for channel in {dict(pairs)["channel"] for name, pairs in after if name == "sluice_events_received_total"}:
            one = {name: after["sluice_events_%s_total" % name, (("channel", channel),)] for name in LEDGER}
            self.assertEqual(one["received"], one["accepted"] + one["refused"] + one["duplicates"] + one["dropped"])
            self.assertEqual(one["accepted"], one["matched"] + one["unmatched"])
        self.assertEqual(self.sum_of(after, "sluice_event_reasons_total", channel="web", reason="json_malformed"), 7)
        self.assertEqual(self.sum_of(after, "sluice_event_reasons_total"), 7)
        self.assertEqual(self.sum_of(after, "sluice_decisions_total", gate="sent"), 60)
        self.assertEqual(self.sum_of(after, "sluice_consumer_records_total", consumer="sink.file"), 60)
        self.assertEqual(self.sum_of(after, "sluice_consumer_lag_blocks", consumer="sink.file"), 0)
        self.assertEqual(self.sum_of(after, "sluice_consumer_lag_seconds", consumer="sink.file"), 0)
        self.assertEqual(self.sum_of(after, "sluice_ready"), 1)
        self.check_stages(after, status)
        for key, value in before.items():  # counters only rise, and are all there from the beginning
            if key[0].endswith(("_total", "_bucket", "_count")):
                self.assertGreaterEqual(after[key], value, key)

    def check_stages(self, found, status):
        # of 108 events 7 were never decoded; the request waited for its commit as one
        expected = {"decoded": 101, "matched": 101, "committed": 108, "acknowledged": 108}
        for stage in STAGES:
            count = found["sluice_stage_duration_seconds_count", (("stage", stage),)]
            self.assertEqual(count, expected[stage], stage)
            self.assertEqual(count, self.sum_of(found, "sluice_stage_duration_seconds_bucket", stage=stage, le="+Inf"))
        self.assertEqual(found["sluice_acknowledge_duration_seconds_count", ()], 108)
        self.assertGreater(found["sluice_acknowledge_duration_seconds_sum", ()], 0)
        told = {one["stage"]: one for one in status["stages"]}
        for stage in STAGES:
            self.assertEqual(told[stage]["count"], expected[stage])
            self.assertLessEqual(told[stage]["p50_us"], told[stage]["p99.9_us"])
            self.assertLessEqual(told[stage]["p99.9_us"], told[stage]["max_us"])
        self.assertLessEqual(told["committed"]["max_us"], told["whole"]["max_us"])

    def test_campaigns_are_bounded_and_add_up(self):
        self.gateway.start()
        named, number = set(), 0
        for kinds in (2, 4, 6, 6):
            self.post([event(number + i, "t%d" % (i % kinds), i) for i in range(24)])
            number += 24
            status = self.gateway.wait_idle()
            found = self.scrape(OPEN)
            matches = {dict(pairs)["campaign"]: value for (name, pairs), value in found.items()
                       if name == "sluice_campaign_matches_total"}
            self.assertEqual(sum(matches.values()), found["sluice_matches_total", ()])
            self.assertEqual(sum(matches.values()), number)
            self.assertLessEqual(len(matches), 5)  # four, and the others
            self.assertLessEqual(named, set(matches))
            named = set(matches)
            top = status["campaigns"]["top"]
            self.assertEqual(sum(one["matches"] for one in top) + status["campaigns"]["others"], number)
            self.assertEqual(len(top), kinds)
        self.assertEqual(named, {"c0", "c1", "c2", "c3", "_others"})
        self.assertEqual(matches["_others"], 16)

    def test_rule_sets_and_restarts_are_seen(self):
        self.gateway.start()
        first = self.scrape()
        self.assertEqual(self.sum_of(first, "sluice_ruleset_loads_total", result="success"), 1)
        with open(self.gateway.path("rules", "c0.yaml"), "a", encoding="utf-8") as file:
            file.write("nonsense: 1\n")
        self.assertEqual(self.gateway.load(self.gateway.path("rules")).returncode, 1)
        with open(self.gateway.path("rules", "c0.yaml"), "w", encoding="utf-8") as file:
            file.write(campaign("c0", 'type == "other"'))
        self.assertEqual(self.gateway.load(self.gateway.path("rules")).returncode, 0)
        second = self.scrape()
        self.assertEqual(self.sum_of(second, "sluice_ruleset_loads_total", result="success"), 2)
        self.assertEqual(self.sum_of(second, "sluice_ruleset_loads_total", result="failure"), 1)
        version = second["sluice_ruleset_version", ()]
        self.assertGreater(version, first["sluice_ruleset_version", ()])
        for worker in "01":
            self.assertEqual(second["sluice_worker_ruleset_version", (("worker", worker),)], version)
        started = "sluice_start_time_seconds", (("process", "dataplane"),)
        self.assertEqual(first[started], second[started])
        os.kill(self.gateway.ready["pids"]["dataplane"], 9)
        wait_until("another start is told", IDLE_S, lambda: self.scrape().get(started, 0) > first[started])

    def test_without_rules_it_is_up_and_not_ready(self):
        self.gateway.settings["rules"] = '""'
        self.gateway.start()
        status, _, body = self.get("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("there is no rule set yet", body)
        self.assertEqual(self.scrape()["sluice_ready", ()], 0)
        self.assertEqual(self.scrape()["sluice_dataplane_up", ()], 1)
        self.assertEqual(self.gateway.load(self.gateway.path("rules")).returncode, 0)
        wait_until("ready", IDLE_S, lambda: self.get("/readyz")[0] == 200)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    PROGRAMS = Programs(os.path.abspath(options.build))
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
