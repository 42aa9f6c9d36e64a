#include "rules/case/case_priv.h"

#include "rules/campaign/campaign_priv.h"
#include "rules/read/files_priv.h"
#include "rules/time/time_span_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* Of the first event of a case that does not say when it begins; each further event is a second
 * later. */
static const char time_default[] = "2026-01-01T09:00:00+09:00";
#define NS_PER_S 1000000000ll

#define CASES_MAX 100000u

struct sl_cases {
	struct sl_rules_set rules; /* the schema; its arena holds everything */
	struct sl_buffer list;     /* struct sl_case */
};

struct reader {
	struct sl_cases *cases;
	struct sl_yaml_file file;
	const struct sl_yaml_node *root;
	struct sl_case_defaults defaults;
	int64_t clock_ns;       /* the latest time so far */
	struct sl_buffer steps; /* struct sl_case_step */
	struct sl_buffer json;
};

static unsigned line_of(const struct sl_source *source, uint32_t offset)
{
	unsigned line = 1;

	for (uint32_t i = 0; i < offset && i < source->bytes; i++)
		line += source->text[i] == '\n';
	return line;
}

static const char *keep(struct reader *reader, const void *at, size_t bytes)
{
	return sl_arena_copy(&reader->cases->rules.arena,
			     (struct sl_slice){.at = at, .bytes = (uint32_t)bytes});
}

static const char *keep_text(struct reader *reader, const struct sl_yaml_node *node,
			     const char *what)
{
	struct sl_slice text = {"", 0};

	sl_yaml_text(&reader->file, node, what, 1024, &text);
	return keep(reader, text.at, text.bytes);
}

static void unknown_key(struct reader *reader, const struct sl_yaml_node *entry, const char *where,
			const char *hint)
{
	sl_mistake(reader->file.diagnostics, sl_yaml_at(&reader->file, entry->key), "unknown_key",
		   hint, "%s has no key `%.*s`", where, SL_SLICE_ARGS(entry->key->value));
}

/* ---- steps ------------------------------------------------------------------------------- */

static int read_send(struct reader *reader, const struct sl_yaml_node *event,
		     struct sl_case_step *step)
{
	if (!sl_yaml_is_kind(&reader->file, event, SL_YAML_MAP, "the event of `send`"))
		return 0;
	sl_case_check_fields(&reader->cases->rules.schema, &reader->file, event);
	step->kind = SL_CASE_SEND;
	reader->defaults.number++;
	reader->json.bytes = 0;
	sl_case_event_json(&reader->cases->rules.schema, event, &reader->defaults, &reader->json);
	if (!step->refused) {
		int64_t time_ns =
			sl_case_event_time(&reader->cases->rules.schema, event, &reader->defaults);

		reader->clock_ns = time_ns > reader->clock_ns ? time_ns : reader->clock_ns;
		reader->defaults.time_ns = reader->clock_ns;
	}
	reader->defaults.time_ns += NS_PER_S;
	if (reader->json.failed)
		return -ENOMEM;
	step->event = keep(reader, reader->json.at, reader->json.bytes - 1);
	return step->event ? 0 : -ENOMEM;
}

static int read_data(struct reader *reader, const struct sl_yaml_node *data,
		     struct sl_case_match *match)
{
	struct sl_case_datum *list;

	if (!sl_yaml_is_kind(&reader->file, data, SL_YAML_MAP, "`data`"))
		return 0;
	list = sl_arena_alloc(&reader->cases->rules.arena, (data->n_items + 1) * sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (const struct sl_yaml_node *item = data->items; item; item = item->next) {
		struct sl_case_datum *datum = &list[match->n_data++];

		reader->json.bytes = 0;
		sl_case_value_json(item, &reader->json);
		if (reader->json.failed)
			return -ENOMEM;
		datum->name = keep(reader, item->key->value.at, item->key->value.bytes);
		datum->json = keep(reader, reader->json.at, reader->json.bytes);
		if (!datum->name || !datum->json)
			return -ENOMEM;
	}
	match->data = list;
	return 0;
}

/* `name-of-campaign`, or {campaign: …, key: …, data: {…}}. */
static int read_match(struct reader *reader, const struct sl_yaml_node *node,
		      struct sl_case_match *match)
{
	int error = 0;

