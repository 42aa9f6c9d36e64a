#!/usr/bin/env python3
"""The dashboard, the alerts and their runbook ask for what a gateway exposes, and for nothing else.

usage: test_packaging.py"""
import json
import re
import sys
import unittest

sys.dont_write_bytecode = True

import yaml  # noqa: E402

from exposed import GOLDEN, PACKAGING, families, faults_of, read, samples  # noqa: E402


def dashboard():
    return json.loads(read(PACKAGING, "grafana", "sluice.json"))


def rules():
    return [rule for group in yaml.safe_load(read(PACKAGING, "prometheus", "alerts.yml"))["groups"]
            for rule in group["rules"]]


def expressions_of_dashboard():
    whole = dashboard()
    for panel in whole["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for annotation in whole["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]
    for variable in whole["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["definition"]


class Golden(unittest.TestCase):
    def test_both_formats_say_the_same(self):
        text, opened = read(GOLDEN, "metrics.prom"), read(GOLDEN, "metrics.openmetrics")
        self.assertEqual(samples(text), samples(opened, True))
        self.assertEqual(len(families(text, False)), len(families(opened, True)))
        self.assertGreater(len(samples(text)), 300)

    def test_conventions_of_names(self):
        for family in families(read(GOLDEN, "metrics.openmetrics"), True):
            self.assertRegex(family.name, r"^sluice_[a-z][a-z0-9_]*$")
            self.assertTrue(family.documentation, family.name)
            for word in ("_ns", "_ms", "_us", "_milli", "_micro", "_permille", "_percent", "_kb", "_mb"):
                self.assertFalse(family.name.endswith(word), family.name)
            for unit in ("seconds", "bytes", "ratio"):
                self.assertEqual(family.name.endswith("_" + unit), family.unit == unit, family.name)


class Dashboard(unittest.TestCase):
    def test_every_query_names_what_there_is(self):
        asked = list(expressions_of_dashboard())
        self.assertGreater(len(asked), 50)
        for place, expression in asked:
            self.assertEqual(faults_of(expression), [], "%s: %s" % (place, expression))

    def test_what_an_operator_looks_for_is_shown(self):
        asked = " ".join(expression for _, expression in expressions_of_dashboard())
        for name in ("events_received_total", "event_reasons_total", "stage_duration_seconds_bucket",
                     "acknowledge_duration_seconds_bucket", "journal_fill_ratio", "journal_oldest_reader_commits",
                     "consumer_lag_seconds", "consumer_lag_records", "worker_ruleset_version", "ruleset_loads_total",
                     "campaign_matches_total", "worker_stalled_seconds"):
            self.assertIn("sluice_" + name, asked)

    def test_it_is_laid_out(self):
        panels, taken = dashboard()["panels"], set()
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        for panel in panels:
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            for x in range(place["x"], place["x"] + place["w"]):
                for y in range(place["y"], place["y"] + place["h"]):
                    self.assertNotIn((x, y), taken, panel["title"])
                    taken.add((x, y))
            if panel["type"] != "row":
                self.assertTrue(panel["targets"], panel["title"])
                self.assertEqual(panel["datasource"]["uid"], "${datasource}", panel["title"])

    def test_a_fault_is_found(self):
        self.assertTrue(faults_of("rate(sluice_nothing_total[5m])"))
        self.assertTrue(faults_of('sluice_ready{chanel="web"}'))
        self.assertTrue(faults_of("sum by (chanel) (sluice_events_received_total)"))
        self.assertTrue(faults_of("vector(1)"))
        self.assertEqual(faults_of('sum by (le) (rate(sluice_stage_duration_seconds_bucket{stage="x"}[5m]))'), [])


class Alerts(unittest.TestCase):
    def test_they_name_what_there_is(self):
        for rule in rules():
            self.assertEqual(faults_of(rule["expr"]), [], rule["alert"])

    def test_each_says_what_is_wrong_and_what_to_do(self):
        runbook = read(PACKAGING, "prometheus", "RUNBOOK.md")
        sections = re.findall(r"^## (\w+)$", runbook, re.M)
        self.assertEqual(sections, list(dict.fromkeys(sections)))
        self.assertEqual(set(sections), {rule["alert"] for rule in rules()})
        for rule in rules():
            self.assertIn(rule["labels"]["severity"], ("info", "warning", "critical"), rule["alert"])
            self.assertEqual(set(rule["annotations"]), {"summary", "description", "action", "runbook"}, rule["alert"])
            self.assertEqual(rule["annotations"]["runbook"], "RUNBOOK.md#" + rule["alert"].lower())
            self.assertIn("$labels.instance", rule["annotations"]["summary"])

    def test_each_is_tested_where_it_fires(self):
        tests = read(PACKAGING, "prometheus", "alerts_test.yml")
        fired = set(re.findall(r'ALERTS\{alertname="(\w+)",alertstate="firing"', tests))
        for test in yaml.safe_load(tests)["tests"]:
            fired |= {one["alertname"] for one in test.get("alert_rule_test", []) if one["exp_alerts"]}
            for series in test["input_series"]:
                self.assertEqual(faults_of(series["series"]), [], series)
        self.assertEqual(fired, {rule["alert"] for rule in rules()})


if __name__ == "__main__":
    unittest.main(verbosity=2)
