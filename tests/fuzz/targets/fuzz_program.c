/* Programs: the first part of the input chooses one that the reader should let pass, the rest
 * spoils it. Whatever passes runs, over a full and an empty event, in a small room, and must end:
 * with a value whose every part can be read. */
#include "base/program.h"
#include "rules/campaign/set_priv.h"
#include "rules/expression.h"
#include "tests/unit/base/artifact_builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define INSTRUCTIONS_MAX 200u
#define DEPTH_MAX 12u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* An artifact with something of everything that programs name, and room for their code. */
static struct sl_expression base;
static uint32_t n_constants, n_fields, n_tests, n_texts;
static struct sl_instruction tests[64]; /* that suit their slots */
static uint32_t texts[64];              /* constants that are strings */

static const char schema[] = "schema: fuzz\n"
			     "fields:\n"
			     "  id: {type: string, role: id}\n"
			     "  time: {type: time, role: time}\n"
			     "  type: string\n"
			     "  amount: int\n"
			     "  rate: decimal\n"
			     "  overseas: bool\n"
			     "  tags: strings\n";

static const char expression[] =
	"[has(rate), amount != 5, rate >= 0.5, type.endsWith('t'), type == 'a', type in ['a', "
	"'card.payment', ''], amount in [1, 5], rate in [0.5, 2.0],"
	" overseas, 'vip' in tags, type.matches('^c.*t$'), type.matches('a|b'),"
	" time.getHours('America/New_York') == 1, time.getHours('+09:00') == 2,"
	" time == timestamp('2026-01-01T00:00:00Z'), type < 'b',"
	" [1, 2u, 3.5, 'x', b'y', null, true, int, [timestamp('2026-01-01T00:00:00.5Z'), [],"
	" duration('-1.5s')], {'a': 1, 2: 'b', true: {}, 3u: [4]}, '%s %d %.3f %x', ',', '\\u00e9',"
	" 9223372036854775807, -9223372036854775808, 18446744073709551615u, 1e308] == []] == []";

static void init(void)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	static char text[32768];
	struct sl_rules_set set;
	struct sl_expression_question question = {.schema = &set.schema, .dynamic = true};
	struct sl_artifact *artifact;

	strcpy(text, expression);
	for (unsigned i = 0; i < INSTRUCTIONS_MAX; i++) /* the room */
		strcat(text, " || amount > 1");
	question.text = sl_slice_of(text);
	question.dynamic = false;
	if (sl_rules_set_load_text(sl_slice_of(schema), sl_slice_of(""), NULL, diagnostics, &set))
		abort();
	if (sl_expression_compile(&question, diagnostics, &base))
		abort();
	if (sl_artifact_view(base.bytes, base.n_bytes, &artifact, NULL))
		abort();
	n_constants = artifact->n_constants;
	n_fields = artifact->n_fields;
	for (uint32_t i = 0; i < artifact->n_code && n_tests < 64; i++)
		if (artifact->code[i].op >= SL_OP_EQ_STRING && artifact->code[i].op <= SL_OP_HAS)
			tests[n_tests++] = artifact->code[i];
	for (uint32_t i = 0; i < n_constants && n_texts < 64; i++)
		if (artifact->constants[i].type == SL_KIND_STRING)
			texts[n_texts++] = i;
	assert(artifact->n_code >= INSTRUCTIONS_MAX && n_tests > 5 && n_texts > 5 &&
	       artifact->n_patterns == 2 && artifact->n_zones == 2);
	sl_artifact_close(artifact);
	sl_rules_set_fini(&set);
	sl_diagnostics_free(diagnostics);
}

struct maker {
	const uint8_t *at, *end;
	struct sl_instruction *code;
	uint32_t n;
	uint32_t loops;
};

static uint8_t draw(struct maker *maker)
{
	return maker->at < maker->end ? *maker->at++ : 0;
}

static uint32_t emit(struct maker *maker, uint8_t op, uint16_t slot, uint32_t arg)
{
	if (maker->n == INSTRUCTIONS_MAX)
		return INSTRUCTIONS_MAX - 1; /* not a program any more, and refused */
	maker->code[maker->n] = (struct sl_instruction){.op = op, .slot = slot, .arg = arg};
	return maker->n++;
}

static void land(struct maker *maker, uint32_t jump)
{
	maker->code[jump].arg = maker->n;
}

static void make_value(struct maker *maker, unsigned depth);

