/* Cores: what they can, how many, and who else is on them. */
#include "tools/sluice/doctor/cards_priv.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CORES_FOR_A_GATEWAY 4u /* two workers, control, the kernel and the rest */

static bool has_flag(const char *flags, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = strstr(flags, name); at; at = strstr(at + n, name))
		if (at[-1] == ' ' && (at[n] == ' ' || at[n] == '\n' || !at[n]))
			return true;
	return false;
}

void sl_look_processor(struct sl_doctor *doctor)
{
	char text[16384];
	const char *flags;
	struct utsname machine;

	if (uname(&machine) == 0 && strcmp(machine.machine, "x86_64") != 0) {
		sl_doctor_found(doctor, SL_CHECK_ADVICE, "%s", machine.machine);
		sl_doctor_change(
			doctor,
			"build with -Dpatterns=vectorscan; Sluice is measured on x86-64 only");
		return;
	}
	if (!sl_doctor_read(doctor, "/proc/cpuinfo", text, sizeof(text)))
		return;
	flags = strstr(text, "\nflags");
	if (!flags)
		return;
	if (!has_flag(flags, "ssse3")) {
		sl_doctor_found(doctor, SL_CHECK_BAD, "x86-64 without SSSE3");
		sl_doctor_change(doctor, "another processor: Hyperscan does not run without SSSE3");
	} else if (has_flag(flags, "avx512bw")) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "x86-64 with AVX-512");
	} else if (has_flag(flags, "avx2")) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "x86-64 with AVX2");
	} else {
		sl_doctor_found(doctor, SL_CHECK_ADVICE, "x86-64 without AVX2");
		sl_doctor_change(
			doctor, "if this is a virtual machine, pass the host's processor model on");
	}
}

/* A quota of the control group, in hundredths of a core; 0: none. */
static unsigned quota_hundredths(const struct sl_doctor *doctor)
{
	char text[64];
	unsigned long long quota, period;

	if (!sl_doctor_read(doctor, "/sys/fs/cgroup/cpu.max", text, sizeof(text)) ||
	    sscanf(text, "%llu %llu", &quota, &period) != 2 || !period)
		return 0;
	return (unsigned)(quota * 100 / period);
}

void sl_look_cores(struct sl_doctor *doctor)
{
	unsigned quota = quota_hundredths(doctor);
	cpu_set_t allowed;
	unsigned n;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	n = (unsigned)CPU_COUNT(&allowed);
	if (quota && quota < n * 100) {
		sl_doctor_found(doctor, SL_CHECK_ADVICE,
				"%u cores, of which a quota grants %u.%02u", n, quota / 100,
				quota % 100);
		sl_doctor_change(doctor,
				 "lift the quota (cpu.max, CPUQuota=): it stops a worker in the "
				 "middle of a burst; give whole cores with AllowedCPUs= instead");
		return;
	}
	sl_doctor_found(doctor, n < CORES_FOR_A_GATEWAY ? SL_CHECK_ADVICE : SL_CHECK_GOOD, "%u", n);
	if (n < CORES_FOR_A_GATEWAY)
		sl_doctor_change(doctor,
				 "%u or more: with fewer, workers share a core with the committer "
				 "and control, and p99 shows it",
				 CORES_FOR_A_GATEWAY);
}

void sl_look_isolation(struct sl_doctor *doctor)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	char text[256];

	if (!sl_doctor_read(doctor, "/sys/devices/system/cpu/isolated", text, sizeof(text)))
		return;
	if (*text) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "cores %s are isolated", text);
	} else if (online < 8) {
		sl_doctor_found(doctor, SL_CHECK_GOOD,
				"none, and %ld cores are too few to set any apart", online);
	} else {
		sl_doctor_found(doctor, SL_CHECK_ADVICE, "none");
		sl_doctor_change(doctor, "boot with isolcpus=, nohz_full= and rcu_nocbs= for the "
					 "cores of the workers");
	}
}

void sl_look_governor(struct sl_doctor *doctor)
{
	char text[64];

	if (!sl_doctor_read(doctor, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", text,
			    sizeof(text))) {
		sl_doctor_found(doctor, SL_CHECK_UNKNOWN,
				"none to be seen, as in most virtual machines");
		return;
	}
	if (!strcmp(text, "performance")) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "performance");
		return;
	}
	sl_doctor_found(doctor, SL_CHECK_ADVICE, "%s", text);
	sl_doctor_change(doctor, "cpupower frequency-set -g performance, at every boot");
}

void sl_look_steal(struct sl_doctor *doctor)
{
	unsigned long long at[8] = {0}, all = 0;
	unsigned permille;
	char text[512];

	if (!sl_doctor_read(doctor, "/proc/stat", text, sizeof(text)) ||
	    sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &at[0], &at[1], &at[2],
		   &at[3], &at[4], &at[5], &at[6], &at[7]) != 8)
		return;
	for (unsigned i = 0; i < 8; i++)
		all += at[i];
	if (!all)
		return;
	permille = (unsigned)(at[7] * 1000 / all);
	sl_doctor_found(doctor, permille > 10 ? SL_CHECK_ADVICE : SL_CHECK_GOOD,
			"%u.%u %% since the machine started", permille / 10, permille % 10);
	if (permille > 10)
		sl_doctor_change(doctor, "reserve whole cores for this machine on its host");
}

void sl_look_numa(struct sl_doctor *doctor)
{
	struct sl_card cards[SL_CARDS_MAX];
	const struct sl_card *card = sl_cards_handed_over(cards, sl_cards_read(doctor, cards));
	char text[64];

	if (!sl_doctor_read(doctor, "/sys/devices/system/node/online", text, sizeof(text)))
		return;
	if (!strcmp(text, "0")) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "one node");
		return;
	}
	sl_doctor_found(doctor, SL_CHECK_ADVICE, "nodes %s", text);
	if (card && card->node >= 0)
		sl_doctor_found(doctor, SL_CHECK_ADVICE, "nodes %s, and %s is on node %d", text,
				card->address, card->node);
	sl_doctor_change(doctor,
			 "keep a gateway on the node of its network card: AllowedCPUs= and "
			 "AllowedMemoryNodes= in both units, or numactl before `sluice up`");
}
