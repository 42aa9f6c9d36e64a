#include "rules/expression.h"

#include "rules/artifact/write_priv.h"
#include "rules/code/code_priv.h"
#include "rules/diagnostics_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

/* Everything that an expression's artifact is made of. */
struct making {
	const struct sl_expression_question *question;
	struct sl_diagnostics *diagnostics;
	struct sl_source source;
	struct sl_arena arena;
	struct sl_pool pool;
	struct sl_buffer instructions;
	struct sl_buffer offsets;
	struct sl_buffer fields;
	struct sl_buffer file;
};

static int read_tree(struct making *making, struct sl_expr **ret_expr)
{
	const struct sl_expression_question *question = making->question;
	struct sl_expr_context context = {
		.source = &making->source,
		.text = question->text,
		.schema = question->schema,
		.arena = &making->arena,
		.diagnostics = making->diagnostics,
		.bindings = question->bindings,
		.n_bindings = question->n_bindings,
		.dynamic = question->dynamic,
		.keep_faults = true,
	};
	struct sl_expr *expr;
	int error = sl_expr_parse(&context, &expr);

	if (error)
		return error;
	if (!expr || !sl_expr_type_any(&context, expr))
		return sl_diagnostics_error(making->diagnostics)
			       ? sl_diagnostics_error(making->diagnostics)
			       : -SL_E_RULES;
	*ret_expr = expr;
	return 0;
}

static int make_code(struct making *making, const struct sl_expr *expr)
{
	struct sl_code code = sl_code_begin(&making->pool, &making->instructions, NULL);

	code.offsets = &making->offsets;
	sl_code_value(&code, expr);
	if (code.too_large) {
		sl_mistake(making->diagnostics, (struct sl_place){&making->source, expr->offset},
			   "unsupported", "divide it into smaller ones",
			   "the expression needs more room than the engine has for one");
		return -SL_E_RULES;
	}
	return sl_pool_failed(&making->pool) || making->instructions.failed ||
			       making->offsets.failed
		       ? -ENOMEM
		       : 0;
}

static void add_fields(struct making *making)
{
	const struct sl_schema *schema = making->question->schema;

	for (uint32_t i = 0; schema && i < schema->n_fields; i++) {
		const struct sl_schema_field *from = &schema->fields[i];
		struct sl_field field = {
			.path = sl_pool_text(&making->pool, from->path),
			.type = from->type,
			.role = from->role,
			.flags = SL_FIELD_USED,
			.bytes_max = from->bytes_max,
			.items_max = from->items_max,
		};

		sl_buffer_add(&making->fields, &field, sizeof(field));
	}
}

/* An artifact of one campaign, which nothing leads to. */
static int make_file(struct making *making)
{
	struct sl_pool *pool = &making->pool;
	struct sl_ruleset_meta meta = {.registry_next = 1};
	struct sl_campaign campaign = {
		.name = sl_pool_text(pool, sl_slice_of("expression")),
		.kind = SL_CAMPAIGN_SERVICE,
		.join_within_ns = INT64_MAX,
		.by_slot = -1,
	};
	struct sl_trigger trigger = {
		.code_count =
			(uint32_t)(making->instructions.bytes / sizeof(struct sl_instruction)),
	};
	struct sl_file_header header = {0};

	add_fields(making);
	if (making->fields.failed || sl_pool_failed(pool))
		return -ENOMEM;
#define PART(id, type, buffer)                                                                     \
	{                                                                                          \
		id, sizeof(type), (buffer).at, (buffer).bytes                                      \
	}
	const struct sl_artifact_part parts[] = {
		{SL_SECTION_META, sizeof(meta), &meta, sizeof(meta)},
		{SL_SECTION_CAMPAIGNS, sizeof(campaign), &campaign, sizeof(campaign)},
		{SL_SECTION_TRIGGERS, sizeof(trigger), &trigger, sizeof(trigger)},
		PART(SL_SECTION_TEXT, char, pool->text),
		PART(SL_SECTION_FIELDS, struct sl_field, making->fields),
		PART(SL_SECTION_CODE, struct sl_instruction, making->instructions),
		PART(SL_SECTION_CONSTANTS, struct sl_constant, pool->constants),
		PART(SL_SECTION_SETS, struct sl_set, pool->sets),
		PART(SL_SECTION_MEMBERS, uint32_t, pool->members),
		PART(SL_SECTION_PATTERNS, struct sl_pattern, pool->patterns),
		PART(SL_SECTION_PATTERN_BYTES, char, pool->pattern_bytes),
		PART(SL_SECTION_ZONES, struct sl_time_zone, pool->zones),
		PART(SL_SECTION_TRANSITIONS, struct sl_transition, pool->transitions),
	};
#undef PART

	return sl_artifact_assemble(parts, sizeof(parts) / sizeof(*parts), &header, &making->file);
}

static int hand_over(struct making *making, struct sl_expression *ret_expression)
{
	size_t rounded = (making->file.bytes + SL_FILE_ALIGN - 1) / SL_FILE_ALIGN * SL_FILE_ALIGN;
	void *bytes = aligned_alloc(SL_FILE_ALIGN, rounded);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, making->file.at, making->file.bytes);
	*ret_expression = (struct sl_expression){
		.bytes = bytes,
		.n_bytes = making->file.bytes,
		.offsets = (uint32_t *)(void *)making->offsets.at,
		.n_offsets = (uint32_t)(making->offsets.bytes / sizeof(uint32_t)),
	};
	making->offsets = (struct sl_buffer){0};
	return 0;
}

int sl_expression_compile(const struct sl_expression_question *question,
			  struct sl_diagnostics *diagnostics, struct sl_expression *ret_expression)
{
	struct making making = {.question = question, .diagnostics = diagnostics};
	struct sl_expr *expr = NULL;
	int error = 0;

	making.source.name = "";
	making.source.bytes = question->text.bytes;
	making.source.text = sl_arena_copy(&making.arena, question->text);
	if (!making.source.text)
		error = -ENOMEM;
	if (!error)
		error = read_tree(&making, &expr);
	if (!error)
		error = make_code(&making, expr);
	if (!error)
		error = make_file(&making);
	if (!error)
		error = hand_over(&making, ret_expression);
	sl_diagnostics_forget(diagnostics);
	sl_pool_fini(&making.pool);
	sl_buffer_fini(&making.instructions);
	sl_buffer_fini(&making.offsets);
	sl_buffer_fini(&making.fields);
	sl_buffer_fini(&making.file);
	sl_arena_fini(&making.arena);
	return error;
}

void sl_expression_fini(struct sl_expression *expression)
{
	free(expression->bytes);
	free(expression->offsets);
	*expression = (struct sl_expression){0};
}
