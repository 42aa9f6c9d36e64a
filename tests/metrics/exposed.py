"""What /metrics exposes: the golden texts, read by Prometheus' own Python parsers."""
import functools
import os
import re
import sys

try:
    import prometheus_client.openmetrics.parser
    import prometheus_client.parser
except ImportError:  # another interpreter than Debian's, whose package it is
    sys.path.append("/usr/lib/python3/dist-packages")
    import prometheus_client.openmetrics.parser
    import prometheus_client.parser

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
GOLDEN = os.path.join(ROOT, "tests", "data", "metrics")
PACKAGING = os.path.join(ROOT, "packaging")


def read(*parts):
    with open(os.path.join(*parts), encoding="utf-8") as file:
        return file.read()


def families(text, openmetrics):
    parser = prometheus_client.openmetrics.parser if openmetrics else prometheus_client.parser
    return list(parser.text_string_to_metric_families(text))


def samples(text, openmetrics=False):
    """{(name, labels as sorted pairs): value}; a sample that comes twice is a fault."""
    found = {}
    for family in families(text, openmetrics):
        for sample in family.samples:
            key = sample.name, tuple(sorted(sample.labels.items()))
            if key in found:
                raise ValueError("%s comes twice" % (key,))
            found[key] = float(sample.value)  # as Prometheus keeps it
    return found


@functools.lru_cache
def names_and_labels():
    """Of every sample that can be: its name, and the names of its labels."""
    found = {}
    for name, labels in samples(read(GOLDEN, "metrics.prom")):
        found.setdefault(name, set()).update(label for label, _ in labels)
    return found


def strip(expression):
    """An expression without its texts: what is quoted names no metric."""
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)


def faults_of(expression):
    """What an expression asks for that no gateway exposes."""
    exposed = names_and_labels()
    bare, faults = strip(expression), []
    every_label = set().union(*exposed.values()) | {"instance", "job"}
    for name, selector in re.findall(r"\b(sluice_\w+)(\{[^}]*\})?", bare):
        if name not in exposed:
            faults.append("%s is exposed by nobody" % name)
            continue
        for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector):
            if label not in exposed[name] | {"instance", "job"}:
                faults.append("%s has no label %s" % (name, label))
    for labels in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", bare):
        faults += ["no metric has a label %s" % one.strip() for one in labels.split(",")
                   if one.strip() not in every_label]
    if "sluice_" not in bare and not re.search(r"\bup\b", bare):
        faults.append("it asks for no metric of ours")
    return faults
