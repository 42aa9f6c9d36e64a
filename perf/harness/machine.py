"""The last line: where the figures come from."""
import json
import os
import platform
import shutil
import subprocess


def cpu():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def commit(root):
    """Of the tree that was built; "+" where files differ from it, "none" where there is no commit, or
    nobody to ask for it."""
    if not shutil.which("git"):
        return "none"

    def git(*words):
        return subprocess.run(["git", "-C", root, *words], capture_output=True, text=True)

    head = git("rev-parse", "--short=12", "HEAD")
    if head.returncode:
        return "none"
    return head.stdout.strip() + ("+" if git("status", "--porcelain").stdout.strip() else "")


def calibration_ns(build):
    done = subprocess.run([os.path.join(build, "perf", "calibrate")], capture_output=True, text=True, check=True)
    return int(done.stdout)


def versions(build):
    done = subprocess.run([os.path.join(build, "tools", "sluice"), "version", "--json"], capture_output=True, text=True,
                          check=True)
    said = json.loads(done.stdout)
    return {"sluice": said["version"], **said["libraries"], "linux": platform.release()}


def line(options):
    return {
        "scenario": options.scenario,
        "machine": {"cpu": cpu(), "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 2)},
        "versions": versions(options.build),
        "commit": commit(options.root),
        "command": "perf/run %s --seconds %g" % (options.scenario, options.seconds),
        "calibration_ns": calibration_ns(options.build),
    }
