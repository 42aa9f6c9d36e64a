#include "expr_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char room[1 << 17];
static size_t used;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void put(const char *format, ...)
{
	va_list args;
	int more;

	va_start(args, format);
	more = vsnprintf(room + used, sizeof(room) - used, format, args);
	va_end(args);
	assert_true(more >= 0 && used + (size_t)more < sizeof(room));
	used += (size_t)more;
}

static void put_literal(const struct sl_expr *expr)
{
	switch (expr->type) {
	case SL_KIND_STRING:
		put("\"%.*s\"", SL_SLICE_ARGS(expr->text));
		break;
	case SL_KIND_BYTES:
		put("b\"");
		for (uint32_t i = 0; i < expr->text.bytes; i++)
			put("%02x", (unsigned char)expr->text.at[i]);
		put("\"");
		break;
	case SL_KIND_DOUBLE:
		put("%.17g%s", expr->decimal,
		    expr->decimal == (double)(int)expr->decimal ? ".0" : "");
		break;
	case SL_KIND_UINT:
		put("%lluu", (unsigned long long)expr->natural);
		break;
	case SL_KIND_BOOL:
		put("%s", expr->integer ? "true" : "false");
		break;
	case SL_KIND_NULL:
		put("null");
		break;
	case SL_KIND_TIMESTAMP:
		put("t%lld.%d", (long long)expr->integer, expr->nanos);
		break;
	case SL_KIND_DURATION:
		put("d%lld.%d", (long long)expr->integer, expr->nanos);
		break;
	case SL_KIND_TYPE:
		put("type:%lld", (long long)expr->integer);
		break;
	default:
		put("%lld", (long long)expr->integer);
	}
}

static void put_tree(const struct sl_expr *expr)
{
	bool list = expr->kind == SL_EXPR_LIST, map = expr->kind == SL_EXPR_MAP;

	switch (expr->kind) {
	case SL_EXPR_LITERAL:
		put_literal(expr);
		return;
	case SL_EXPR_FIELD:
		put("$%.*s", SL_SLICE_ARGS(expr->text));
		return;
	case SL_EXPR_BOUND:
		put("@%.*s", SL_SLICE_ARGS(expr->text));
		return;
	case SL_EXPR_VARIABLE:
		put("%.*s#%u", SL_SLICE_ARGS(expr->text), expr->slot);
		return;
	case SL_EXPR_NAME:
		put("%s?%.*s", expr->member ? "." : "", SL_SLICE_ARGS(expr->text));
		return;
	case SL_EXPR_SELECT:
		put("(. ");
		put_tree(expr->args[0]);
		put(" %.*s)", SL_SLICE_ARGS(expr->text));
		return;
	default:
		break;
	}
	put("%s", list ? "[" : map ? "{" : "(");
	if (!list && !map)
		put("%s%.*s", expr->function == SL_FUNCTION_NONE ? "?" : "",
		    SL_SLICE_ARGS(expr->text));
	for (uint32_t i = 0; i < expr->n_args; i++) {
		if (i > 0 || (!list && !map))
			put(map && i % 2 ? ": " : " ");
		put_tree(expr->args[i]);
	}
	put("%s", list ? "]" : map ? "}" : ")");
}

static void put_type(const struct sl_type *type)
{
	static const char *const names[SL_KINDS] = {
		[SL_KIND_STRING] = "string",     [SL_KIND_INT] = "int",
		[SL_KIND_DOUBLE] = "double",     [SL_KIND_BOOL] = "bool",
		[SL_KIND_UINT] = "uint",         [SL_KIND_BYTES] = "bytes",
		[SL_KIND_NULL] = "null",         [SL_KIND_TIMESTAMP] = "time",
		[SL_KIND_DURATION] = "duration", [SL_KIND_TYPE] = "type",
	};

	if (type->kind == SL_TYPE_DYN) {
		put("dyn");
	} else if (type->kind == SL_KIND_LIST) {
		put("list(");
		put_type(type->element);
		put(")");
	} else if (type->kind == SL_KIND_MAP) {
		put("map(");
		put_type(type->key);
		put(", ");
		put_type(type->element);
		put(")");
	} else {
		assert_non_null(names[type->kind]);
		put("%s", names[type->kind]);
	}
}

