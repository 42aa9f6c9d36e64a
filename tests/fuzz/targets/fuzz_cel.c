/* Conditions from anybody: tokens, tree, types, constants, meaning. Each text is read as a
 * campaign's, as eval's with bindings, and without static types. What is typed must be whole, and
 * say the same when it is read once more. */
#include "rules/expr/expr_priv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

static struct sl_schema schema;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void read_schema(void)
{
	static struct sl_arena arena;
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_source source = {
		.name = "s", .text = (char *)schema_text, .bytes = sizeof(schema_text) - 1};

	if (!diagnostics || sl_schema_load(&source, &arena, diagnostics, &schema) ||
	    sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR))
		abort();
	sl_diagnostics_free(diagnostics);
}

static void check(const struct sl_expr *expr, const struct sl_expr *parent, uint32_t bytes)
{
	if (!expr->of || expr->type != expr->of->kind || expr->offset > bytes ||
	    (parent && expr->depth >= parent->depth) || expr->depth > SL_EXPR_DEPTH_MAX ||
	    (expr->kind == SL_EXPR_MAP && expr->n_args % 2))
		abort();
	for (uint32_t i = 0; i < expr->n_args; i++)
		check(expr->args[i], expr, bytes);
}

/* One reading: the meaning of what was typed goes into the buffer. */
static void read_as(struct sl_slice text, bool campaign, bool dynamic, struct sl_buffer *meaning)
{
	static const char *const names[] = {"x", "m.n", "s", "l"};
	static const uint8_t kinds[] = {SL_KIND_INT, SL_TYPE_DYN, SL_KIND_STRING, SL_KIND_LIST};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_source source = {.name = "e", .text = (char *)text.at, .bytes = text.bytes};
	struct sl_arena arena = {0};
	struct sl_binding bindings[4];
	struct sl_expr_context context = {.source = &source,
					  .text = text,
					  .schema = campaign ? &schema : NULL,
					  .arena = &arena,
					  .diagnostics = diagnostics,
					  .bindings = bindings,
					  .n_bindings = campaign ? 0 : 4,
					  .dynamic = dynamic,
					  .keep_faults = !campaign};
	struct sl_expr *expr = NULL;
	bool good;

	for (size_t i = 0; i < 4; i++)
		bindings[i] = (struct sl_binding){sl_slice_of(names[i]), sl_type_of(kinds[i])};
	if (!diagnostics || sl_expr_parse(&context, &expr))
		abort();
	good = expr && sl_expr_type_any(&context, expr);
	if (good == (sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) > 0))
		abort(); /* refused without a word, or taken with one */
	if (good) {
		check(expr, NULL, text.bytes);
		sl_expr_canonical(expr, meaning);
	}
	sl_arena_fini(&arena);
	sl_diagnostics_free(diagnostics);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_buffer meanings[2] = {0};
	char *exact;

	if (n > 1u << 17)
		return 0;
	if (!schema.n_fields)
		read_schema();
	exact = malloc(n ? n : 1); /* so that reading behind its end shows */
	if (!exact)
		abort();
	memcpy(exact, bytes, n);
	for (int i = 0; i < 2; i++) {
		struct sl_slice text = {exact, (uint32_t)n};

		read_as(text, true, false, &meanings[i]);
		read_as(text, false, false, &meanings[i]);
		read_as(text, false, true, &meanings[i]);
	}
	if (meanings[0].bytes != meanings[1].bytes ||
	    (meanings[0].bytes && memcmp(meanings[0].at, meanings[1].at, meanings[0].bytes) != 0))
		abort();
	sl_buffer_fini(&meanings[0]);
	sl_buffer_fini(&meanings[1]);
	free(exact);
	return 0;
}
