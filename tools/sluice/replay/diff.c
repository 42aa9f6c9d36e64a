#include "tools/sluice/replay/diff.h"

#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one campaign would have sent. */
struct tally {
	const char *campaign;
	uint64_t before, after;
	uint64_t lost, gained, changed; /* lines, also of decisions where they are asked for */
};

struct diff {
	const char *name_before, *name_after;
	bool as_json;
	struct tally *tallies;
	size_t n_tallies;
	json_t *places; /* of them, by campaign */
	size_t n;       /* differences */
};

/* The order of the lines, and where they are the same, of their ids. */
static int compare(const struct sl_replay_line *a, const struct sl_replay_line *b)
{
	int order;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	order = strcmp(a->campaign, b->campaign);
	if (!order)
		order = strcmp(a->key, b->key);
	return order ? order : memcmp(a->id, b->id, sizeof(a->id));
}

static int compare_places(const void *left, const void *right)
{
	return compare(*(const struct sl_replay_line *const *)left,
		       *(const struct sl_replay_line *const *)right);
}

/* Lines of the same time, campaign and key are not sorted by id. */
static const struct sl_replay_line **sorted(const struct sl_replay_result *result)
{
	const struct sl_replay_line **places = calloc(result->n_lines + 1, sizeof(const void *));

	if (!places) {
		fputs("sluice replay: not enough memory\n", stderr);
		exit(SL_EXIT_FAILED);
	}
	for (size_t i = 0; i < result->n_lines; i++)
		places[i] = &result->lines[i];
	if (result->n_lines)
		qsort(places, result->n_lines, sizeof(const void *), compare_places);
	return places;
}

static struct tally *tally_of(struct diff *diff, const char *campaign)
{
	const json_t *place = json_object_get(diff->places, campaign);
	struct tally *more;

	if (place)
		return &diff->tallies[json_integer_value(place)];
	json_object_set_new(diff->places, campaign, json_integer((json_int_t)diff->n_tallies));
	more = realloc(diff->tallies, (diff->n_tallies + 1) * sizeof(*more));
	if (!more) {
		fputs("sluice replay: not enough memory\n", stderr);
		exit(SL_EXIT_FAILED);
	}
	diff->tallies = more;
	more[diff->n_tallies] = (struct tally){.campaign = campaign};
	return &diff->tallies[diff->n_tallies++];
}

/* "sent {"product":"x"}", the gate that said no, or "-". */
static void print_side(const char *name, const json_t *line)
{
	char *data = NULL;

	if (!line) {
		printf("    %-20s -\n", name);
		return;
	}
	data = json_dumps(json_object_get(line, "data"), 0);
	if (json_object_get(line, "decision"))
		printf("    %-20s not sent: %s\n", name, sl_api_text(line, "decision", ""));
	else
		printf("    %-20s sent %s\n", name, data ? data : "");
	free(data);
}

static void print_difference(struct diff *diff, const struct sl_replay_line *before,
			     const struct sl_replay_line *after)
{
	json_t *left = before ? json_loads(before->text, 0, NULL) : NULL;
	json_t *right = after ? json_loads(after->text, 0, NULL) : NULL;
	const json_t *either = left ? left : right;
	json_t *line;

	if (diff->as_json) {
		line = json_pack("{s:O, s:O, s:O, s:O, s:o, s:o}", "campaign",
				 json_object_get(either, "campaign"), "key",
				 json_object_get(either, "key"), "event",
				 json_object_get(either, "event"), "time",
				 json_object_get(either, "time"), "before",
				 left ? json_incref(left) : json_null(), "after",
				 right ? json_incref(right) : json_null());
		sl_api_print(line);
		json_decref(line);
	} else {
		printf("%s  %s  %s  %s\n", sl_api_text(either, "time", ""),
		       sl_api_text(either, "campaign", ""), sl_api_text(either, "key", ""),
		       sl_api_text(either, "event", ""));
		print_side(diff->name_before, left);
		print_side(diff->name_after, right);
	}
	json_decref(left);
	json_decref(right);
}

static void take_pair(struct diff *diff, const struct sl_replay_line *before,
		      const struct sl_replay_line *after)
{
	struct tally *tally = tally_of(diff, before ? before->campaign : after->campaign);

	tally->before += before && before->sent;
	tally->after += after && after->sent;
	if (before && after && !strcmp(before->text, after->text))
		return;
	tally->lost += !after;
	tally->gained += !before;
	tally->changed += before && after;
	diff->n++;
	print_difference(diff, before, after);
}

static void print_tallies(const struct diff *diff)
{
	printf("%s%-32s %12s %12s %12s %12s %12s\n", diff->n ? "\n" : "", "campaign", "sent before",
	       "sent after", "lost", "gained", "changed");
	for (size_t i = 0; i < diff->n_tallies; i++) {
		const struct tally *tally = &diff->tallies[i];

		printf("%-32s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64
		       "\n",
		       tally->campaign, tally->before, tally->after, tally->lost, tally->gained,
		       tally->changed);
	}
	printf("before: %s, after: %s; %zu difference%s\n", diff->name_before, diff->name_after,
	       diff->n, diff->n == 1 ? "" : "s");
}

size_t sl_replay_diff(const struct sl_replay_result *before, const struct sl_replay_result *after,
		      const char *name_before, const char *name_after, bool as_json)
{
	struct diff diff = {.name_before = name_before,
			    .name_after = name_after,
			    .as_json = as_json,
			    .places = json_object()};
	const struct sl_replay_line **left = sorted(before), **right = sorted(after);
	size_t l = 0, r = 0;

	while (l < before->n_lines || r < after->n_lines) {
		int order = l == before->n_lines  ? 1
			    : r == after->n_lines ? -1
						  : compare(left[l], right[r]);

		take_pair(&diff, order <= 0 ? left[l] : NULL, order >= 0 ? right[r] : NULL);
		l += order <= 0;
		r += order >= 0;
	}
	if (!as_json)
		print_tallies(&diff);
	json_decref(diff.places);
	free(diff.tallies);
	free(left);
	free(right);
	return diff.n;
}
