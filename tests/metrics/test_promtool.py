#!/usr/bin/env python3
"""Metrics, alerts and the dashboard's queries before promtool, Prometheus' own judge.

usage: test_promtool.py --build BUILD"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import yaml  # noqa: E402

import test_scrape  # noqa: E402
from exposed import GOLDEN, PACKAGING, ROOT, read  # noqa: E402
from test_packaging import expressions_of_dashboard  # noqa: E402

VARIABLES = {"$__rate_interval": "5m", "$__interval": "1m", "$instance": ".*"}


def promtool(*arguments, text=None, directory=None):
    return subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True, cwd=directory,
                          check=False)


class Promtool(unittest.TestCase):
    def done(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def test_metrics_keep_the_conventions(self):
        said = self.done(promtool("check", "metrics", text=read(GOLDEN, "metrics.prom")))
        self.assertEqual(said.stdout + said.stderr, "")

    def test_a_gateway_that_runs_does_too(self):
        with tempfile.TemporaryDirectory(prefix="sluice-promtool-") as directory:
            gateway = test_scrape.Gateway(test_scrape.Programs(BUILD), directory)
            try:
                gateway.start()
                connection = test_scrape.LocalConnection(gateway.api.removeprefix("unix:"))
                connection.request("GET", "/metrics")
                text = connection.getresponse().read().decode()
            finally:
                gateway.kill_all()
        self.assertIn("sluice_build_info", text)
        said = self.done(promtool("check", "metrics", text=text))
        self.assertEqual(said.stdout + said.stderr, "")

    def test_a_bad_name_is_told(self):
        bad = promtool("check", "metrics", text="# HELP x_milliseconds y\n# TYPE x_milliseconds counter\nx_milliseconds 1\n")
        self.assertNotEqual(bad.returncode, 0)

    def test_alerts_fire_where_they_should(self):
        directory = os.path.join(PACKAGING, "prometheus")
        self.done(promtool("check", "rules", "alerts.yml", directory=directory))
        self.assertIn("SUCCESS", self.done(promtool("test", "rules", "alerts_test.yml", directory=directory)).stdout)

    def test_queries_of_the_dashboard_are_queries(self):
        recorded = []
        for _, expression in expressions_of_dashboard():
            if expression.startswith("label_values("):
                continue
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            self.assertNotIn("$", expression)
            recorded.append({"record": "query:%d" % len(recorded), "expr": expression})
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "queries.yml"), "w", encoding="utf-8") as file:
                yaml.safe_dump({"groups": [{"name": "dashboard", "rules": recorded}]}, file)
            said = self.done(promtool("check", "rules", "queries.yml", directory=directory)).stdout
        self.assertEqual(re.search(r"(\d+) rules found", said).group(1), str(len(recorded)))


def find_program(build):
    found = subprocess.run([os.path.join(ROOT, "tools", "promtool"), os.path.join(build, "prometheus")],
                           stdout=subprocess.PIPE, text=True, check=False)
    return found.stdout.strip() if found.returncode == 0 else None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    BUILD = os.path.abspath(options.build)
    PROGRAM = find_program(BUILD)
    if not PROGRAM:
        print("SKIPPED: there is no promtool to ask")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
