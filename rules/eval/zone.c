/* Time zones: "+09:00", or a name that the system's zone files have, asked of the C library. That
 * keeps one zone for the whole process: it is set for the length of one question. */
#include "rules/eval/eval_priv.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FILES "/usr/share/zoneinfo/"
#define NAME_MAX_BYTES 64u

/* "hh:mm", with or without a sign. */
static bool fixed(struct sl_slice name, int64_t *ret_offset)
{
	bool west = name.bytes == 6 && name.at[0] == '-';
	int hour, minute;

	if (name.bytes == 6 && (west || name.at[0] == '+')) {
		name.at++;
		name.bytes--;
	}
	if (name.bytes != 5 || name.at[2] != ':')
		return false;
	for (int i = 0; i < 5; i++)
		if (i != 2 && !isdigit((unsigned char)name.at[i]))
			return false;
	hour = 10 * (name.at[0] - '0') + name.at[1] - '0';
	minute = 10 * (name.at[3] - '0') + name.at[4] - '0';
	if (hour > 23 || minute > 59)
		return false;
	*ret_offset = (west ? -60 : 60) * (60 * hour + minute);
	return true;
}

/* Letters, digits and _ + - in parts between slashes: nothing that leads out of the folder. */
static bool is_name(struct sl_slice name)
{
	if (name.bytes == 0 || name.bytes >= NAME_MAX_BYTES || name.at[0] == '/')
		return false;
	for (uint32_t i = 0; i < name.bytes; i++)
		if (!isalnum((unsigned char)name.at[i]) && !memchr("_+-/", name.at[i], 4))
			return false;
	return true;
}

static bool is_zone_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char magic[4];
	bool yes = fd >= 0 && read(fd, magic, 4) == 4 && memcmp(magic, "TZif", 4) == 0;

	if (fd >= 0)
		close(fd);
	return yes;
}

static int64_t local_offset(const char *zone, int64_t seconds)
{
	char *before = getenv("TZ");
	time_t when = (time_t)seconds;
	struct tm local = {0};

	before = before ? strdup(before) : NULL;
	setenv("TZ", zone, 1);
	tzset();
	localtime_r(&when, &local);
	if (before)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(before);
	return local.tm_gmtoff;
}

bool sl_eval_zone(struct sl_slice name, int64_t seconds, int64_t *ret_offset)
{
	char path[sizeof(FILES) + NAME_MAX_BYTES], zone[NAME_MAX_BYTES + 2];

	if (name.bytes == 0 || sl_slice_is(name, "UTC")) {
		*ret_offset = 0;
		return true;
	}
	if (fixed(name, ret_offset))
		return true;
	if (!is_name(name))
		return false;
	snprintf(path, sizeof(path), FILES "%.*s", SL_SLICE_ARGS(name));
	if (!is_zone_file(path))
		return false;
	snprintf(zone, sizeof(zone), ":%.*s", SL_SLICE_ARGS(name));
	*ret_offset = local_offset(zone, seconds);
	return true;
}
