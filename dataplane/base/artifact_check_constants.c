/* Constants, sets, time zones and patterns: what programs ask for. */
#include "artifact_priv.h"
#include "base/regex.h"
#include "sluice/error.h"

#include <string.h>

static int refuse(const struct sl_artifact_check *check, uint32_t index, const char *what)
{
	return sl_framed_refuse(check->why, -SL_E_BOUNDS, "constant %u %s", index, what);
}

/* The members of a list or map, which lie before it. */
static int check_members(const struct sl_artifact_check *check, uint32_t index, uint64_t *taken)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_constant *constant = &artifact->constants[index];
	bool is_map = constant->type == SL_KIND_MAP;
	uint64_t n = (uint64_t)constant->run.count << is_map;

	if (n > UINT32_MAX ||
	    !sl_artifact_take_run(constant->run.first, (uint32_t)n, artifact->n_members, taken))
		return refuse(check, index, "has members that lie outside");
	for (uint64_t i = 0; i < n; i++) {
		uint32_t member = artifact->members[constant->run.first + i];
		uint32_t type;

		if (member >= index)
			return refuse(check, index, "has a member that does not lie before it");
		type = artifact->constants[member].type;
		if (is_map && i % 2 == 0 && type != SL_KIND_STRING && type != SL_KIND_INT &&
		    type != SL_KIND_UINT && type != SL_KIND_BOOL)
			return refuse(check, index, "has a key of a type that no key has");
	}
	return 0;
}

static bool is_time_in_range(const struct sl_constant *constant)
{
	int64_t s = constant->integer;
	int32_t nanos = constant->nanos;

	if (constant->type == SL_KIND_TIMESTAMP)
		return s >= SL_TIMESTAMP_SECONDS_MIN && s <= SL_TIMESTAMP_SECONDS_MAX &&
		       nanos >= 0 && nanos < 1000000000;
	return s >= -SL_DURATION_SECONDS_MAX && s <= SL_DURATION_SECONDS_MAX &&
	       nanos > -1000000000 && nanos < 1000000000 && (s <= 0 || nanos >= 0) &&
	       (s >= 0 || nanos <= 0);
}

static int check_constant(const struct sl_artifact_check *check, uint32_t index, uint64_t *taken)
{
	const struct sl_constant *constant = &check->artifact->constants[index];

	switch (constant->type) {
	case SL_KIND_INT:
	case SL_KIND_DOUBLE:
	case SL_KIND_TIME:
	case SL_KIND_UINT:
	case SL_KIND_NULL:
		return 0;
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		return sl_artifact_has_text(check, constant->text)
			       ? 0
			       : refuse(check, index, "has a text that lies outside");
	case SL_KIND_BOOL:
		return constant->integer == 0 || constant->integer == 1
			       ? 0
			       : refuse(check, index, "is neither true nor false");
	case SL_KIND_TYPE:
		return constant->integer > SL_KIND_NONE && constant->integer < SL_KIND_ERROR &&
				       constant->integer != SL_KIND_TIME
			       ? 0
			       : refuse(check, index, "is a type that there is not");
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		return is_time_in_range(constant) ? 0 : refuse(check, index, "is out of range");
	case SL_KIND_LIST:
	case SL_KIND_MAP:
		return check_members(check, index, taken);
	default:
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "constant %u has type %u", index,
					constant->type);
	}
}

int sl_artifact_check_constants(const struct sl_artifact_check *check)
{
	uint64_t taken = 0;

	for (uint32_t i = 0; i < check->artifact->n_constants; i++) {
		int error = check_constant(check, i, &taken);

		if (error)
			return error;
	}
	return 0;
}

/* Whether a may stand before b in a set. A NaN has no place in an order. */
static bool in_order(const struct sl_artifact *artifact, const struct sl_constant *a,
		     const struct sl_constant *b)
{
	struct sl_text left, right;
	int order;

	if (a->type == SL_TYPE_DECIMAL)
		return a->decimal <= b->decimal;
	if (a->type != SL_TYPE_STRING)
		return a->integer <= b->integer;
	left = sl_artifact_text(artifact, a->text);
	right = sl_artifact_text(artifact, b->text);
	order = memcmp(left.at, right.at, left.bytes < right.bytes ? left.bytes : right.bytes);
	return order < 0 || (order == 0 && left.bytes <= right.bytes);
}

static int check_set(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_set *set = &artifact->sets[index];
	const uint32_t *members = artifact->members + set->first;

	if (set->type < SL_TYPE_STRING || set->type > SL_TYPE_TIME)
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "set %u has type %u", index,
					set->type);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct sl_constant *member;

		if (members[i] >= artifact->n_constants)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"set %u: a member is no constant", index);
		member = &artifact->constants[members[i]];
		if (member->type != set->type)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"set %u: a member has another type", index);
		if (!in_order(artifact, &artifact->constants[members[i ? i - 1 : 0]], member))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "set %u is not sorted",
						index);
	}
	return 0;
}

int sl_artifact_check_sets(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t taken = 0;

	for (uint32_t i = 0; i < artifact->n_sets; i++) {
		int error;

		if (!sl_artifact_take_run(artifact->sets[i].first, artifact->sets[i].count,
					  artifact->n_members, &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"set %u: its members lie outside", i);
		error = check_set(check, i);
		if (error)
			return error;
	}
	return 0;
}

static int check_zone(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_time_zone *zone = &artifact->zones[index];
	const struct sl_transition *at = artifact->transitions + zone->first;

	if (zone->repeats_from_s != INT64_MAX && (zone->repeats_from_s < SL_TIMESTAMP_SECONDS_MIN ||
						  zone->repeats_from_s > SL_TIMESTAMP_SECONDS_MAX))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"time zone %u repeats from out of range", index);
	for (uint32_t i = 0; i < zone->count; i++) {
		if (i == 0 ? at[i].from_s != INT64_MIN : at[i].from_s <= at[i - 1].from_s)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"time zone %u does not ascend", index);
		if (at[i].offset_s > SL_ZONE_OFFSET_S_MAX || at[i].offset_s < -SL_ZONE_OFFSET_S_MAX)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"time zone %u is too far from UTC", index);
	}
	return 0;
}

int sl_artifact_check_zones(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t taken = 0;

	for (uint32_t i = 0; i < artifact->n_zones; i++) {
		const struct sl_time_zone *zone = &artifact->zones[i];
		int error;

		if (zone->count == 0 || !sl_artifact_has_text(check, zone->name) ||
		    !sl_artifact_take_run(zone->first, zone->count, artifact->n_transitions,
					  &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"time zone %u: its transitions lie outside", i);
		error = check_zone(check, i);
		if (error)
			return error;
	}
	return 0;
}

int sl_artifact_check_patterns(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t left = check->pattern_bytes;

	for (uint32_t i = 0; i < artifact->n_patterns; i++) {
		const struct sl_pattern *pattern = &artifact->patterns[i];

		if (pattern->offset % 8 || pattern->offset > check->pattern_bytes ||
		    pattern->bytes > check->pattern_bytes - pattern->offset ||
		    pattern->bytes > left)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "pattern %u lies outside",
						i);
		left -= pattern->bytes;
		if (sl_regex_check(artifact->pattern_bytes + pattern->offset, pattern->bytes))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "pattern %u is unsound",
						i);
	}
	return 0;
}
