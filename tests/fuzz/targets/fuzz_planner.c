/* Conditions from anybody, a line each, planned together: whatever is typed has a plan, and the
 * artifact of it is one that the dataplane opens. A planner that files under what does not hold is
 * found by the oracle; here it must not crash, run wild, or write what cannot be read. Databases
 * are left out: compiling them takes longer than all the rest. */
#include "base/artifact.h"
#include "rules/artifact/write_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_MAX 16u

static const char schema_text[] = "schema: fuzz\n"
				  "fields:\n"
				  "  id: {type: string, role: id}\n"
				  "  time: {type: time, role: time}\n"
				  "  type: {type: string, role: type}\n"
				  "  amount: int\n"
				  "  rate: decimal\n"
				  "  overseas: bool\n"
				  "  device.os: string\n"
				  "  tags: strings\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* A campaign for each line, in YAML: its text as one in double quotes, each byte by its number
 * where it could mean something else. */
static void write_rules(const uint8_t *bytes, size_t n, struct sl_buffer *rules)
{
	char room[96];
	size_t at = 0;

	for (unsigned line = 0; line < LINES_MAX && at < n; line++) {
		snprintf(room, sizeof(room), "%scampaign: c%u\nkind: service\nmatch: \"",
			 line ? "---\n" : "", line);
		sl_buffer_add(rules, room, strlen(room));
		for (; at < n && bytes[at] != '\n'; at++) {
			if (bytes[at] == '"' || bytes[at] == '\\')
				sl_buffer_add(rules, "\\", 1);
			if (bytes[at] >= 0x20)
				sl_buffer_add(rules, &bytes[at], 1);
		}
		at++;
		sl_buffer_add(rules, "\"\n", 2);
	}
}

/* Every filing leads to a trigger, and every trigger that is not impossible is filed. */
static void check_plan(const struct sl_plan *plan)
{
	const struct sl_plan_note *notes = (const struct sl_plan_note *)plan->notes.at;
	size_t n = plan->triggers.bytes / sizeof(struct sl_trigger), always = 0;

	if (plan->notes.bytes / sizeof(*notes) != n)
		abort();
	for (size_t i = 0; i < n; i++) {
		if (notes[i].never ? notes[i].n_filings > 0
				   : notes[i].n_filings == 0 && !notes[i].always)
			abort();
		always += notes[i].always && notes[i].n_filings == 0;
	}
	if (always != plan->always.bytes / sizeof(uint32_t))
		abort();
}

static void check_artifact(const struct sl_rules_set *set, struct sl_plan *plan)
{
	const struct sl_patterns patterns = {.version = ""};
	struct sl_registry registry = {0};
	struct sl_buffer file = {0};
	struct sl_artifact *artifact;
	char why[SL_SENTENCE_BYTES];
	void *aligned;

	if (sl_artifact_build(set, NULL, plan, &patterns, &registry, 0, &file))
		abort();
	aligned = aligned_alloc(SL_FILE_ALIGN,
				(file.bytes + SL_FILE_ALIGN - 1) / SL_FILE_ALIGN * SL_FILE_ALIGN);
	if (!aligned)
		abort();
	memcpy(aligned, file.at, file.bytes);
	if (sl_artifact_view(aligned, file.bytes, &artifact, why)) {
		fprintf(stderr, "an artifact of ours is refused: %s\n", why);
		abort();
	}
	sl_artifact_close(artifact);
	free(aligned);
	sl_buffer_fini(&file);
	sl_registry_fini(&registry);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_buffer rules = {0};
	struct sl_rules_set set;
	struct sl_plan plan;

	write_rules(bytes, n, &rules);
	if (!diagnostics || rules.failed ||
	    sl_rules_set_load_text(sl_slice_of(schema_text),
				   (struct sl_slice){(const char *)rules.at, (uint32_t)rules.bytes},
				   NULL, diagnostics, &set))
		abort();
	if (sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) == 0) {
		if (sl_plan_make(&set, 1024, &plan))
			abort();
		check_plan(&plan);
		if (sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) == 0)
			check_artifact(&set, &plan);
		sl_plan_fini(&plan);
	}
	sl_rules_set_fini(&set);
	sl_buffer_fini(&rules);
	sl_diagnostics_free(diagnostics);
	return 0;
}
