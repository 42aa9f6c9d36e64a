"""`sluice doctor` on machines that are made of files: what it says of each, and when it says no."""
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

SLUICE = os.path.abspath(sys.argv.pop(1))

SANE = {
    "proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu sse2 ssse3 avx2 avx512bw\n",
    "proc/stat": "cpu  100 0 100 9000 0 0 0 1\n",
    "proc/meminfo": "MemTotal: 32000000 kB\nMemAvailable: 16000000 kB\nSwapTotal: 0 kB\nHugePages_Total: 0\n",
    "proc/sys/kernel/osrelease": "6.1.0-44-amd64\n",
    "proc/sys/net/core/somaxconn": "4096\n",
    "sys/devices/system/cpu/isolated": "2-7\n",
    "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor": "performance\n",
    "sys/devices/system/node/online": "0\n",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
    "sys/fs/cgroup/cpu.max": "max 100000\n",
    "sys/fs/cgroup/memory.max": "max\n",
    "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
    "sys/class/net/eth0/operstate": "up\n",
    "sys/class/net/eth0/speed": "10000\n",
    "sys/bus/pci/devices/0000:00:1f.0/class": "0x060100\n",
    "sys/bus/pci/devices/0000:3b:00.0/class": "0x020000\n",
    "sys/bus/pci/devices/0000:3b:00.0/vendor": "0x8086\n",
    "sys/bus/pci/devices/0000:3b:00.0/numa_node": "1\n",
    "usr/share/zoneinfo/Asia/Seoul": "TZif2",
}
MAY_BE_PINNED = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
IS_ENOUGH = MAY_BE_PINNED == resource.RLIM_INFINITY or MAY_BE_PINNED >= 1 << 30
CARD = "sys/bus/pci/devices/0000:3b:00.0/"

# (file, what it holds; None: it is gone), the check, its verdict, a part of what to change
MACHINES = [
    (("proc/cpuinfo", "flags : fpu sse2\nflags : fpu sse2\n"), "processor", "bad", "SSSE3"),
    (("proc/cpuinfo", "processor : 0\nflags : fpu ssse3 avx\n"), "processor", "advice", "virtual machine"),
    (("proc/cpuinfo", "processor : 0\nflags : xssse3 avx2x\n"), "processor", "bad", "SSSE3"),
    (("proc/cpuinfo", None), "processor", "unknown", ""),
    (("sys/fs/cgroup/cpu.max", "50000 100000"), "cores", "advice", "quota"),
    (("sys/fs/cgroup/cpu.max", "1 0"), "cores", None, ""),
    (("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave"), "governor", "advice", "performance"),
    (("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", None), "governor", "unknown", ""),
    (("proc/stat", "cpu 1 1 1 1 1 1 1 93\n"), "steal", "advice", "host"),
    (("proc/stat", "cpu 0 0 0 0 0 0 0 0\n"), "steal", "unknown", ""),
    (("sys/devices/system/node/online", "0-1"), "numa", "advice", "network card"),
    (("proc/meminfo", "MemAvailable: 1000 kB\n"), "memory", "advice", "2 GiB"),
    (("sys/fs/cgroup/memory.max", "1048576"), "memory", "advice", "2 GiB"),
    (("proc/meminfo", "SwapTotal: 4000000 kB\n"), "swap", "advice", "swappiness"),
    (("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]"), "huge_pages", "advice", "madvise"),
    (("proc/sys/kernel/osrelease", "5.10.0-30-amd64"), "kernel", "advice", "6.1"),
    (("proc/sys/kernel/osrelease", "7.0"), "kernel", "good", ""),
    (("proc/sys/kernel/osrelease", "\x00\xff%s%n"), "kernel", "unknown", ""),
    (("proc/sys/net/core/somaxconn", "128"), "sockets", "advice", "somaxconn"),
    (("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet"), "clock", "advice", "tsc"),
    (("usr/share/zoneinfo/Asia/Seoul", None), "zones", "bad", "tzdata"),
    (("usr/share/zoneinfo/Asia/Seoul", ""), "zones", "bad", "tzdata"),
]


