/* The kernel: its age, its rings, its limits, its clock. */
#include "tools/sluice/doctor/doctor_priv.h"

#include "sluice/error.h"
#include "worker/worker.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/utsname.h>

#define FILES_FOR_A_GATEWAY 8192u /* limits.connections is 4,096 for each worker */
#define BACKLOG_FOR_A_GATEWAY 1024u

void sl_look_kernel(struct sl_doctor *doctor)
{
	struct utsname kernel;
	char text[sizeof(kernel.release)];
	unsigned major, minor;

	/* a file in tests; the same words as uname's */
	if (!sl_doctor_read(doctor, "/proc/sys/kernel/osrelease", text, sizeof(text))) {
		if (uname(&kernel))
			return;
		snprintf(text, sizeof(text), "%s", kernel.release);
	}
	if (sscanf(text, "%u.%u", &major, &minor) != 2)
		return;
	if (major > 6 || (major == 6 && minor >= 1)) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "Linux %s", text);
		return;
	}
	sl_doctor_found(doctor, SL_CHECK_ADVICE, "Linux %s", text);
	sl_doctor_change(
		doctor,
		"Linux 6.1 or newer, as in Debian 12; until then sockets are served by epoll");
}

void sl_look_io_uring(struct sl_doctor *doctor)
{
	uint64_t disabled = 0;
	int refused = 0;

	sl_io_choose("uring", &refused);
	if (!refused) {
		sl_doctor_found(doctor, SL_CHECK_GOOD,
				"offered, with all that a worker asks of it");
		return;
	}
	sl_doctor_found(doctor, SL_CHECK_ADVICE, "refused: %s", sl_error_text(refused));
	if (sl_doctor_read_number(doctor, "/proc/sys/kernel/io_uring_disabled", &disabled) &&
	    disabled)
		sl_doctor_change(doctor, "sysctl kernel.io_uring_disabled=0 (it is %llu)",
				 (unsigned long long)disabled);
	else
		sl_doctor_change(doctor, "in a container, let its seccomp profile pass "
					 "io_uring_setup, io_uring_enter and io_uring_register");
}

void sl_look_files(struct sl_doctor *doctor)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	if (limit.rlim_cur >= FILES_FOR_A_GATEWAY) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "%llu may be open",
				(unsigned long long)limit.rlim_cur);
		return;
	}
	sl_doctor_found(doctor, SL_CHECK_ADVICE, "%llu may be open",
			(unsigned long long)limit.rlim_cur);
	sl_doctor_change(doctor,
			 "ulimit -n %u, or LimitNOFILE= in the unit: limits.connections for each "
			 "worker and a hundred more",
			 FILES_FOR_A_GATEWAY);
}

void sl_look_sockets(struct sl_doctor *doctor)
{
	uint64_t backlog;

	if (!sl_doctor_read_number(doctor, "/proc/sys/net/core/somaxconn", &backlog))
		return;
	sl_doctor_found(doctor, backlog < BACKLOG_FOR_A_GATEWAY ? SL_CHECK_ADVICE : SL_CHECK_GOOD,
			"net.core.somaxconn %llu", (unsigned long long)backlog);
	if (backlog < BACKLOG_FOR_A_GATEWAY)
		sl_doctor_change(doctor, "sysctl net.core.somaxconn=%u", BACKLOG_FOR_A_GATEWAY);
}

void sl_look_clock(struct sl_doctor *doctor)
{
	static const char at[] = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
	static const char *const slow[] = {"hpet", "acpi_pm", "jiffies", "xen"};
	struct timex clock = {0};
	char text[64];
	int state;

	if (!sl_doctor_read(doctor, at, text, sizeof(text)))
		return;
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		if (strcmp(text, slow[i]) != 0)
			continue;
		sl_doctor_found(doctor, SL_CHECK_ADVICE,
				"clock source %s, which costs a system call to read", text);
		sl_doctor_change(
			doctor,
			"clocksource=tsc at boot, or find out (dmesg) why the kernel gave it up");
		return;
	}
	state = adjtimex(&clock);
	if (state < 0) {
		sl_doctor_found(
			doctor, SL_CHECK_GOOD,
			"clock source %s; whether it is kept right cannot be seen from here", text);
	} else if (state == TIME_ERROR || clock.status & STA_UNSYNC) {
		sl_doctor_found(doctor, SL_CHECK_ADVICE, "clock source %s, kept right by nobody",
				text);
		sl_doctor_change(doctor, "run chrony or systemd-timesyncd: an event further ahead "
					 "than limits.event.skew_ahead_ms is refused");
	} else {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "clock source %s, kept right to %ld us",
				text, clock.maxerror);
	}
}

void sl_look_zones(struct sl_doctor *doctor)
{
	char text[8];

	if (sl_doctor_read(doctor, "/usr/share/zoneinfo/Asia/Seoul", text, sizeof(text)) &&
	    !strncmp(text, "TZif", 4)) {
		sl_doctor_found(doctor, SL_CHECK_GOOD, "/usr/share/zoneinfo is there");
		return;
	}
	sl_doctor_found(doctor, SL_CHECK_BAD, "/usr/share/zoneinfo is not there, or not whole");
	sl_doctor_change(doctor, "apt-get install tzdata");
}