/* Every node of a typed tree has a type, and the depth of its parts below its own. */
static void check_tree(const struct sl_expr *expr)
{
	if (expr->kind != SL_EXPR_NAME) {
		assert_non_null(expr->of);
		assert_int_equal(expr->type, expr->of->kind);
	}
	for (uint32_t i = 0; i < expr->n_args; i++) {
		assert_true(expr->args[i]->depth < expr->depth);
		check_tree(expr->args[i]);
	}
}

static void put_mistakes(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *list;
	size_t n = sl_diagnostics_all(diagnostics, &list);

	for (size_t i = 0; i < n; i++)
		put("%s%s@%u", i ? " " : "", list[i].code, list[i].column);
}

static void put_words(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *list;

	if (sl_diagnostics_all(diagnostics, &list))
		put("%s | %s", list[0].message, list[0].hint);
}

enum what { TREE, TYPE, WORDS };

static const char *describe(const char *text, enum expr_how how, enum what what)
{
	const struct sl_type *of_int = sl_type_of(SL_KIND_INT);
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set *set = load_texts(test_schema, "", diagnostics);
	char *exact = malloc(strlen(text) + 1); /* so that reading behind its end shows */
	struct sl_source source = {.name = "e", .text = exact, .bytes = (uint32_t)strlen(text)};
	const struct sl_binding bindings[] = {
		{sl_slice_of("x"), of_int},
		{sl_slice_of("m.n"), sl_type_of(SL_TYPE_DYN)},
		{sl_slice_of("s"), sl_type_of(SL_KIND_STRING)},
		{sl_slice_of("l"), sl_type_list(&set->arena, of_int)},
		{sl_slice_of("k"), sl_type_map(&set->arena, sl_type_of(SL_KIND_STRING), of_int)},
		{sl_slice_of("t"), sl_type_of(SL_KIND_TIMESTAMP)},
	};
	bool eval = how == EXPR_EVAL || how == EXPR_DYNAMIC, good;
	struct sl_expr_context context = {
		.source = &source,
		.text = {exact, source.bytes},
		.arena = &set->arena,
		.diagnostics = diagnostics,
		.schema = eval ? NULL : &set->schema,
		.bindings = bindings,
		.n_bindings = eval ? 6 : 0,
		.dynamic = how == EXPR_DYNAMIC,
		.keep_faults = eval,
	};
	struct sl_expr *expr = NULL;

	memcpy(exact, text, source.bytes + 1);
	used = 0;
	room[0] = '\0';
	assert_int_equal(sl_expr_parse(&context, &expr), 0);
	good = expr && (how == EXPR_PARSED || sl_expr_type_any(&context, expr));
	assert_int_equal(good, sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) == 0);
	if (good && how != EXPR_PARSED)
		check_tree(expr);
	if (what == WORDS)
		put_words(diagnostics);
	else if (!good)
		put_mistakes(diagnostics);
	else if (what == TREE)
		put_tree(expr);
	else
		put_type(expr->of);
	free(exact);
	free_set(set);
	sl_diagnostics_free(diagnostics);
	return room;
}

const char *expr_tree(const char *text, enum expr_how how)
{
	return describe(text, how, TREE);
}

const char *expr_type(const char *text, enum expr_how how)
{
	return describe(text, how, TYPE);
}

const char *expr_words(const char *text, enum expr_how how)
{
	return describe(text, how, WORDS);
}

void expr_compare(const char *const rows[][2], size_t n, enum expr_how how,
		  const char *(*describe_row)(const char *text, enum expr_how how))
{
	unsigned wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const char *is = describe_row(rows[i][0], how);

		if (strcmp(is, rows[i][1]) == 0)
			continue;
		print_error("%s\n    is %s\nnot %s\n", rows[i][0], is, rows[i][1]);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}
