"""sluice top on a terminal of 80 by 24 (a pseudo one), beside a stand-in for the gateway."""
import copy
import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import unicodedata
import unittest

SLUICE = os.path.abspath(sys.argv.pop(1))
PATIENCE_S = 200
LEDGER = ("received", "accepted", "refused", "duplicates", "dropped", "matched", "unmatched")
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


def channel(name, received=0, **more):
    row = {"channel": name, **dict.fromkeys(LEDGER, 0), "reasons": {}, "received": received, "accepted": received,
           "unmatched": received}
    return {**row, **more}


STATE = {"keys": 1200, "timers": 7, "bytes": 48000, "room": 134217728, "fill_permille": 12, "refused": 0, "damaged": 0, "withheld": 0,
         "tick": "2026-11-21T00:00:00Z", "tick_age_ms": 6400}


def status_of(**more):
    stages = [{"stage": name, "count": 5, "p50_us": 12.5, "p90_us": 100, "p99_us": 2150.5, "p99.9_us": 1e5, "max_us": 12.5e6}
              for name in ("decoded", "matched", "committed", "acknowledged", "produced", "broker_acknowledged")]
    status = {
        "version": "0.1.0", "ready": True, "not_ready": [], "problems": [], "pids": {"dataplane": 1, "control": 2},
        "dataplane": {"state": "running", "life": "2026-11-21T00:00:00Z", "workers": 2, "connections": 12,
                      "outstanding": 3, "ruleset": 7,
                      "worker": [{"worker": n, "ruleset": 7, "generation": 1, "connections": 6, "outstanding": 1,
                                  "heartbeat": 5, "stalled_ms": 0} for n in range(2)]},
        "ruleset": {"version": 7, "campaigns": 10, "hash": "ab" * 16},
        "ledger": {**dict.fromkeys(LEDGER, 0), "received": 1000, "adds_up": True},
        "channels": [channel("web", 1000), channel("lines")],
        "stages": stages,
        "campaigns": {"top": [{"campaign": "loan-abandoned", "matches": 70}, {"campaign": "card", "matches": 900}],
                      "others": 5},
        "journal": {"fill_permille": 123, "backpressure": False, "bytes": 1000, "commits": 10, "oldest_reader_txns": 0},
        "sinks": [{"kind": "file", "path": "/x/matches", "forwarded": 40, "lag_blocks": 2, "lag_seconds": 0.25,
                   "errors": 0}],
        "listening": [], "api": "unix:/x",
    }
    status.update(more)
    return status