class Doctor(unittest.TestCase):
    def setUp(self):
        self.home = self.directory = tempfile.mkdtemp(dir=os.path.dirname(SLUICE))
        for path, text in SANE.items():
            self.put(path, text)

    def tearDown(self):
        shutil.rmtree(self.home)

    def put(self, path, text):
        path = os.path.join(self.home, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if text is None:
            os.unlink(path)
            return
        with open(path, "w", encoding="latin-1") as file:
            file.write(text)

    def link(self, path, to):
        os.symlink(to, os.path.join(self.home, path))

    def hand_over(self):
        """The card, from the kernel to whoever runs this. What the disk is like is not asked here: it takes long."""
        if os.path.ismount("/dev/shm"):
            self.directory = "/dev/shm"
        self.link(CARD + "driver", "../../../bus/pci/drivers/vfio-pci")
        self.link(CARD + "iommu_group", "../../../kernel/iommu_groups/12")
        self.put("dev/vfio/12", "")
        self.put("usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0/librte_net_i40e.so.23", "")
        self.put("proc/meminfo", SANE["proc/meminfo"].replace("HugePages_Total: 0", "HugePages_Total: 1024"))

    def ask(self, *words, memory=None, before=()):
        def limit():
            if memory is not None:
                resource.setrlimit(resource.RLIMIT_MEMLOCK, (memory, memory))
        done = subprocess.run([*before, SLUICE, "doctor", "--root", self.home, "--directory", self.directory, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=limit)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def findings(self, **how):
        code, out, err = self.ask("--json", **how)
        answer = json.loads(out)
        verdicts = [one["verdict"] for one in answer["findings"]]
        self.assertEqual(code, 1 if "bad" in verdicts else 0, out + err)
        self.assertEqual(answer["summary"], {name: verdicts.count(name) for name in ("good", "advice", "bad", "unknown")})
        return {one["check"]: one for one in answer["findings"]}

    def verdict(self, name, change, **how):
        found = self.findings(**how)[name]
        self.assertIn(change, found["change"], found)
        return found["verdict"]

    def test_a_sane_machine(self):
        found = self.findings()
        for name in ("processor", "isolation", "governor", "steal", "numa", "memory", "swap", "huge_pages", "kernel",
                     "sockets", "zones"):
            self.assertEqual(found[name]["verdict"], "good", found[name])
            self.assertEqual(found[name]["change"], "")
        self.assertIn("of 300", found["sync"]["found"])
        self.assertEqual([name for name in os.listdir(self.home) if "doctor" in name], [], "it leaves nothing behind")

    def test_what_is_wrong_is_said(self):
        for (path, text), name, verdict, change in MACHINES:
            with self.subTest("%s: %r" % (path, text)):
                self.put(path, text)
                found = self.findings()[name]
                self.assertEqual(found["verdict"], verdict or found["verdict"], found)
                self.assertIn(change, found["change"])
                self.assertTrue(found["why"] and found["found"])
                self.put(path, SANE[path])

    def test_a_machine_that_shows_nothing_is_not_good(self):
        shutil.rmtree(self.home)
        os.mkdir(self.home)
        found = self.findings()
        for name in ("processor", "isolation", "governor", "steal", "numa", "memory", "swap", "sockets", "clock"):
            self.assertEqual(found[name]["verdict"], "unknown", found[name])

    def test_a_card_that_the_kernel_keeps(self):
        self.link(CARD + "driver", "../../../bus/pci/drivers/i40e")
        found = self.findings()
        self.assertEqual(found["cards"]["found"], "0000:3b:00.0 i40e of node 1")
        self.assertEqual(found["links"]["found"], "eth0 up at Mbit/s 10000")
        for name in ("cards", "iommu", "vfio", "pinned", "drivers", "links", "huge_pages"):
            self.assertEqual((found[name]["verdict"], found[name]["change"]), ("good", ""), found[name])

    def test_a_card_that_is_handed_over(self):
        self.hand_over()
        found = self.findings(memory=MAY_BE_PINNED)
        for name in ("cards", "iommu", "vfio", "pinned", "drivers", "huge_pages"):
            if name != "pinned" or IS_ENOUGH:
                self.assertEqual((found[name]["verdict"], found[name]["change"]), ("good", ""), found[name])
        self.assertIn("group 12", found["iommu"]["found"])
        self.put("sys/devices/system/node/online", "0-1")
        self.assertIn("0000:3b:00.0 is on node 1", self.findings()["numa"]["found"])

    def test_what_a_card_that_is_handed_over_lacks(self):
        self.hand_over()
        self.assertEqual(self.verdict("pinned", "LimitMEMLOCK", memory=8 << 20), "bad")
        self.put("proc/meminfo", SANE["proc/meminfo"])
        self.assertEqual(self.verdict("huge_pages", "nr_hugepages"), "advice")
        self.put("usr/lib/x86_64-linux-gnu/dpdk/pmds-23.0/librte_net_i40e.so.23", None)
        self.assertEqual(self.verdict("drivers", "apt-get"), "bad")
        self.put("dev/vfio/12", None)
        self.assertEqual(self.verdict("vfio", "modprobe vfio-pci"), "bad")
        self.put("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y\n")
        self.assertEqual(self.verdict("iommu", "intel_iommu=on"), "advice")
        self.put("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "N\n")
        os.unlink(os.path.join(self.home, CARD, "iommu_group"))
        self.assertEqual(self.verdict("iommu", "intel_iommu=on"), "bad")
        self.put(CARD + "vendor", "0x15b3\n")
        self.assertEqual(self.verdict("cards", "mlx5_core"), "bad")

    def test_a_card_that_somebody_else_may_open(self):
        self.hand_over()
        os.chmod(os.path.join(self.home, "dev/vfio/12"), 0)
        # root may open it all the same, unless it is told not to
        before = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.getuid() == 0 else ()
        found = self.findings(before=before)["vfio"]
        self.assertEqual(found["verdict"], "bad", found)
        self.assertIn("udev", found["change"])

    def test_a_directory_in_memory_is_refused(self):
        if not os.path.ismount("/dev/shm"):
            self.skipTest("there is no /dev/shm here")
        code, out, _ = self.ask("--directory", "/dev/shm", "--json")
        found = {one["check"]: one for one in json.loads(out)["findings"]}["file_system"]
        self.assertEqual((code, found["verdict"]), (1, "bad"))
        self.assertIn("does not outlive", found["change"])

    def test_people_see_what_to_change_and_why(self):
        self.put("proc/sys/net/core/somaxconn", "128")
        _, out, _ = self.ask()
        lines = out.splitlines()
        at = next(i for i, line in enumerate(lines) if line.split()[1:2] == ["sockets"])
        self.assertTrue(lines[at].startswith("advice"))
        self.assertIn("change sysctl net.core.somaxconn=1024", lines[at + 1])
        self.assertIn("why", lines[at + 2])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
