/* Values: every kind of tree to instructions. Calls are in call.c, tests of one slot in
 * test.c, rows of conditions in filter.c. */
#include "rules/code/code_priv.h"

#define LIST_CHUNK 128u
#define MAP_ENTRIES_MAX 256u
#define CONSTANT_ENTRIES_MAX 4096u /* each is compared with each */

static const struct {
	uint8_t pops, pushes;
} effects[SL_OP_COUNT] = {
#define SL_OPCODE(name, text, takes, argument, pops, pushes, doc) [SL_OP_##name] = {pops, pushes},
#include "sluice/opcodes.def"
#undef SL_OPCODE
};

struct sl_code sl_code_begin(struct sl_pool *pool, struct sl_buffer *instructions,
			     uint16_t *field_flags)
{
	return (struct sl_code){
		.pool = pool,
		.instructions = instructions,
		.field_flags = field_flags,
		.first = (uint32_t)(instructions->bytes / sizeof(struct sl_instruction)),
	};
}

static uint32_t n_instructions(const struct sl_code *code)
{
	return (uint32_t)(code->instructions->bytes / sizeof(struct sl_instruction)) - code->first;
}

static uint32_t pops_of(uint8_t op, uint32_t arg)
{
	if (effects[op].pops != 255)
		return effects[op].pops;
	return op == SL_OP_MAKE_MAP ? 2 * arg : arg;
}

uint32_t sl_code_emit(struct sl_code *code, uint8_t op, uint16_t slot, uint32_t arg)
{
	struct sl_instruction instruction = {.op = op, .slot = slot, .arg = arg};
	uint32_t index = n_instructions(code);

	sl_buffer_add(code->instructions, &instruction, sizeof(instruction));
	if (code->offsets)
		sl_buffer_add(code->offsets, &code->at, sizeof(code->at));
	code->depth += effects[op].pushes - pops_of(op, arg);
	if (code->depth > SL_PROGRAM_STACK_MAX)
		code->too_large = true;
	return index;
}

void sl_code_land(struct sl_code *code, uint32_t jump)
{
	struct sl_instruction *instructions = (struct sl_instruction *)code->instructions->at;

	if (!code->instructions->failed)
		instructions[code->first + jump].arg = n_instructions(code);
}

void sl_code_land_chain(struct sl_code *code, uint32_t last)
{
	while (last != UINT32_MAX && !code->instructions->failed) {
		const struct sl_instruction *instructions =
			(const struct sl_instruction *)code->instructions->at;
		uint32_t before = instructions[code->first + last].arg;

		sl_code_land(code, last);
		last = before;
	}
}

/* A bool that is true or false for itself may be a key as well. */
static bool is_key(const struct sl_expr *expr)
{
	return expr->kind == SL_EXPR_LITERAL &&
	       (expr->type == SL_KIND_STRING || expr->type == SL_KIND_INT ||
		expr->type == SL_KIND_UINT || expr->type == SL_KIND_BOOL);
}

static bool same_key(const struct sl_expr *a, const struct sl_expr *b)
{
	bool numbers = (a->type == SL_KIND_INT || a->type == SL_KIND_UINT) &&
		       (b->type == SL_KIND_INT || b->type == SL_KIND_UINT);

	if (a->type == SL_KIND_STRING && b->type == SL_KIND_STRING)
		return sl_slice_equal(a->text, b->text);
	if (numbers && a->type != b->type && (a->integer < 0 || b->integer < 0))
		return false; /* a negative int, or a uint that no int reaches */
	return (numbers || a->type == b->type) && a->integer == b->integer;
}

static bool has_distinct_keys(const struct sl_expr *map)
{
	if (map->n_args > 2 * CONSTANT_ENTRIES_MAX)
		return false;
	for (uint32_t i = 0; i < map->n_args; i += 2) {
		if (!is_key(map->args[i]))
			return false;
		for (uint32_t j = 0; j < i; j += 2)
			if (same_key(map->args[i], map->args[j]))
				return false;
	}
	return true;
}

