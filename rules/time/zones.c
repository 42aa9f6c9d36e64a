/* Time zones by their offset, and from the system's files. */
#include "rules/time/zones_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void add(struct sl_buffer *transitions, int64_t from_s, int64_t offset_s)
{
	struct sl_transition transition = {.from_s = from_s, .offset_s = (int32_t)offset_s};

	sl_buffer_add(transitions, &transition, sizeof(transition));
}

/* "+09:00", "-03:30", "09:00". */
static bool parse_offset(struct sl_slice name, int64_t *ret_offset_s)
{
	bool is_signed = name.bytes && (name.at[0] == '+' || name.at[0] == '-');
	const char *at = name.at + is_signed;
	int hours, minutes;

	if (name.bytes - is_signed != 5 || !is_digit(at[0]) || !is_digit(at[1]) || at[2] != ':' ||
	    !is_digit(at[3]) || !is_digit(at[4]))
		return false;
	hours = (at[0] - '0') * 10 + at[1] - '0';
	minutes = (at[3] - '0') * 10 + at[4] - '0';
	if (hours > 23 || minutes > 59)
		return false;
	*ret_offset_s = (hours * 60 + minutes) * 60;
	if (name.at[0] == '-')
		*ret_offset_s = -*ret_offset_s;
	return true;
}

/* ---- zone files -------------------------------------------------------------------------- */

struct tzif {
	uint32_t is_utc, is_standard, leaps, times, types, letters;
};

static uint32_t u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t i64(const uint8_t *at)
{
	return (int64_t)((uint64_t)u32(at) << 32 | u32(at + 4));
}

#define HEADER_BYTES 44u

static bool read_header(const uint8_t *at, size_t n, struct tzif *ret_counts)
{
	struct tzif counts;

	if (n < HEADER_BYTES || memcmp(at, "TZif", 4) != 0)
		return false;
	counts = (struct tzif){
		.is_utc = u32(at + 20),
		.is_standard = u32(at + 24),
		.leaps = u32(at + 28),
		.times = u32(at + 32),
		.types = u32(at + 36),
		.letters = u32(at + 40),
	};
	if (counts.is_utc > 256 || counts.is_standard > 256 || counts.leaps > 1024 ||
	    counts.times > 65536 || counts.types == 0 || counts.types > 256 ||
	    counts.letters > 4096)
		return false;
	*ret_counts = counts;
	return true;
}

static size_t data_bytes(const struct tzif *counts, unsigned time_bytes)
{
	return (size_t)counts->times * (time_bytes + 1) + (size_t)counts->types * 6 +
	       counts->letters + (size_t)counts->leaps * (time_bytes + 4) + counts->is_standard +
	       counts->is_utc;
}

/* The transitions of the 64-bit part; the footer's rule goes on from the last of them. */
static bool read_times(const uint8_t *at, const struct tzif *counts, struct sl_buffer *transitions,
		       int64_t *ret_last_s)
{
	const uint8_t *types = at + (size_t)counts->times * 8, *infos = types + counts->times;
	int64_t last = INT64_MIN;

	add(transitions, INT64_MIN, (int32_t)u32(infos));
	for (uint32_t i = 0; i < counts->times; i++) {
		int64_t from = i64(at + (size_t)i * 8);

		if (types[i] >= counts->types || from <= last || from > SL_TIMESTAMP_SECONDS_MAX)
			return false;
		add(transitions, from, (int32_t)u32(infos + (size_t)types[i] * 6));
		last = from;
	}
	*ret_last_s = last;
	return true;
}

static int64_t year_of(int64_t seconds)
{
	int64_t year = 1970 + seconds / 31556952;

	return seconds < -62135596800 ? 1 : year;
}

/* The rule's transitions behind those that are there already. */
static bool follow_rule(struct sl_slice rule, int64_t last_s, struct sl_buffer *transitions,
			int64_t *ret_repeats_from_s)
{
	int64_t from_year = year_of(last_s == INT64_MIN ? 0 : last_s);
	struct sl_buffer more = {0};
	bool for_ever = false, ok;

	ok = sl_zone_rule(rule, from_year, &more, &for_ever);
	for (size_t i = 0; ok && i < more.bytes / sizeof(struct sl_transition); i++) {
		const struct sl_transition *at = (const struct sl_transition *)more.at + i;

		if (at->from_s > last_s)
			add(transitions, at->from_s, at->offset_s);
	}
	/* a cycle that lies wholly in what the rule wrote: from the year behind its first */
	if (ok && for_ever && from_year < 9999)
		*ret_repeats_from_s = (from_year - 1970 + 1) * 31556952ll;
	ok = ok && !more.failed;
	sl_buffer_fini(&more);
	return ok;
}

