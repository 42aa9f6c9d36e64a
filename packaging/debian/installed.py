"""What meson knows about installing: `targets BUILD` prints what has to be built for it, `prefix BUILD` where it goes."""
import json
import os
import subprocess
import sys


def ask(build, what):
    return json.loads(subprocess.run(["meson", "introspect", build, what], check=True, capture_output=True).stdout)


def main(what, build):
    if what == "prefix":
        print(next(option["value"] for option in ask(build, "--buildoptions") if option["name"] == "prefix"))
        return
    for target in ask(build, "--targets"):
        if target["installed"]:
            print(*(os.path.relpath(name, build) for name in target["filename"]))


main(*sys.argv[1:])