static void make_leaf(struct maker *maker)
{
	uint8_t what = draw(maker), which = draw(maker);

	switch (what % 6) {
	case 0:
		emit(maker, SL_OP_SLOT, which % n_fields, 0);
		break;
	case 1:
		if (maker->loops) {
			emit(maker, SL_OP_VARIABLE, 0, which % maker->loops);
			break;
		}
		/* fall through */
	case 2:
	case 3:
		emit(maker, SL_OP_CONST, 0, which % n_constants);
		break;
	case 4:
		emit(maker, SL_OP_BOUND, 0, which % 3);
		break;
	default:
		emit(maker, tests[which % n_tests].op, tests[which % n_tests].slot,
		     tests[which % n_tests].arg);
	}
}

static void make_flow(struct maker *maker, unsigned depth)
{
	uint8_t which = draw(maker);
	uint32_t first, second, end;

	switch (which % 4) {
	case 0:
	case 1:
		make_value(maker, depth + 1);
		first = emit(maker, which & 4 ? SL_OP_AND_TEST : SL_OP_OR_TEST, 0, 0);
		make_value(maker, depth + 1);
		emit(maker, which & 4 ? SL_OP_AND_JOIN : SL_OP_OR_JOIN, 0, 0);
		land(maker, first);
		break;
	case 2:
		make_value(maker, depth + 1);
		first = emit(maker, which & 4 ? SL_OP_AND : SL_OP_OR, 0, 0);
		make_value(maker, depth + 1);
		land(maker, first);
		break;
	default:
		make_value(maker, depth + 1);
		first = emit(maker, SL_OP_CHOOSE, 0, 0);
		second = emit(maker, SL_OP_ELSE, 0, 0);
		make_value(maker, depth + 1);
		end = emit(maker, SL_OP_JUMP, 0, 0);
		land(maker, second);
		make_value(maker, depth + 1);
		land(maker, first);
		land(maker, end);
	}
}

static void make_loop(struct maker *maker, unsigned depth)
{
	uint8_t kind = draw(maker);
	uint32_t loop;

	make_value(maker, depth + 1);
	loop = emit(maker, SL_OP_LOOP, kind % SL_LOOPS, 0);
	maker->loops++;
	if (kind % SL_LOOPS == SL_LOOP_MAP && kind & 0x80) {
		make_value(maker, depth + 1);
		emit(maker, SL_OP_SKIP, 0, 0);
	}
	make_value(maker, depth + 1);
	emit(maker, SL_OP_NEXT, 0, 0);
	maker->loops--;
	land(maker, loop);
}

static void make_many(struct maker *maker, unsigned depth)
{
	uint8_t what = draw(maker), count = 1 + draw(maker) % 4, which = draw(maker);

	for (unsigned i = 0; i < count; i++)
		make_value(maker, depth + 1);
	if (what % 3 == 0)
		emit(maker, SL_OP_MAKE_LIST, 0, count);
	else if (what % 3 == 1 && count % 2 == 0)
		emit(maker, SL_OP_MAKE_MAP, 0, count / 2);
	else
		emit(maker, SL_OP_CALL, (uint16_t)(1 + which % (SL_FUNCTION_COUNT - 1)), count);
}

static void make_value(struct maker *maker, unsigned depth)
{
	uint8_t what = draw(maker), which;

	if (depth > DEPTH_MAX || maker->n + 8 > INSTRUCTIONS_MAX || what % 8 < 2) {
		make_leaf(maker);
		return;
	}
	switch (what % 8) {
	case 2:
		make_flow(maker, depth);
		break;
	case 3:
		make_loop(maker, depth);
		break;
	case 4:
		which = draw(maker);
		make_value(maker, depth + 1);
		if (which % 4 == 0)
			emit(maker, SL_OP_MATCH, 0, which / 4 % 2);
		else if (which % 4 == 1)
			emit(maker, SL_OP_ZONED,
			     (uint16_t)(SL_FUNCTION_GET_FULL_YEAR + which / 4 % 10),
			     which / 64 % 2);
		else
			emit(maker, which % 4 == 2 ? SL_OP_NEGATE : SL_OP_NOT, 0, 0);
		break;
	case 5:
		which = draw(maker);
		make_value(maker, depth + 1);
		emit(maker, which % 2 ? SL_OP_SELECT : SL_OP_HAS_KEY, 0, texts[which % n_texts]);
		break;
	case 6:
		which = draw(maker);
		make_value(maker, depth + 1);
		make_value(maker, depth + 1);
		emit(maker, SL_OP_EQ + which % (SL_OP_MODULO - SL_OP_EQ + 1), 0, 0);
		break;
	default:
		make_many(maker, depth);
	}
}

