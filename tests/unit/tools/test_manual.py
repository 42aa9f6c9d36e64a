"""Help, completion and manual pages of the programs say the same, and what scripts rely on is there."""
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

SLUICE, WRITER, GUN, CONTROL, DATAPLANE = [os.path.abspath(sys.argv.pop(1)) for _ in range(5)]
WRITTEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools", "manual")
PATIENCE_S = 200
# what programs of others were told: commands, their options and what they take
FACES = {
    "eval": "--event --schema --bind --json --batch",
    "decode": "--channel --schema --format",
    "capture": "--pcap --channel --requests --json",
    "load": "--api --dry-run --json --schema",
    "check": "--schema --json",
    "replay": "--rules --schema --workers --diff --decisions --until",
    "status": "--json --api",
    "up": "--config",
    "top": "--once --json --api",
    "tail": "--kind --campaign --key --where --json --count --api",
}
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*)")


def text_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, env={**os.environ, "COLUMNS": "80"})
    assert done.returncode == 0, (command, done.returncode, done.stderr)
    return done.stdout


def options_of_help(*command):
    """Those of the list of options, which is indented; examples below it have others."""
    return set(re.findall(r"^  (?:-[a-zA-Z?], |    )--([a-z][a-z-]*)", text_of(*command, "--help"), re.M))


def commands():
    groups = text_of(SLUICE, "--help").split("A first day:")[0]
    return re.findall(r"^  ([a-z]+) ", groups, re.M)


def options_of_page(page):
    section = page.split("# OPTIONS\n")[1].split("\n# ")[0].replace("\\", "")
    return {name for line in section.splitlines() if line.startswith("*--") for name in OPTION.findall(line)[:1]}


class Bash:
    def __init__(self):
        self.script = text_of(SLUICE, "completion", "bash")

    def complete(self, *words, directory=None):
        """What is offered for the last of the words."""
        harness = self.script + "\nCOMP_WORDS=(%s)\nCOMP_CWORD=%d\n_sluice\nprintf '%%s\\n' \"${COMPREPLY[@]}\"\n" % (
            " ".join("'%s'" % word for word in ("sluice",) + words), len(words))
        done = subprocess.run(["bash", "--norc", "-c", harness], capture_output=True, text=True, timeout=200, cwd=directory)
        assert done.stderr == "", done.stderr
        return [line for line in done.stdout.splitlines() if line]


class Same(unittest.TestCase):
    def test_there_are_commands(self):
        self.assertGreater(len(commands()), 15)
        self.assertEqual(sorted(commands()), sorted(set(commands())))

    def test_what_scripts_rely_on(self):
        for command, options in FACES.items():
            self.assertIn(command, commands())
            there = options_of_help(SLUICE, command)
            self.assertLessEqual({name[2:] for name in options.split()}, there, command)

    def test_completion_and_page_of_each_command(self):
        bash = Bash()
        self.assertEqual(sorted(bash.complete("")), sorted(commands() + ["--help", "--version"]))
        pages = text_of(WRITER, "--list").split()
        self.assertEqual(sorted(pages), sorted("sluice-" + name for name in commands()))
        for command in commands():
            there = options_of_help(SLUICE, command)
            self.assertIn("help", there)
            self.assertEqual({name[2:] for name in bash.complete(command, "--")}, there, command)
            self.assertEqual(options_of_page(text_of(WRITER, "sluice-" + command)), there, command)

    def test_examples_stand_on_their_lines(self):
        """argp breaks longer ones in two, where a person copies half of them."""
        for name in text_of(WRITER, "--list").split() + ["sluice-gun"]:
            page = text_of(WRITER, name)
            blocks = "\n".join(page.split("```")[1::2])
            self.assertEqual([line for line in blocks.splitlines() if len(line) > 79], [], name)
            self.assertIn("# EXIT STATUS", page, name)

    def test_the_page_of_all_commands(self):
        page = text_of(WRITER, "sluice")
        self.assertEqual(re.findall(r"^\*sluice ([a-z]+)\*$", page, re.M), commands())

    def test_pages_of_the_other_programs(self):
        self.assertEqual(options_of_page(text_of(WRITER, "sluice-gun")), options_of_help(GUN) - {"version"})
        for program, page in ((CONTROL, "sluice-control.8.scd"), (DATAPLANE, "sluice-dataplane.8.scd")):
            with open(os.path.join(WRITTEN, page)) as file:
                page = options_of_page(file.read())
            usage = text_of(program, "--help").split("\n\n")[0]
            there = options_of_help(program) | set(OPTION.findall(usage)) | {"help"}
            self.assertEqual(page - {"version"}, there - {"version"}, program)

    def test_every_setting_has_its_place(self):
        page = text_of(WRITER, "sluice.yaml").replace("\\", "")
        settings = re.findall(r"^([a-z][a-z_.]*): ", text_of(CONTROL, "--settings-reference"), re.M)
        self.assertGreater(len(settings), 20)
        described = re.findall(r"^\*([a-z][a-z_.]*)\*[: ]", page, re.M)
        self.assertEqual(sorted(set(settings) - set(described)), [])

    def test_every_key_of_a_campaign_has_its_place(self):
        with open(os.path.join(WRITTEN, "..", "..", "rules", "campaign.schema.json")) as file:
            keys = {name for name, key in json.load(file)["properties"].items() if "description" in key}
        with open(os.path.join(WRITTEN, "sluice-campaign.5.scd")) as file:
            section = file.read().split("# KEYS\n")[1].split("\n# ")[0]
        self.assertEqual(set(re.findall(r"^\*([a-z_]+)\*$", section, re.M)), keys)

    def test_pages_are_scdoc(self):
        if not shutil.which("scdoc"):
            self.skipTest("scdoc is not installed")
        names = text_of(WRITER, "--list").split() + ["sluice", "sluice-gun", "sluice.yaml"]
        pages = [text_of(WRITER, name) for name in names]
        for name in ("sluice-control.8.scd", "sluice-dataplane.8.scd", "sluice-campaign.5.scd"):
            with open(os.path.join(WRITTEN, name)) as file:
                pages.append(file.read())
        for page in pages:
            done = subprocess.run(["scdoc"], input=page, capture_output=True, text=True, timeout=200)
            self.assertEqual((done.returncode, done.stderr), (0, ""), page[:300])
            self.assertIn(".SH NAME", done.stdout)

    def test_what_is_no_page(self):
        for args in ([], ["sluice-nothing"], ["sluic"]):
            self.assertEqual(subprocess.run([WRITER, *args], capture_output=True, timeout=200).returncode, 2)


