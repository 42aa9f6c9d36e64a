"""The journal's writer lock in somebody else's hands: as long as it is held, nothing is committed.

LMDB's lock spans processes, so that this holds a commit up without a guess at how long one takes.
"""
import ctypes
import ctypes.util

from gateway import Failure


class JournalLock:
    """Taken when made. In the process of the test: it goes with it, however that ends."""

    def __init__(self, path):
        name = ctypes.util.find_library("lmdb")
        if not name:
            raise SystemExit("liblmdb is not here; tools/packages.txt names what has to be installed")
        self.lmdb = ctypes.CDLL(name)
        self.environment, self.transaction = ctypes.c_void_p(), ctypes.c_void_p()
        self.must("mdb_env_create", ctypes.byref(self.environment))
        self.must("mdb_env_open", self.environment, path.encode(), 0, 0o600)
        self.must("mdb_txn_begin", self.environment, None, 0, ctypes.byref(self.transaction))

    def must(self, function, *arguments):
        error = getattr(self.lmdb, function)(*arguments)
        if error:
            raise Failure("%s: error %d" % (function, error))

    def release(self):
        self.lmdb.mdb_txn_abort(self.transaction)
        self.lmdb.mdb_env_close(self.environment)
