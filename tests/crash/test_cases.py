#!/usr/bin/env python3
"""Every case of faults.py is a test of meson.build, which is given."""
import re
import sys

sys.dont_write_bytecode = True

from faults import CASES  # noqa: E402


def main():
    with open(sys.argv[1]) as file:
        listed = re.findall(r"'([a-z0-9-]+)'", re.search(r"foreach case : \[(.*?)\]", file.read(), re.DOTALL)[1])
    faults = ["%s is no test of meson.build" % name for name in CASES if name not in listed]
    faults += ["%s is no case of faults.py" % name for name in listed if name not in CASES]
    faults += ["%s is listed twice" % name for name in set(listed) if listed.count(name) > 1]
    print("\n".join(faults) or "%d cases" % len(listed))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
