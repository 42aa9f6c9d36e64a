"""The dataplane must run on a machine that has no rule compiler, no YAML, no Kafka and no library
of control's. Looks at what its executable asks the loader for, and at what its folders define. And
control must not carry the reference evaluator, which only tests and tools ask.

usage: links.py SLUICE-DATAPLANE SLUICE-CONTROL"""
import subprocess
import sys

ALLOWED = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2",
           "libhs_runtime.so.5", "liburing.so.2", "libsimdjson.so.14", "liblmdb.so.0", "libxxhash.so.0",
           "libsystemd.so.0",  # sd_notify
           "libz.so.1",  # bodies that come folded
           # present under the sanitizers only
           "libasan.so.8", "libubsan.so.1", "libtsan.so.2"}


def needs(program):
    dynamic = subprocess.run(["readelf", "-d", program], check=True, capture_output=True, text=True).stdout
    return {line.split("[")[1].split("]")[0] for line in dynamic.splitlines() if "(NEEDED)" in line}


def defines(program):
    return subprocess.run(["nm", "--defined-only", program], check=True, capture_output=True, text=True).stdout


def main():
    needed = needs(sys.argv[1])
    defined = defines(sys.argv[1])
    faults = [f"{sys.argv[1]}: needs {name}, which is not on the list" for name in sorted(needed - ALLOWED)]
    faults += [f"{sys.argv[1]}: defines {line.split()[-1]}, which is of rules/"
               for line in defined.splitlines() if line.split()[-1].startswith("sl_rules_")]
    faults += [f"{sys.argv[2]}: needs {name}, which is the reference evaluator's"
               for name in sorted(needs(sys.argv[2])) if name.startswith("libpcre2")]
    faults += [f"{sys.argv[2]}: defines {line.split()[-1]}, which is the reference evaluator's"
               for line in defines(sys.argv[2]).splitlines() if line.split()[-1].startswith("sl_eval_")]
    if "libhs_runtime.so.5" not in needed:
        faults.append(f"{sys.argv[1]}: does not even scan; is this the dataplane?")
    print("\n".join(faults + [f"links: {len(needed)} libraries, {len(faults)} faults"]))
    return 1 if faults else 0


sys.exit(main())
