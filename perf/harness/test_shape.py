"""Runs a scenario for a moment and checks what it prints: that figures are there and make sense, never what they are.

usage: test_shape.py BUILD_DIRECTORY SCENARIO"""
import json
import os
import subprocess
import sys

RUN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "run")
EVENT_FIGURES = ("events_per_s", "ns_per_event", "ratio", "spread")
FIGURES = {"compile": ("campaigns_per_s", "ns_per_campaign", "compile_s", "compile_cpu_s", "changed_s", "changed_cpu_s",
                       "load_ms", "artifact_bytes", "peak_mib", "ratio", "spread"),
           "reassembly": ("ns_per_segment", "ratio", "spread")}
NAMES = {"match": ("campaigns", "kind", "hit_rate", "workers"),
         "match-scaling": ("campaigns", "kind", "hit_rate", "workers"), "journal": ("batch", "workers"),
         "ingest-http": ("batch", "connections", "workers"), "ingest-tcp": ("batch", "connections", "workers"),
         "ingest-udp": ("batch", "connections", "workers", "gro"),
         "compile": ("campaigns", "kind"), "latency": ("load", "batch", "connections", "workers"),
         "end-to-end": ("part", "batch", "connections", "workers"), "restart": ("part", "campaigns", "pending"),
         "state": ("keys", "sequences", "counters", "workers"), "rule-swap": ("campaigns", "load", "swaps", "workers"),
         "reassembly": ("shape", "workers")}
UNITS = {"compile": "ns_per_campaign", "reassembly": "ns_per_segment"}
NO_KAFKA = 77  # of perf/run
SKIPPED = 77  # of meson
faults = 0


def expect(true, what):
    global faults
    if not true:
        faults += 1
        print("not so: %s" % what)


def is_positive(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0


def check_latency(latency):
    points = [latency.get(name) for name in ("p50", "p90", "p99", "p99.9", "max")]
    expect(all(is_positive(one) for one in points) and points == sorted(points), "latencies ascend: %s" % points)


def check_case(scenario, line):
    expect(line.get("scenario") == scenario, "the line is of the scenario")
    expect(all(name in line.get("case", {}) for name in NAMES[scenario]), "the case has its names")
    for name in FIGURES.get(scenario, EVENT_FIGURES):
        expect(is_positive(line.get(name)) or (name == "spread" and line.get(name) == 0), name)
    expect(line.get("runs", 0) >= 5, "at least five runs")
    expect(isinstance(line.get("floor", {}).get("name"), str), "the floor has a name")
    unit = UNITS.get(scenario, "ns_per_event")
    expect(is_positive(line.get("floor", {}).get(unit)), "the floor was measured")
    if scenario.startswith("match"):
        expect(is_positive(line.get("matches")) and line["matches"] == line.get("oracle_matches"), "the oracle agrees")
        expect(0.5 < line["matched_share"] / line["case"]["hit_rate"] < 2, "about as many match as were meant to")
    if scenario == "state":
        expect(is_positive(line.get("bytes_per_key")), "bytes a key")
    if scenario == "restart":
        expect(is_positive(line.get("first_event_ms")), "the first event was answered")
    if scenario == "end-to-end":
        expect(is_positive(line.get("matches")) and line["matches"] == line.get("consumed"), "what matched was read")
    if "load" in line.get("case", {}):
        check_latency(line.get("latency_us", {}))
        check_latency(line["floor"].get("latency_us", {}))


def check_last(scenario, line):
    expect(line.get("scenario") == scenario and "case" not in line, "the last line is the machine's")
    expect(line.get("machine", {}).get("cpu") and is_positive(line["machine"].get("cores")), "the machine")
    expect("hyperscan" in line.get("versions", {}), "versions")
    expect(isinstance(line.get("commit"), str) and line["commit"], "the commit")
    expect(is_positive(line.get("calibration_ns")), "the calibration")


def main():
    build, scenario = sys.argv[1:]
    # on a busy machine 64 connections take their time
    seconds = "1" if scenario.startswith("ingest") else "0.2"
    done = subprocess.run([RUN, scenario, "--json", "--quick", "--seconds", seconds, "--build", build],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode == NO_KAFKA:
        print("SKIPPED: %s: %s" % (scenario, done.stderr.decode()), file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else SKIPPED
    expect(done.returncode == 0, "exit status %d: %s" % (done.returncode, done.stderr.decode()))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    expect(len(lines) >= 2, "a case and the last line")
    for line in lines[:-1]:
        check_case(scenario, line)
    if lines:
        check_last(scenario, lines[-1])
    wrong = subprocess.run([RUN, "no-such-scenario"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    expect(wrong.returncode == 2 and not wrong.stdout, "a scenario that there is not is a mistake of use")
    print(done.stdout.decode(), end="")
    return 1 if faults else 0


sys.exit(main())