class Gateway:
    """Answers with self.status, or what calling it gives; may be away."""

    head = b"HTTP/1.1 200 OK"

    def __init__(self, status):
        self.status, self.asked = status, 0
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "control.sock")
        self.address = "unix:" + self.path
        self.come()

    def come(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen()
        self.thread = threading.Thread(target=self.serve, args=(self.socket,), daemon=True)
        self.thread.start()

    def serve(self, listener):
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            text = b""
            while b"\r\n\r\n" not in text:
                more = peer.recv(65536)
                if not more:
                    break
                text += more
            self.asked += 1
            status = self.status(self.asked) if callable(self.status) else self.status
            body = json.dumps(status).encode()
            try:
                peer.sendall(b"%s\r\nContent-Length: %d\r\n\r\n%s" % (self.head, len(body), body))
            except OSError:
                pass
            peer.close()

    def go(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.socket.close()
        os.unlink(self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if os.path.exists(self.path):
            self.go()
        self.directory.cleanup()


def width_of(character):
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class Screen:
    """What the bytes of a program make of a terminal; only what `top` uses, anything else is a fault."""
    SEQUENCE = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])")

    def __init__(self, columns, rows):
        self.columns, self.rows, self.faults, self.pages = columns, rows, [], 0
        self.alternate = self.hidden = False
        self.clear()

    def clear(self):
        self.row = self.column = 0
        self.cells = [[" "] * self.columns for _ in range(self.rows)]

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.clear()

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def take(self, text):
        at = 0
        while at < len(text):
            match = self.SEQUENCE.match(text, at)
            if match:
                self.control(*match.groups())
                at = match.end()
            elif text[at] == "\x1b":
                return text[at:]
            else:
                self.put(text[at])
                at += 1
        return ""

    def control(self, private, numbers, letter):
        if private:
            on = letter == "h"
            if numbers == "1049":
                self.alternate = on
            elif numbers == "25":
                self.hidden = not on
        elif letter == "H":
            self.row = self.column = 0
            self.pages += 1
        elif letter == "K":
            self.cells[self.row][self.column:] = [" "] * (self.columns - self.column)
        elif letter == "J":
            self.control("", "", "K")
            for row in range(self.row + 1, self.rows):
                self.cells[row] = [" "] * self.columns
        elif letter != "m":
            self.faults.append("the sequence %s%s" % (numbers, letter))

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row += 1
            if self.alternate and self.row >= self.rows:
                self.faults.append("scrolled")
            self.row = min(self.row, self.rows - 1)
        elif not character.isprintable():
            self.faults.append("the character %r" % character)
        elif self.column + width_of(character) > self.columns:
            self.faults.append("wrapped at %r" % character)
        else:
            self.cells[self.row][self.column] = character
            self.column += width_of(character)


class Terminal:
    def __init__(self, *args, columns=80, rows=24, **apart):
        self.master, slave = pty.openpty()
        self.before = termios.tcgetattr(slave)
        self.screen, self.left, self.raw = Screen(columns, rows), "", ""
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process = subprocess.Popen([SLUICE, "top", *args], stdin=slave, stdout=slave, stderr=slave,
                                        env={**os.environ, "TERM": "xterm", "SLUICE_API": ""},
                                        **(apart or {"start_new_session": True}))
        self.slave = slave

    def read(self, patience_s=0.05):
        if select.select([self.master], [], [], patience_s)[0]:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            self.pending = getattr(self, "pending", b"") + data
            text = self.pending.decode("utf-8", "ignore")
            cut = self.pending[len(text.encode()):]
            self.pending = cut
            self.raw += text
            self.left = self.screen.take(self.left + text)

    def wait(self, what, true):
        end = time.monotonic() + PATIENCE_S
        while not true():
            if time.monotonic() > end:
                raise AssertionError("%s never came:\n%s" % (what, self.screen.text()))
            self.read()

    def wait_text(self, text):
        self.wait(repr(text), lambda: text in self.screen.text())

    def wait_end(self):
        self.wait("the end", lambda: self.process.poll() is not None)
        self.read(0.2)
        return self.process.returncode

    def press(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, columns, rows):
        self.screen.resize(columns, rows)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def is_as_before(self):
        return (not self.screen.alternate and not self.screen.hidden and
                termios.tcgetattr(self.slave)[:4] == self.before[:4])

    def is_stopped(self):
        with open("/proc/%d/stat" % self.process.pid) as file:
            return file.read().rpartition(") ")[2][0] == "T"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)