/* ---- running ----------------------------------------------------------------------------- */

static uint64_t read_value(const struct sl_artifact *artifact, const struct sl_any *value,
			   unsigned depth)
{
	uint64_t sum = value->kind;

	if (value->kind == SL_KIND_STRING || value->kind == SL_KIND_BYTES)
		for (uint32_t i = 0; i < value->count; i++)
			sum += (uint8_t)value->text[i];
	if (depth < 3 && (value->kind == SL_KIND_LIST || value->kind == SL_KIND_MAP)) {
		uint32_t n = value->count << (value->kind == SL_KIND_MAP);

		for (uint32_t i = 0; i < n && i < 100; i++) {
			struct sl_any member = sl_any_member(artifact, value, i);

			sum += read_value(artifact, &member, depth + 1);
		}
	}
	assert(value->kind > SL_KIND_NONE && value->kind < SL_KINDS && value->kind != SL_KIND_TIME);
	return sum;
}

static void fill(const struct sl_artifact *artifact, struct sl_value *slots)
{
	static const struct sl_text items[] = {{"vip", 3}, {"\xc3\xa9", 2}, {"", 0}};

	for (uint32_t i = 0; i < artifact->n_fields; i++) {
		slots[i] = (struct sl_value){.integer = 1, .kind = artifact->fields[i].type};
		if (slots[i].kind == SL_TYPE_STRING) {
			slots[i].text = "card.payment";
			slots[i].count = 12;
		} else if (slots[i].kind == SL_TYPE_STRINGS) {
			slots[i].list = items;
			slots[i].count = 3;
		} else if (slots[i].kind == SL_TYPE_DECIMAL) {
			slots[i].decimal = 0.5;
		}
	}
}

static void run(const struct sl_artifact *artifact)
{
	static const struct sl_any bound[] = {
		{.kind = SL_KIND_INT, .integer = -1},
		{.kind = SL_KIND_STRING, .count = 5, .text = "a,b,c"},
	};
	static volatile uint64_t sink;
	struct sl_value slots[SL_FIELDS_MAX];
	struct sl_event event = {.slots = slots};
	struct sl_program_room *room;
	uint32_t n = artifact->triggers[0].code_count;

	if (sl_program_room_new(2048, 3000, &room))
		abort();
	fill(artifact, slots);
	for (unsigned i = 0; i < 2; i++) {
		struct sl_any value;
		enum sl_truth truth;

		event.n_slots = i ? (uint16_t)artifact->n_fields : 0;
		sl_program_evaluate(artifact, artifact->code, n, &event, bound, 2, room, &value);
		sink += read_value(artifact, &value, 0);
		/* nothing bound: only a condition without a name has to come out the same */
		truth = sl_program_run(artifact, artifact->code, n, &event, room);
		sink += truth;
	}
	sl_program_room_free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_instruction *code;
	struct sl_trigger *trigger;
	struct sl_artifact *artifact;
	struct maker maker;
	char why[SL_SENTENCE_BYTES];
	size_t spoil = n > 2 ? bytes[0] % 4 : 0;
	void *file;

	if (!base.bytes)
		init();
	if (n < 8 || posix_memalign(&file, SL_FILE_ALIGN, base.n_bytes))
		return 0;
	memcpy(file, base.bytes, base.n_bytes);
	code = sl_built_section(file, SL_SECTION_CODE);
	trigger = sl_built_section(file, SL_SECTION_TRIGGERS);
	maker = (struct maker){.at = bytes + 1, .end = bytes + n - spoil * 2, .code = code};
	make_value(&maker, 0);
	trigger->code_count = maker.n;
	for (size_t i = 0; i < spoil; i++) { /* a byte of the program becomes another */
		const uint8_t *pair = bytes + n - 2 * (i + 1);

		((uint8_t *)code)[pair[0] % (maker.n * sizeof(*code))] = pair[1];
	}
	sl_built_seal(file, base.n_bytes);
	if (sl_artifact_view(file, base.n_bytes, &artifact, why) == 0) {
		run(artifact);
		sl_artifact_close(artifact);
	}
	free(file);
	return 0;
}
