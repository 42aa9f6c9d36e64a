#!/usr/bin/env python3
"""A gateway under a service manager, played by this test: what it is told, when its watchdog is fed, and what a
reload (SIGHUP) changes.

usage: service.py --build BUILD"""
import argparse
import contextlib
import ctypes
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True

from gateway import LIBC, READY_S, Gateway, Programs, campaign, wait_until  # noqa: E402
from journal_lock import JournalLock  # noqa: E402

PTRACE_ATTACH, PTRACE_DETACH = 16, 17
WAIT_ALL = 0x40000000  # waitpid: threads too
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long
ADVERT = campaign("advert", 'type == "hit"').replace("kind: service", "kind: advertisement")


class Manager:
    """The manager's socket. Messages come in the order they were sent in."""

    def __init__(self, directory, name):
        self.path = os.path.join(directory, name)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(READY_S)

    def next(self):
        return self.socket.recv(4096).decode().split("\n")

    def wait(self, what):
        """The messages up to the one that says so."""
        seen = []
        while not any(line.startswith(what) for line in (seen[-1] if seen else [])):
            seen.append(self.next())
        return seen

    def pending(self):
        seen = []
        self.socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                seen.append(self.next())
        self.socket.settimeout(READY_S)
        return seen


def thread_of(pid, name):
    for task in os.listdir("/proc/%d/task" % pid):
        with contextlib.suppress(OSError), open("/proc/%d/task/%s/comm" % (pid, task)) as file:  # others come and go
            if file.read().rstrip("\n") == name:
                return int(task)
    raise AssertionError("process %d has no thread %s" % (pid, name))


@contextlib.contextmanager
def held(task):
    """One thread stands still, the others of its process do not."""
    if LIBC.ptrace(PTRACE_ATTACH, task, None, None):
        raise unittest.SkipTest("this process may not trace another one")
    os.waitpid(task, WAIT_ALL)
    try:
        yield
    finally:
        LIBC.ptrace(PTRACE_DETACH, task, None, None)