class OnAScreen(unittest.TestCase):
    def test_everything_is_there_and_fits(self):
        with Gateway(status_of()) as gateway, Terminal("--api", gateway.address) as terminal:
            for text in ("sluice 0.1.0 at unix:", "ready", "rule set 7, 10 campaigns   2 workers   12 connections",
                         "web", "lines", "total", "campaign (by rate)", "loan-abandoned", "all others", "committed",
                         "broker_acknow", "12 us", "2.15 ms", "12.5 s", "journal  [####", "12.3 %",
                         "2 blocks behind, 0.2 s", "worker   1", "q quit"):
                terminal.wait_text(text)
            terminal.press("q")
            self.assertEqual(terminal.wait_end(), 0)
            self.assertEqual(terminal.screen.faults, [])
            self.assertTrue(terminal.is_as_before())
            self.assertTrue(terminal.raw.endswith(LEAVE))

    def test_much_of_everything_fits_too(self):
        evil = "가나다라" * 20 + "\x1b[31m\u202e\r\n"
        workers = [{"worker": n, "ruleset": 6, "connections": 10 ** 12, "outstanding": 10 ** 12, "stalled_ms": 10 ** 15}
                   for n in range(64)]
        status = status_of(version=evil, ready=False, not_ready=[evil] * 9, problems=[{"message": evil}] * 9)
        status["dataplane"]["worker"] = workers
        status["dataplane"]["connections"] = 10 ** 15
        status["channels"] = [channel(evil + str(n), 10 ** 15) for n in range(40)]
        status["campaigns"]["top"] = [{"campaign": evil + str(n), "matches": 10 ** 18} for n in range(100)]
        status["stages"] = [dict.fromkeys(("p50_us", "p99_us", "max_us"), 1e15) | {"stage": evil}] * 50
        status["sinks"] = [{"kind": evil, "forwarded": 10 ** 18, "lag_blocks": 10 ** 18, "errors": 10 ** 18,
                            "stuck": evil}] * 9
        status["journal"].update(fill_permille=4000, backpressure=True, bytes=10 ** 18)
        for columns, rows in ((80, 24), (80, 10), (40, 24), (200, 60), (20, 3), (1, 1)):
            with Gateway(status) as gateway, Terminal("--api", gateway.address, columns=columns, rows=rows) as terminal:
                terminal.wait("two pages", lambda: terminal.screen.pages >= 3)
                terminal.press("q")
                self.assertEqual(terminal.wait_end(), 0)
                self.assertEqual(terminal.screen.faults, [], (columns, rows))

    def test_little_of_anything(self):
        for status in ({}, {"dataplane": {}, "channels": [], "sinks": [], "journal": {}}, {"channels": 5, "sinks": "x",
                       "dataplane": [], "campaigns": {"top": 7}, "stages": {}, "worker": 3, "not_ready": [1]}):
            with Gateway(status) as gateway, Terminal("--api", gateway.address) as terminal:
                terminal.wait_text("NOT READY")
                terminal.wait_text("q quit")
                terminal.press("q")
                self.assertEqual(terminal.wait_end(), 0)
                self.assertEqual(terminal.screen.faults, [])

    def test_signals_leave_the_terminal_as_it_was(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV, signal.SIGABRT):
            with Gateway(status_of()) as gateway, Terminal("--api", gateway.address) as terminal:
                terminal.wait_text("q quit")
                self.assertTrue(terminal.screen.alternate and terminal.screen.hidden)
                self.assertFalse(terminal.is_as_before())
                terminal.process.send_signal(number)
                terminal.wait_end()
                terminal.wait("the way back", lambda: terminal.raw.endswith(LEAVE))
                self.assertTrue(terminal.is_as_before(), number)

    def test_control_c_and_the_terminals_end(self):
        with Gateway(status_of()) as gateway, Terminal("--api", gateway.address) as terminal:
            terminal.wait_text("q quit")
            os.close(terminal.slave)
            terminal.slave = os.open("/dev/null", os.O_RDONLY)
            master, terminal.master = terminal.master, os.open("/dev/null", os.O_RDONLY)
            os.close(master)
            self.assertEqual(terminal.process.wait(PATIENCE_S), 0)

    def test_stopped_and_continued(self):
        # a group of its own in this session: one that nobody could continue is not stopped
        with Gateway(status_of()) as gateway, Terminal("--api", gateway.address, process_group=0) as terminal:
            terminal.wait_text("q quit")
            terminal.process.send_signal(signal.SIGTSTP)
            terminal.wait("the way back", lambda: not terminal.screen.alternate)
            terminal.wait("it is stopped", terminal.is_stopped)  # before that, going on would mean nothing
            terminal.process.send_signal(signal.SIGCONT)
            terminal.wait("the screen again", lambda: terminal.screen.alternate and terminal.screen.hidden)
            terminal.press("q")
            self.assertEqual(terminal.wait_end(), 0)
            self.assertTrue(terminal.is_as_before())

    def test_it_grows_and_shrinks(self):
        with Gateway(status_of()) as gateway, Terminal("--api", gateway.address) as terminal:
            terminal.wait_text("q quit")
            for columns, rows in ((120, 40), (60, 12), (80, 24)):
                terminal.resize(columns, rows)
                terminal.screen.faults.clear()
                pages = terminal.screen.pages
                terminal.wait("pages of the new size", lambda: terminal.screen.pages >= pages + 3)
                terminal.screen.faults.clear()  # the page that was under way
                pages = terminal.screen.pages
                terminal.wait("a whole page", lambda: terminal.screen.pages >= pages + 2)
                self.assertEqual(terminal.screen.faults, [])
            terminal.wait_text("q quit")

    def test_keys(self):
        with Gateway(status_of()) as gateway, Terminal("--api", gateway.address, "--interval", "0.1") as terminal:
            terminal.wait_text("(by rate)")
            terminal.press("s")
            terminal.wait_text("(by matches)")
            self.assertLess(terminal.screen.text().index("card"), terminal.screen.text().index("loan-abandoned"))
            terminal.press("s")
            terminal.wait_text("(by name)")
            terminal.press("p")
            terminal.wait_text("paused")
            asked = gateway.asked
            pages = terminal.screen.pages
            terminal.wait("more pages", lambda: terminal.screen.pages >= pages + 2)
            self.assertLessEqual(gateway.asked, asked + 1)
            terminal.press(" ")
            terminal.wait("one look", lambda: gateway.asked > asked)
            terminal.press("p")
            terminal.wait("looks", lambda: gateway.asked > asked + 3)
            terminal.press("xyz\x1b[A")  # nothing of it is a key
            terminal.press("q")
            self.assertEqual(terminal.wait_end(), 0)

    def test_a_gateway_that_goes_and_comes_back(self):
        with Gateway(status_of()) as gateway, Terminal("--api", gateway.address) as terminal:
            terminal.wait_text("ready")
            gateway.go()
            terminal.wait_text("NO ANSWER for")
            self.assertIn("web", terminal.screen.text())  # what was known stays
            gateway.come()
            terminal.wait("it is back", lambda: "NO ANSWER" not in terminal.screen.text())
            terminal.wait_text("ready")
            terminal.press("q")
            self.assertEqual(terminal.wait_end(), 0)

    def test_no_gateway_at_first(self):
        with Terminal("--api", "unix:/nowhere/control.sock") as terminal:
            terminal.wait_text("NO ANSWER for")
            terminal.press("q")
            self.assertEqual(terminal.wait_end(), 0)
            self.assertEqual(terminal.screen.faults, [])


