#!/usr/bin/env python3
"""What tools/test makes of its tests' results: which are run again, what counts, and what is said of it. By the
functions themselves, with meson and tests that do as they are told.

usage: test_results.py TOP"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

# one more line in its own file for each run; fails as often as its second word says
TEST = """import sys
name, times, words = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with open(sys.argv[4] + "/" + name, "a+") as file:
    file.write("run\\n")
    file.seek(0)
    run = len(file.readlines())
print("this is run", run, "of", name)
if run <= times:
    print(words, file=sys.stderr)
    if words == "sleeps":
        import time
        time.sleep(600)
    sys.exit(1)
"""
RUN = """set -euo pipefail
root=%(top)s
. "$root/tools/lib.sh"
. "$root/tools/results.sh"
for part in %(parts)s; do
	run_tests %(build)s "$part" 4 $(printf -- '--suite %%s ' ${part//+/ })
done
print_results
"""


ONE_TRY = ("unit", "oracle", "crash", "fuzz", "arch", "perf", "package")
# what a test says that no machine is too slow for
DEFECTS = ("==7==ERROR: AddressSanitizer: heap-use-after-free on address", "a.c:7:3: runtime error: signed overflow",
           "3 LOST: acknowledged events without their record of campaign every: 1, 2, 3",
           "event e1 has 2 match ids for campaign every", "2 events with more than one match id: e1, e2",
           "sluice-dataplane (pid 7) ended by signal 11 (Segmentation fault); starting it again",
           "total: received is not the sum of its parts: 7")


class Project:
    """Tests that fail as often as they are told, run as tools/test runs its own."""

    def __init__(self, *tests):
        """Each: name, suite, how often it fails, its words then."""
        self.held = tempfile.TemporaryDirectory(prefix="sluice-results-")
        self.directory = os.path.realpath(self.held.name)
        self.build = os.path.join(self.directory, "build")
        with open(os.path.join(self.directory, "one.py"), "w") as file:
            file.write(TEST)
        with open(os.path.join(self.directory, "meson.build"), "w") as file:
            # meson names the suite of a test where there is more than one
            file.write("project('sluice')\ntest('other', find_program('true'), suite: 'other')\n")
            for name, suite, times, words in tests:
                file.write("test('%s', find_program('python3'), args: [files('one.py'), '%s', '%d', '%s', '%s'], suite: '%s',"
                           " timeout: %d)\n" % (name, name, times, words, self.directory, suite, 8 if words == "sleeps" else 60))
        subprocess.run(["meson", "setup", self.build, self.directory], check=True, capture_output=True)

    def run(self, *parts, build=None):
        """Each: a suite, or some with + between them."""
        script = RUN % {"top": TOP, "parts": " ".join(parts), "build": build or self.build}
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
        self.status = done.returncode
        self.lines = [line for line in done.stdout.splitlines() if re.match("UNSTABLE|FAILED|skipped|.* passed, ", line)]

    def runs_of(self, name):
        with open(os.path.join(self.directory, name)) as file:
            return len(file.readlines())

    def log(self, suite, name):
        return os.path.join(self.build, "failed", suite, name + ".txt")

    def log_text(self, suite, name):
        with open(self.log(suite, name)) as file:
            return file.read()


class Results(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.project = Project(
            ("good", "scenario", 0, ""), ("shaky", "scenario", 1, "too late"), ("bad", "scenario", 9, "no"),
            ("stuck", "scenario", 1, "sleeps"), ("remote", "integration", 1, "no"),
            *(("a_" + suite, suite, 1, "no") for suite in ONE_TRY),
            *(("defect%d" % i, "integration", 1, said) for i, said in enumerate(DEFECTS)))
        cls.addClassCleanup(cls.project.held.cleanup)
        cls.project.run("scenario", "integration", "+".join(ONE_TRY))

    def test_one_that_fails_once_is_unstable_and_passed(self):
        for suite, name in (("scenario", "shaky"), ("scenario", "stuck"), ("integration", "remote")):
            self.assertIn("UNSTABLE  %s: %s failed once, and passed when it was run again; the first time: %s" %
                          (suite, name, self.project.log(suite, name)), self.project.lines)
            self.assertEqual(self.project.runs_of(name), 2)
        self.assertEqual(sum(line.startswith("UNSTABLE") for line in self.project.lines), 3)
        said = self.project.log_text("scenario", "shaky")
        self.assertRegex(said, r"\Asluice:scenario / shaky: FAIL after [0-9.]+ s\n")
        self.assertIn("this is run 1 of shaky\n", said)
        self.assertIn("too late\n", said)
        self.assertIn("stuck: TIMEOUT after", self.project.log_text("scenario", "stuck"))

    def test_one_that_fails_twice_has_failed(self):
        self.assertIn("FAILED   scenario: bad (FAIL), and again when it was run alone; " +
                      self.project.log("scenario", "bad"), self.project.lines)
        self.assertEqual(self.project.runs_of("bad"), 2)
        self.assertIn("this is run 2 of bad\n", self.project.log_text("scenario/again", "bad"))

    def test_other_suites_have_one_try(self):
        part = "+".join(ONE_TRY)
        for suite in ONE_TRY:
            self.assertIn("FAILED   %s: a_%s (FAIL); %s" % (part, suite, self.project.log(part, "a_" + suite)),
                          self.project.lines)
            self.assertEqual(self.project.runs_of("a_" + suite), 1)

    def test_defects_have_one_try(self):
        for i, said in enumerate(DEFECTS):
            self.assertEqual(self.project.runs_of("defect%d" % i), 1, said)

    def test_all_are_counted(self):
        self.assertEqual(self.project.runs_of("good"), 1)
        self.assertEqual((self.project.status, self.project.lines[-1]), (1, "4 passed, %d failed, 0 skipped" %
                         (1 + len(ONE_TRY) + len(DEFECTS))))

    def test_many_that_fail_have_one_try(self):
        names = ["s%d" % i for i in range(6)]
        project = Project(*((name, "scenario", 1, "no") for name in names))
        self.addCleanup(project.held.cleanup)
        project.run("scenario")
        self.assertEqual({project.runs_of(name) for name in names}, {1})
        self.assertEqual((project.status, project.lines[-1]), (1, "0 passed, 6 failed, 0 skipped"))
        # the next time they pass
        project.run("scenario")
        self.assertEqual((project.status, project.lines), (0, ["6 passed, 0 failed, 0 skipped"]))
        # where meson itself does not run, nothing has passed
        project.run("scenario", build=project.directory + "/nowhere")
        self.assertEqual(project.status, 1)
        self.assertIn("FAILED   scenario: meson ended with status", project.lines[0])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    TOP = sys.argv.pop(1)
    unittest.main(verbosity=2)
