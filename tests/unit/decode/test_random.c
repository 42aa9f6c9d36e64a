/* Texts made at random. A sound one comes back as it was made; a damaged one is judged as the plain
 * reader judges it. The seed is printed by a failure: every number follows from it. */
#include "fixture.h"
#include "plain_json.h"

#define ROUNDS 20000u

struct maker {
	uint64_t seed;
	char text[8192];
	size_t bytes;
	/* what the event must be */
	int64_t amount;
	double balance;
	char type[256];
	size_t type_bytes;
	char segments[4][256];
	size_t segment_bytes[4];
	unsigned n_segments;
};

static unsigned pick(struct maker *m, unsigned below)
{
	m->seed = m->seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(m->seed >> 33) % below;
}

static void put(struct maker *m, const char *text)
{
	m->bytes += (size_t)sprintf(m->text + m->bytes, "%s", text);
}

static void put_space(struct maker *m)
{
	for (unsigned n = pick(m, 8) ? 0 : pick(m, 70); n > 0; n--)
		m->text[m->bytes++] = " \t\r\n"[pick(m, 4)];
}

/* A string of at most 60 bytes as written in one of many ways; what it means goes to ret. */
static size_t put_string(struct maker *m, char *ret)
{
	static const char *const both[][2] = {
		{"a", "a"},
		{"\\u0061", "a"},
		{"\\n", "\n"},
		{"\\\\", "\\"},
		{"\\\"", "\""},
		{"/", "/"},
		{"\\/", "/"},
		{"\xEA\xB0\x80", "\xEA\xB0\x80"},
		{"\\uAC00", "\xEA\xB0\x80"},
		{"\\uD83d\\uDe00", "\xF0\x9F\x98\x80"},
		{"{", "{"},
		{"]", "]"},
		{",", ","},
		{" ", " "},
		{"\\b\\f\\r\\t", "\b\f\r\t"},
		{"\\u00e9", "\xC3\xA9"},
	};
	size_t n = 0;

	put(m, "\"");
	while (n < 56 && pick(m, 12)) {
		unsigned i = pick(m, sizeof(both) / sizeof(both[0]));

		if (pick(m, 2) == 0)
			i = 0;
		put(m, both[i][0]);
		n += (size_t)sprintf(ret + n, "%s", both[i][1]);
	}
	put(m, "\"");
	return n;
}

static void put_any(struct maker *m, unsigned depth)
{
	static const char *const plain[] = {
		"0", "-1.5e-7", "true", "false", "null", "1e400", "123456789012345678901234567890"};
	unsigned kind = depth == 0 ? 2 + pick(m, 2) : pick(m, 4);
	char ignored[256];

	put_space(m);
	if (kind == 3) {
		put_string(m, ignored);
	} else if (kind == 2) {
		put(m, plain[pick(m, sizeof(plain) / sizeof(plain[0]))]);
	} else {
		put(m, kind ? "{" : "[");
		for (unsigned n = pick(m, 4), i = 0; i < n; i++) {
			put(m, i ? "," : "");
			put_space(m);
			if (kind) {
				put_string(m, ignored);
				put_space(m);
				put(m, ":");
			}
			put_any(m, depth - 1);
		}
		put_space(m);
		put(m, kind ? "}" : "]");
	}
	put_space(m);
}

static void put_segments(struct maker *m)
{
	put(m, "[");
	m->n_segments = pick(m, 5);
	for (unsigned i = 0; i < m->n_segments; i++) {
		put(m, i ? "," : "");
		put_space(m);
		m->segment_bytes[i] = put_string(m, m->segments[i]);
		put_space(m);
	}
	put(m, "]");
}

