/* The decoder guesses which member comes next; no guess may show in what it hands out. */
#include "fixture.h"

#include "decode/decode_priv.h"

/* Names around every length that is looked at in another way, some the beginnings of others, and
 * the same ones in an object and outside. */
static const char *const names[] = {
	"a",
	"ab",
	"amount",
	"amounts",
	"amount-of",
	"twelve-bytes",
	"thirteen-byte",
	"thirteen-bytf",
	"fourteen-bytes",
	"fourteen-bytet",
	"fifteen-of-byte",
	"fifteen-of-bytf",
	"sixteen-of-bytes",
	"sixteen-of-bytet",
	"seventeen-of-byte",
	"a-name-of-very-many-bytes-that-differs-here-x",
	"a-name-of-very-many-bytes-that-differs-here-y",
	"\xEA\xB0\x80",
};
#define N_NAMES (sizeof(names) / sizeof(names[0]))

static uint64_t draw_state;

static unsigned draw(unsigned n)
{
	draw_state = draw_state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(draw_state >> 33) % n;
}

static struct fixture *schema_of_names(void)
{
	struct fixture *f = fixture_new();
	char path[128];

	for (unsigned i = 0; i < N_NAMES; i++)
		fixture_field(f, names[i], SL_TYPE_INT, SL_ROLE_NONE, 0);
	for (unsigned i = 0; i < N_NAMES; i++) {
		snprintf(path, sizeof(path), "o.%s", names[i]);
		fixture_field(f, path, SL_TYPE_INT, SL_ROLE_NONE, 0);
	}
	fixture_ready(f);
	return f;
}

static size_t put_space(char *at)
{
	static const char *const spaces[] = {"", "", "", "", "", "", " ", "\n\t "};

	return (size_t)sprintf(at, "%s", spaces[draw(8)]);
}

static size_t put_name(char *at, const char *name)
{
	if (draw(20) == 0 && (uint8_t)*name < 0x80)
		return (size_t)sprintf(at, "\"\\u%04x%s\"", (unsigned)*name, name + 1);
	return (size_t)sprintf(at, "\"%s\"", name);
}

/* The members in some order, most of them there; what the slots must hold goes into expected. */
static size_t put_members(char *at, unsigned slot_first, int64_t *expected, bool shuffled)
{
	unsigned order[N_NAMES];
	size_t used = 0;

	for (unsigned i = 0; i < N_NAMES; i++)
		order[i] = i;
	for (unsigned i = N_NAMES - 1; shuffled && i > 0; i--) {
		unsigned j = draw(i + 1), was = order[i];

		order[i] = order[j];
		order[j] = was;
	}
	for (unsigned i = 0; i < N_NAMES; i++) {
		int64_t *value = &expected[slot_first + order[i]];

		*value = 0;
		if (draw(8) == 0)
			continue;
		*value = 1 + draw(1000000);
		used += put_space(at + used);
		used += put_name(at + used, names[order[i]]);
		used += put_space(at + used);
		used += (size_t)sprintf(at + used, ":%s%lld,", draw(8) ? "" : " ",
					(long long)*value);
		if (draw(10) == 0)
			used += (size_t)sprintf(at + used, "\"%s?\":[{\"a\":1}],", names[order[i]]);
	}
	return used;
}

static void any_order(void **state)
{
	struct fixture *f = schema_of_names();
	int64_t expected[2 * N_NAMES];

	(void)state;
	draw_state = 11;
	for (unsigned i = 0; i < 4000; i++) {
		bool shuffled = draw(3) == 0;
		size_t used = 1;
		char text[8192] = "{";

		used += put_members(text + used, 0, expected, shuffled);
		used += (size_t)sprintf(text + used, "\"o\":{");
		used += put_members(text + used, N_NAMES, expected, shuffled);
		sprintf(text + used, "\"z\":0},\"z\":0}");
		assert_accepted(f, text);
		for (unsigned slot = 0; slot < 2 * N_NAMES; slot++) {
			assert_int_equal(f->slots[slot].kind, expected[slot] ? SL_TYPE_INT : 0);
			if (expected[slot])
				assert_int_equal(f->slots[slot].integer, expected[slot]);
		}
	}
	fixture_free(f);
}

/* What one plan taught is nothing to the next, also where that lies at the same address. */
static void another_plan(void **state)
{
	static const char *const paths[] = {"a", "b", "c.a", "c.b", "d.a"};
	struct sl_decoder *decoder = NULL;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		struct fixture *f = fixture_new();

		for (unsigned j = 0; j < 5; j++)
			fixture_field(f, paths[(i + j) % 5], SL_TYPE_INT, SL_ROLE_NONE, 0);
		fixture_ready(f);
		if (decoder) {
			sl_decoder_free(f->decoder);
			f->decoder = decoder;
		}
		for (unsigned times = 0; times < 2; times++) {
			assert_accepted(f, "{\"a\":0,\"b\":1,\"c\":{\"a\":2,\"b\":3},\"d\":"
					   "{\"a\":4}}");
			for (unsigned j = 0; j < 5; j++)
				assert_int_equal(f->slots[j].integer, (i + j) % 5);
		}
		decoder = f->decoder;
		f->decoder = NULL;
		fixture_free(f);
	}
	sl_decoder_free(decoder);
}

/* Names that no text spells as they are. */
static void names_to_be_escaped(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_field(f, "q\"", SL_TYPE_INT, SL_ROLE_NONE, 0);
	fixture_field(f, "b\\", SL_TYPE_INT, SL_ROLE_NONE, 0);
	fixture_field(f, "t\t", SL_TYPE_INT, SL_ROLE_NONE, 0);
	fixture_field(f, "q", SL_TYPE_INT, SL_ROLE_NONE, 0);
	fixture_ready(f);
	for (unsigned i = 0; i < 3; i++) {
		assert_accepted(f, "{\"q\\\"\":1,\"b\\\\\":2,\"t\\t\":3,\"q\":4}");
		for (int slot = 0; slot < 4; slot++)
			assert_int_equal(f->slots[slot].integer, slot + 1);
		assert_refused(f, "{\"q\"\":1}", SL_WHY_JSON_MALFORMED);
		assert_refused(f, "{\"b\\\":1}", SL_WHY_JSON_MALFORMED);
		assert_refused(f, "{\"q\"\":1,\"5}", SL_WHY_JSON_MALFORMED);
		assert_refused(f, "{\"q\" 1}", SL_WHY_JSON_MALFORMED);
		assert_refused(f, "{\"q\"}", SL_WHY_JSON_MALFORMED);
		assert_refused(f, "{\"q}", SL_WHY_JSON_MALFORMED);
		assert_refused(f, "{q\":1}", SL_WHY_JSON_MALFORMED);
	}
	fixture_free(f);
}

/* A member that was there in an earlier event is no duplicate, however many events there were. */
static void turns_wrap(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, "{\"id\":\"a\",\"customer\":\"b\"}");
	f->decoder->turn = UINT32_MAX - 2;
	for (unsigned i = 0; i < 6; i++) {
		assert_accepted(f, "{\"id\":\"a\",\"customer\":\"b\",\"amount\":1}");
		assert_refused(f, "{\"id\":\"a\",\"customer\":\"b\",\"id\":\"a\"}",
			       SL_WHY_FIELD_DUPLICATE);
	}
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
		cmocka_unit_test(another_plan),
		cmocka_unit_test(names_to_be_escaped),
		cmocka_unit_test(turns_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
