/* Campaigns and schemas from anybody: YAML, conditions, types, plan. The input is a file of
 * campaigns; where it holds a line "%%%", what stands before is the schema. What compiles must
 * also say the same when it is read once more. What channels announce stands in comments at the top
 * of the campaigns, a channel a line. */
#include "rules/plan/plan_priv.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char schema_default[] = "schema: fuzz\n"
				     "fields:\n"
				     "  id: {type: string, role: id}\n"
				     "  time: {type: time, role: time}\n"
				     "  type: {type: string, role: type}\n"
				     "  customer: {type: string, role: key}\n"
				     "  amount: int\n"
				     "  rate: decimal\n"
				     "  overseas: bool\n"
				     "  device.os: string\n"
				     "  tags: strings\n";
static const char separator[] = "\n%%%\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void format(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *list;
	size_t count = sl_diagnostics_all(diagnostics, &list);

	for (size_t i = 0; i < count; i++) {
		char text[4096];

		sl_diagnostic_format(&list[i], text, sizeof(text));
	}
}

static void read_announced(struct sl_slice campaigns, char *to, size_t room)
{
	size_t n = 0;

	for (bool start = true; n + 1 < room && n < campaigns.bytes; n++) {
		char c = campaigns.at[n];

		if (!c || (start && c != '#'))
			break;
		to[n] = start ? ' ' : c;
		start = c == '\n';
	}
	to[n] = '\0';
}

static bool load(struct sl_slice schema, struct sl_slice campaigns, uint64_t ret_content[2])
{
	char announced[4096];
	struct sl_rules_options options = {
		.unsafe_advertising = true, .time_zone = "UTC", .announced = announced};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set set;
	struct sl_plan plan;
	bool good = false;

	read_announced(campaigns, announced, sizeof(announced));
	if (!diagnostics || sl_rules_set_load_text(schema, campaigns, &options, diagnostics, &set))
		abort(); /* there is memory enough for what a fuzzer sends */
	if (!sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR)) {
		good = true;
		memcpy(ret_content, set.content, sizeof(set.content));
		if (sl_plan_make(&set, 1024, &plan))
			abort();
		sl_plan_fini(&plan);
	}
	format(diagnostics);
	sl_rules_set_fini(&set);
	sl_diagnostics_free(diagnostics);
	return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const char *text = (const char *)bytes;
	const char *cut = n ? memmem(text, n, separator, sizeof(separator) - 1) : NULL;
	struct sl_slice schema = {schema_default, sizeof(schema_default) - 1};
	struct sl_slice campaigns = {text, (uint32_t)n};
	uint64_t first[2] = {0}, second[2] = {0};
	bool good;

	if (n > 1u << 20)
		return 0;
	if (cut) {
		schema = (struct sl_slice){text, (uint32_t)(cut - text) + 1};
		campaigns.at = cut + sizeof(separator) - 1;
		campaigns.bytes = (uint32_t)(text + n - campaigns.at);
	}
	good = load(schema, campaigns, first);
	if (good != load(schema, campaigns, second) || memcmp(first, second, sizeof(first)) != 0)
		abort();
	return 0;
}