	match->line = line_of(reader->file.source, node->start);
	if (node->kind == SL_YAML_SCALAR) {
		match->campaign = keep_text(reader, node, "the name of a campaign");
		return match->campaign ? 0 : -ENOMEM;
	}
	if (!sl_yaml_is_kind(&reader->file, node, SL_YAML_MAP, "an expected match"))
		return 0;
	if (!sl_yaml_get(node, "campaign"))
		sl_mistake(reader->file.diagnostics, sl_yaml_at(&reader->file, node), "missing_key",
			   "`{campaign: salary-arrived}`", "there is no `campaign`");
	for (const struct sl_yaml_node *entry = node->items; entry && !error; entry = entry->next) {
		if (sl_slice_is(entry->key->value, "campaign"))
			match->campaign = keep_text(reader, entry, "the name of a campaign");
		else if (sl_slice_is(entry->key->value, "key"))
			match->key = keep_text(reader, entry, "`key`");
		else if (sl_slice_is(entry->key->value, "data"))
			error = read_data(reader, entry, match);
		else
			unknown_key(reader, entry, "an expected match",
				    "`campaign`, `key` and `data` are known");
	}
	return error;
}

static int read_expect(struct reader *reader, const struct sl_yaml_node *list,
		       struct sl_case_step *step)
{
	struct sl_case_match *matches;
	int error = 0;

	step->kind = SL_CASE_EXPECT;
	if (!sl_yaml_is_kind(&reader->file, list, SL_YAML_LIST, "`expect`"))
		return 0;
	matches =
		sl_arena_alloc(&reader->cases->rules.arena, (list->n_items + 1) * sizeof(*matches));
	if (!matches)
		return -ENOMEM;
	for (const struct sl_yaml_node *item = list->items; item && !error; item = item->next)
		error = read_match(reader, item, &matches[step->n_matches++]);
	step->matches = matches;
	return error;
}

static void read_wait(struct reader *reader, const struct sl_yaml_node *wait,
		      struct sl_case_step *step)
{
	int64_t ns;

	step->kind = SL_CASE_WAIT;
	if (!sl_time_span_read(&reader->file, wait, "`wait`", &ns))
		return;
	if (__builtin_add_overflow(reader->clock_ns, ns, &step->until_ns)) {
		sl_mistake(reader->file.diagnostics, sl_yaml_at(&reader->file, wait), "bad_value",
			   "wait less", "the clock does not go that far");
		return;
	}
	reader->clock_ns = reader->defaults.time_ns = step->until_ns;
}

static int read_step(struct reader *reader, const struct sl_yaml_node *node)
{
	struct sl_case_step step = {.line = line_of(reader->file.source, node->start)};
	const struct sl_yaml_node *send, *expect, *refused, *wait;
	int error = 0;

	if (!sl_yaml_is_kind(&reader->file, node, SL_YAML_MAP, "a step"))
		return 0;
	send = sl_yaml_get(node, "send");
	expect = sl_yaml_get(node, "expect");
	refused = sl_yaml_get(node, "refused");
	wait = sl_yaml_get(node, "wait");
	for (const struct sl_yaml_node *entry = node->items; entry; entry = entry->next)
		if (entry != send && entry != expect && entry != refused && entry != wait)
			unknown_key(reader, entry, "a step",
				    "`send: {…}`, with `refused: reason` where it must be, "
				    "`wait: 31m`, or `expect: […]`");
	if (!!send + !!expect + !!wait != 1 || (refused && !send)) {
		sl_mistake(reader->file.diagnostics, sl_yaml_at(&reader->file, node), "bad_value",
			   "`- send: {type: salary.in, amount: 100}`, `- wait: 31m` or `- expect: "
			   "[salary]`",
			   "a step sends one event, waits, or expects matches");
		return 0;
	}
	if (refused)
		sl_case_check_reason(&reader->file, refused);
	if (refused)
		step.refused = keep_text(reader, refused, "`refused`");
	if (wait)
		read_wait(reader, wait, &step);
	else
		error = send ? read_send(reader, send, &step) : read_expect(reader, expect, &step);
	sl_buffer_add(&reader->steps, &step, sizeof(step));
	return error;
}

/* ---- cases ------------------------------------------------------------------------------- */

static void read_start(struct reader *reader, const struct sl_yaml_node *at)
{
	struct sl_slice text = sl_slice_of(time_default);

	if (at && !sl_yaml_text(&reader->file, at, "`at`", 64, &text))
		return;
	if (sl_instant_parse(text, &reader->defaults.time_ns))
		sl_mistake(reader->file.diagnostics, sl_yaml_at(&reader->file, at), "bad_time",
			   "write it like 2026-01-31T09:00:00+09:00",
			   "`at` is not a time as RFC 3339 has it");
}

static void check_keys(struct reader *reader)
{
	static const char *const keys[] = {"test", "at", "event", "steps"};

	for (const struct sl_yaml_node *entry = reader->root->items; entry; entry = entry->next) {
		bool known = false;

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			known |= sl_slice_is(entry->key->value, keys[i]);
		if (!known)
			unknown_key(reader, entry, "a test",
				    "`test`, `at`, `event` and `steps` are known");
	}
}

static int add_case(struct reader *reader, struct sl_case *test)
{
	struct sl_cases *cases = reader->cases;
	struct sl_case_step *steps;

	steps = sl_arena_alloc(&cases->rules.arena, reader->steps.bytes + 1);
	if (!steps || reader->steps.failed || !test->name || !test->file)
		return -ENOMEM;
	if (reader->steps.bytes)
		memcpy(steps, reader->steps.at, reader->steps.bytes);
	test->steps = steps;
	test->n_steps = (uint32_t)(reader->steps.bytes / sizeof(*steps));
	sl_buffer_add(&cases->list, test, sizeof(*test));
	return cases->list.failed ? -ENOMEM : 0;
}

static int read_case(struct reader *reader)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *name, *steps;
	struct sl_case test = {.file = file->source->name};
	int error = 0;

