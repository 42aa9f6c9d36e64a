/* A tail's condition: compiled once, asked of every record that the tail might want. */
#include "control/tail/tail_priv.h"

#include "rules/expression.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_BYTES 65536u
#define STEPS_MAX 10000u /* a record is given up after so many */

struct sl_where {
	struct sl_expression expression;
	struct sl_artifact *artifact;
	struct sl_program_room *room;
	bool asks_data;
};

static void bind_names(struct sl_binding ret_bindings[SL_WHERE_NAMES])
{
	unsigned n = 0;

#define SL_WHERE_NAME(id, text, kind, doc)                                                         \
	ret_bindings[n++] =                                                                        \
		(struct sl_binding){{text, sizeof(text) - 1}, sl_type_of(SL_KIND_##kind)};
#include "control/tail/where_names.def"
#undef SL_WHERE_NAME
}

static void tell(const struct sl_diagnostics *diagnostics, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_diagnostic *list;
	size_t n = sl_diagnostics_all(diagnostics, &list);

	if (n)
		snprintf(ret_why, SL_SENTENCE_BYTES, "where:%u:%u: %.140s%s%.70s", list[0].line,
			 list[0].column, list[0].message, *list[0].hint ? "; " : "", list[0].hint);
}

static int compile(const char *text, struct sl_expression *ret_expression,
		   char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_binding bindings[SL_WHERE_NAMES];
	const struct sl_expression_question question = {
		.text = {.at = text, .bytes = (uint32_t)strlen(text)},
		.bindings = bindings,
		.n_bindings = SL_WHERE_NAMES,
	};
	int e = diagnostics ? 0 : -ENOMEM;

	bind_names(bindings);
	if (!e)
		e = sl_expression_compile(&question, diagnostics, ret_expression);
	if (e == -SL_E_RULES)
		tell(diagnostics, ret_why);
	sl_diagnostics_free(diagnostics);
	return e;
}

/* First as it stands, for its mistakes have their places; then as what has to be a bool. */
static int compile_condition(const char *text, struct sl_expression *ret_expression,
			     char ret_why[SL_SENTENCE_BYTES])
{
	size_t room = strlen(text) + 32;
	struct sl_expression any = {0};
	char *condition;
	int e = compile(text, &any, ret_why);

	if (e)
		return e;
	sl_expression_fini(&any);
	condition = malloc(room);
	if (!condition)
		return -ENOMEM;
	snprintf(condition, room, "(%s\n) ? true : false", text); /* it may end with a comment */
	e = compile(condition, ret_expression, ret_why);
	free(condition);
	if (e == -SL_E_RULES)
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "where: this is no condition; compare it with something, as in "
			 "campaign == \"loan\"");
	return e;
}

int sl_where_new(const char *text, struct sl_where **ret_where, char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_where *where = calloc(1, sizeof(*where));
	int e = where ? 0 : -ENOMEM;

	if (!e)
		e = compile_condition(text, &where->expression, ret_why);
	if (!e)
		e = sl_artifact_view(where->expression.bytes, where->expression.n_bytes,
				     &where->artifact, ret_why);
	if (!e)
		e = sl_program_room_new(ROOM_BYTES, STEPS_MAX, &where->room);
	if (e) {
		sl_where_free(where);
		return e;
	}
	where->asks_data = strstr(text, "data") != NULL;
	*ret_where = where;
	return 0;
}

void sl_where_free(struct sl_where *where)
{
	if (!where)
		return;
	sl_program_room_free(where->room);
	sl_artifact_close(where->artifact);
	sl_expression_fini(&where->expression);
	free(where);
}

bool sl_where_holds(const struct sl_where *where, struct sl_tail_record *record)
{
	const struct sl_trigger *only = &where->artifact->triggers[0];
	struct sl_any answer;

	if (where->asks_data)
		sl_tail_record_want_data(record);
	sl_program_evaluate(where->artifact, where->artifact->code + only->code, only->code_count,
			    NULL, record->names, SL_WHERE_NAMES, where->room, &answer);
	return answer.kind == SL_KIND_BOOL && answer.integer;
}
