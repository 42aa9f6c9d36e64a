/* Preloaded into one process: of its allocations and system calls, the one with a number fails.
 *
 * The file named by SLUICE_FAIL_NTH is mapped and shared with the test: two numbers of 64 bits, the
 * calls so far and the number of the one that fails (0: none, and none is counted). So a test arms
 * it before a start, or while the process runs. Behind them, the name of the call that failed.
 *
 * Children do not inherit it: a compiler has its own tests. What writes to standard error never
 * fails, for that is what is looked at. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct shared {
	_Atomic uint64_t calls;
	_Atomic uint64_t failing;
	char name[32];
};

static struct shared *shared;

static bool fails(const char *name)
{
	uint64_t failing = shared ? atomic_load(&shared->failing) : 0;

	if (!failing || atomic_fetch_add(&shared->calls, 1) + 1 != failing)
		return false;
	strncpy(shared->name, name, sizeof(shared->name) - 1);
	return true;
}

static void begin(void)
{
	const char *path = getenv("SLUICE_FAIL_NTH");
	void *at;
	int fd;

	if (!path)
		return;
	fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	at = fd < 0 ? MAP_FAILED
		    : (void *)syscall(SYS_mmap, NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				      MAP_SHARED, fd, 0L);
	if (fd >= 0)
		syscall(SYS_close, fd);
	unsetenv("SLUICE_FAIL_NTH");
	unsetenv("LD_PRELOAD");
	if (at != MAP_FAILED)
		shared = at;
}

/* What calls main: libraries have come up by then, and what they do for that is not our start. */
int failing_main(int (*run)(int, char **, char **), int argc, char **argv, void (*init)(void),
		 void (*fini)(void), void (*linker_fini)(void),
		 void *stack) __asm__("__libc_start_main");
int failing_main(int (*run)(int, char **, char **), int argc, char **argv, void (*init)(void),
		 void (*fini)(void), void (*linker_fini)(void), void *stack)
{
	int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
		    void (*)(void), void *);

	*(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
	begin();
	return real(run, argc, argv, init, fini, linker_fini, stack);
}

/* ---- memory: by the names that glibc has for its own ----------------------------------------- */

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t n, size_t bytes);
extern void *__libc_realloc(void *at, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);

#define NO_MEMORY(name, real)                                                                      \
	do {                                                                                       \
		if (!fails(name))                                                                  \
			return real;                                                               \
		errno = ENOMEM;                                                                    \
		return NULL;                                                                       \
	} while (0)

void *malloc(size_t bytes)
{
	NO_MEMORY("malloc", __libc_malloc(bytes));
}

void *calloc(size_t n, size_t bytes)
{
	NO_MEMORY("calloc", __libc_calloc(n, bytes));
}

void *realloc(void *at, size_t bytes)
{
	NO_MEMORY("realloc", __libc_realloc(at, bytes));
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	NO_MEMORY("aligned_alloc", __libc_memalign(alignment, bytes));
}

int posix_memalign(void **ret_at, size_t alignment, size_t bytes)
{
	void *at = fails("posix_memalign") ? NULL : __libc_memalign(alignment, bytes);

	if (!at)
		return ENOMEM;
	*ret_at = at;
	return 0;
}

/* ---- system calls --------------------------------------------------------------------------- */

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

