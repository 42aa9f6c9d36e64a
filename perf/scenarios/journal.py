"""The journal beside bare LMDB at equal batches."""
import json
import os
import subprocess

from harness.failure import Failure

BATCHES = (65536, 1048576)


def cases(options):
    for batch in BATCHES[:1] if options.quick else BATCHES:
        done = subprocess.run([os.path.join(options.build, "perf", "journal_micro"), "--batch", str(batch), "--seconds",
                               str(options.seconds)], stdout=subprocess.PIPE)
        if done.returncode or not done.stdout:
            raise Failure("journal_micro failed", 3)
        yield json.loads(done.stdout)
