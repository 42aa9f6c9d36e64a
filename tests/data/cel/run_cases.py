"""The cases of this folder through `sluice eval --batch`: each has the answer that the language's
definition gives, written beside it. A value has to be the same, an error of the same kind.

usage: run_cases.py SLUICE [OPTION…]     the options go to `sluice eval`"""
import json
import pathlib
import subprocess
import sys


def same(got, want):
    """JSON alike; doubles as numbers, so that 1 is 1.0 but -0.0 is not 0.0."""
    if isinstance(want, dict) and isinstance(got, dict):
        if set(want) == set(got) == {"double"} and not isinstance(want["double"], str):
            return not isinstance(got["double"], str) and repr(float(got["double"])) == repr(float(want["double"]))
        return set(want) == set(got) and all(same(got[key], want[key]) for key in want)
    if isinstance(want, list) and isinstance(got, list):
        return len(want) == len(got) and all(map(same, got, want))
    return type(got) is type(want) and got == want


def judge(answer, expect):
    if "value" in expect:
        return "value" in answer and same(answer["value"], expect["value"])
    error = answer.get("error", {})
    return error.get("kind") == expect["error"] and bool(error.get("message"))


def main():
    cases = []
    for file in sorted(pathlib.Path(__file__).parent.glob("*.ndjson")):
        cases += file.read_text().splitlines()
    run = subprocess.run([sys.argv[1], "eval", "--batch", *sys.argv[2:]], input="\n".join(cases) + "\n",
                         capture_output=True, text=True)
    answers = run.stdout.splitlines()
    faults = 0
    for line, reply in zip(cases, answers):
        case, answer = json.loads(line), json.loads(reply)
        if answer.pop("id") != case["id"] or not judge(answer, case["expect"]):
            faults += 1
            print(f"{case['id']}: {case['expr']}\n    expected {json.dumps(case['expect'], ensure_ascii=False)}\n"
                  f"    got      {json.dumps(answer, ensure_ascii=False)}")
    if run.returncode or len(answers) != len(cases) or len(cases) < 500:
        faults += 1
        print(f"{len(answers)} answers to {len(cases)} cases, exit status {run.returncode}\n{run.stderr}")
    print(f"cases: {len(cases)}, {faults} faults")
    return 1 if faults else 0


sys.exit(main())
