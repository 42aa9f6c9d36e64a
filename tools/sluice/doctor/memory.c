/* Memory: how much, and whether it stays where it is. */
#include "tools/sluice/doctor/cards_priv.h"

#include <stdio.h>
#include <string.h>

#define KIB_FOR_A_GATEWAY (2u << 20) /* default settings and the samples take about half of it */

static bool memory_limit_kib(const struct sl_doctor *doctor, uint64_t *ret_kib)
{
	uint64_t bytes;

	if (!sl_doctor_read_number(doctor, "/sys/fs/cgroup/memory.max", &bytes))
		return false; /* "max", or no such group */
	*ret_kib = bytes >> 10;
	return true;
}

void sl_look_memory(struct sl_doctor *doctor)
{
	uint64_t available, limit;
	const char *by = "available";

	if (!sl_doctor_read_field(doctor, "/proc/meminfo", "MemAvailable", &available))
		return;
	if (memory_limit_kib(doctor, &limit) && limit < available) {
		available = limit;
		by = "granted by the control group (memory.max)";
	}
	sl_doctor_found(doctor, available < KIB_FOR_A_GATEWAY ? SL_CHECK_ADVICE : SL_CHECK_GOOD,
			"%.1f GiB %s", (double)available / (1 << 20), by);
	if (available < KIB_FOR_A_GATEWAY)
		sl_doctor_change(
			doctor,
			"2 GiB or more, or smaller limits.* and journal.bytes in the settings");
}

void sl_look_swap(struct sl_doctor *doctor)
{
	uint64_t total, swappiness = 60;

	if (!sl_doctor_read_field(doctor, "/proc/meminfo", "SwapTotal", &total))
		return;
	sl_doctor_read_number(doctor, "/proc/sys/vm/swappiness", &swappiness);
	if (!total) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "none");
		return;
	}
	sl_doctor_found(doctor, swappiness > 10 ? SL_CHECK_ADVICE : SL_CHECK_GOOD,
			"%.1f GiB, vm.swappiness %llu", (double)total / (1 << 20),
			(unsigned long long)swappiness);
	if (swappiness > 10)
		sl_doctor_change(doctor, "sysctl vm.swappiness=1, or MemorySwapMax=0 in the units");
}

void sl_look_huge_pages(struct sl_doctor *doctor)
{
	struct sl_card cards[SL_CARDS_MAX];
	const struct sl_card *card = sl_cards_handed_over(cards, sl_cards_read(doctor, cards));
	uint64_t total, free_pages = 0, kib = 0;
	char transparent[64] = "";

	if (!sl_doctor_read_field(doctor, "/proc/meminfo", "HugePages_Total", &total))
		return;
	sl_doctor_read_field(doctor, "/proc/meminfo", "HugePages_Free", &free_pages);
	sl_doctor_read_field(doctor, "/proc/meminfo", "Hugepagesize", &kib);
	sl_doctor_read(doctor, "/sys/kernel/mm/transparent_hugepage/enabled", transparent,
		       sizeof(transparent));
	if (total)
		sl_doctor_found(doctor, SL_CHECK_GOOD, "%llu of %llu MiB each, %llu free",
				(unsigned long long)total, (unsigned long long)(kib >> 10),
				(unsigned long long)free_pages);
	else
		sl_doctor_found(doctor, SL_CHECK_GOOD, "none reserved");
	if (card && !total) {
		sl_doctor_found(doctor, SL_CHECK_ADVICE, "none reserved, and %s is handed over",
				card->address);
		sl_doctor_change(doctor,
				 "vm.nr_hugepages=1024 in /etc/sysctl.d, or hugepages= at boot, on "
				 "the card's node: without, each packet costs a miss of the TLB");
	} else if (strstr(transparent, "[never]")) {
		sl_doctor_found(doctor, SL_CHECK_ADVICE, "transparent ones are off");
		sl_doctor_change(doctor,
				 "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled: "
				 "tables of workers are large");
	}
}
