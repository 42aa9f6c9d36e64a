/* The library's environment: set up once in a process, from the settings. */
#include "io/dpdk_priv.h"

#include <dirent.h>
#include <errno.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_spinlock.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 96u
#define WORDS_BYTES 16384u
#define LINE_BYTES 240u
#define SLACK_BYTES (64ull << 20) /* that the library takes for itself */
#define HUGE_PAGE_BYTES (2ull << 20)
#define PACKET_OVERHEAD 512u /* of a buffer: its header, headroom and alignment */

/* The library complains through one FILE, whoever calls it. */
static struct {
	rte_spinlock_t lock; /* a line takes no longer than it takes to hand it on */
	const struct sl_dpdk_config *listener;
	struct sl_dpdk_config copy;
	char line[LINE_BYTES];
	size_t n;
	char last[LINE_BYTES];
	bool started;
} eal = {.lock = RTE_SPINLOCK_INITIALIZER};

struct arguments {
	int n;
	char *at[ARGUMENTS_MAX + 1];
	char words[WORDS_BYTES];
	size_t used;
};

static void line_ended(void)
{
	eal.line[eal.n] = '\0';
	if (eal.n) {
		memcpy(eal.last, eal.line, eal.n + 1);
		if (eal.listener && eal.listener->say)
			eal.listener->say(eal.listener->say_context, true, eal.last);
	}
	eal.n = 0;
}

static ssize_t take_words(void *cookie, const char *at, size_t n)
{
	(void)cookie;
	rte_spinlock_lock(&eal.lock);
	for (size_t i = 0; i < n; i++) {
		if (at[i] == '\n')
			line_ended();
		else if (eal.n + 1 < LINE_BYTES && at[i] >= ' ')
			eal.line[eal.n++] = at[i];
	}
	rte_spinlock_unlock(&eal.lock);
	return (ssize_t)n;
}

const char *sl_dpdk_eal_last_words(void)
{
	return eal.last[0] ? eal.last : "it does not say why";
}

void sl_dpdk_eal_listen(const struct sl_dpdk_config *config)
{
	rte_spinlock_lock(&eal.lock);
	if (config)
		eal.copy = *config;
	eal.listener = config ? &eal.copy : NULL;
	eal.last[0] = '\0';
	rte_spinlock_unlock(&eal.lock);
}

static bool add(struct arguments *arguments, const char *word, size_t n)
{
	if ((unsigned)arguments->n == ARGUMENTS_MAX || arguments->used + n + 1 > WORDS_BYTES)
		return false;
	arguments->at[arguments->n] = arguments->words + arguments->used;
	memcpy(arguments->at[arguments->n], word, n);
	arguments->at[arguments->n++][n] = '\0';
	arguments->used += n + 1;
	return true;
}

static bool add_words(struct arguments *arguments, const char *words)
{
	while (*words) {
		size_t n = strcspn(words, " ");

		if (n && !add(arguments, words, n))
			return false;
		words += n + (words[n] == ' ');
	}
	return true;
}

/* Of this process's own cores, so that nothing is pinned: workers pin themselves. */
static bool add_cores(struct arguments *arguments)
{
	char text[8 * CPU_SETSIZE] = "--lcores=0@(";
	size_t n = strlen(text);
	const char *between = "";
	cpu_set_t allowed;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return false;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, &allowed)) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%d", between, cpu);
			between = ",";
		}
	n += (size_t)snprintf(text + n, sizeof(text) - n, ")");
	return add(arguments, text, n);
}

static bool is_pci(const char *device)
{
	return strspn(device, "0123456789abcdefABCDEF") < strlen(device) &&
	       device[strspn(device, "0123456789abcdefABCDEF")] == ':';
}

/* Only the devices that are wires: others may be bound to a driver of user space for somebody
 * else. */
static bool add_devices(struct arguments *arguments, const struct sl_dpdk_config *config)
{
	bool any = false;

	for (unsigned i = 0; i < config->settings->wires; i++) {
		const char *device = config->wires[i].device;

		if (!is_pci(device))
			continue;
		any = true;
		if (!add_words(arguments, "-a") || !add(arguments, device, strlen(device)))
			return false;
	}
	return any || add_words(arguments, "--no-pci");
}

