"""Two builds, each with a pattern library of its own: each loads what it wrote, and refuses by name
what the other wrote.

    test_swapped_patterns.py BUILD OTHER-BUILD RULES"""
import os
import subprocess
import sys
import tempfile
import unittest

BUILDS = [os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))]
RULES = os.path.abspath(sys.argv.pop(1))


def probe(build, *arguments):
    done = subprocess.run([os.path.join(build, "tests/unit/tools/patterns_probe"), *arguments],
                          capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines(), done.stderr


class SwappedPatterns(unittest.TestCase):
    def test_each_loads_its_own_and_refuses_the_other(self):
        with tempfile.TemporaryDirectory() as directory:
            versions, artifacts = [], []
            for i, build in enumerate(BUILDS):
                artifacts.append(os.path.join(directory, f"{i}.bin"))
                code, lines, err = probe(build, "write", RULES, artifacts[i])
                self.assertEqual(code, 0, err)
                versions.append(lines[0])
            self.assertNotEqual(*versions)
            for i, build in enumerate(BUILDS):
                self.assertEqual(probe(build, "load", artifacts[i])[0], 0)
                code, lines, err = probe(build, "load", artifacts[1 - i])
                self.assertEqual(code, 1, err)
                self.assertIn("of library " + versions[1 - i], lines[1])
                self.assertIn("this is " + versions[i], lines[1])
                self.assertIn("load the campaigns again", lines[1])


unittest.main(verbosity=2)
