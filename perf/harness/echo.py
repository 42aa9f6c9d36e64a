"""The floor's server, perf/micro/echo_floor.c."""
import json
import os
import signal
import subprocess

from harness.failure import Failure

SECONDS_MAX = 600


class Echo:
    def __init__(self, options, mode, events):
        self.process = subprocess.Popen([os.path.join(options.build, "perf", "echo_floor"), "--mode", mode, "--events",
                                         str(events), "--seconds", str(SECONDS_MAX)], stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            raise Failure("the floor did not start", 3)
        self.address = "127.0.0.1:%d" % json.loads(line)["listening"]

    def stop(self):
        """What it received."""
        self.process.send_signal(signal.SIGTERM)
        out = self.process.communicate(timeout=120)[0]
        if self.process.returncode:
            raise Failure("the floor failed", 3)
        return json.loads(out)
