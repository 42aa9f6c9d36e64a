"""The units are what systemd takes, and leave their services little: verify and security, offline.

usage: units.py ROOT BUILD. Exit code 77 where systemd is not installed: skipped."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

EXPOSURE_MAX = 2.0
SKIPPED = 77


def unit_files():
    return sorted(glob.glob(os.path.join(ROOT, "packaging", "systemd", "*.service")) +
                  glob.glob(os.path.join(ROOT, "packaging", "systemd", "*.target")))


def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, env={
        **os.environ, "SYSTEMD_PAGER": "cat", "LC_ALL": "C.UTF-8"})
    return done.returncode, done.stdout + done.stderr


class Units(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-units-")
        for path in unit_files():
            with open(path) as file:
                text = file.read()
            # the programs of this build: verify looks whether they are there
            for name, place in (("sluice-dataplane", "dataplane/worker"), ("sluice-control", "control")):
                text = text.replace("/usr/bin/%s " % name, "%s/%s/%s " % (BUILD, place, name))
            with open(os.path.join(self.directory, os.path.basename(path)), "w") as file:
                file.write(text)

    def tearDown(self):
        shutil.rmtree(self.directory)

    def copies(self):
        return sorted(glob.glob(os.path.join(self.directory, "*")))

    def test_verify(self):
        status, said = analyze("verify", "--man=no", *self.copies())
        mine = [line for line in said.splitlines() if "sluice" in line]
        self.assertEqual(([], 0), (mine, status), said)

    def test_a_mistake_would_be_found(self):
        path = self.copies()[0]
        with open(path, "a") as file:
            file.write("\n[Service]\nProtectSystm=strict\n")
        _, said = analyze("verify", "--man=no", path)
        self.assertIn("ProtectSystm", said)

    def test_exposure(self):
        for path in self.copies():
            if not path.endswith(".service"):
                continue
            status, said = analyze("security", "--offline=yes", "--threshold=%d" % (EXPOSURE_MAX * 10), path)
            level = re.search(r"Overall exposure level for (\S+): ([0-9.]+)", said)
            self.assertIsNotNone(level, said)
            print("%s: exposure %s" % level.groups())
            self.assertLessEqual(float(level[2]), EXPOSURE_MAX, said)
            self.assertEqual(status, 0, said)

    def test_every_unit_has_its_limits(self):
        for path in unit_files():
            with open(path) as file:
                text = file.read()
            if not path.endswith(".service"):
                continue
            for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n", "UMask=0007",
                         "MemoryDenyWriteExecute=yes", "LimitCORE=0", "User=sluice-"):
                self.assertIn(line, text, path)
            if "Type=notify" in text:
                for line in ("WatchdogSec=", "Restart=on-failure", "StartLimitIntervalSec=0", "RestartPreventExitStatus="):
                    self.assertIn(line, text, path)


if __name__ == "__main__":
    ROOT, BUILD = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    if not shutil.which("systemd-analyze"):
        print("SKIPPED: systemd-analyze is not installed; tools/test package installs it")
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])