bool sl_code_is_constant(const struct sl_expr *expr)
{
	if (expr->kind == SL_EXPR_LITERAL)
		return true;
	if (expr->kind != SL_EXPR_LIST && expr->kind != SL_EXPR_MAP)
		return false;
	for (uint32_t i = 0; i < expr->n_args; i++)
		if (!sl_code_is_constant(expr->args[i]))
			return false;
	return expr->kind == SL_EXPR_LIST || has_distinct_keys(expr);
}

/* A long list is put together of parts, so that the stack stays small. */
static void code_list(struct sl_code *code, const struct sl_expr *list)
{
	for (uint32_t i = 0, n; i < list->n_args || i == 0; i += n) {
		n = list->n_args - i < LIST_CHUNK ? list->n_args - i : LIST_CHUNK;
		for (uint32_t j = 0; j < n; j++)
			sl_code_value(code, list->args[i + j]);
		code->at = list->offset;
		sl_code_emit(code, SL_OP_MAKE_LIST, 0, n);
		if (i)
			sl_code_emit(code, SL_OP_ADD, 0, 0);
		if (n == 0)
			break;
	}
}

static void code_map(struct sl_code *code, const struct sl_expr *map)
{
	if (map->n_args > 2 * MAP_ENTRIES_MAX)
		code->too_large = true;
	for (uint32_t i = 0; i < map->n_args; i++)
		sl_code_value(code, map->args[i]);
	code->at = map->offset;
	sl_code_emit(code, SL_OP_MAKE_MAP, 0, map->n_args / 2);
}

static uint32_t name_constant(struct sl_code *code, struct sl_slice name)
{
	struct sl_expr literal = {.kind = SL_EXPR_LITERAL, .type = SL_KIND_STRING, .text = name};

	return sl_pool_value(code->pool, &literal);
}

static void code_select(struct sl_code *code, const struct sl_expr *select, uint8_t op)
{
	sl_code_value(code, select->args[0]);
	code->at = select->offset;
	sl_code_emit(code, op, 0, name_constant(code, select->text));
}

static void code_has(struct sl_code *code, const struct sl_expr *of)
{
	if (of->kind == SL_EXPR_SELECT)
		code_select(code, of, SL_OP_HAS_KEY);
	else if (of->kind == SL_EXPR_BOUND)
		sl_code_emit(code, SL_OP_HAS_BOUND, 0, of->slot);
	else
		sl_code_value(code, of); /* of a mistake: no field and no map's member */
}

void sl_code_value(struct sl_code *code, const struct sl_expr *expr)
{
	code->at = expr->offset;
	if (sl_code_test(code, expr, true))
		return;
	if (sl_code_is_constant(expr)) {
		sl_code_emit(code, SL_OP_CONST, 0, sl_pool_value(code->pool, expr));
		return;
	}
	switch (expr->kind) {
	case SL_EXPR_FIELD:
		sl_code_emit(code, SL_OP_SLOT, expr->slot, 0);
		if (code->field_flags)
			code->field_flags[expr->slot] |= SL_FIELD_USED;
		break;
	case SL_EXPR_VARIABLE:
		sl_code_emit(code, SL_OP_VARIABLE, 0, expr->slot);
		break;
	case SL_EXPR_BOUND:
		sl_code_emit(code, SL_OP_BOUND, 0, expr->slot);
		break;
	case SL_EXPR_NAME:
		sl_code_emit(code, SL_OP_TRUE, 0, 0);
		sl_code_emit(code, SL_OP_FAIL, 0, SL_FAULT_UNBOUND);
		break;
	case SL_EXPR_SELECT:
		code_select(code, expr, SL_OP_SELECT);
		break;
	case SL_EXPR_LIST:
		code_list(code, expr);
		break;
	case SL_EXPR_MAP:
		code_map(code, expr);
		break;
	default: /* CALL */
		if (expr->function == SL_FUNCTION_HAS)
			code_has(code, expr->args[0]);
		else if (expr->function >= SL_FUNCTION_ALL && expr->function <= SL_FUNCTION_FILTER)
			sl_code_macro(code, expr);
		else
			sl_code_call(code, expr);
	}
}
