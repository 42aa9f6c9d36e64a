/* sluice-dataplane SETTINGS: the hot path's process. Exit status: 0 stopped as told, 2 used
 * wrongly, 3 refuses to start (starting again will not help), 4 could not go on (start it again),
 * 5 cannot start at this moment, 6 stopped as ordered through the API. */
#include "base/counters.h"
#include "base/descriptors.h"
#include "base/log.h"
#include "base/turns.h"
#include "io/dpdk.h"
#include "sluice/error.h"
#include "sluice/exit.h"
#include "sluice/layout.h"
#include "sluice/version.h"
#include "worker/commander.h"
#include "worker/cores.h"
#include "worker/stats_page.h"
#include "worker/worker.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Files that are open whoever connects: the journal's, the settings', sockets, logs; of a worker
 * its ring, its event, its count of waiting and what a handover keeps. */
#define DESCRIPTORS_OWN 32u
#define DESCRIPTORS_WORKER 5u
#define VXLAN_PORT 4789u      /* as it was assigned */
#define CONNECTIONS_LEAST 16u /* below that it is no gateway */

struct dataplane {
	struct sl_engine_config config;
	struct sl_engine *engine;
	const struct sl_dpdk_module *dpdk;                 /* NULL: there are no wires */
	_Alignas(8) uint8_t mapping[SL_MAPPING_BYTES_MAX]; /* what the engine's points into */
	char ruleset[SL_SETTING_TEXT_MAX + 64]; /* the last one on disk, if there is one */
	struct sl_commander commander;
	struct sl_service service;
	pthread_t threads[SL_IO_WORKERS_MAX];
	unsigned n_threads;
	pthread_t toucher;
	bool touching;               /* it runs, or waits to be joined */
	pthread_barrier_t last_wake; /* workers and main: nobody wakes or hands over any more */
	_Atomic int opened;          /* workers that came up; workers: rw */
	_Atomic int error;           /* the first that did not; workers: rw */
	_Atomic bool stop;           /* main: rw, workers and toucher: ro */
};

struct seat {
	struct dataplane *dataplane;
	unsigned index;
};

static void fatal(void *context, int error, const char *sentence)
{
	(void)context;
	sl_log_error("%s (%s); nothing more is acknowledged, the process ends", sentence,
		     sl_error_text(error));
	_exit(SL_PROCESS_FAILED); /* at once: what is in memory is not to be believed any more */
}

static struct sl_now wall_clock(void *context)
{
	(void)context;
	return sl_clock_now();
}

static void *work(void *context)
{
	struct seat *seat = context;
	struct dataplane *dataplane = seat->dataplane;
	struct sl_worker *worker = sl_engine_worker(dataplane->engine, seat->index);
	struct sl_stats_worker *stats =
		(struct sl_stats_worker *)(dataplane->config.stats + 1) + seat->index;
	struct sl_cores_wait wait;
	uint64_t waited_ns;
	char name[16];
	int error;

	snprintf(name, sizeof(name), "worker-%u", seat->index);
	pthread_setname_np(pthread_self(), name);
	if (dataplane->config.settings.pin)
		sl_cores_pin(seat->index, dataplane->config.workers);
	error = sl_worker_open(worker);
	if (error) {
		atomic_store(&dataplane->error, error);
		return NULL;
	}
	sl_cores_wait_open(&wait);
	atomic_fetch_add(&dataplane->opened, 1);
	while (!atomic_load_explicit(&dataplane->stop, memory_order_acquire)) {
		error = sl_worker_step(worker, wall_clock, NULL, 100 * SL_NS_PER_MS);
		if (error)
			fatal(NULL, error, "a worker's sockets cannot be served");
		if (sl_cores_waited(&wait, &waited_ns))
			sl_stat_set(&stats->waited_ns, waited_ns);
	}
	sl_cores_wait_close(&wait);
	pthread_barrier_wait(&dataplane->last_wake);
	sl_worker_close(worker);
	return NULL;
}

static unsigned count_workers(const struct sl_settings *settings)
{
	cpu_set_t allowed;
	int cores = 1;

	if (settings->workers)
		return (unsigned)settings->workers;
	if (!sched_getaffinity(0, sizeof(allowed), &allowed))
		cores = CPU_COUNT(&allowed);
	if (cores > (int)SL_IO_WORKERS_MAX)
		cores = SL_IO_WORKERS_MAX;
	return cores > 1 ? (unsigned)cores - 1 : 1;
}

