"""A machine for a test: this one's own files under a layer that takes all changes, systemd as its first process, and a
network of its own. Needs root, overlayfs, and a cgroup2 hierarchy to work in; says which of them is missing."""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SYSTEMD = "/lib/systemd/systemd"
BOOT_S = 120

# Everything that is mounted goes with the mount namespace.
INSIDE = r"""
set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount --bind "$1/root" "$1/root"; cd "$1/root"
mount -t proc proc proc
# the kernel is everybody's
mount --bind proc/sys proc/sys
mount -o remount,ro,bind proc/sys
mount -t sysfs -o ro sysfs sys
umount sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
mkdir dev/pts dev/shm
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires
: > etc/fstab
rm -f usr/sbin/policy-rc.d
for name in modules-load remount-fs sysctl sysusers update-utmp; do ln -sf /dev/null etc/systemd/system/systemd-$name.service; done
printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' > etc/systemd/journald.conf
printf '[Unit]\nRequires=basic.target\nAfter=basic.target\nAllowIsolate=yes\n' > etc/systemd/system/machine.target
mkdir -p "mnt/$$"
pivot_root . "mnt/$$"
umount -l "/mnt/$$"
echo "$$" > /run/machine-is-up
exec %s --unit=machine.target --show-status=no --log-target=journal >/dev/null 2>&1
""" % SYSTEMD


class Missing(Exception):
    """What a machine of this kind needs is not here."""


def cgroup_root():
    with open("/proc/self/mounts") as file:
        for line in file:
            _, where, kind, options = line.split()[:4]
            if kind == "cgroup2" and "rw" in options.split(","):
                return where
    raise Missing("there is no cgroup2 hierarchy that may be written")


class Machine:
    def __init__(self):
        if os.geteuid():
            raise Missing("only root can make a machine")
        if not os.access(SYSTEMD, os.X_OK):
            raise Missing("systemd is not installed")
        self.directory = tempfile.mkdtemp(prefix="sluice-machine-", dir="/var/tmp")
        self.cgroup = os.path.join(cgroup_root(), os.path.basename(self.directory))
        self.process = self.pid = None
        try:
            self.boot()
        except BaseException:
            self.close()
            raise

    def boot(self):
        for name in ("upper", "work", "root"):
            os.mkdir(os.path.join(self.directory, name))
        try:
            os.mkdir(self.cgroup)
        except OSError as error:
            raise Missing("no cgroup of its own: %s" % error) from None
        self.log = open(os.path.join(self.directory, "log"), "w+")
        # its own cgroup is the root of what it sees
        enter = "echo $$ > %s/cgroup.procs && exec unshare --fork --pid --mount --uts --ipc --net --cgroup " \
                "--kill-child=SIGKILL --propagation private bash -c \"$0\" machine %s" % (self.cgroup, self.directory)
        self.process = subprocess.Popen(["bash", "-c", enter, INSIDE], stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, start_new_session=True, env=dict(
                                            PATH=os.environ["PATH"], container="sluice-test"))
        try:
            self.wait(self.is_up, "the machine is up")
        except AssertionError:  # nothing of Sluice has run yet: this place does not let systemd boot
            self.log.seek(0)
            raise Missing("systemd does not come up in %d s: %s" % (BOOT_S, self.log.read().strip()[-600:])) from None

    def is_up(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise Missing("the machine does not come up: %s" % self.log.read().strip())
        if not self.pid:
            with open("/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)) as file:
                children = file.read().split()
            if not children:
                return False
            self.pid = int(children[0])
        if not os.path.exists("/proc/%d/root/run/machine-is-up" % self.pid):
            self.pid = None
            return False
        return self.run("systemctl", "is-active", "machine.target").stdout.strip() == "active"

    def wait(self, true, what, seconds=BOOT_S):
        """Calls true() until it is; its answer."""
        end = time.monotonic() + seconds
        while True:
            answer = true()
            if answer:
                return answer
            if time.monotonic() > end:
                raise AssertionError("not within %d s: %s" % (seconds, what))
            time.sleep(0.05)

    def command(self, *arguments):
        return ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--net", "--uts", "--ipc", "--cgroup",
                "--root", "--wd", *arguments]

    def run(self, *arguments, **more):
        """In the machine, as root."""
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "SYSTEMD_PAGER": "cat"}, **more)

    def spawn(self, *arguments, **more):
        return subprocess.Popen(self.command(*arguments), text=True, stdin=subprocess.DEVNULL, **more)

    def end(self, process):
        """SIGTERM to what spawn() started: nsenter waits for it and does not pass signals on."""
        with open("/proc/%d/task/%d/children" % (process.pid, process.pid)) as file:
            for pid in file.read().split():
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(int(pid), signal.SIGTERM)

    def must(self, *arguments):
        done = self.run(*arguments)
        if done.returncode:
            raise AssertionError("%s: status %d\n%s%s" % (" ".join(arguments), done.returncode, done.stdout, done.stderr))
        return done.stdout

    def path(self, name):
        """A file of the machine, as seen from outside."""
        return "/proc/%d/root%s" % (self.pid, name)

    def close(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # the first process of the machine dies with it, and all others
            self.process.wait()
        for _ in range(100):
            self.remove_cgroups()
            if not os.path.isdir(self.cgroup):
                break
            time.sleep(0.05)
        shutil.rmtree(self.directory, ignore_errors=True)

    def remove_cgroups(self):
        for where, _, _ in os.walk(self.cgroup, topdown=False):
            try:
                os.rmdir(where)
            except OSError:
                pass  # its last process is still ending


if __name__ == "__main__":
    # machine.py COMMAND…: for trying something by hand
    machine = Machine()
    try:
        sys.exit(subprocess.run(machine.command(*sys.argv[1:] or ["bash"])).returncode)
    finally:
        machine.close()
