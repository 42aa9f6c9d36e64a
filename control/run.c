#include "control/run.h"

#include "base/clock.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "control/api/api.h"
#include "control/dataplane/stats_page.h"
#include "control/journal/consumers.h"
#include "control/manager.h"
#include "control/reload.h"
#include "control/rulesets/rulesets.h"
#include "control/tail/tail.h"
#include "sluice/error.h"
#include "sluice/exit.h"
#include "sluice/version.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define PATIENCE_NS (5 * SL_NS_PER_S) /* for forwarding what is committed when told to end */
#define DESCRIPTORS_LEAST 64u
#define DESCRIPTORS_WANTED 1024u /* the API's connections, the sinks' files, brokers of Kafka */
#define COMPLAIN_NS (5 * SL_NS_PER_S)
#define YIELD_NICE 5
/* A dataplane that was started with this process reads its journal first, on the same cores: its
 * first answer goes before what can be forwarded after it. One that does not come in this time
 * keeps nothing from being forwarded. */
#define DATAPLANE_FIRST_NS (2 * SL_NS_PER_S)
#define MEMORY_KEPT_BYTES (64 << 20)
#define MEMORY_STEP_BYTES (4 << 20)

struct running {
	const char *config_path;
	struct sl_config *config; /* in force; this thread's */
	const struct sl_paths *paths;
	struct sl_consumers *consumers;
	struct sl_rulesets *rulesets;
	struct sl_tails *tails;
	struct sl_api *api;
	int wake_fd;
	int stop_fd;
	int reload_fd;
	struct sl_manager manager;
	int64_t complain_ns;    /* not before */
	int64_t waits_until_ns; /* for the dataplane; 0: not any more */
};

/* On the threads of rule sets and of tails. */
static void wake(void *context)
{
	struct running *running = context;
	uint64_t one = 1;

	if (write(running->wake_fd, &one, sizeof(one)) < 0)
		sl_log_error("the API cannot be woken");
}

/* -ESTALE: this process reads what nobody writes any more; its next start sees what is there. */
static bool passes(int e)
{
	return e != -ESTALE && sl_process_status(e) != SL_PROCESS_REFUSED;
}

static void reload_where_told(struct running *running)
{
	struct signalfd_siginfo info;
	struct sl_reload_result result;

	if (read(running->reload_fd, &info, sizeof(info)) != sizeof(info))
		return;
	sl_manager_reloading();
	if (!sl_reload(running->config_path, running->config, &result)) {
		if (sl_rulesets_settings(running->rulesets, &running->config->settings,
					 running->config->announced))
			sl_log_error("no memory: loads go on with the settings before");
		sl_consumers_settings(running->consumers, &running->config->settings);
		sl_log_info("settings reloaded: %u changed, %u wait for a restart", result.applied,
			    result.waiting);
		sl_consumers_topics_ask_again(running->consumers);
	}
	sl_manager_reloaded();
}

static bool waits_for_dataplane(struct running *running, int64_t now_ns)
{
	if (running->waits_until_ns && (now_ns >= running->waits_until_ns ||
					sl_stats_page_is_of_running(running->paths->stats)))
		running->waits_until_ns = 0;
	return running->waits_until_ns != 0;
}

static int tick(void *context)
{
	struct running *running = context;
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);
	char why[SL_SENTENCE_BYTES];
	int e = waits_for_dataplane(running, now_ns) ? 0
						     : sl_consumers_tick(running->consumers, why);

	sl_log_flush(false);
	if (e && !passes(e)) {
		sl_log_error("%s", why);
		return e;
	}
	if (e && now_ns >= running->complain_ns) {
		sl_log_error("%s; tried again", why);
		running->complain_ns = now_ns + COMPLAIN_NS;
	}
	sl_manager_tick(&running->manager, running->consumers, running->rulesets, now_ns);
	reload_where_told(running);
	return 0;
}