static int open_listeners(struct dataplane *dataplane)
{
	struct sl_engine_config *config = &dataplane->config;

	for (unsigned i = 0; i < config->n_channels; i++) {
		const struct sl_channel *channel = &config->channels[i];
		struct sl_command_listener *listener = &dataplane->commander.listeners[i];
		int error = 0;

		config->listeners[i].fd = -1;
		if (!channel->wires)
			error = sl_io_listen(channel, &config->listeners[i].fd, &listener->port);

		if (error) {
			sl_log_error("channel %s cannot listen on %s port %u: %s", channel->name,
				     channel->address, channel->port, sl_error_text(error));
			return error;
		}
		config->listeners[i].protocol = channel->protocol;
		memcpy(listener->channel, channel->name, sizeof(listener->channel));
		memcpy(listener->address, channel->address, sizeof(listener->address));
		if (channel->wires)
			sl_channel_place(channel, config->wires, listener->address);
		listener->protocol = channel->protocol;
		/* who sends datagrams learns nothing from a door that is shut */
		dataplane->commander.doors[i] =
			channel->protocol == SL_PROTOCOL_UDP ? -1 : config->listeners[i].fd;
	}
	dataplane->commander.n_listeners = config->n_channels;
	return 0;
}

static int choose_io(struct sl_engine_config *config)
{
	int refused = 0;

	config->io = sl_io_choose(config->settings.io, &refused);
	if (!config->io) {
		sl_log_error("setting io: \"%s\" is not one of auto, uring, epoll, or is refused "
			     "here: %s",
			     config->settings.io,
			     refused ? sl_error_text(-refused) : "unknown name");
		return -SL_E_SETTINGS;
	}
	if (refused && strcmp(config->settings.io, "auto") != 0) {
		sl_log_error(
			"setting io: \"%s\", and this kernel refuses io_uring to this process "
			"(%s). Allow it (sysctl kernel.io_uring_disabled=0, or the container's "
			"seccomp profile), or set io: auto or epoll",
			config->settings.io, strerror(refused));
		return -SL_E_NOT_OFFERED;
	}
	if (refused)
		sl_log_warning(
			"this kernel refuses io_uring to this process (%s); using epoll. Allow "
			"it (sysctl "
			"kernel.io_uring_disabled=0, or the container's seccomp profile), or set "
			"io: epoll to "
			"silence this",
			strerror(refused));
	return 0;
}

static void say_of_wires(void *context, bool is_warning, const char *line)
{
	(void)context;
	if (is_warning)
		sl_log_warning("dpdk: %s", line);
	else
		sl_log_info("dpdk: %s", line);
}

/* Cards before all that takes long: one that is not there is told at once. */
static int open_wires(struct dataplane *dataplane)
{
	struct sl_engine_config *config = &dataplane->config;
	const struct sl_dpdk_config dpdk = {
		.settings = &config->settings,
		.wires = config->wires,
		.workers = config->workers,
		.vxlan_port = VXLAN_PORT,
		.say = say_of_wires,
	};
	char why[SL_SENTENCE_BYTES] = "";
	int error;

	if (!config->settings.wires)
		return 0;
	error = sl_dpdk_load(&dataplane->dpdk, why);
	if (!error)
		error = dataplane->dpdk->open(&dpdk, &config->packets_context, why);
	if (error) {
		sl_log_error("%s", why);
		return error;
	}
	config->packets = dataplane->dpdk->ops;
	return 0;
}

/* The last rule set on disk. Without one, or with a damaged one, events are answered 503 until
 * control has loaded another: a bad file must not keep the process from starting. */
static void load_current(struct dataplane *dataplane)
{
	char why[SL_SENTENCE_BYTES];

	if (!dataplane->ruleset[0]) {
		sl_log_info("there is no rule set yet; events are refused until one is loaded");
		return;
	}
	if (sl_engine_load(dataplane->engine, dataplane->ruleset, why))
		sl_log_error("the rule set on disk cannot be used: %s; load it again (sluice load)",
			     why);
}

static int start_workers(struct dataplane *dataplane, struct seat *seats)
{
	unsigned n = dataplane->config.workers;
	int error;

	pthread_barrier_init(&dataplane->last_wake, NULL, n + 1);
	for (unsigned i = 0; i < n; i++) {
		seats[i] = (struct seat){dataplane, i};
		error = -pthread_create(&dataplane->threads[i], NULL, work, &seats[i]);
		if (error)
			return error;
		dataplane->n_threads++;
	}
	while (atomic_load(&dataplane->opened) < (int)n) {
		error = atomic_load(&dataplane->error);
		if (error)
			return error;
		nanosleep(&(struct timespec){.tv_nsec = SL_NS_PER_MS}, NULL);
	}
	return 0;
}

