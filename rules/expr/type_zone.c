/* The time zone of an accessor: a name that is none would be an error for every event. */
#include "rules/expr/type_priv.h"

#include "rules/time/zones_priv.h"

#include <stdio.h>
#include <sys/stat.h>

/* Asked of every condition with a zone, so the file is only looked for: what is in it is read once
 * for all of them, when code is made. */
static bool is_file(struct sl_slice name)
{
	char path[sizeof(SL_ZONES_DIRECTORY) + SL_ZONE_NAME_MAX + 1];
	struct stat info;

	if (name.bytes > SL_ZONE_NAME_MAX || name.at[0] == '/' || memchr(name.at, 0, name.bytes) ||
	    memmem(name.at, name.bytes, "..", 2))
		return false;
	snprintf(path, sizeof(path), "%s/%.*s", SL_ZONES_DIRECTORY, SL_SLICE_ARGS(name));
	return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static bool is_zone(struct sl_typer *typer, struct sl_slice name)
{
	struct sl_buffer transitions = {0};
	int64_t repeats_from_s;
	bool is;

	if (name.bytes && !memchr(name.at, ':', name.bytes) && is_file(name))
		return true;
	is = sl_zone_load(name, &transitions, &repeats_from_s);
	typer->failed |= transitions.failed;
	is |= transitions.failed; /* no memory is no mistake */
	sl_buffer_fini(&transitions);
	return is;
}

bool sl_type_zone(struct sl_typer *typer, struct sl_expr *zone)
{
	if (typer->context->keep_faults || is_zone(typer, zone->text))
		return true;
	sl_type_mistake(typer, zone, "unknown_zone",
			"a name such as \"Asia/Seoul\", \"UTC\", or \"+09:00\"",
			"there is no time zone `%.*s`",
			(int)(zone->text.bytes > 80 ? 80 : zone->text.bytes), zone->text.at);
	zone->type = 0;
	return false;
}
