"""What a TCP segment of mirrored traffic costs, by the shape in which segments come."""
import json
import os
import subprocess

from harness.failure import Failure

SHAPES = ("in order", "lossy", "reordered", "adversarial")


def cases(options):
    for shape in SHAPES[:1] if options.quick else SHAPES:
        done = subprocess.run([os.path.join(options.build, "perf", "reassembly_micro"), shape, str(options.seconds)],
                              stdout=subprocess.PIPE)
        if done.returncode not in (0, 1) or not done.stdout:
            raise Failure("reassembly_micro failed for the shape %s" % shape, 3)
        case = json.loads(done.stdout)
        yield {"scenario": "reassembly", "case": {"shape": shape, "workers": 1}, **case}
