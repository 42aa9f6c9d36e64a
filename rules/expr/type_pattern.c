/* The pattern of matches(): read when the condition is typed, so that its mistakes stand where the
 * author wrote them. */
#include "rules/expr/type_priv.h"

#include "rules/regex/regex_priv.h"

#include "sluice/error.h"

#include <errno.h>

static void refuse(struct sl_typer *typer, struct sl_expr *pattern,
		   const struct sl_regex_fault *fault)
{
	const struct sl_expr_context *context = typer->context;
	const char *code =
		fault->kind == SL_REGEX_SYNTAX ? "bad_pattern" : sl_regex_fault_code(fault->kind);

	sl_mistake(context->diagnostics,
		   sl_expr_place(context,
				 sl_expr_text_offset(context, pattern->offset, fault->offset)),
		   code, fault->hint, "%s", fault->message);
	pattern->type = 0;
}

/* What was compiled to see whether it can be is what the artifact will hold. */
static bool keep(struct sl_typer *typer, struct sl_expr *pattern, const struct sl_buffer *blob)
{
	struct sl_compiled_pattern *compiled =
		sl_arena_alloc(typer->context->arena, sizeof(*compiled) + blob->bytes);

	if (!compiled)
		return false;
	compiled->bytes = blob->bytes;
	memcpy(compiled->at, blob->at, blob->bytes);
	pattern->compiled = compiled;
	return true;
}

bool sl_type_pattern(struct sl_typer *typer, struct sl_expr *pattern)
{
	struct sl_arena arena = {0};
	struct sl_regex_tree tree;
	struct sl_regex_fault fault;
	struct sl_buffer blob = {0};
	int error = sl_regex_parse(pattern->text, &arena, &tree, &fault);

	if (!error)
		error = sl_regex_compile(&tree, &blob, &fault);
	if (!error && !keep(typer, pattern, &blob))
		error = -ENOMEM;
	sl_buffer_fini(&blob);
	sl_arena_fini(&arena);
	if (error == -SL_E_RULES)
		refuse(typer, pattern, &fault);
	else if (error)
		typer->failed = true;
	return error == 0;
}
