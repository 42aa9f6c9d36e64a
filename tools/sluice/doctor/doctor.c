/* The checks in their order, and what they share. */
#include "tools/sluice/doctor/doctor_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct sl_doctor_check sl_doctor_checks[] = {
	{"processor", "patterns are matched with vector instructions", sl_look_processor},
	{"cores", "each worker wants a core of its own, control and the kernel another",
	 sl_look_cores},
	{"isolation",
	 "a scheduler tick or a stray task on a worker's core is latency of every event there",
	 sl_look_isolation},
	{"governor", "a core that has to wake up from a low frequency answers late",
	 sl_look_governor},
	{"steal", "time that the hypervisor takes is missing without a trace in any log",
	 sl_look_steal},
	{"numa", "memory of another node costs half as much again with every access", sl_look_numa},
	{"memory", "all memory is sized at start; what is short then is short under load",
	 sl_look_memory},
	{"swap", "a worker's table on disk turns a 100 ns access into a millisecond", sl_look_swap},
	{"huge_pages",
	 "a gateway that captures packets keeps their buffers in them; one that serves sockets "
	 "does not need any",
	 sl_look_huge_pages},
	{"cards", "a wire of the settings is a card that was handed over, or a device of software",
	 sl_look_cards},
	{"iommu", "it keeps a card that a program drives to that program's memory", sl_look_iommu},
	{"vfio", "through it a program that is not root opens a card", sl_look_vfio},
	{"pinned", "what a card writes to must not move", sl_look_pinned},
	{"drivers", "a card is read by a driver of its own kind", sl_look_drivers},
	{"links",
	 "a mirror port without a link is silent; that of a card handed over is in `sluice status`",
	 sl_look_links},
	{"kernel", "io_uring serves many connections with one system call, as of 6.1",
	 sl_look_kernel},
	{"io_uring", "without it sockets are served by epoll, at more processor time an event",
	 sl_look_io_uring},
	{"files", "each connection is an open file", sl_look_files},
	{"sockets", "connections that arrive together wait in a queue of this length",
	 sl_look_sockets},
	{"clock",
	 "an event's time is compared with the machine's, and stamps are read for every burst",
	 sl_look_clock},
	{"zones", "days and hours of campaigns are meant in a time zone", sl_look_zones},
	{"file_system", "the journal is a memory map, and has to outlive the machine",
	 sl_look_file_system},
	{"room", "the journal takes its room at start; when it cannot, sources are told to wait",
	 sl_look_room},
	{"sync", "an event is acknowledged when its commit is on disk, which takes two of these",
	 sl_look_sync},
};
const size_t sl_n_doctor_checks = sizeof(sl_doctor_checks) / sizeof(sl_doctor_checks[0]);

const char *sl_doctor_verdict_text(enum sl_verdict_of_check verdict)
{
	static const char *const texts[SL_CHECK_VERDICTS] = {"good", "advice", "bad", "unknown"};

	return texts[verdict];
}

void sl_doctor_found(struct sl_doctor *doctor, enum sl_verdict_of_check verdict, const char *format,
		     ...)
{
	va_list arguments;

	doctor->verdict = verdict;
	va_start(arguments, format);
	vsnprintf(doctor->found, sizeof(doctor->found), format, arguments);
	va_end(arguments);
}

void sl_doctor_change(struct sl_doctor *doctor, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(doctor->change, sizeof(doctor->change), format, arguments);
	va_end(arguments);
}

json_t *sl_doctor_finding(struct sl_doctor *doctor, const struct sl_doctor_check *check)
{
	doctor->verdict = SL_CHECK_UNKNOWN;
	snprintf(doctor->found, sizeof(doctor->found), "cannot be seen from here");
	doctor->change[0] = '\0';
	check->look(doctor);
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "check", check->name, "verdict",
			 sl_doctor_verdict_text(doctor->verdict), "found", doctor->found, "change",
			 doctor->change, "why", check->why);
}

bool sl_doctor_read(const struct sl_doctor *doctor, const char *path, char *ret_text, size_t room)
{
	char whole[512];
	FILE *file;
	size_t n;

	if ((size_t)snprintf(whole, sizeof(whole), "%s%s", doctor->root, path) >= sizeof(whole))
		return false;
	file = fopen(whole, "re");
	if (!file)
		return false;
	n = fread(ret_text, 1, room - 1, file);
	if (ferror(file)) {
		fclose(file);
		return false;
	}
	fclose(file);
	if (n && ret_text[n - 1] == '\n')
		n--;
	ret_text[n] = '\0';
	return true;
}

bool sl_doctor_read_number(const struct sl_doctor *doctor, const char *path, uint64_t *ret_number)
{
	char text[64], *end;
	uint64_t number;

	if (!sl_doctor_read(doctor, path, text, sizeof(text)))
		return false;
	number = strtoull(text, &end, 10);
	if (end == text)
		return false;
	*ret_number = number;
	return true;
}

bool sl_doctor_read_field(const struct sl_doctor *doctor, const char *path, const char *name,
			  uint64_t *ret_number)
{
	char text[8192];
	size_t n = strlen(name);

	if (!sl_doctor_read(doctor, path, text, sizeof(text)))
		return false;
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, n) && line[n] == ':') {
			*ret_number = strtoull(line + n + 1, NULL, 10);
			return true;
		}
	}
	return false;
}
