"""The house style as a failing test.

usage: tidy.py ROOT [--no-format]"""
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(sys.argv[1])
SOURCES = {".c", ".h", ".cpp"}
LINES_MAX = 600          # above 600 a reason stands at the top
FUNCTION_MAX = 90        # "about 70"
COLUMNS_MAX = 100
BAD_NAMES = {"utils.c", "common.c", "helpers.c", "misc.c", "utils.h", "common.h", "helpers.h", "misc.h"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
VLA_OR_GOTO_BACK = re.compile(r"^\s*goto\s+(again|retry|restart)\b")
CONSTRUCTOR = re.compile(r"__attribute__\s*\(\(\s*constructor")
LOGS = re.compile(r"\b(printf|fprintf|puts|perror|syslog)\s*\(")
SKIP = ("build", ".git", "tests/fuzz/corpus", "tests/data")

faults = 0


def fault(path, line, what):
    global faults
    faults += 1
    print(f"{path}:{line}: {what}")


def tracked():
    for file in sorted(ROOT.rglob("*")):
        path = file.relative_to(ROOT).as_posix()
        if file.is_file() and not path.startswith(SKIP) and "/build" not in path:
            yield file, path


def check_functions(path, lines):
    """A function's body opens with a brace alone in column 0 and closes likewise: our format."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            if number - start > FUNCTION_MAX:
                fault(path, start, f"a function of {number - start} lines; about 70 is the measure")
            start = None


def columns(line):
    return len(line.expandtabs(8))


def check_source(file, path):
    text = file.read_text()
    lines = text.splitlines()
    name = file.name
    if len(lines) > LINES_MAX:
        fault(path, 1, f"{len(lines)} lines; about 300 is the measure, {LINES_MAX} the end")
    if name in BAD_NAMES:
        fault(path, 1, "a file named after nothing it does")
    if file.suffix == ".h" and not text.startswith("/*"):
        fault(path, 1, "a header begins with what can go wrong")
    if file.suffix == ".h" and "#ifndef SL" not in text:
        fault(path, 1, "no include guard SL…")
    check_functions(path, lines)
    for number, line in enumerate(lines, 1):
        if columns(line) > COLUMNS_MAX:
            fault(path, number, f"{columns(line)} columns; {COLUMNS_MAX} is the end")
        if line != line.rstrip():
            fault(path, number, "white space at the end")
        if UNFINISHED.search(line):
            fault(path, number, "unfinished work")
        if VLA_OR_GOTO_BACK.search(line):
            fault(path, number, "goto goes forward, to clean up")
        if CONSTRUCTOR.search(line):
            fault(path, number, "no constructors: backends stand in one explicit array")
        quiet = path.startswith("dataplane/") and not path.startswith("dataplane/worker/main.c")
        if (quiet or path.startswith("rules/")) and LOGS.search(line):
            fault(path, number, "only control and tools log; the rest returns or counts")


def check_folders():
    mains = {}
    for file, path in tracked():
        if file.name == "main.c":
            mains.setdefault(file.parent, []).append(path)
    for folder, paths in mains.items():
        if len(paths) > 1:
            fault(paths[1], 1, "a second main.c in a folder")
    known = {"include", "rules", "dataplane", "control", "tools", "tests", "perf", "packaging", ".ci", ".git", "docs"}
    for entry in sorted(ROOT.iterdir()):
        if entry.is_dir() and entry.name not in known and not entry.name.startswith("build"):
            fault(entry.name, 1, "a top-level folder that the design does not name")


def check_format(sources):
    tool = shutil.which("clang-format") or shutil.which("clang-format-14")
    if not tool:
        fault(".clang-format", 1, "clang-format is not installed, so the format cannot be checked")
        return
    for start in range(0, len(sources), 50):
        result = subprocess.run([tool, "--dry-run", "--Werror", "-ferror-limit=1", *sources[start:start + 50]], cwd=ROOT,
                                capture_output=True, text=True)
        for line in result.stderr.splitlines():
            match = re.match(r"(.*?):(\d+):\d+: error: code should be clang-formatted", line)
            if match:
                fault(match.group(1), match.group(2), "not formatted: run clang-format -i")


def main():
    sources = []
    for file, path in tracked():
        if file.suffix in SOURCES:
            sources.append(path)
            check_source(file, path)
        elif file.suffix in (".def", ".md", ".py", ".sh", ".build"):
            if "tidy.py" not in path:
                for number, line in enumerate(file.read_text().splitlines(), 1):
                    if UNFINISHED.search(line):
                        fault(path, number, "unfinished work")
    check_folders()
    if "--no-format" not in sys.argv:
        check_format(sources)
    if len(sources) < 50:
        fault(".", 1, f"only {len(sources)} sources found: wrong root?")
    print(f"tidy: {len(sources)} sources, {faults} faults")
    return 1 if faults else 0


sys.exit(main())
