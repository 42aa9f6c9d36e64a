"""Cases of files that are damaged, cut, gone, or of another version.

Every start must end in one of two ways within its time: ready, with nothing lost; or status 3 and a
sentence that names the file. Never by a signal, and never in a loop of restarts.
"""
import json
import os
import random
import struct

from outage import RATE, Case
from rig import SETTLE_S, Failure, Trial, wait_until

REFUSED, SERVED, EITHER = "refused", "served", "either"
START_S = 180
PAGE = 4096


def grow_journal(trial):
    """A journal with some thousand events in it that no consumer has seen, a snapshot and cursors."""
    gateway = trial.gateway
    gateway.start()
    trial.send(RATE, 1)
    trial.gun.wait(SETTLE_S)
    trial.settle()
    gateway.stop()
    # control is away from here on
    dataplane = gateway.start_apart("dataplane")
    wait_until("the dataplane listens", START_S, lambda: can_connect(gateway))
    first = trial.end_traffic()["sent"]
    os.rename(trial.acked, trial.acked + ".first")
    trial.seed += 1
    trial.send(RATE, 1)
    trial.gun.wait(SETTLE_S)
    trial.end_traffic()
    dataplane.terminate()
    gateway.wait_end(gateway.apart.pop("dataplane"))
    return first


def can_connect(gateway):
    try:
        gateway.connect("web", 1).close()
    except OSError:
        return False
    return True


def outcome(gateway):
    """How `sluice up` fares: (served or refused, what it says)."""
    from_here = len(gateway.log_text())
    before = gateway.n_ready
    gateway.launch()
    wait_until("it is ready or has ended", START_S,
               lambda: gateway.process.poll() is not None or gateway.n_ready > before)
    said = gateway.log_text()[from_here:]
    if "ended by signal" in said:
        raise Failure("a process died by a signal: %s" % said[-400:])
    if said.count("starting it again"):
        raise Failure("it was started again: %s" % said[-400:])
    if said.count("cannot read the journal") > 4:  # once for each consumer: snapshot, sink, quarantine, archive
        raise Failure("it repeats itself: %s" % said[-400:])
    if gateway.process.poll() is None:
        return SERVED, said
    if gateway.process.returncode != 3:
        raise Failure("it ended with status %d: %s" % (gateway.process.returncode, said[-400:]))
    return REFUSED, said


def last_sentence(said, *names):
    for line in reversed(said.splitlines()):
        if any(name in line for name in names) and ("error" in line):
            return line[line.find('"message":') + 10:][:160] if '"message":' in line else line[:160]
    raise Failure("no message names %s: %s" % (" or ".join(names), said[-600:]))


def damaged(relative, spoil, expected, *names):
    """One file of a gateway's data is spoilt while it is stopped."""
    def run(programs, workers, options):
        with Trial(programs, workers, seed=800 + workers) as trial:
            gateway = trial.gateway
            grow_journal(trial)
            path = gateway.path("data", relative)
            spoil(path)
            got, said = outcome(gateway)
            if expected not in (got, EITHER):
                raise Failure("it was %s" % got)
            if got == REFUSED:
                return "refused: %s" % last_sentence(said, *(names or (relative.split("/")[0],)))
            trial.settle()
            gateway.stop()
            return "served"
    return Case(run, False)