class Completes(unittest.TestCase):
    def setUp(self):
        self.bash = Bash()
        self.directory = tempfile.TemporaryDirectory()
        for name in ("one.yaml", "two words.yaml"):
            open(os.path.join(self.directory.name, name), "w").close()
        os.mkdir(os.path.join(self.directory.name, "rules"))

    def tearDown(self):
        self.directory.cleanup()

    def complete(self, *words):
        return sorted(self.bash.complete(*words, directory=self.directory.name))

    def test_commands(self):
        self.assertEqual(self.complete("roll"), ["rollback"])
        self.assertEqual(self.complete("nothing"), [])

    def test_files_and_directories(self):
        self.assertEqual(self.complete("check", ""), ["rules"])
        self.assertEqual(self.complete("decode", ""), ["one.yaml", "rules", "two words.yaml"])
        self.assertEqual(self.complete("check", "--schema", "o"), ["one.yaml"])
        self.assertEqual(self.complete("check", "--schema", "=", "tw"), ["two words.yaml"])
        self.assertEqual(self.complete("check", "--schema", "="), ["one.yaml", "rules", "two words.yaml"])
        self.assertEqual(self.complete("up", "-c", "o"), ["one.yaml"])
        self.assertEqual(self.complete("status", ""), [])

    def test_choices(self):
        self.assertEqual(self.complete("top", "--sort", ""), ["matches", "name", "rate"])
        self.assertEqual(self.complete("top", "--sort", "=", "na"), ["name"])
        self.assertEqual(self.complete("completion", "z"), ["zsh"])
        self.assertEqual(self.complete("top", "--interval", ""), [])

    def test_wrong_use(self):
        for args in ([], ["fish"], ["bash", "zsh"]):
            done = subprocess.run([SLUICE, "completion", *args], capture_output=True, timeout=200)
            self.assertEqual(done.returncode, 2)


class CompletesInZsh(unittest.TestCase):
    """As typed into a shell."""

    def setUp(self):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        self.directory = tempfile.TemporaryDirectory()
        with open(os.path.join(self.directory.name, "_sluice"), "w") as file:
            file.write(text_of(SLUICE, "completion", "zsh"))
        os.mkdir(os.path.join(self.directory.name, "rules"))
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(self.directory.name)
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "PS1": "", "HOME": self.directory.name})
        self.seen = ""
        self.type("PROMPT='' ; unsetopt zle_bracketed_paste ; setopt no_beep no_list_beep ; fpath=($PWD $fpath) ; "
                  "autoload -Uz compinit ; compinit -u -D ; echo rea''dy\n")
        self.wait("ready")

    def tearDown(self):
        os.close(self.fd)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        self.directory.cleanup()

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self, text):
        end = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            self.assertLess(time.monotonic(), end, "%r never came: %r" % (text, self.seen))
            if select.select([self.fd], [], [], 0.1)[0]:
                self.seen += os.read(self.fd, 65536).decode("utf-8", "replace")
        self.seen = ""

    def completed(self, typed, wanted):
        """^A echo … turns what stands there into what is printed."""
        self.type("\x15" + typed + "\t\x01echo '<\x05>'\n")
        self.wait("\n<%s" % wanted)  # what may follow it, a blank or /, goes when more is typed

    def test_everything(self):
        self.completed("sluice rollb", "sluice rollback")
        self.completed("sluice check --sche", "sluice check --schema")
        self.completed("sluice top --sort=na", "sluice top --sort=name")
        self.completed("sluice check ru", "sluice check rules")
        self.completed("sluice completion ba", "sluice completion bash")


if __name__ == "__main__":
    unittest.main()
