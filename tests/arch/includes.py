"""Who may include whom. The build enforces the first half by its include paths; this also covers
libraries' headers, which are visible everywhere, and tells which fence was crossed."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
STAGES = ["io", "flow", "frame", "decode", "match", "state", "decide", "store"]

# folder -> prefixes of project headers it may include
ALLOWED = {
    "include/sluice": ["sluice/"],
    "dataplane/base": ["sluice/", "base/"],
    "dataplane/worker": ["sluice/", "base/", "worker/"] + [s + "/" for s in STAGES],
    "rules": ["sluice/", "rules/"],
    "control": ["sluice/", "base/", "rules/rules.h", "rules/expression.h", "control/"],
    "tools": ["sluice/", "base/", "rules/", "worker/", "tools/", "io/mem.h", "decode/decode.h", "flow/flow.h", "frame/frame.h", "frame/mirror.h"],
}
ALLOWED.update({f"dataplane/{s}": ["sluice/", "base/", s + "/"] for s in STAGES})

# header -> files (prefixes) that may include it
LIBRARIES = {
    r"hs(_.*)?\.h|hs/.*": ["dataplane/match/", "rules/", "tools/sluice/commands/cmd_version"],
    r"lmdb\.h": ["dataplane/store/", "control/", "tools/sluice/commands/cmd_version"],
    r"liburing.*": ["dataplane/io/uring"],
    r"rte_.*": ["dataplane/io/dpdk"],
    r"yaml\.h": ["rules/", "control/config/"],
    r"pcre2.*\.h": ["rules/eval/"],
    r"librdkafka/.*": ["control/sink_kafka"],
    r"simdjson\.h": ["dataplane/decode/"],
    r"jansson\.h": ["control/", "tools/"],
    r"zstd\.h": ["control/daily/"],
    r"zlib\.h": ["dataplane/frame/inflate"],
    r"iconv\.h": ["dataplane/decode/charset"],
    r"xxhash\.h": ["dataplane/base/", "dataplane/store/", "rules/", "control/"],
    r"ck_.*|urcu.*": [],
    r"argp\.h": ["tools/", "control/"],
    r"syslog\.h": ["control/", "tools/"],
    r"systemd/.*": ["dataplane/worker/service", "control/manager"],
    r"pthread\.h": ["dataplane/worker/main", "dataplane/base/failpoint", "dataplane/base/log/", "dataplane/store/", "control/", "tools/"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def folder_of(path):
    return max((f for f in ALLOWED if path.startswith(f + "/")), key=len, default=None)


def main():
    faults = 0
    seen = 0
    for file in sorted(ROOT.rglob("*")):
        path = file.relative_to(ROOT).as_posix()
        if file.suffix not in (".c", ".h", ".cpp", ".def") or path.startswith(("tests/", "perf/", "build")):
            continue
        folder = folder_of(path)
        if folder is None:
            print(f"{path}: a source outside the folders of the design")
            faults += 1
            continue
        text = file.read_text()
        for match in INCLUDE.finditer(text):
            seen += 1
            line = text.count("\n", 0, match.start()) + 1
            kind, name = match.groups()
            if kind == '"':
                beside = "/" not in name and (file.parent / name).exists()
                if not beside and not any(name.startswith(p) for p in ALLOWED[folder]):
                    print(f"{path}:{line}: {folder} may not know \"{name}\"")
                    faults += 1
                continue
            for pattern, places in LIBRARIES.items():
                if re.fullmatch(pattern, name) and not any(path.startswith(p) for p in places):
                    print(f"{path}:{line}: <{name}> belongs to {', '.join(places) or 'nobody'}")
                    faults += 1
    if seen < 100:
        print(f"only {seen} includes found: wrong root?")
        faults += 1
    print(f"includes: {seen} looked at, {faults} across a fence")
    return 1 if faults else 0


sys.exit(main())