	if (!sl_yaml_is_kind(file, reader->root, SL_YAML_MAP, "a test"))
		return 0;
	check_keys(reader);
	test.line = line_of(file->source, reader->root->start);
	name = sl_yaml_get(reader->root, "test");
	steps = sl_yaml_get(reader->root, "steps");
	if (!name || !steps) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, reader->root), "missing_key",
			   "`test: what it shows` and `steps:` with `- send:` and `- expect:`",
			   "there is no `%s`", name ? "steps" : "test");
		return 0;
	}
	test.name = keep_text(reader, name, "`test`");
	read_start(reader, sl_yaml_get(reader->root, "at"));
	reader->clock_ns = reader->defaults.time_ns;
	reader->defaults.number = 0;
	reader->defaults.event = sl_yaml_get(reader->root, "event");
	if (reader->defaults.event &&
	    !sl_yaml_is_kind(file, reader->defaults.event, SL_YAML_MAP, "`event`"))
		return 0;
	if (reader->defaults.event)
		sl_case_check_fields(&reader->cases->rules.schema, file, reader->defaults.event);
	reader->steps.bytes = 0;
	if (!sl_yaml_is_kind(file, steps, SL_YAML_LIST, "`steps`"))
		return 0;
	for (const struct sl_yaml_node *step = steps->items; step && !error; step = step->next)
		error = read_step(reader, step);
	return error ? error : add_case(reader, &test);
}

static int read_source(struct sl_cases *cases, const struct sl_source *source)
{
	struct reader reader = {.cases = cases, .file = {source, cases->rules.diagnostics}};
	struct sl_arena arena = {0};
	struct sl_yaml yaml;
	int found, error = sl_yaml_open(&yaml, source, cases->rules.diagnostics);

	if (error)
		return error;
	while (!error && (found = sl_yaml_next(&yaml, &arena, &reader.root)) != 0) {
		error = found < 0 ? found : read_case(&reader);
		sl_arena_reset(&arena);
	}
	sl_yaml_close(&yaml);
	sl_arena_fini(&arena);
	sl_buffer_fini(&reader.steps);
	sl_buffer_fini(&reader.json);
	return error;
}

static int read_files(struct sl_cases *cases, const char *directory)
{
	struct sl_buffer paths = {0};
	int error =
		sl_files_list(directory, SL_FILES_CASES, CASES_MAX, &cases->rules.arena, &paths);

	for (size_t i = 0; i < paths.bytes / sizeof(char *) && !error; i++) {
		const char *name = ((char **)paths.at)[i];
		const struct sl_source *source;
		char path[PATH_MAX];

		if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path))
			error = -ENAMETOOLONG;
		else
			error = sl_rules_set_open_source(&cases->rules, path, name, &source);
		if (!error && source)
			error = read_source(cases, source);
	}
	sl_buffer_fini(&paths);
	return error;
}

int sl_cases_load(const char *directory, const struct sl_rules_options *options,
		  struct sl_diagnostics *diagnostics, struct sl_cases **ret_cases)
{
	struct sl_cases *cases = calloc(1, sizeof(*cases));
	const char *given = options ? options->schema : NULL;
	char path[PATH_MAX];
	int error;

	if (!cases)
		return -ENOMEM;
	if ((size_t)snprintf(path, sizeof(path), "%s/schema.yaml", directory) >= sizeof(path)) {
		free(cases);
		return -ENAMETOOLONG;
	}
	error = sl_rules_set_load_schema(given ? given : path, diagnostics, &cases->rules);
	if (error) {
		free(cases);
		return error;
	}
	error = read_files(cases, directory);
	if (!error)
		error = sl_diagnostics_error(diagnostics);
	if (error)
		sl_cases_free(cases);
	else
		*ret_cases = cases;
	return error;
}

void sl_cases_free(struct sl_cases *cases)
{
	if (!cases)
		return;
	sl_buffer_fini(&cases->list);
	sl_rules_set_fini(&cases->rules);
	free(cases);
}

uint32_t sl_cases_all(const struct sl_cases *cases, const struct sl_case **ret_list)
{
	*ret_list = (const struct sl_case *)cases->list.at;
	return (uint32_t)(cases->list.bytes / sizeof(struct sl_case));
}