#define CALL(type, name, parameters, arguments, failure, error)                                    \
	type failing_##name parameters __asm__(#name);                                             \
	type failing_##name parameters                                                             \
	{                                                                                          \
		static type(*real) parameters;                                                     \
                                                                                                   \
		if (fails(#name)) {                                                                \
			errno = error;                                                             \
			return failure;                                                            \
		}                                                                                  \
		if (!real)                                                                         \
			real = (type(*) parameters)next(#name);                                    \
		return real arguments;                                                             \
	}

CALL(int, open, (const char *path, int flags, mode_t mode), (path, flags, mode), -1, EMFILE)
CALL(int, open64, (const char *path, int flags, mode_t mode), (path, flags, mode), -1, EMFILE)
CALL(int, openat, (int at, const char *path, int flags, mode_t mode), (at, path, flags, mode), -1,
     EMFILE)
CALL(int, openat64, (int at, const char *path, int flags, mode_t mode), (at, path, flags, mode), -1,
     EMFILE)
CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1, ENFILE)
CALL(int, bind, (int fd, const void *address, socklen_t n), (fd, address, n), -1, EADDRINUSE)
CALL(int, listen, (int fd, int n), (fd, n), -1, EADDRINUSE)
CALL(int, setsockopt, (int fd, int level, int name, const void *at, socklen_t n),
     (fd, level, name, at, n), -1, EINVAL)
CALL(int, connect, (int fd, const void *address, socklen_t n), (fd, address, n), -1, ECONNREFUSED)
CALL(int, eventfd, (unsigned count, int flags), (count, flags), -1, EMFILE)
CALL(int, signalfd, (int fd, const sigset_t *mask, int flags), (fd, mask, flags), -1, EMFILE)
CALL(int, epoll_create1, (int flags), (flags), -1, EMFILE)
CALL(int, epoll_ctl, (int fd, int what, int on, struct epoll_event *event), (fd, what, on, event),
     -1, ENOMEM)
CALL(int, timerfd_create, (int clock, int flags), (clock, flags), -1, EMFILE)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, ENOSPC)
CALL(int, rename, (const char *from, const char *to), (from, to), -1, EIO)
CALL(int, fsync, (int fd), (fd), -1, EIO)
CALL(int, fdatasync, (int fd), (fd), -1, EIO)
CALL(int, ftruncate, (int fd, off_t n), (fd, n), -1, ENOSPC)
CALL(int, ftruncate64, (int fd, off_t n), (fd, n), -1, ENOSPC)
CALL(int, fcntl, (int fd, int what, long value), (fd, what, value), -1, ENOLCK)
CALL(int, fcntl64, (int fd, int what, long value), (fd, what, value), -1, ENOLCK)
CALL(ssize_t, read, (int fd, void *at, size_t n), (fd, at, n), -1, EIO)
CALL(ssize_t, pread, (int fd, void *at, size_t n, off_t from), (fd, at, n, from), -1, EIO)
CALL(ssize_t, pread64, (int fd, void *at, size_t n, off_t from), (fd, at, n, from), -1, EIO)
CALL(ssize_t, pwrite, (int fd, const void *at, size_t n, off_t to), (fd, at, n, to), -1, ENOSPC)
CALL(ssize_t, pwrite64, (int fd, const void *at, size_t n, off_t to), (fd, at, n, to), -1, ENOSPC)
CALL(ssize_t, recv, (int fd, void *at, size_t n, int flags), (fd, at, n, flags), -1, ECONNRESET)
CALL(ssize_t, send, (int fd, const void *at, size_t n, int flags), (fd, at, n, flags), -1, EPIPE)
CALL(void *, mmap, (void *at, size_t n, int protection, int flags, int fd, off_t from),
     (at, n, protection, flags, fd, from), MAP_FAILED, ENOMEM)
CALL(void *, mmap64, (void *at, size_t n, int protection, int flags, int fd, off_t from),
     (at, n, protection, flags, fd, from), MAP_FAILED, ENOMEM)

/* These answer with the error itself. */
int failing_posix_fallocate(int fd, off_t from, off_t n) __asm__("posix_fallocate64");
int failing_posix_fallocate(int fd, off_t from, off_t n)
{
	int (*real)(int, off_t, off_t) = (int (*)(int, off_t, off_t))next("posix_fallocate64");

	return fails("posix_fallocate64") ? ENOSPC : real(fd, from, n);
}

int failing_create(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *),
		   void *context) __asm__("pthread_create");
int failing_create(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *),
		   void *context)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
		(int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *))next(
			"pthread_create");

	return fails("pthread_create") ? EAGAIN : real(ret_thread, attributes, run, context);
}

ssize_t failing_write(int fd, const void *at, size_t n) __asm__("write");
ssize_t failing_write(int fd, const void *at, size_t n)
{
	if (fd != STDERR_FILENO && fails("write")) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_write, fd, at, n);
}