def run(*args, env=None):
    done = subprocess.run([SLUICE, "top", *args], capture_output=True, text=True, timeout=200, stdin=subprocess.DEVNULL,
                          env={**os.environ, "SLUICE_API": "", "COLUMNS": "", **(env or {})})
    return done.returncode, done.stdout, done.stderr


def counting(life=lambda n: "2026-11-21T00:00:00Z"):
    """1,000 more received with every look."""
    def status(asked):
        one = status_of()
        one["dataplane"]["life"] = life(asked)
        one["channels"][0] = channel("web", 1000 * asked)
        one["ledger"]["received"] = 1000 * asked
        one["campaigns"]["top"][0]["matches"] = 100 * asked
        return one
    return status


class InLines(unittest.TestCase):
    def test_once_is_a_page(self):
        with Gateway(counting()) as gateway:
            code, out, err = run("--once", "--interval", "0.1", "--api", gateway.address)
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(gateway.asked, 2)
        self.assertNotIn("\x1b", out)
        self.assertTrue(all(len(line) <= 80 for line in out.splitlines()), out)
        self.assertRegex(out, r"(?m)^web +[0-9]+ +[0-9]+ ")
        self.assertNotIn("q quit", out)

    def test_json_has_the_rates(self):
        with Gateway(counting()) as gateway:
            code, out, _ = run("--once", "--json", "--interval", "0.1", "--api", gateway.address)
        view = json.loads(out)
        web = view["channels"][0]
        self.assertEqual((code, web["channel"], web["received"]), (0, "web", 2000))
        # 1,000 more in the time between the two looks, which the view says
        self.assertAlmostEqual(web["received_per_s"], 1000 / view["seconds"])
        self.assertAlmostEqual(view["total"]["received_per_s"], 1000 / view["seconds"])
        self.assertEqual(view["campaigns"][0]["campaign"], "loan-abandoned")
        self.assertAlmostEqual(view["campaigns"][0]["matches_per_s"], 100 / view["seconds"])
        self.assertEqual(view["campaigns"][1]["matches_per_s"], 0)
        self.assertEqual(view["alarms"], [])

    def test_memory_of_the_past(self):
        with Gateway(status_of(state=STATE)) as gateway:
            _, page, _ = run("--once", "--interval", "0.1", "--api", gateway.address)
            view = json.loads(run("--once", "--json", "--interval", "0.1", "--api", gateway.address)[1])
        self.assertRegex(page, r"(?m)^memory +1200 keys +48.0kB of +134MB, 1.2 %, tick 6.4 s old$")
        self.assertEqual((view["state"]["keys"], view["state"]["tick_age_ms"]), (1200, 6400))
        with Gateway(status_of(state={**STATE, "keys": 0})) as gateway:
            self.assertNotIn("memory", run("--once", "--interval", "0.1", "--api", gateway.address)[1])

    def test_another_life_has_no_rates_yet(self):
        with Gateway(counting(life=lambda n: "2026-11-21T00:00:0%dZ" % (n % 10))) as gateway:
            code, out, _ = run("--once", "--json", "--interval", "0.1", "--api", gateway.address)
        self.assertEqual(code, 0)
        self.assertIsNone(json.loads(out)["channels"][0]["received_per_s"])

    def test_counters_that_begin_anew_have_no_rate(self):
        def status(asked):
            one = status_of()
            one["channels"][0] = channel("web", 1000 if asked == 1 else 5)
            return one
        with Gateway(status) as gateway:
            view = json.loads(run("--once", "--json", "--interval", "0.1", "--api", gateway.address)[1])
            self.assertIsNone(view["channels"][0]["received_per_s"])
            self.assertRegex(run("--once", "--interval", "0.1", "--api", gateway.address)[1], r"(?m)^web +0 ")

    def test_not_ready_is_1(self):
        with Gateway(status_of(ready=False, not_ready=["the dataplane is absent"])) as gateway:
            code, out, _ = run("--once", "--interval", "0.1", "--api", gateway.address)
        self.assertEqual(code, 1)
        self.assertIn("NOT READY", out)
        self.assertIn("! not ready: the dataplane is absent", out)

    def test_no_gateway_is_3(self):
        for args in (["--once"], ["--json"], []):
            code, out, err = run(*args, "--api", "unix:/nowhere/control.sock")
            self.assertEqual((code, out), (3, ""))
            self.assertIn("no gateway answers", err)

    def test_a_token_that_is_wanted_is_told(self):
        with Gateway(status_of()) as gateway:
            gateway.head = b"HTTP/1.1 401 Unauthorized"
            code, _, err = run("--once", "--api", gateway.address)
        self.assertEqual(code, 3)
        self.assertIn("--token-file", err)

    def test_wrong_use_is_2(self):
        for args in (["--interval", "0"], ["--interval", "x"], ["--interval", "nan"], ["--sort", "size"], ["more"]):
            self.assertEqual(run(*args)[0], 2, args)

    def test_a_pipe_gets_pages_until_it_is_closed(self):
        with Gateway(counting()) as gateway:
            process = subprocess.Popen([SLUICE, "top", "--interval", "0.1", "--json", "--api", gateway.address],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            lines = [json.loads(process.stdout.readline()) for _ in range(3)]
            process.stdout.close()
            process.wait(PATIENCE_S)
            process.stderr.close()
        self.assertGreater(lines[2]["channels"][0]["received"], lines[0]["channels"][0]["received"])


class Alarms(unittest.TestCase):
    def alarms(self, first, then):
        with Gateway(lambda asked: first if asked == 1 else then) as gateway:
            return json.loads(run("--once", "--json", "--interval", "0.1", "--api", gateway.address)[1])["alarms"]

    def test_nothing_is_wrong(self):
        self.assertEqual(self.alarms(status_of(), status_of()), [])

    def changed(self, change):
        status = copy.deepcopy(status_of())
        change(status)
        return self.alarms(status_of(), status)

    def test_each_has_its_words(self):
        def full(status):
            status["journal"].update(fill_permille=712, backpressure=True)
        self.assertEqual(self.changed(full), ["the journal is 71 % full: sources are told to wait; see the sinks"])

        def filling(status):
            status["journal"]["fill_permille"] = 500
        self.assertIn("50 % full", self.changed(filling)[0])

        def stuck(status):
            status["sinks"][0]["stuck"] = "no space"
        self.assertEqual(self.changed(stuck), ["sink file is stuck: no space"])

        def failing(status):
            status["sinks"][0]["errors"] = 3
        self.assertIn("sink file fails", self.changed(failing)[0])

        def behind(status):
            status["sinks"][0]["lag_seconds"] = 12.25
        self.assertEqual(self.changed(behind), ["sink file is 12 s behind"])

        def older(status):
            status["dataplane"]["worker"][1]["ruleset"] = 6
        self.assertEqual(self.changed(older), ["worker 1 still works by rule set 6, not 7"])

        def refused(status):
            status["channels"][0] = channel("web", 2000, refused=300, reasons={"json_malformed": 250, "field_type": 50})
        self.assertEqual(self.changed(refused),
                         ["channel web refuses 30 % of its events, most for json_malformed"])

        def dropped(status):
            status["channels"][1] = channel("lines", dropped=300)
        self.assertRegex(self.changed(dropped)[0], r"channel lines drops events: [0-9.]+ a second")

        def own(status):
            status["alarms"] = ["what campaigns remember fills 93 % of a worker's memory"]
        self.assertEqual(self.changed(own), ["what campaigns remember fills 93 % of a worker's memory"])

        self.assertIn("nothing new is begun", self.alarms(status_of(state=STATE), status_of(state={**STATE, "refused": 5}))[0])

        def unmet(status):
            status["problems"] = [{"message": "the file of the rules is not there"}]
        self.assertEqual(self.changed(unmet), ["the file of the rules is not there"])


if __name__ == "__main__":
    unittest.main()
