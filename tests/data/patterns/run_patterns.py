"""Patterns as the documents and tests of other engines have them, as campaigns through `sluice replay`.

A folder is a case: a campaign, its events, and the matches that are expected. The campaign begins with three
comments, and all of them are tried:

    # WHERE: the construct there, in a few words
    # there: the matches that it gives there, as `a1+b2 a3+b3`: the last event of each step, in their order;
    #        `@10` behind it is a match by time, so many seconds after 09:00 of the day of these events
    # here: the same, or `otherwise:` and why Sluice means otherwise

Where it says the same, the matches are those of there; where it says otherwise, they are not. The reference
evaluator has to find them too. Ids of matches are not compared, only that no two are alike.

usage: run_patterns.py SLUICE [--write] [NAME…]     --write: what comes out is what is expected from now on"""
import datetime
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
SCHEMA = ["--schema", str(HERE / "schema.yaml")]
ORIGIN = datetime.datetime.fromisoformat("2026-03-02T00:00:00+00:00")
HEAD = re.compile(r"# (?P<where>.+)\n# there: (?P<there>.+)\n# here: (?P<here>the same|otherwise: .+)\n")
CASES_MIN = 60


class Fault(Exception):
    pass


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def run(*arguments):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True)
    if done.returncode > 1 or (done.returncode and arguments[1] == "replay"):
        raise Fault("exit status %d: %s" % (done.returncode, done.stderr))
    return [json.loads(line) for line in done.stdout.splitlines()]


def seconds_of(time):
    return (datetime.datetime.fromisoformat(time.replace("Z", "+00:00")) - ORIGIN).total_seconds()


def word_of(match, times):
    """The match as the heads of campaigns write it."""
    word = "+".join(match["steps"].values())
    seconds = seconds_of(match["time"])
    return word if seconds == times[match["event"]] else "%s@%s" % (word, str(seconds).removesuffix(".0"))


def replay(sluice, case, workers):
    matches = run(sluice, "replay", *SCHEMA, "--rules", case, "--workers", workers, case / "events.ndjson")
    if len({match["id"] for match in matches}) != len(matches):
        raise Fault("two matches have one id")
    return [{name: value for name, value in match.items() if name != "id"} for match in matches]


def essence(match):
    return match["event"], seconds_of(match["time"]), match["steps"]


def reference(sluice, case, key):
    """What the reference finds for the key."""
    stories = run(sluice, "explain", *SCHEMA, "--rules", case, "--json", "--key", key, case / "events.ndjson")
    return [essence(moment) for story in stories if story["key"] == key for moment in story["moments"]
            if moment["what"] == "match" and moment["decision"] == "sent"]


def judge_there(head, matches, events):
    times = {event["id"]: seconds_of(event["time"]) for event in reversed(events)}
    ours = sorted(word_of(match, times) for match in matches)
    there = sorted(head["there"].split()) if head["there"] != "nothing" else []
    if head["here"] == "the same" and ours != there:
        raise Fault("here it is %s, and said to be the same as %s" % (ours, there))
    if head["here"] != "the same" and ours == there:
        raise Fault("it is the same as there, and said to be otherwise")


def try_case(sluice, case, write):
    head = HEAD.match((case / "campaign.yaml").read_text())
    if not head:
        raise Fault("the campaign does not begin with the three comments")
    events, matches = lines_of(case / "events.ndjson"), replay(sluice, case, 1)
    judge_there(head, matches, events)
    if replay(sluice, case, 3) != matches:
        raise Fault("three workers make other matches than one")
    if write:
        (case / "expected.ndjson").write_text("".join(json.dumps(match) + "\n" for match in matches))
    if lines_of(case / "expected.ndjson") != matches:
        raise Fault("expected %s\n    got %s" % (lines_of(case / "expected.ndjson"), matches))
    for key in sorted({match["key"] for match in matches} | {event["customer"] for event in events}):
        ours, theirs = [essence(match) for match in matches if match["key"] == key], reference(sluice, case, key)
        if sorted(ours, key=str) != sorted(theirs, key=str):
            raise Fault("of %s the engine makes %s\n    and the reference %s" % (key, ours, theirs))
    return head["here"] == "the same"


def main():
    names = [argument for argument in sys.argv[2:] if argument != "--write"]
    cases = [case for case in sorted(HERE.iterdir()) if case.is_dir() and (not names or case.name in names)]
    same = faults = 0
    for case in cases:
        try:
            same += try_case(sys.argv[1], case, "--write" in sys.argv)
        except Fault as fault:
            faults += 1
            print("%s: %s" % (case.name, fault))
    print("%d patterns: %d the same, %d otherwise, %d faults" % (len(cases), same, len(cases) - same - faults, faults))
    return 1 if faults or (not names and len(cases) < CASES_MIN) else 0


if __name__ == "__main__":
    sys.exit(main())
