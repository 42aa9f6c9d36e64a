/* Values: events and bindings, full of what is special. */
#include "tests/oracle/draw_cel_priv.h"

#include <math.h>
#include <string.h>

const struct sl_draw_cel_field sl_draw_cel_fields[SL_DRAW_CEL_FIELDS] = {
	{"customer", SL_TYPE_STRING}, {"type", SL_TYPE_STRING},    {"device.os", SL_TYPE_STRING},
	{"amount", SL_TYPE_INT},      {"device.ver", SL_TYPE_INT}, {"rate", SL_TYPE_DECIMAL},
	{"overseas", SL_TYPE_BOOL},   {"time", SL_TYPE_TIME},      {"tags", SL_TYPE_STRINGS},
};

/* Room of one case, used up from the front. */
static char texts[1 << 16];
static size_t n_texts;
static struct sl_eval_any items[512];
static size_t n_items;
static struct sl_eval_text lists[64];

const int64_t sl_draw_integers[] = {0,
				    1,
				    2,
				    3,
				    -1,
				    -7,
				    10,
				    100,
				    500000,
				    INT64_MAX,
				    INT64_MIN,
				    2147483647,
				    -86400,
				    60,
				    5,
				    INT64_MAX - 1,
				    INT64_MIN + 1,
				    4611686018427387904,
				    9007199254740993};
const double sl_draw_doubles[] = {0.0,
				  1.0,
				  0.5,
				  -1.5,
				  2.0,
				  1e300,
				  -1e-300,
				  -0.0,
				  100.0,
				  1e21,
				  1e-7,
				  0.1,
				  3.25,
				  9223372036854775808.0,
				  1.7976931348623157e308,
				  5e-324,
				  123456.789,
				  1e6};
const uint64_t sl_draw_naturals[] = {0, 1, 2, 3, 7, 100, UINT64_MAX, INT64_MAX, 1ull << 63, 60};

static const char *const letters[] = {
	"a",  "b",    "A",    "1",    "0",    "한",   "글", " ",        ",", "é", "😀", "-", "\\",
	"\"", "\x01", "\x02", "\x03", "\x04", "\x05", "\n", "\xc2\xa0", ".", "%", "s", "\t"};

uint32_t sl_draw_n_integers(void)
{
	return sizeof(sl_draw_integers) / sizeof(sl_draw_integers[0]);
}

static int64_t draw_integer(struct sl_choices *choices)
{
	if (sl_choose_rarely(choices, 4))
		return (int64_t)sl_choose(choices, 2000) - 1000;
	return sl_draw_integers[sl_choose(choices, sl_draw_n_integers())];
}

static double draw_double(struct sl_choices *choices, bool finite)
{
	static const double endless[] = {INFINITY, -INFINITY, NAN};

	if (!finite && sl_choose_rarely(choices, 6))
		return endless[sl_choose(choices, 3)];
	return sl_draw_doubles[sl_choose(choices,
					 sizeof(sl_draw_doubles) / sizeof(sl_draw_doubles[0]))];
}

/* The newest text again and again, until it is huge. */
static void repeat(struct sl_slice *text)
{
	uint32_t once = text->bytes;

	while (once && text->bytes < 20000 && n_texts + once < sizeof(texts)) {
		memcpy(texts + n_texts, text->at, once);
		n_texts += once;
		text->bytes += once;
	}
}

/* Few letters, so that texts do contain each other; seldom many. */
struct sl_slice sl_draw_text(struct sl_choices *choices)
{
	static const char *const words[] = {
		"",    "a",    "card.payment",         "vip", "한글",   "12", "-7",
		"1.5", "true", "2026-01-01T00:00:00Z", "90s", "a,b,,c", "NaN"};
	struct sl_slice text = {texts + n_texts, 0};
	uint32_t n, plain = sl_choose(choices, 3);

	if (plain == 0)
		return sl_slice_of(words[sl_choose(choices, sizeof(words) / sizeof(words[0]))]);
	n = sl_choose_rarely(choices, 30) ? sl_choose(choices, 400) : sl_choose(choices, 7);
	for (uint32_t i = 0; i < n && n_texts + 8 < sizeof(texts); i++) {
		uint32_t some =
			sl_choose_rarely(choices, 3) ? sizeof(letters) / sizeof(letters[0]) : 6;
		const char *letter = letters[sl_choose(choices, some)];
		size_t bytes = strlen(letter);

		memcpy(texts + n_texts, letter, bytes);
		n_texts += bytes;
		text.bytes += (uint32_t)bytes;
	}
	if (sl_choose_rarely(choices, 60))
		repeat(&text);
	return text;
}

static int64_t draw_time_ns(struct sl_choices *choices)
{
	static const int64_t seconds[] = {1767225600, 0,          -1,         1774746000,
					  1774745999, 1792890000, 4102444800, -8000000000,
					  9000000000, 951782400};

	return seconds[sl_choose(choices, 10)] * 1000000000 + sl_choose(choices, 3) * 250000000;
}

static void fill_field(struct sl_choices *choices, struct sl_eval_value *value)
{
	struct sl_slice text;

	switch (value->type) {
	case SL_TYPE_STRING:
		text = sl_draw_text(choices);
		value->text = (struct sl_eval_text){text.at, text.bytes};
		break;
	case SL_TYPE_INT:
		value->integer = draw_integer(choices);
		break;
	case SL_TYPE_DECIMAL:
		value->decimal = draw_double(choices, true);
		break;
	case SL_TYPE_BOOL:
		value->integer = sl_choose(choices, 2);
		break;
	case SL_TYPE_TIME:
		value->integer = draw_time_ns(choices);
		break;
	default:
		value->list = lists;
		value->count = sl_choose(choices, sl_choose_rarely(choices, 20) ? 40 : 5);
		for (uint32_t i = 0; i < value->count; i++) {
			text = sl_draw_text(choices);
			lists[i] = (struct sl_eval_text){text.at, text.bytes};
		}
	}
}

