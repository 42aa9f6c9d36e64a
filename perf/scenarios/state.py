"""What keys remember: bytes of each, and an event's cost, beside a bare prefetched table."""
import json
import os
import subprocess

from harness.failure import Failure

SIZES = ((1000000, 1), (10000000, 1), (1000000, 2), (10000000, 2))


def cases(options):
    for keys, sequences in ((300000, 1),) if options.quick else SIZES:
        done = subprocess.run([os.path.join(options.build, "perf", "state_micro"), "--keys", str(keys), "--sequences",
                               str(sequences), "--seconds", str(options.seconds)], stdout=subprocess.PIPE)
        if done.returncode or not done.stdout:
            raise Failure("state_micro failed", 3)
        yield json.loads(done.stdout)
