/* Every allocation and every system call of a load, and of a rollback, fails once: either the new
 * rule set is in force, or the old one, on disk and in the dataplane, and it is said why. The
 * linker sends control's calls here. */
#include "rulesets_scene.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdatomic.h>

static _Atomic unsigned long calls, failing; /* the number of the one that fails; 0: none */
static _Atomic bool armed;
static _Thread_local bool exempt; /* the test's own thread */

static bool fails(void)
{
	if (exempt || !atomic_load(&armed))
		return false;
	return atomic_fetch_add(&calls, 1) + 1 == atomic_load(&failing);
}

#define WRAP(type, name, parameters, arguments, failure, error)                                    \
	type __real_##name parameters;                                                             \
	type __wrap_##name parameters;                                                             \
	type __wrap_##name parameters                                                              \
	{                                                                                          \
		if (!fails())                                                                      \
			return __real_##name arguments;                                            \
		errno = error;                                                                     \
		return failure;                                                                    \
	}

WRAP(void *, malloc, (size_t bytes), (bytes), NULL, ENOMEM)
WRAP(void *, calloc, (size_t n, size_t bytes), (n, bytes), NULL, ENOMEM)
WRAP(void *, realloc, (void *at, size_t bytes), (at, bytes), NULL, ENOMEM)
WRAP(char *, strdup, (const char *text), (text), NULL, ENOMEM)
WRAP(ssize_t, write, (int fd, const void *at, size_t n), (fd, at, n), -1, ENOSPC)
WRAP(ssize_t, read, (int fd, void *at, size_t n), (fd, at, n), -1, EIO)
WRAP(int, fsync, (int fd), (fd), -1, EIO)
WRAP(int, syncfs, (int fd), (fd), -1, EIO)
WRAP(int, rename, (const char *from, const char *to), (from, to), -1, EIO)
WRAP(int, symlink, (const char *to, const char *path), (to, path), -1, ENOSPC)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, ENOSPC)
WRAP(int, unlink, (const char *path), (path), -1, EIO)
WRAP(int, pipe2, (int fds[2], int flags), (fds, flags), -1, EMFILE)
WRAP(ssize_t, send, (int fd, const void *at, size_t n, int flags), (fd, at, n, flags), -1, EPIPE)
WRAP(ssize_t, recv, (int fd, void *at, size_t n, int flags), (fd, at, n, flags), -1, ECONNRESET)

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, mode_t mode);

int __wrap_open64(const char *path, int flags, mode_t mode)
{
	if (!fails())
		return __real_open64(path, flags, mode);
	errno = EMFILE;
	return -1;
}

int __real_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const env[]);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const env[]);

int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
	return fails() ? EAGAIN : __real_posix_spawn(pid, path, actions, attributes, argv, env);
}

#define CALLS_MAX 5000u /* far more than a load needs */

struct told {
	unsigned loaded, refused;
};

/* What is in force is one of the two, everywhere the same. */
static void expect_whole(struct scene *scene, uint64_t before, const struct sl_ruleset_reply *reply,
			 unsigned long n, struct told *told)
{
	uint64_t now = current_link(scene);
	char name[64];

	if (reply->status == 200) {
		assert_true(now > before);
		told->loaded++;
	} else {
		if (now != before)
			print_error("call %lu: %u %s\n", n, reply->status, reply->body);
		assert_int_equal(now, before);
		assert_true(reply->status >= 400);
		/* without memory for so much as a sentence it is a bare 500 */
		if (reply->body && !strstr(reply->body, "\"error\":\"") &&
		    !strstr(reply->body, "\"diagnostics\":[{"))
			fail_msg("call %lu: nothing is said: %s", n, reply->body);
		told->refused++;
	}
	assert_int_equal(current_version(scene), now);
	wait_for_ruleset(scene, now);
	snprintf(name, sizeof(name), "%llu/artifact.bin", (unsigned long long)now);
	assert_true(exists(scene, name));
}

/* Until one call more than there are fails. */
static struct told fail_each(struct scene *scene, enum sl_ruleset_task task, const char *body)
{
	struct told told = {0};

	for (unsigned long n = 1; n < CALLS_MAX; n++) {
		struct sl_ruleset_reply reply = {0};
		uint64_t before = current_link(scene);

		assert_int_equal(sl_rulesets_claim(scene->rulesets), 0);
		atomic_store(&calls, 0);
		atomic_store(&failing, n);
		atomic_store(&armed, true);
		sl_rulesets_submit(scene->rulesets, task, strdup(body), strlen(body));
		for (unsigned i = 0; i < 60000 && !sl_rulesets_take_reply(scene->rulesets, &reply);
		     i++)
			usleep(1000);
		atomic_store(&armed, false);
		assert_true(reply.status > 0);
		expect_whole(scene, before, &reply, n, &told);
		free(reply.body);
		if (atomic_load(&calls) < n)
			return told;
	}
	fail_msg("a load of more than %u calls", CALLS_MAX);
	return told;
}

static void each_call_of_a_load_fails_once(void **state)
{
	struct told load, rollback;
	struct scene scene;

	(void)state;
	settings(&scene);
	scene.config.settings.rulesets_kept = 3;
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\":1");
	expect(&scene, "{\"files\":[" GOOD "," FILE_OF("b.yaml", CAMPAIGN("b", "type == 'y'")) "]}",
	       200, "\"version\":2");
	load = fail_each(&scene, SL_RULESET_LOAD,
			 "{\"files\":[" FILE_OF("d/c.yaml", CAMPAIGN("c", "type == 'z'")) "]}");
	rollback = fail_each(&scene, SL_RULESET_ROLLBACK, "{}");
	print_message("load: %u loaded, %u refused; rollback: %u loaded, %u refused\n", load.loaded,
		      load.refused, rollback.loaded, rollback.refused);
	/* it is no test of anything where the calls do not come here */
	assert_true(load.refused > 20 && load.loaded >= 1);
	assert_true(rollback.refused > 20 && rollback.loaded >= 1);
	/* and the next life of control finds what it needs */
	sl_rulesets_close(scene.rulesets);
	open_rulesets(&scene);
	expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\"");
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_call_of_a_load_fails_once)};

	exempt = true;
	if (argc > 1 && !strcmp(argv[1], "--compile"))
		return sl_rulesets_compile_main(argc, argv);
	json_set_alloc_funcs(__wrap_malloc, free);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