void sl_draw_cel_begin(void)
{
	n_texts = n_items = 0;
}

uint16_t sl_draw_cel_event(struct sl_choices *choices, struct sl_eval_value *ret_values)
{
	uint16_t n = 0;

	sl_draw_cel_begin();
	for (unsigned i = 0; i < SL_DRAW_CEL_FIELDS; i++) {
		if (sl_choose_rarely(choices, 8))
			continue;
		ret_values[n] = (struct sl_eval_value){.path = sl_draw_cel_fields[i].path,
						       .type = sl_draw_cel_fields[i].type};
		fill_field(choices, &ret_values[n++]);
	}
	return n;
}

/* ---- bindings ------------------------------------------------------------------------------ */

static struct sl_eval_any *take_items(uint32_t n)
{
	n_items += n;
	return &items[n_items - n];
}

static struct sl_eval_any draw_list(struct sl_choices *choices, enum sl_draw_type of)
{
	uint32_t n = sl_choose(choices, 5);
	struct sl_eval_any *list = take_items(n);

	for (uint32_t i = 0; i < n; i++)
		list[i] = of == SL_DRAW_STRING ? sl_eval_string(sl_draw_text(choices))
					       : sl_eval_int(draw_integer(choices));
	if (n == 0) { /* a list of nothing has no type to be checked by */
		list = take_items(n = 1);
		list[0] = of == SL_DRAW_STRING ? sl_eval_string(sl_slice_of("")) : sl_eval_int(0);
	}
	return (struct sl_eval_any){.kind = SL_KIND_LIST, .count = n, .items = list};
}

static struct sl_eval_any draw_map(struct sl_choices *choices)
{
	static const char *const keys[] = {"a", "b", "한", "", "vip"};
	uint32_t n = 1 + sl_choose(choices, 5);
	struct sl_eval_any *list = take_items(2 * n);

	for (uint32_t i = 0; i < n; i++) {
		list[2 * i] = sl_eval_string(sl_slice_of(keys[i]));
		list[2 * i + 1] = sl_eval_int(draw_integer(choices));
	}
	return (struct sl_eval_any){.kind = SL_KIND_MAP, .count = n, .items = list};
}

static struct sl_eval_any draw_time(struct sl_choices *choices)
{
	static const int64_t seconds[] = {
		1767225600, SL_TIMESTAMP_SECONDS_MIN, SL_TIMESTAMP_SECONDS_MAX, -1, 0, 1774746000};

	return (struct sl_eval_any){.kind = SL_KIND_TIMESTAMP,
				    .integer = seconds[sl_choose(choices, 6)],
				    .nanos = (int32_t)(sl_choose(choices, 4) * 333333333)};
}

static struct sl_eval_any draw_duration(struct sl_choices *choices)
{
	static const int64_t seconds[] = {60, 0, 5400, SL_DURATION_SECONDS_MAX, 86400};
	int sign = sl_choose_rarely(choices, 3) ? -1 : 1;

	return (struct sl_eval_any){.kind = SL_KIND_DURATION,
				    .integer = sign * seconds[sl_choose(choices, 5)],
				    .nanos = sign * (int32_t)(sl_choose(choices, 4) * 250000001)};
}

static struct sl_eval_any draw_bytes(struct sl_choices *choices)
{
	static const char *const some[] = {"",     "a", "\xff", "\xed\x95\x9c", "\xed\xa0\x80",
					   "a\xc2"};

	return (struct sl_eval_any){.kind = SL_KIND_BYTES,
				    .text = sl_slice_of(some[sl_choose(choices, 6)])};
}

static struct sl_eval_any draw_bound(struct sl_choices *choices, enum sl_draw_type type)
{
	switch (type) {
	case SL_DRAW_BOOL:
		return sl_eval_bool(sl_choose(choices, 2));
	case SL_DRAW_INT:
		return sl_eval_int(draw_integer(choices));
	case SL_DRAW_STRING:
		return sl_eval_string(sl_draw_text(choices));
	case SL_DRAW_DOUBLE:
		return sl_eval_double(draw_double(choices, false));
	case SL_DRAW_UINT:
		return sl_eval_uint(sl_draw_naturals[sl_choose(choices, 10)]);
	case SL_DRAW_STRINGS:
		return draw_list(choices, SL_DRAW_STRING);
	case SL_DRAW_INTS:
		return draw_list(choices, SL_DRAW_INT);
	case SL_DRAW_MAP:
		return draw_map(choices);
	case SL_DRAW_BYTES:
		return draw_bytes(choices);
	case SL_DRAW_TIME:
		return draw_time(choices);
	default:
		return draw_duration(choices);
	}
}

void sl_draw_cel_bindings(struct sl_choices *choices,
			  struct sl_eval_binding ret_bindings[SL_DRAW_CEL_BINDINGS])
{
	for (unsigned i = 0; i < SL_DRAW_TYPES; i++) {
		ret_bindings[i].name = sl_slice_of(sl_draw_names[i]);
		ret_bindings[i].value = draw_bound(choices, (enum sl_draw_type)i);
	}
	/* one whose type is known when it runs only */
	ret_bindings[SL_DRAW_TYPES].name = sl_slice_of("any");
	ret_bindings[SL_DRAW_TYPES].value =
		draw_bound(choices, (enum sl_draw_type)sl_choose(choices, SL_DRAW_TYPES));
}