/* Up with no descriptor left for a connection would be deaf and say that it is ready. */
static int check_descriptors(const struct sl_engine_config *config)
{
	/* a channel of UDP has a socket in every worker */
	uint64_t own = DESCRIPTORS_OWN + config->n_channels +
		       (uint64_t)(DESCRIPTORS_WORKER + config->n_channels) * config->workers;
	uint64_t connections =
		(uint64_t)config->workers * (uint64_t)config->settings.io_connections;
	char why[SL_SENTENCE_BYTES];
	uint64_t room;
	int error = sl_descriptors_raise(
		own + (connections < CONNECTIONS_LEAST ? connections : CONNECTIONS_LEAST),
		own + connections, &room, why);

	if (error < 0)
		sl_log_error("%s", why);
	else if (error > 0)
		sl_log_warning("%s; about %llu connections at once find room", why,
			       (unsigned long long)(room - own));
	return error < 0 ? error : 0;
}

static void *touch(void *context)
{
	struct dataplane *dataplane = context;

	sl_engine_touch(dataplane->engine, &dataplane->stop);
	return NULL;
}

/* What is wrong with it the load will tell. */
static void *read_current(void *context)
{
	struct dataplane *dataplane = context;
	char why[SL_SENTENCE_BYTES];

	sl_engine_read(dataplane->engine, dataplane->ruleset, why);
	return NULL;
}

/* Opens the engine, and beside it has memory given and the last rule set on disk read, each on a
 * thread; one that cannot be made is no loss but of time. */
static int open_engine(struct dataplane *dataplane, char ret_why[SL_SENTENCE_BYTES])
{
	bool reading = false;
	pthread_t reader;
	int error;

	snprintf(dataplane->ruleset, sizeof(dataplane->ruleset),
		 "%s/" SL_DATA_CURRENT "/" SL_RULESET_ARTIFACT, dataplane->config.settings.data);
	if (access(dataplane->ruleset, F_OK))
		dataplane->ruleset[0] = '\0';
	else
		reading = !pthread_create(&reader, NULL, read_current, dataplane);
	dataplane->touching = !pthread_create(&dataplane->toucher, NULL, touch, dataplane);
	error = sl_engine_open(dataplane->engine, ret_why);
	if (reading)
		pthread_join(reader, NULL);
	return error;
}

static int prepare(struct dataplane *dataplane, const char *settings_path)
{
	struct sl_engine_config *config = &dataplane->config;
	char why[SL_SENTENCE_BYTES] = "";
	int error = sl_settings_read(settings_path, &config->settings, config->channels, why);

	if (error) {
		sl_log_error("settings %s: %s", settings_path, why[0] ? why : sl_error_text(error));
		return error;
	}
	config->n_channels = config->settings.channels;
	config->workers = count_workers(&config->settings);
	config->fatal = fatal;
	error = config->settings.wires ? sl_settings_read_wires(settings_path, config->wires, why)
				       : 0;
	if (!error)
		error = sl_settings_read_mapping(settings_path, config->n_channels,
						 dataplane->mapping, &config->mapping, why);
	if (error) {
		sl_log_error("settings %s: %s", settings_path, why);
		return error;
	}
	error = check_descriptors(config);
	if (!error)
		error = choose_io(config);
	if (!error)
		error = open_wires(dataplane);
	if (error)
		return error;
	error = sl_stats_page_new(&config->settings, config->channels, config->wires,
				  config->workers, &config->stats);
	if (error) {
		sl_log_error("no stats page in %s: %s", config->settings.run, sl_error_text(error));
		return error;
	}
	error = sl_engine_make(config, &dataplane->engine, why);
	if (!error)
		error = open_engine(dataplane, why);
	if (error) {
		sl_log_error("%s", why[0] ? why : sl_error_text(error));
		sl_stats_page_discard(&config->settings);
		return error;
	}
	if (why[0])
		sl_log_warning("%s", why);
	error = sl_stats_page_publish(&config->settings);
	if (error)
		sl_log_error("no stats page in %s: %s", config->settings.run, sl_error_text(error));
	return error;
}