def cut_in_half(path):
    """Of what was written: the rest may only have been taken from the disk in advance."""
    with open(path, "rb") as file:
        os.truncate(path, len(file.read().rstrip(b"\0")) // 2)


def cut_to_nothing(path):
    os.truncate(path, 0)


def remove(path):
    os.unlink(path)


def scribble(path):
    rng = random.Random(path.rsplit("/", 2)[-2])
    with open(path, "r+b") as file:
        file.write(rng.randbytes(os.path.getsize(path)))


def flip(pages):
    """A bit in each of so many pages, none of them a meta page."""
    def spoil(path):
        rng = random.Random(pages)
        used = used_pages(path)
        with open(path, "r+b") as file:
            for page in rng.sample(range(2, used), min(pages, used - 2)):
                at = page * PAGE + rng.randrange(64, PAGE)
                file.seek(at)
                byte = file.read(1)[0]
                file.seek(at)
                file.write(bytes([byte ^ 1 << rng.randrange(8)]))
    return spoil


def nodes(data, page):
    """Offsets in the file of a page's nodes; 8 bytes before a key: low, high, flags, bytes of the key."""
    lower = struct.unpack_from("<H", data, page * PAGE + 12)[0]
    return [page * PAGE + struct.unpack_from("<H", data, page * PAGE + at)[0] for at in range(16, lower, 2)]


def leaves_of(data, page):
    """The leaves below a page of LMDB's tree, in the order of their keys."""
    if struct.unpack_from("<H", data, page * PAGE + 10)[0] == 2:
        return [page]
    children = [struct.unpack_from("<HHH", data, at) for at in nodes(data, page)]
    return [leaf for low, high, top in children for leaf in leaves_of(data, low | high << 16 | top << 32)]


def long_key(path):
    """One block, far behind the cursors, has a key that is none: it cannot be read at all."""
    with open(path, "r+b") as file:
        data = file.read()
        roots = [struct.unpack_from("<Q", data, meta + 128)[0] for meta in (0, PAGE)]
        txns = [struct.unpack_from("<Q", data, meta + 144)[0] for meta in (0, PAGE)]
        leaves = leaves_of(data, roots[txns.index(max(txns))])
        file.seek(nodes(data, leaves[len(leaves) * 3 // 4])[0] + 6)
        file.write(struct.pack("<H", 9))


def used_pages(path):
    """Pages up to the last that is not empty: the rest was only taken from the disk in advance."""
    with open(path, "rb") as file:
        data = file.read()
    return max(3, (len(data.rstrip(b"\0")) + PAGE - 1) // PAGE)


def overwrite(offset, data):
    def spoil(path):
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(data)
    return spoil


def older_meta_page(path):
    """The newer of LMDB's two meta pages is spoilt: the one before it, or none, may be used."""
    overwrite(PAGE + 16, b"\xff" * 8)(path)


def both_meta_pages(path):
    overwrite(16, b"\xff" * 8)(path)
    overwrite(PAGE + 16, b"\xff" * 8)(path)


def next_version_of(magic):
    """The version behind this magic, wherever it stands, becomes one that is not written yet."""
    def spoil(path):
        with open(path, "rb") as file:
            data = file.read()
        at, found = data.find(magic), 0
        while at >= 0:
            overwrite(at + len(magic), struct.pack("<I", 99))(path)
            at, found = data.find(magic, at + 1), found + 1
        if not found:
            raise Failure("%s has no %r" % (path, magic))
    return spoil


def next_version_of_snapshot(path):
    """Its meta record has no magic, but names the journal by its uuid, 8 bytes behind the version."""
    with open(os.path.join(os.path.dirname(path), os.pardir, "journal", "data.mdb"), "rb") as file:
        journal = file.read()
    at = journal.find(b"SLJRNL\x1a\n")
    uuid = journal[at + 16:at + 32]
    with open(path, "rb") as file:
        data = file.read()
    at = data.find(uuid)
    if at < 8:
        raise Failure("the snapshot does not name its journal")
    while at >= 8:
        overwrite(at - 8, struct.pack("<I", 99))(path)
        at = data.find(uuid, at + 1)


def damaged_artifact(spoil):
    """Events get 503, nothing is restarted, and the next load mends it."""
    def run(programs, workers, options):
        with Trial(programs, workers, seed=820 + workers) as trial:
            gateway = trial.gateway
            gateway.start()
            gateway.stop()
            spoil(os.path.realpath(gateway.path("data", "rulesets", "current", "artifact.bin")))
            from_here = len(gateway.log_text())
            gateway.launch()
            gateway.wait_log("rule set on disk cannot be used")
            said = gateway.log_text()[from_here:]
            wait_until("a load", START_S, lambda: gateway.load(gateway.path("rules")).returncode == 0)
            if "starting it again" in gateway.log_text():
                raise Failure("a process ended")
            trial.send(RATE, 1)
            trial.gun.wait(SETTLE_S)
            counts = trial.conclude()
            return "%s; loaded again, %d acknowledged" % (
                last_sentence(said, "cannot be used"), counts["acknowledged"])
    return Case(run, False)


def damaged_settings(spoil):
    """The dataplane's own settings file, which control writes anew at every start of `sluice up`."""
    def run(programs, workers, options):
        with Trial(programs, workers, seed=840 + workers) as trial:
            gateway = trial.gateway
            gateway.prepare()
            spoil(gateway.path("data", "settings.bin"))
            status = gateway.wait_end(gateway.start_apart("dataplane"))
            gateway.apart.clear()
            if status != 3:
                raise Failure("it ended with status %d" % status)
            said = last_sentence(gateway.log_text(), "settings.bin")
            gateway.start()
            gateway.stop()
            return "refused: %s; `sluice up` writes it anew" % said
    return Case(run, False)


JOURNAL, SNAPSHOT, CURSORS = "journal/data.mdb", "snapshot/data.mdb", "cursors/data.mdb"
CASES = {
    "journal-cut": damaged(JOURNAL, cut_in_half, REFUSED),
    "journal-empty": damaged(JOURNAL, cut_to_nothing, REFUSED, "journal", "snapshot", "cursors"),
    "journal-scribbled": damaged(JOURNAL, scribble, REFUSED),
    # served where the checkpointer has passed over all of it, which it says, before the dataplane comes to read
    "journal-flips": damaged(JOURNAL, flip(40), EITHER),
    "journal-long-key": damaged(JOURNAL, long_key, REFUSED),
    "journal-one-flip": damaged(JOURNAL, flip(1), EITHER),
    "journal-meta-page": damaged(JOURNAL, older_meta_page, EITHER, "journal", "snapshot", "cursors"),
    "journal-meta-pages": damaged(JOURNAL, both_meta_pages, REFUSED),
    "journal-lock-gone": damaged("journal/lock.mdb", remove, SERVED),
    "snapshot-cut": damaged(SNAPSHOT, cut_in_half, EITHER),
    "snapshot-scribbled": damaged(SNAPSHOT, scribble, REFUSED),
    "snapshot-flips": damaged(SNAPSHOT, flip(10), EITHER),
    "snapshot-gone": damaged(SNAPSHOT, remove, EITHER, "snapshot", "journal"),
    "cursors-cut": damaged(CURSORS, cut_in_half, EITHER),
    "cursors-scribbled": damaged(CURSORS, scribble, REFUSED),
    "cursors-flips": damaged(CURSORS, flip(4), EITHER),
    "cursors-gone": damaged(CURSORS, remove, SERVED),
    "cursors-lock-gone": damaged("cursors/lock.mdb", remove, SERVED),
    "artifact-cut": damaged_artifact(cut_in_half),
    "artifact-empty": damaged_artifact(cut_to_nothing),
    "artifact-flip": damaged_artifact(overwrite(200, b"\x5a\xa5")),
    "settings-cut": damaged_settings(cut_in_half),
    "settings-flip": damaged_settings(overwrite(200, b"\x5a\xa5")),
    "version-artifact": damaged_artifact(next_version_of(b"SLUICE\x1a\n")),
    "version-settings": damaged_settings(next_version_of(b"SLUICE\x1a\n")),
    "version-journal": damaged(JOURNAL, next_version_of(b"SLJRNL\x1a\n"), REFUSED),
    "version-snapshot": damaged(SNAPSHOT, next_version_of_snapshot, REFUSED),
}
