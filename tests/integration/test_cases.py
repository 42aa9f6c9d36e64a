#!/usr/bin/env python3
"""Every case of test_kafka.py is run by meson.build, which is given."""
import re
import sys

sys.dont_write_bytecode = True

from test_kafka import CASES  # noqa: E402


def main():
    with open(sys.argv[1]) as file:
        listed = set(re.findall(r"'([a-z-]+)'", file.read()))
    missing = [name for name in [*CASES, "kills"] if name not in listed]
    print("\n".join("%s is run by no test of meson.build" % name for name in missing) or "%d cases" % len(CASES))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