static int open_signals(struct running *running)
{
	sigset_t stop, reload;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigemptyset(&reload);
	sigaddset(&reload, SIGHUP);
	/* before the first thread, which inherits it */
	if (pthread_sigmask(SIG_BLOCK, &stop, NULL) || pthread_sigmask(SIG_BLOCK, &reload, NULL) ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return -errno;
	running->stop_fd = signalfd(-1, &stop, SFD_CLOEXEC);
	running->reload_fd = signalfd(-1, &reload, SFD_CLOEXEC | SFD_NONBLOCK);
	running->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return running->stop_fd < 0 || running->reload_fd < 0 || running->wake_fd < 0 ? -errno : 0;
}

static int open_all(struct running *running, const struct sl_config *config,
		    const struct sl_paths *paths, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_settings *settings = &config->settings;
	const struct sl_rulesets_config rulesets = {
		.settings = settings,
		.announced = config->announced,
		.paths = paths,
		.program = "/proc/self/exe",
		.wake = wake,
		.context = running,
	};
	struct sl_api_config api = {
		.settings = settings,
		.kafka = &config->kafka,
		.settings_file = config,
		.paths = paths,
		.stop_fd = running->stop_fd,
		.wake_fd = running->wake_fd,
		.tick = tick,
		.context = running,
	};
	/* first, for its lock says that this is the only one on this data */
	int e = sl_consumers_open(config, paths, &running->consumers, ret_why);

	if (!e)
		e = sl_rulesets_open(&rulesets, &running->rulesets, ret_why);
	if (!e)
		e = sl_tails_open(wake, running, &running->tails);
	api.consumers = running->consumers;
	api.tails = running->tails;
	api.rulesets = running->rulesets;
	if (!e)
		e = sl_api_open(&api, &running->api, ret_why);
	return e ? e : sl_rulesets_start(running->rulesets);
}

/* Where cores are shared the dataplane goes first: what forwards, folds and compiles can wait a
 * moment, a client's answer cannot. Threads and children inherit it. */
static void yield_to_dataplane(void)
{
	const struct sched_param parameters = {.sched_priority = 0};

	if (nice(YIELD_NICE) < 0) /* not below what there is: nothing is lost */
		errno = 0;
	sched_setscheduler(0, SCHED_BATCH, &parameters);
}

/* Records go to librdkafka by the ten thousand, each with a dozen pieces of memory that come back
 * when it was delivered. An arena of each thread's own grows and shrinks with every such tide; of a
 * single one, the threads that make records and those that send them wait for each other. */
static void keep_memory(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT_BYTES);
	mallopt(M_TOP_PAD, MEMORY_STEP_BYTES);
	mallopt(M_MMAP_THRESHOLD, MEMORY_STEP_BYTES);
}

static void tell_unmet(const struct sl_settings *settings)
{
	struct sl_unmet_list unmet;

	sl_config_unmet(settings, &unmet);
	for (unsigned i = 0; i < unmet.n; i++)
		sl_log_error("%s", unmet.at[i].sentence);
}

/* Without a descriptor for the dataplane's socket it would wait for it for ever. */
static int check_descriptors(char ret_why[SL_SENTENCE_BYTES])
{
	uint64_t room;
	int e = sl_descriptors_raise(DESCRIPTORS_LEAST, DESCRIPTORS_WANTED, &room, ret_why);

	if (e > 0)
		sl_log_warning("%s", ret_why);
	return e < 0 ? e : 0;
}

int sl_run(const char *config_path, struct sl_config *config, const struct sl_paths *paths)
{
	struct running running = {
		.config_path = config_path,
		.config = config,
		.paths = paths,
		.waits_until_ns = sl_clock_read(CLOCK_MONOTONIC) + DATAPLANE_FIRST_NS,
		.wake_fd = -1,
		.stop_fd = -1,
		.reload_fd = -1,
	};
	char why[SL_SENTENCE_BYTES] = "";
	bool ordered = false;
	int e = check_descriptors(why);

	yield_to_dataplane();
	keep_memory();
	if (!e)
		e = open_signals(&running);
	if (!e)
		e = open_all(&running, config, paths, why);
	if (e) {
		sl_log_error("cannot start: %s", why[0] ? why : sl_error_text(e));
	} else {
		sl_log_info("running: version %s, API on %s", SL_VERSION, paths->api);
		tell_unmet(&config->settings);
		sl_manager_init(&running.manager, sl_clock_read(CLOCK_MONOTONIC));
		e = sl_api_run(running.api, &ordered);
	}
	sl_manager_stopping();
	sl_api_close(running.api);
	sl_tails_close(running.tails);
	sl_rulesets_close(running.rulesets);
	sl_consumers_close(running.consumers, e ? 0 : PATIENCE_NS);
	if (running.wake_fd >= 0)
		close(running.wake_fd);
	if (running.reload_fd >= 0)
		close(running.reload_fd);
	if (running.stop_fd >= 0)
		close(running.stop_fd);
	if (!e)
		sl_log_info("stopped");
	sl_log_flush(true);
	return e || !ordered ? sl_process_status(e) : SL_PROCESS_ORDERED;
}
