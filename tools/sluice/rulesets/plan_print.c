#include "tools/sluice/rulesets/plan_print.h"

#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/rulesets/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void print_list(const char *before, const char *const *items, uint32_t n)
{
	printf("    %s", before);
	for (uint32_t i = 0; i < n; i++)
		printf("%s%s", i ? ", " : "", items[i]);
	printf("\n");
}

static void print_cost(const struct sl_rules_filing *filing)
{
	printf("    costs   an estimated %.2f ns of each event; %.3g %% of them come here\n",
	       filing->cost_ns, 100 * filing->share);
}

static void print_text(void *context, const struct sl_rules_filing *filing)
{
	(void)context;
	printf("%s (%s:%u)", filing->campaign, filing->file, filing->line);
	if (strcmp(filing->role, "match") != 0)
		printf(", %s%s%s", filing->role, *filing->step ? " " : "", filing->step);
	putchar('\n');
	if (filing->state_bytes)
		printf("    keeps   at most %" PRIu32 " bytes of a key\n", filing->state_bytes);
	if (filing->never) {
		printf("    filed   nowhere: it can never match\n");
		return;
	}
	if (filing->n_places == 0)
		printf("    filed   on the always-list: it is evaluated for every event\n");
	for (uint32_t i = 0; i < filing->n_places; i++)
		printf("    %s%s\n", i ? "     or " : "filed   ", filing->places[i]);
	if (filing->n_ways > filing->n_places)
		printf("     or  %" PRIu32 " more\n", filing->n_ways - filing->n_places);
	if (filing->instructions == 0)
		printf("    asks    nothing else: who comes here %s\n",
		       strcmp(filing->role, "match") == 0 ? "matches" : "is it");
	else if (filing->n_reads == 0)
		printf("    asks    a program of %" PRIu32 " instructions\n", filing->instructions);
	else
		print_list("asks    ", filing->reads, filing->n_reads);
	print_cost(filing);
}

static json_t *array_of(const char *const *items, uint32_t n)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < n; i++)
		json_array_append_new(array, json_string(items[i]));
	return array;
}

static void print_json(void *context, const struct sl_rules_filing *filing)
{
	const char *filed = filing->never ? "never" : filing->n_places ? "filed" : "always";
	json_t *line = json_pack(
		"{s:s, s:s, s:s, s:I, s:s, s:I, s:s, s:o, s:I, s:o, s:I, s:f, s:f}", "campaign",
		filing->campaign, "step", filing->step, "role", filing->role, "state_bytes",
		(json_int_t)filing->state_bytes, "file", filing->file, "line",
		(json_int_t)filing->line, "filed", filed, "places",
		array_of(filing->places, filing->n_places), "ways", (json_int_t)filing->n_ways,
		"asks", array_of(filing->reads, filing->n_reads), "instructions",
		(json_int_t)filing->instructions, "share", filing->share, "cost_ns",
		filing->cost_ns);

	(void)context;
	if (line && json_dumpf(line, stdout, JSON_COMPACT) == 0)
		putchar('\n');
	json_decref(line);
}

static void print_mistakes(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *items;
	size_t n = sl_diagnostics_all(diagnostics, &items);

	for (size_t i = 0; i < n; i++) {
		json_t *line = sl_verdict_diagnostic(&items[i]);

		if (items[i].severity == SL_SEVERITY_ERROR &&
		    json_dumpf(line, stdout, JSON_COMPACT) == 0)
			putchar('\n');
		json_decref(line);
	}
}

int sl_plan_print(const char *directory, const struct sl_rules_options *options, bool as_json)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	bool bad;
	int error = diagnostics ? sl_rules_explain_plan(directory, options, diagnostics,
							as_json ? print_json : print_text, NULL)
				: -ENOMEM;

	if (error < 0) {
		fprintf(stderr, "sluice check: %s: %s\n", directory, sl_error_text(error));
		sl_diagnostics_free(diagnostics);
		return SL_EXIT_FAILED;
	}
	bad = sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) > 0;
	if (as_json)
		print_mistakes(diagnostics);
	else
		sl_verdict_diagnostics(diagnostics);
	sl_diagnostics_free(diagnostics);
	return bad ? SL_EXIT_NO : SL_EXIT_DONE;
}