/* The members in an order of their own, with unknown ones between. */
static void make_event(struct maker *m)
{
	unsigned order[] = {0, 1, 2, 3, 4, 5};
	char number[40];

	m->bytes = 0;
	for (unsigned i = 5; i > 0; i--) {
		unsigned j = pick(m, i + 1), other = order[i];

		order[i] = order[j];
		order[j] = other;
	}
	m->amount = (int64_t)(m->seed ^ m->seed << 29) >> pick(m, 64);
	m->balance = (double)m->amount / (1 + pick(m, 1000));
	put_space(m);
	put(m, "{");
	for (unsigned i = 0; i < 6; i++) {
		static const char *const names[] = {
			"\"id\":",   "\"customer\" :", "\"amount\":", "\"\\u0062alance\": ",
			"\"type\":", "\"segments\":"};

		put(m, i ? "," : "");
		put_space(m);
		if (pick(m, 2) == 0) {
			put(m, "\"unknown\":");
			put_any(m, 3);
			put(m, ",");
		}
		put(m, names[order[i]]);
		put_space(m);
		switch (order[i]) {
		case 2:
			snprintf(number, sizeof(number), "%lld", (long long)m->amount);
			put(m, number);
			break;
		case 3:
			snprintf(number, sizeof(number), "%.17g", m->balance);
			put(m, number);
			break;
		case 4:
			m->type_bytes = put_string(m, m->type);
			break;
		case 5:
			put_segments(m);
			break;
		default:
			put(m, "\"x\"");
		}
		put_space(m);
	}
	put(m, "}");
	put_space(m);
}

static void sound_events_come_back(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct fixture *f = fixture_bank();

	(void)state;
	assert_non_null(m);
	for (unsigned round = 0; round < ROUNDS; round++) {
		m->seed = round;
		make_event(m);
		if (m->bytes > EVENT_BYTES)
			continue;
		if (decode_bytes(f, m->text, m->bytes) != SL_WHY_NONE)
			fail_msg("seed %u: %s: %.*s", round, f->fault.detail, (int)m->bytes,
				 m->text);
		assert_true(plain_json_is_sound(m->text, m->bytes, DEPTH));
		assert_true(f->slots[5].integer == m->amount);
		assert_true(f->slots[6].decimal == m->balance);
		assert_int_equal(f->event.type.bytes, m->type_bytes);
		assert_memory_equal(f->event.type.at, m->type, m->type_bytes);
		assert_int_equal(f->slots[8].count, m->n_segments);
		for (unsigned i = 0; i < m->n_segments; i++) {
			assert_int_equal(f->slots[8].list[i].bytes, m->segment_bytes[i]);
			assert_memory_equal(f->slots[8].list[i].at, m->segments[i],
					    m->segment_bytes[i]);
		}
	}
	fixture_free(f);
	free(m);
}

static void damage(struct maker *m)
{
	static const char bytes[] = "{}[]:,\"\\ \n\t\r0-+.eEtfnu\x1f\x80\xff\xc3\xed\xf0";

	for (unsigned n = 1 + pick(m, 3); n > 0 && m->bytes > 0; n--) {
		size_t at = pick(m, (unsigned)m->bytes);

		switch (pick(m, 4)) {
		case 0: /* one away */
			memmove(m->text + at, m->text + at + 1, m->bytes - at - 1);
			m->bytes--;
			break;
		case 1: /* one more */
			memmove(m->text + at + 1, m->text + at, m->bytes - at);
			m->bytes++;
			m->text[at] = bytes[pick(m, sizeof(bytes) - 1)];
			break;
		case 2: /* another one */
			m->text[at] = bytes[pick(m, sizeof(bytes) - 1)];
			break;
		default: /* cut */
			if (pick(m, 4) == 0)
				m->bytes = at;
		}
	}
}

static void damaged_ones_are_judged_alike(void **state)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct fixture *with = fixture_bank();
	struct fixture *without = fixture_no_schema();
	unsigned n_sound = 0;

	(void)state;
	assert_non_null(m);
	for (unsigned round = 0; round < ROUNDS; round++) {
		enum sl_reason why, why_without;
		bool is_sound;

		m->seed = round;
		make_event(m);
		damage(m);
		if (m->bytes > EVENT_BYTES)
			continue;
		is_sound = plain_json_is_sound(m->text, m->bytes, DEPTH);
		why = decode_bytes(with, m->text, m->bytes);
		why_without = decode_bytes(without, m->text, m->bytes);
		if ((sl_reason_info(why)->kind == SL_REASON_MALFORMED) == is_sound ||
		    (sl_reason_info(why_without)->kind == SL_REASON_MALFORMED) == is_sound)
			fail_msg("seed %u: %s, %s: %.*s", round, sl_reason_info(why)->name,
				 sl_reason_info(why_without)->name, (int)m->bytes, m->text);
		n_sound += is_sound;
	}
	/* neither side may be empty, or nothing was compared */
	assert_in_range(n_sound, ROUNDS / 20, ROUNDS - ROUNDS / 20);
	fixture_free(with);
	fixture_free(without);
	free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_events_come_back),
		cmocka_unit_test(damaged_ones_are_judged_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