static bool parse(const uint8_t *bytes, size_t n, struct sl_buffer *transitions,
		  int64_t *ret_repeats_from_s)
{
	struct tzif counts;
	size_t first, second;
	struct sl_slice rule;
	const char *end;
	int64_t last_s;

	if (!read_header(bytes, n, &counts) || bytes[4] < '2')
		return false;
	first = HEADER_BYTES + data_bytes(&counts, 4);
	if (first > n || !read_header(bytes + first, n - first, &counts))
		return false;
	second = first + HEADER_BYTES + data_bytes(&counts, 8);
	if (second > n || !read_times(bytes + first + HEADER_BYTES, &counts, transitions, &last_s))
		return false;
	if (n - second < 2 || bytes[second] != '\n')
		return false;
	rule.at = (const char *)bytes + second + 1;
	end = memchr(rule.at, '\n', n - second - 1);
	if (!end)
		return false;
	rule.bytes = (uint32_t)(end - rule.at);
	*ret_repeats_from_s = INT64_MAX;
	return rule.bytes == 0 || follow_rule(rule, last_s, transitions, ret_repeats_from_s);
}

bool sl_zone_parse(const uint8_t *bytes, size_t n, struct sl_buffer *transitions,
		   int64_t *ret_repeats_from_s)
{
	size_t before = transitions->bytes;
	int64_t repeats_from_s;
	bool ok = parse(bytes, n, transitions, &repeats_from_s) && !transitions->failed;

	for (size_t i = before / sizeof(struct sl_transition);
	     ok && i < transitions->bytes / sizeof(struct sl_transition); i++) {
		int32_t offset_s = ((const struct sl_transition *)transitions->at)[i].offset_s;

		ok = offset_s <= SL_ZONE_OFFSET_S_MAX && offset_s >= -SL_ZONE_OFFSET_S_MAX;
	}
	if (ok)
		*ret_repeats_from_s = repeats_from_s;
	else
		transitions->bytes = before;
	return ok;
}

/* ---- names ------------------------------------------------------------------------------- */

/* Parts of letters, digits and - + _, joined by single slashes: no way out of the directory. */
static bool is_name(struct sl_slice name)
{
	if (name.bytes == 0 || name.bytes > SL_ZONE_NAME_MAX)
		return false;
	for (uint32_t i = 0; i < name.bytes; i++) {
		char c = name.at[i];
		bool slash = c == '/' && i > 0 && i + 1 < name.bytes && name.at[i - 1] != '/';

		if (!slash && !is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
		    c != '-' && c != '+' && c != '_')
			return false;
	}
	return true;
}

static bool load_file(struct sl_slice name, struct sl_buffer *transitions,
		      int64_t *ret_repeats_from_s)
{
	uint8_t bytes[SL_ZONE_FILE_BYTES_MAX];
	char path[sizeof(SL_ZONES_DIRECTORY) + SL_ZONE_NAME_MAX + 2];
	struct stat status;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "%s/%.*s", SL_ZONES_DIRECTORY, SL_SLICE_ARGS(name));
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
		n = read(fd, bytes, sizeof(bytes));
	close(fd);
	return n > 0 && sl_zone_parse(bytes, (size_t)n, transitions, ret_repeats_from_s);
}

bool sl_zone_load(struct sl_slice name, struct sl_buffer *transitions, int64_t *ret_repeats_from_s)
{
	int64_t offset_s = 0;

	if (name.bytes == 0 || sl_slice_is(name, "UTC") || parse_offset(name, &offset_s)) {
		add(transitions, INT64_MIN, offset_s);
		*ret_repeats_from_s = INT64_MAX;
		return !transitions->failed;
	}
	if (!is_name(name) || sl_slice_is(name, "Local"))
		return false;
	return load_file(name, transitions, ret_repeats_from_s);
}
