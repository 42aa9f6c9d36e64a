"""How results are shown: to programs as JSON lines, to people as a table."""
import json


class Json:
    def case(self, case):
        print(json.dumps(case, separators=(",", ":")), flush=True)

    def last(self, line):
        print(json.dumps(line, separators=(",", ":")), flush=True)


class Table:
    FORMAT = "%-44s %12s %10s %10s %7s %7s  %s"

    def __init__(self):
        self.begun = False

    def case(self, case):
        if not self.begun:
            print(self.FORMAT % ("case", "events/s", "ns/event", "floor ns", "ratio", "spread", ""))
            self.begun = True
        name = " ".join("%s=%s" % item for item in case["case"].items())
        latency = case.get("latency_us")
        notes = []
        if latency:
            notes.append("latency " + " ".join("%s %.2f ms" % (k, v / 1000) for k, v in latency.items()))
        if "oracle_matches" in case:
            notes.append("%d matches of %d in the sample" % (case["matches"], case["oracle_matches"]))
        if "first_event_ms" in case:
            notes.append("first event after %.0f ms; rates are of what was pending" % case["first_event_ms"])
        if case.get("unit"):
            notes.append("rates are of each %s" % case["unit"])
        if "latency_us" in case.get("floor", {}):
            notes.append("floor's " + " ".join("%s %.2f ms" % (k, v / 1000)
                                               for k, v in case["floor"]["latency_us"].items()))
        unit = next(name for name in ("event", "campaign", "segment") if "ns_per_" + name in case)
        if unit == "campaign":
            notes.append("%s: compiled in %.2f s, one changed in %.2f s, loaded in %.1f ms" % (
                "campaigns, not events", case["compile_s"], case["changed_s"], case["load_ms"]))
        rate = case.get(unit + "s_per_s", 1e9 / case["ns_per_" + unit])
        if unit == "segment":
            notes.append("segments, not events")
        print(self.FORMAT % (name, "%.0f" % rate, "%.1f" % case["ns_per_" + unit],
                             "%.1f" % case["floor"]["ns_per_" + unit], "%.2f" % case["ratio"],
                             "%.1f %%" % (case["spread"] * 100), "; ".join(notes)), flush=True)

    def last(self, line):
        print("\n%s, %d cores, load %.2f; commit %s; calibration %.2f ms" % (
            line["machine"]["cpu"], line["machine"]["cores"], line["machine"]["load"], line["commit"],
            line["calibration_ns"] / 1e6))
        print(", ".join("%s %s" % item for item in line["versions"].items()))