/* No buffer lies across two pages: of small ones it may take one for itself. */
static uint64_t bytes_wanted(const struct sl_dpdk_config *config, uint64_t page_bytes)
{
	const struct sl_settings *settings = config->settings;
	uint64_t packets = (uint64_t)settings->dpdk_buffers +
			   (uint64_t)settings->dpdk_descriptors * config->workers;
	uint64_t each = (uint64_t)settings->dpdk_packet_bytes + PACKET_OVERHEAD;

	if (each <= page_bytes)
		each = page_bytes / (page_bytes / each) + 1;
	else
		each = (each + page_bytes - 1) / page_bytes * page_bytes;
	return settings->wires * packets * each + SLACK_BYTES;
}

static uint64_t read_number(const char *directory, const char *name)
{
	char path[512];
	unsigned long long n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/%s/%s", directory, name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%llu", &n) != 1)
		n = 0;
	fclose(file);
	return n;
}

static uint64_t huge_bytes_free(void)
{
	DIR *sizes = opendir("/sys/kernel/mm/hugepages");
	uint64_t bytes = 0;
	struct dirent *entry;

	while (sizes && (entry = readdir(sizes))) {
		unsigned long long kib;

		if (sscanf(entry->d_name, "hugepages-%llukB", &kib) == 1)
			bytes += read_number(entry->d_name, "free_hugepages") * kib * 1024;
	}
	if (sizes)
		closedir(sizes);
	return bytes;
}

/* Without them the library works as well, with more of the processor's time for addresses. */
static bool add_memory(struct arguments *arguments, const struct sl_dpdk_config *config)
{
	uint64_t wanted = bytes_wanted(config, HUGE_PAGE_BYTES), free_bytes = huge_bytes_free();
	uint64_t small = bytes_wanted(config, (uint64_t)sysconf(_SC_PAGESIZE));
	bool never = !strcmp(config->settings->dpdk_huge_pages, "never");
	char text[LINE_BYTES];

	if (!never && free_bytes >= wanted)
		return add_words(arguments, "--in-memory"); /* no files, which needs no root */
	snprintf(text, sizeof(text), "--no-huge --no-shconf -m %llu",
		 (unsigned long long)(small >> 20) + 1);
	if (!add_words(arguments, text))
		return false;
	if (never || !config->say)
		return true;
	snprintf(text, sizeof(text),
		 "packets lie in small pages, which is slower: %llu MiB of huge pages are free and "
		 "%llu are needed (sysctl vm.nr_hugepages=%llu; or dpdk.huge_pages: never)",
		 (unsigned long long)free_bytes >> 20, (unsigned long long)wanted >> 20,
		 (unsigned long long)(wanted >> 21) + 1);
	config->say(config->say_context, true, text);
	return true;
}

static int gather(struct arguments *arguments, const struct sl_dpdk_config *config, char *why)
{
	if (add_words(arguments, "sluice --no-telemetry --iova-mode=va") && add_cores(arguments) &&
	    add_devices(arguments, config) && add_memory(arguments, config) &&
	    add_words(arguments, config->settings->dpdk_arguments))
		return 0;
	snprintf(why, SL_SENTENCE_BYTES,
		 "dpdk.arguments and the wires' devices are too long together");
	return -SL_E_LIMIT;
}

/* To who writes an argument wrong the library explains them all, on standard output: that is where
 * this program's own readers listen. */
static int set_up(struct arguments *arguments)
{
	int output = dup(STDOUT_FILENO), result;

	fflush(stdout);
	if (output >= 0)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	result = rte_eal_init(arguments->n, arguments->at);
	fflush(stdout);
	if (output >= 0) {
		dup2(output, STDOUT_FILENO);
		close(output);
	}
	return result;
}

int sl_dpdk_eal_start(const struct sl_dpdk_config *config, char *why)
{
	static const cookie_io_functions_t words = {.write = take_words};
	static struct arguments arguments;
	FILE *log;
	int error;

	if (eal.started)
		return 0;
	arguments = (struct arguments){0};
	error = gather(&arguments, config, why);
	if (error)
		return error;
	log = fopencookie(NULL, "w", words);
	if (!log)
		return -ENOMEM;
	setvbuf(log, NULL, _IONBF, 0);
	rte_openlog_stream(log);
	rte_log_set_global_level(RTE_LOG_WARNING);
	if (set_up(&arguments) < 0) {
		snprintf(why, SL_SENTENCE_BYTES,
			 "DPDK cannot be set up (%.40s): %.100s. Without huge pages: "
			 "dpdk.huge_pages: never; see also dpdk.arguments",
			 rte_strerror(rte_errno), sl_dpdk_eal_last_words());
		rte_openlog_stream(NULL);
		fclose(log);
		return -SL_E_NOT_OFFERED;
	}
	eal.started = true; /* and the stream stays for as long as the library */
	return 0;
}