class Service(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="sluice-service-")
        self.gateway = Gateway(PROGRAMS, self.directory, workers=2)

    def tearDown(self):
        self.gateway.kill_all()
        shutil.rmtree(self.directory)

    def start(self, name):
        manager = Manager(self.directory, name + ".notify")
        self.addCleanup(manager.socket.close)
        self.gateway.environment = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "6000000"}
        self.gateway.start_apart(name)
        return manager

    def start_both(self):
        self.assertEqual(self.gateway.prepare(), 0)
        dataplane = self.start("dataplane")
        self.assertIn("READY=1", dataplane.next())
        control = self.start("control")
        self.assertIn("READY=1", control.next())
        self.gateway.wait_running()
        return dataplane, control

    def starve(self, manager, process, thread, who):
        manager.wait("WATCHDOG=1")
        with held(thread_of(self.gateway.pid(process), thread)):
            manager.pending()  # what was told before
            manager.wait("STATUS=%s stands still" % who)
            time.sleep(1.5)  # longer than from one feed to the next, were there any
            fed = [message for message in manager.pending() if "WATCHDOG=1" in message]
            self.assertEqual(fed, [])
        manager.wait("WATCHDOG=1")

    def test_the_watchdog_starves_where_a_thread_stands_still(self):
        dataplane, control = self.start_both()
        self.starve(dataplane, "dataplane", "worker-1", "worker 1")
        self.starve(control, "control", "sink.file", "consumer sink.file")

    def test_a_commit_that_does_not_come_back(self):
        dataplane, _ = self.start_both()
        self.gateway.wait_idle()
        dataplane.wait("WATCHDOG=1")
        lock = JournalLock(self.gateway.path("data", "journal"))
        try:
            client = self.gateway.connect("web")
            self.addCleanup(client.close)
            body = b'{"id":"a","time":"2026-11-21T00:00:00Z","type":"hit","customer":"C-1"}'
            client.sendall(b"POST /v1/events HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n" % len(body) + body)
            dataplane.wait("STATUS=the committer stands still")
        finally:
            lock.release()
        dataplane.wait("WATCHDOG=1")
        self.assertIn(b"200", client.recv(12))

    def test_the_end_is_told(self):
        dataplane, control = self.start_both()
        for name, manager in (("dataplane", dataplane), ("control", control)):
            process = self.gateway.apart[name]
            process.terminate()
            manager.wait("STOPPING=1")
            self.assertEqual(self.gateway.wait_end(process), 0)

    def modes(self, *names):
        return {name: oct(os.stat(self.gateway.path(name)).st_mode & 0o777) for name in names}

    def test_processes_of_two_users_can_share_a_group(self):
        """Read what the other one writes, take a reader's place in its locks, and nothing else."""
        before = os.umask(0o007)
        try:
            self.start_both()
        finally:
            os.umask(before)
        for name in ("journal", "cursors", "snapshot"):
            self.assertEqual(self.modes("data/%s" % name), {"data/%s" % name: "0o750"})
            self.assertEqual(os.stat(self.gateway.path("data", name, "lock.mdb")).st_mode & 0o777, 0o660)
            self.assertEqual(os.stat(self.gateway.path("data", name, "data.mdb")).st_mode & 0o777, 0o640)
        self.assertEqual(self.modes("data/settings.bin", "data/rulesets/current", "data/rulesets/current/artifact.bin",
                                    "run/stats.page", "run/dataplane.sock", "run/control.sock"),
                         {"data/settings.bin": "0o640", "data/rulesets/current": "0o750",
                          "data/rulesets/current/artifact.bin": "0o640", "run/stats.page": "0o640",
                          "run/dataplane.sock": "0o660", "run/control.sock": "0o660"})
        # what neither was made for by somebody else is its owner's alone
        self.assertEqual(self.modes("data", "run"), {"data": "0o700", "run": "0o700"})

    def advert_is_loaded(self):
        rules = self.gateway.write_rules("adverts", {"a.yaml": ADVERT})
        return self.gateway.run("load", rules, "--api", self.gateway.api).returncode == 0

    def write_settings(self, **settings):
        self.gateway.settings.update({name.replace("__", "."): value for name, value in settings.items()})
        self.gateway.write_files()

    def test_a_reload(self):
        _, control = self.start_both()
        self.assertFalse(self.advert_is_loaded())
        self.write_settings(unsafe_advertising_without_consent="true", journal__bytes="128MiB")
        self.gateway.signal("control", signal.SIGHUP)
        control.wait("RELOADING=1")
        control.wait("READY=1")
        self.gateway.wait_log("setting unsafe_advertising_without_consent is true from now on")
        self.gateway.wait_log("needs a restart of sluice-dataplane; journal.bytes: 134217728, until then 67108864")
        self.assertTrue(self.advert_is_loaded())

        # a broken file changes nothing, and the manager is not left waiting
        self.write_settings(unsafe_advertising_without_consent="false", workers="many")
        self.gateway.signal("control", signal.SIGHUP)
        control.wait("RELOADING=1")
        control.wait("READY=1")
        self.gateway.wait_log("those before stay in force")
        self.assertTrue(self.advert_is_loaded())

        # the dataplane has nothing to reload, and does not end of it
        self.gateway.signal("dataplane", signal.SIGHUP)
        self.gateway.wait_log("SIGHUP changes nothing here")

    def test_up_passes_a_reload_on(self):
        self.gateway.start()
        before = self.gateway.pid("control"), self.gateway.pid("dataplane")
        self.write_settings(unsafe_advertising_without_consent="true")
        self.gateway.signal("up", signal.SIGHUP)
        self.gateway.wait_log("settings reloaded: 1 changed, 0 wait for a restart")
        wait_until("the campaign is taken", READY_S, self.advert_is_loaded)
        self.assertEqual((self.gateway.pid("control"), self.gateway.pid("dataplane")), before)
        self.assertEqual(self.gateway.stop(), 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    arguments, rest = parser.parse_known_args()
    PROGRAMS = Programs(arguments.build)
    unittest.main(argv=sys.argv[:1] + rest)
