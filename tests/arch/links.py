"""The dataplane must run on a machine that has no rule compiler, no YAML, no Kafka and no library
of control's. Looks at what its executable asks the loader for, and at what its folders define."""
import subprocess
import sys

ALLOWED = {"libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2",
           "libhs_runtime.so.5", "liburing.so.2", "libsimdjson.so.14", "liblmdb.so.0", "libxxhash.so.0",
           # present under the sanitizers only
           "libasan.so.8", "libubsan.so.1", "libtsan.so.2"}


def main():
    dynamic = subprocess.run(["readelf", "-d", sys.argv[1]], check=True, capture_output=True, text=True).stdout
    needed = {line.split("[")[1].split("]")[0] for line in dynamic.splitlines() if "(NEEDED)" in line}
    defined = subprocess.run(["nm", "--defined-only", sys.argv[1]], check=True, capture_output=True, text=True).stdout
    faults = [f"{sys.argv[1]}: needs {name}, which is not on the list" for name in sorted(needed - ALLOWED)]
    faults += [f"{sys.argv[1]}: defines {line.split()[-1]}, which is of rules/"
               for line in defined.splitlines() if line.split()[-1].startswith("sl_rules_")]
    if "libhs_runtime.so.5" not in needed:
        faults.append(f"{sys.argv[1]}: does not even scan; is this the dataplane?")
    print("\n".join(faults + [f"links: {len(needed)} libraries, {len(faults)} faults"]))
    return 1 if faults else 0


sys.exit(main())
