"""The life of the package on a machine of its own, as an operator lives it: install, load, traffic, reload, an upgrade
under load and back, a backup brought back, the watchdog, a broken file, stop, remove, purge. Systemd runs the units as they are shipped.

usage: install.py ROOT BUILD. Exit code 77 where such a machine cannot be made here: skipped."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT, BUILD = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
sys.path[:0] = [os.path.join(ROOT, "tests", "crash"), os.path.join(ROOT, "tests", "scenario")]

from gateway import campaign, ledger_faults  # noqa: E402
from judge import CAMPAIGNS, judge, regenerate  # noqa: E402
from machine import Machine, Missing  # noqa: E402

SKIPPED = 77
TARGET = "127.0.0.1:18080"
CONFIG = "/etc/sluice/sluice.yaml"
SEED = 20261121
LONG_S = 1000  # until it is told to end, however long the other things take
SERVICES = ("sluice-control", "sluice-dataplane")


class Failure(Exception):
    pass


def check(true, what):
    if not true:
        raise Failure(what)


def build_packages(directory):
    """One from the programs of this build, and the same under a later version."""
    done = subprocess.run([os.path.join(ROOT, "tools", "package"), "--build", BUILD, "--output", directory],
                          stdout=subprocess.PIPE, text=True)
    check(done.returncode == 0, "tools/package ended with status %d" % done.returncode)
    first = done.stdout.strip()
    if shutil.which("lintian"):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", first], capture_output=True,
                              text=True)
        check(done.returncode == 0, "lintian: status %d\n%s%s" % (done.returncode, done.stdout, done.stderr))
    unpacked = os.path.join(directory, "later")
    subprocess.run(["dpkg-deb", "-R", first, unpacked], check=True)
    control = os.path.join(unpacked, "DEBIAN", "control")
    with open(control) as file:
        text = file.read()
    with open(control, "w") as file:
        file.write(re.sub(r"^Version: (.*)$", r"Version: \1+later", text, flags=re.M))
    later = os.path.join(directory, "sluice_later.deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", unpacked, later], check=True, stdout=subprocess.DEVNULL)
    return first, later


class Life:
    def __init__(self, machine, directory):
        self.machine, self.directory = machine, directory
        self.guns = []

    # ---- looking

    def property(self, unit, name):
        return self.machine.must("systemctl", "show", "-P", name, unit).strip()

    def status(self):
        done = self.machine.run("sluice", "status", "--json")
        return json.loads(done.stdout) if done.returncode in (0, 1) and done.stdout else {}

    def wait_active(self, *services):
        for name in services or SERVICES:
            self.machine.wait(lambda: self.property(name, "ActiveState") == "active", "%s is active" % name)

    def wait_ready(self, ruleset):
        def look():
            status = self.status()
            return status.get("ready") and status["ruleset"]["version"] == ruleset
        self.machine.wait(look, "rule set %d is in force and the gateway ready" % ruleset)

    def journal(self, unit):
        return self.machine.must("journalctl", "--no-pager", "-o", "cat", "-u", unit)

    def wait_journal(self, unit, text):
        self.machine.wait(lambda: text in self.journal(unit), "%s logs %r" % (unit, text))

    def write(self, path, text):
        with open(self.machine.path(path), "w") as file:
            file.write(text)

    def edit_settings(self, before, after):
        with open(self.machine.path(CONFIG)) as file:
            text = file.read()
        check(before in text, "%s has no %r" % (CONFIG, before))
        self.write(CONFIG, text.replace(before, after))

    # ---- traffic

    def shoot(self, seconds=LONG_S):
        """What a client was told is in its own file, with a seed of its own for each gun."""
        seed = SEED + len(self.guns)
        acked = "/var/tmp/acked-%d" % seed
        process = self.machine.spawn(os.path.join(BUILD, "tools", "sluice-gun"), "--target", TARGET, "--json", "--rate",
                                     "2000", "--seconds", str(seconds), "--seed", str(seed), "--acked", acked,
                                     "--drain-seconds", "120", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.guns.append((seed, acked, process))
        self.machine.wait(lambda: self.acknowledged(acked), "events are acknowledged")
        return process

    def acknowledged(self, path):
        try:
            return os.path.getsize(self.machine.path(path))
        except FileNotFoundError:
            return 0

    def wait_acknowledged_more(self, what):
        path = self.guns[-1][1]
        before = self.acknowledged(path)
        self.machine.wait(lambda: self.acknowledged(path) > before, what)

    def end_traffic(self, process):
        self.machine.end(process)
        out = process.communicate(timeout=300)[0]
        summary = json.loads(out.splitlines()[-1])
        check(not summary["nonsense"] and not summary["rejected"], "answers that make no sense: %s" % summary)
        return summary

    def judge(self, summary):
        """By a copy of the sink: everything acknowledged has its records, by the judge of the crash tests."""
        seed, acked, _ = self.guns[-1]
        check(not ledger_faults(self.wait_idle()), "the ledger does not add up")
        sink = os.path.join(self.directory, "sink-%d" % seed)
        shutil.copytree(self.machine.path("/var/lib/sluice/matches"), sink)
        events = regenerate(os.path.join(BUILD, "tools", "sluice-gun"), seed, summary["sent"])
        for name in os.listdir(sink):  # only of this gun
            path = os.path.join(sink, name)
            with open(path) as file:
                lines = [line for line in file if json.loads(line)["event"]["id"] in events]
            with open(path, "w") as file:
                file.writelines(lines)
        verdict = judge([self.machine.path(acked)], sink, events)
        check(verdict.counts["acknowledged"], "nothing was acknowledged")
        check(not verdict.faults, "; ".join(verdict.faults))
        return verdict.counts

    def wait_idle(self):
        def look():
            status = self.status()
            return status if status and not ledger_faults(status) and all(
                sink["lag_blocks"] == 0 for sink in status["sinks"]) else None
        return self.machine.wait(look, "everything is forwarded")

    # ---- the days of its life

    def install(self, package):
        """Both run as users of their own, at once, and neither can do the other's work."""
        self.machine.must("dpkg", "-i", package)
        self.wait_active()
        check(self.property("sluice-dataplane", "User") == "sluice-dataplane", "the dataplane's user")
        check(self.machine.must("systemctl", "is-enabled", *SERVICES, "sluice.target").split() == ["enabled"] * 3,
              "not everything is enabled")
        self.machine.wait(lambda: self.status().get("pids", {}).get("dataplane"), "control sees the dataplane")
        self.machine.wait(lambda: self.property("sluice-dataplane", "StatusText"), "the dataplane says how it is")
        for user, command, wanted in (
                ("sluice-dataplane", ["cat", CONFIG], False),
                ("sluice-dataplane", ["sluice", "list"], False),
                ("sluice-dataplane", ["rm", "-f", "/run/sluice/control.sock"], False),
                ("sluice-dataplane", ["touch", "/var/lib/sluice/rulesets/x"], False),
                ("sluice-control", ["touch", "/var/lib/sluice/journal/x"], False),
                ("sluice-control", ["truncate", "-s", "0", "/var/lib/sluice/journal/data.mdb"], False),
                ("nobody", ["sluice", "list"], False),
                ("nobody", ["ls", "/var/lib/sluice"], False),
                ("sluice-control", ["cat", CONFIG], True)):
            done = self.machine.run("runuser", "-u", user, "--", *command)
            check((done.returncode == 0) == wanted, "%s: %s: status %d %s" % (user, command, done.returncode, done.stderr))
        # who is in sluice-admin may ask
        self.machine.must("useradd", "--groups", "sluice-admin", "kim")
        self.machine.must("runuser", "-u", "kim", "--", "sluice", "list")

    def load(self):
        os.makedirs(self.machine.path("/root/rules"))
        with open(os.path.join(ROOT, "rules", "examples", "schema.yaml")) as file:
            self.write("/root/rules/schema.yaml", file.read())
        for name, (condition, _) in CAMPAIGNS.items():
            self.write("/root/rules/%s.yaml" % name, campaign(name, condition))
        self.machine.must("sluice", "check", "/root/rules")
        self.machine.must("sluice", "load", "/root/rules")
        self.wait_ready(1)
        return self.judge(self.end_traffic(self.shoot(2)))

    def reload(self):
        before = self.property("sluice-control", "MainPID")
        self.edit_settings("time_zone: Asia/Seoul", "time_zone: Asia/Tokyo")
        self.edit_settings("bytes: 1GiB", "bytes: 2GiB")
        self.machine.must("systemctl", "reload", "sluice-control")
        self.wait_journal("sluice-control", "setting time_zone is")
        self.wait_journal("sluice-control", "needs a restart of sluice-dataplane; journal.bytes")
        self.wait_active()
        check(self.property("sluice-control", "MainPID") == before, "a reload has started control again")
        self.edit_settings("bytes: 2GiB", "bytes: 1GiB")

    def upgrade(self, package):
        """Control first, then the dataplane; a client that goes on sending is told nothing that is lost."""
        gun = self.shoot()
        pids = [self.property(name, "MainPID") for name in SERVICES]
        self.machine.must("dpkg", "-i", package)
        self.wait_active()
        for name, pid in zip(SERVICES, pids):
            check(self.property(name, "MainPID") != pid, "%s was not started again" % name)
            check(self.property(name, "NRestarts") == "0", "%s was started again by itself" % name)
        when = [int(self.property(name, "ExecMainStartTimestampMonotonic")) for name in SERVICES]
        check(when[0] < when[1], "the dataplane was started again before control")
        self.wait_acknowledged_more("the new version acknowledges")
        self.wait_ready(1)
        return self.judge(self.end_traffic(gun))

    def rollback(self, package):
        """The version before takes over what the later one wrote, in the same order."""
        gun = self.shoot()
        self.machine.must("dpkg", "-i", package)
        self.wait_active()
        check("later" not in self.machine.must("dpkg-query", "-W", "-f", "${Version}", "sluice"), "it is still the later")
        self.wait_acknowledged_more("the version before acknowledges")
        self.wait_ready(1)
        return self.judge(self.end_traffic(gun))

    def backup(self):
        """Stopped, copied, started; and later all of it back, in the place of what is there."""
        backup = "/var/tmp/sluice-backup.tar"
        self.machine.must("systemctl", "stop", "sluice.target")
        self.machine.must("tar", "-C", "/", "--sparse", "-cpf", backup, "etc/sluice", "var/lib/sluice")
        self.machine.must("systemctl", "start", "sluice.target")
        self.wait_ready(1)
        before = self.status()["ruleset"]["hash"]
        self.write("/root/rules/more.yaml", campaign("more", 'type == "more"'))
        self.machine.must("sluice", "load", "/root/rules")
        self.wait_ready(2)
        self.machine.must("systemctl", "stop", "sluice.target")
        self.machine.must("find", "/var/lib/sluice", "-mindepth", "1", "-delete")
        self.machine.must("tar", "-C", "/", "-xpf", backup)
        self.machine.must("systemctl", "start", "sluice.target")
        self.wait_ready(1)
        check(self.status()["ruleset"]["hash"] == before, "another rule set came back")
        os.unlink(self.machine.path("/root/rules/more.yaml"))
        return self.judge(self.end_traffic(self.shoot()))

    def watchdog(self):
        """One that stands still is started again, under load too."""
        os.makedirs(self.machine.path("/etc/systemd/system/sluice-dataplane.service.d"), exist_ok=True)
        self.write("/etc/systemd/system/sluice-dataplane.service.d/watchdog.conf", "[Service]\nWatchdogSec=3\n")
        self.machine.must("systemctl", "daemon-reload")
        self.machine.must("systemctl", "restart", "sluice-dataplane")
        self.wait_ready(1)
        gun = self.shoot()
        restarts = int(self.property("sluice-dataplane", "NRestarts"))
        self.machine.must("kill", "-STOP", self.property("sluice-dataplane", "MainPID"))
        self.machine.wait(lambda: int(self.property("sluice-dataplane", "NRestarts")) > restarts,
                          "the watchdog ends a dataplane that stands still")
        self.wait_acknowledged_more("the next one acknowledges")
        return self.judge(self.end_traffic(gun))

    def broken_settings(self):
        """The dataplane starts from those before; control goes on, and says what is wrong."""
        self.edit_settings("workers: 0", "workers: many")
        self.machine.must("systemctl", "restart", "sluice-dataplane")
        self.wait_active("sluice-dataplane")
        self.wait_journal("sluice-prepare", "workers")
        self.wait_ready(1)
        # and control refuses to start from it, for good: it is not tried again
        self.machine.run("systemctl", "restart", "sluice-control")
        self.machine.wait(lambda: self.property("sluice-control", "ActiveState") == "failed", "control refuses")
        check(self.property("sluice-dataplane", "ActiveState") == "active", "the dataplane went with control")
        self.edit_settings("workers: many", "workers: 0")
        self.machine.must("systemctl", "restart", "sluice-control")
        self.wait_ready(1)

    def stop(self):
        """Everything acknowledged is in the sink before both have ended."""
        gun = self.shoot(2)
        summary = self.end_traffic(gun)
        counts = self.judge(summary)
        ended = self.journal("sluice-dataplane").count('"message":"stopped"')
        self.machine.must("systemctl", "stop", "sluice.target")
        for name in SERVICES:
            self.machine.wait(lambda: self.property(name, "ActiveState") == "inactive", "%s has stopped" % name)
            check(self.property(name, "ExecMainStatus") == "0", "%s ended with a status" % name)
        # what it says last comes to the journal by another process
        self.machine.wait(lambda: self.journal("sluice-dataplane").count('"message":"stopped"') > ended,
                          "the dataplane has ended by itself")
        self.machine.must("systemctl", "start", "sluice.target")
        self.wait_ready(1)
        return counts

    def remove(self, package):
        self.machine.must("dpkg", "-r", "sluice")
        for name in SERVICES:
            check(self.machine.run("systemctl", "is-active", name).stdout.strip() != "active", "%s still runs" % name)
        check(os.path.exists(self.machine.path(CONFIG)), "the settings went")
        check(os.path.exists(self.machine.path("/var/lib/sluice/journal/data.mdb")), "the data went")
        check(not os.path.exists(self.machine.path("/usr/bin/sluice")), "the programs stay")
        # and back again: it goes on where it was
        self.machine.must("dpkg", "-i", package)
        self.wait_ready(1)

    def purge(self):
        self.machine.must("dpkg", "-P", "sluice")
        for path in ("/etc/sluice", "/var/lib/sluice", "/run/sluice", "/usr/bin/sluice"):
            check(not os.path.exists(self.machine.path(path)), "%s is still there" % path)
        left = self.machine.must("find", "/etc/systemd/system", "/lib/systemd/system", "-name", "*sluice*").split()
        left = [path for path in left if "watchdog" not in path and not path.endswith(".d")]  # the operator's own
        check(not left, "left behind: %s" % left)
        check("sluice" not in self.machine.must("systemctl", "list-units", "--no-legend", "--all", "sluice-control*"),
              "systemd still knows it")


def main():
    directory = tempfile.mkdtemp(prefix="sluice-package-", dir="/var/tmp")
    machine = None
    try:
        machine = Machine()
        packages = build_packages(directory)
        inside = ["/var/tmp/" + os.path.basename(path) for path in packages]
        for path, copy in zip(packages, inside):
            shutil.copy(path, machine.path(copy))
        life = Life(machine, directory)
        for what, arguments in (("install", inside[:1]), ("load", []), ("reload", []), ("upgrade", inside[1:]),
                                ("rollback", inside[:1]), ("backup", []), ("watchdog", []), ("broken_settings", []), ("stop", []), ("remove", inside[1:]),
                                ("purge", [])):
            began = time.monotonic()
            counts = getattr(life, what)(*arguments)
            print("%-16s %5.1f s %s" % (what, time.monotonic() - began, counts or ""), flush=True)
    except Missing as missing:
        print("SKIPPED, the package was not tried: %s" % missing)
        sys.exit(SKIPPED)
    except BaseException:
        if machine and machine.pid:
            print(machine.run("journalctl", "--no-pager", "-n", "60", "-o", "short").stdout)
        raise
    finally:
        if machine:
            machine.close()
        shutil.rmtree(directory, ignore_errors=True)


main()