static int run(struct dataplane *dataplane, const char *settings_path)
{
	struct seat seats[SL_IO_WORKERS_MAX];
	sigset_t signals;
	int error;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	dataplane->commander.signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	error = prepare(dataplane, settings_path);
	if (error)
		return error;
	/* the sockets last: who can connect is served */
	error = open_listeners(dataplane);
	if (error)
		return error;
	sl_engine_listen(dataplane->engine, dataplane->config.listeners);
	load_current(dataplane);
	error = sl_engine_start(dataplane->engine);
	if (!error)
		error = start_workers(dataplane, seats);
	if (error) {
		sl_log_error("the workers cannot start: %s", sl_error_text(error));
		return error;
	}
	dataplane->commander.engine = dataplane->engine;
	dataplane->commander.stats = dataplane->config.stats;
	sl_service_init(&dataplane->service, dataplane->config.stats,
			sl_clock_read(CLOCK_MONOTONIC));
	dataplane->commander.service = &dataplane->service;
	dataplane->commander.run = dataplane->config.settings.run;
	dataplane->commander.workers = dataplane->config.workers;
	sl_log_info("running: version %s, %u workers, %s, %u channels", SL_VERSION,
		    dataplane->config.workers, dataplane->config.io->name,
		    dataplane->config.n_channels);
	atomic_store(&dataplane->config.stats->store.state, SL_STATE_RUNNING);
	error = sl_commander_run(&dataplane->commander);
	if (error)
		sl_log_error("no command socket in %s: %s", dataplane->config.settings.run,
			     sl_error_text(error));
	return error;
}

static void finish(struct dataplane *dataplane)
{
	sl_engine_stop_commits(dataplane->engine);
	atomic_store_explicit(&dataplane->stop, true, memory_order_release);
	sl_engine_drain(dataplane->engine); /* wakes them */
	pthread_barrier_wait(&dataplane->last_wake);
	for (unsigned i = 0; i < dataplane->n_threads; i++)
		pthread_join(dataplane->threads[i], NULL);
	if (dataplane->touching)
		pthread_join(dataplane->toucher, NULL);
	sl_engine_free(dataplane->engine);
	if (dataplane->dpdk)
		dataplane->dpdk->close(dataplane->config.packets_context);
	atomic_store(&dataplane->config.stats->store.state, SL_STATE_STOPPED);
	sl_log_info("stopped");
}

/* The path of the settings, or NULL. The log is set up as told. */
static const char *take_arguments(int argc, char **argv)
{
	bool text = false;
	int at = 1;

	if (argc == 4 && !strcmp(argv[1], "--log-format")) {
		text = !strcmp(argv[2], "text");
		if (!text && strcmp(argv[2], "json") != 0)
			return NULL;
		at = 3;
	}
	if (argc != at + 1 || argv[at][0] == '-')
		return NULL;
	sl_log_init("sluice-dataplane", text);
	return argv[at];
}

int main(int argc, char **argv)
{
	static struct dataplane dataplane;
	const char *settings_path;
	int error = sl_descriptors_keep_standard();

	if (error)
		return sl_process_status(error);
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("sluice-dataplane " SL_VERSION);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("Usage: sluice-dataplane [--log-format json|text] SETTINGS\n\n"
		     "The process of the hot path. SETTINGS is the binary file that "
		     "`sluice-control --prepare`\n"
		     "writes from sluice.yaml. People start it through `sluice up` or a service "
		     "manager.\n\n"
		     "Exit status: 0 stopped as told; 2 used wrongly; 3 refuses to start, and "
		     "would again:\n"
		     "see the last line on standard error; 4 could not go on, start it again: it "
		     "continues\n"
		     "from disk; 5 cannot start at this moment (a port or lock is held, no room);\n"
		     "6 stopped as ordered through the API.");
		return 0;
	}
	settings_path = take_arguments(argc, argv);
	if (!settings_path) {
		fputs("Usage: sluice-dataplane [--log-format json|text] SETTINGS (see --help)\n",
		      stderr);
		return SL_PROCESS_USAGE;
	}
	sl_turns_short(); /* the first thread: the others inherit it */
	error = run(&dataplane, settings_path);
	if (error)
		return sl_process_status(error);
	finish(&dataplane);
	sl_log_flush(true);
	return dataplane.commander.ordered ? SL_PROCESS_ORDERED : SL_PROCESS_STOPPED;
}
