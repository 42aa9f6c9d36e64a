/* format(): a text with %s %d %f %e %b %o %x %X in it, and a list of what they stand for. */
#include "program_priv.h"

#define PRECISION_DEFAULT 6u
#define PRECISION_DIGITS_MAX 3u

struct clause {
	char verb;
	unsigned precision;
};

static bool print_any(struct sl_out *out, const struct sl_any *value, uint32_t depth);

static void put_word(struct sl_out *out, const char *word)
{
	sl_out_put(out, word, strlen(word));
}

static void put_uint(struct sl_out *out, uint64_t value, unsigned base, bool upper)
{
	char room[64];
	char *at = sl_print_digits(value, base, upper, room);

	sl_out_put(out, at, (uint64_t)(room + sizeof(room) - at));
}

static void put_double(struct sl_out *out, double value, enum sl_double_style style,
		       unsigned precision)
{
	char text[SL_DOUBLE_TEXT_MAX];

	if (sl_run_step(out->run, 40)) /* dear */
		sl_out_put(out, text, sl_double_print(value, style, precision, text));
}

static bool print_list(struct sl_out *out, const struct sl_any *list, uint32_t depth)
{
	put_word(out, "[");
	for (uint32_t i = 0; i < list->count && !out->run->over; i++) {
		struct sl_any item = sl_any_member(out->run->artifact, list, i);

		if (i)
			put_word(out, ", ");
		if (!print_any(out, &item, depth + 1))
			return false;
	}
	put_word(out, "]");
	return true;
}

/* ---- maps: by their keys as they are printed --------------------------------------------- */

struct printed_key {
	char digits[64];
	const char *at;
	uint32_t bytes;
};

static void print_key(const struct sl_any *key, struct printed_key *ret_key)
{
	if (key->kind == SL_KIND_STRING) {
		ret_key->at = key->text;
		ret_key->bytes = key->count;
	} else if (key->kind == SL_KIND_BOOL) {
		ret_key->at = key->integer ? "true" : "false";
		ret_key->bytes = key->integer ? 4 : 5;
	} else {
		bool negative = key->kind == SL_KIND_INT && key->integer < 0;
		char *at = sl_print_digits(negative ? 0 - key->natural : key->natural, 10, false,
					   ret_key->digits);

		if (negative)
			*--at = '-';
		ret_key->at = at;
		ret_key->bytes = (uint32_t)(ret_key->digits + sizeof(ret_key->digits) - at);
	}
}

/* Whether entry i stands before j. */
static bool stands_before(const struct sl_artifact *artifact, const struct sl_any *map, uint32_t i,
			  uint32_t j)
{
	struct sl_any a = sl_any_member(artifact, map, 2 * i),
		      b = sl_any_member(artifact, map, 2 * j);
	struct printed_key x, y;
	int order;

	print_key(&a, &x);
	print_key(&b, &y);
	order = sl_compare_texts(x.at, x.bytes, y.at, y.bytes);
	return order < 0 || (order == 0 && i < j);
}

/* The entry that stands next behind `last`, or first of all. */
static uint32_t next_entry(const struct sl_artifact *artifact, const struct sl_any *map,
			   bool is_first, uint32_t last)
{
	uint32_t next = UINT32_MAX;

	for (uint32_t i = 0; i < map->count; i++) {
		if (!is_first && !stands_before(artifact, map, last, i))
			continue;
		if (next == UINT32_MAX || stands_before(artifact, map, i, next))
			next = i;
	}
	return next;
}

/* Room for sorting there is none while a text is under way. */
static bool print_map(struct sl_out *out, const struct sl_any *map, uint32_t depth)
{
	const struct sl_artifact *artifact = out->run->artifact;
	uint32_t last = 0;

	put_word(out, "{");
	for (uint32_t i = 0; i < map->count && sl_run_step(out->run, 4ull * map->count); i++) {
		struct sl_any value, key;
		struct printed_key printed;

		last = next_entry(artifact, map, i == 0, last);
		key = sl_any_member(artifact, map, 2 * last);
		value = sl_any_member(artifact, map, 2 * last + 1);
		print_key(&key, &printed);
		if (i)
			put_word(out, ", ");
		sl_out_put(out, printed.at, printed.bytes);
		put_word(out, ": ");
		if (!print_any(out, &value, depth + 1))
			return false;
	}
	put_word(out, "}");
	return true;
}

/* ---- verbs: false where they do not take the value --------------------------------------- */

/* Bytes that are no text cannot be printed as one: false too. */
static bool print_any(struct sl_out *out, const struct sl_any *value, uint32_t depth)
{
	if (depth > SL_ANY_DEPTH_MAX || !sl_run_step(out->run, 1)) {
		out->run->over = true;
		return false;
	}
	switch (value->kind) {
	case SL_KIND_BYTES:
		if (!sl_utf8_is_valid(value->text, value->count))
			return false;
		sl_out_put(out, value->text, value->count);
		break;
	case SL_KIND_STRING:
		sl_out_put(out, value->text, value->count);
		break;
	case SL_KIND_BOOL:
		put_word(out, value->integer ? "true" : "false");
		break;
	case SL_KIND_NULL:
		put_word(out, "null");
		break;
	case SL_KIND_INT:
		sl_print_int(out, value->integer, 10, false);
		break;
	case SL_KIND_UINT:
		put_uint(out, value->natural, 10, false);
		break;
	case SL_KIND_DOUBLE:
		put_double(out, value->decimal, SL_DOUBLE_PLAIN, 0);
		break;
	case SL_KIND_TIMESTAMP:
		sl_print_timestamp(out, value);
		break;
	case SL_KIND_DURATION:
		sl_print_duration(out, value);
		break;
	case SL_KIND_TYPE:
		put_word(out, sl_kind_name((uint8_t)value->integer));
		break;
	case SL_KIND_LIST:
		return print_list(out, value, depth);
	default: /* MAP */
		return print_map(out, value, depth);
	}
	return true;
}

/* Whole numbers in a base. */
static bool print_whole(struct sl_out *out, const struct sl_any *value, unsigned base, bool upper)
{
	if (value->kind == SL_KIND_INT)
		sl_print_int(out, value->integer, base, upper);
	else if (value->kind == SL_KIND_UINT)
		put_uint(out, value->natural, base, upper);
	else
		return false;
	return true;
}

static bool print_hex(struct sl_out *out, const struct sl_any *value, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	if (value->kind != SL_KIND_STRING && value->kind != SL_KIND_BYTES)
		return print_whole(out, value, 16, upper);
	for (uint32_t i = 0; i < value->count && !out->run->over; i++) {
		uint8_t byte = (uint8_t)value->text[i];
		char text[2] = {digits[byte >> 4], digits[byte & 15]};

		sl_out_put(out, text, 2);
	}
	return true;
}

static bool print_decimal(struct sl_out *out, const struct sl_any *value,
			  enum sl_double_style style, unsigned precision)
{
	if (value->kind == SL_KIND_DOUBLE)
		put_double(out, value->decimal, style, precision);
	else if (value->kind == SL_KIND_INT)
		put_double(out, (double)value->integer, style, precision);
	else if (value->kind == SL_KIND_UINT)
		put_double(out, (double)value->natural, style, precision);
	else
		return false;
	return true;
}

static bool print_clause(struct sl_out *out, const struct clause *clause,
			 const struct sl_any *value)
{
	switch (clause->verb) {
	case 's':
		return print_any(out, value, 0);
	case 'd':
		if (value->kind == SL_KIND_DOUBLE)
			return print_decimal(out, value, SL_DOUBLE_PLAIN, 0);
		return print_whole(out, value, 10, false);
	case 'f':
		return print_decimal(out, value, SL_DOUBLE_FIXED, clause->precision);
	case 'e':
		return print_decimal(out, value, SL_DOUBLE_EXPONENT, clause->precision);
	case 'b':
		if (value->kind == SL_KIND_BOOL)
			put_word(out, value->integer ? "1" : "0");
		else
			return print_whole(out, value, 2, false);
		return true;
	case 'o':
		return print_whole(out, value, 8, false);
	case 'x':
	case 'X':
		return print_hex(out, value, clause->verb == 'X');
	default:
		return false;
	}
}

/* ---- the text ---------------------------------------------------------------------------- */

/* What stands behind a percent sign; bytes of it, or 0 where it is no clause. */
static uint32_t read_clause(const char *at, uint32_t left, struct clause *ret_clause)
{
	struct clause clause = {.precision = PRECISION_DEFAULT};
	uint32_t i = 0;

	if (left && at[0] == '.') {
		clause.precision = 0;
		for (i = 1; i < left && at[i] >= '0' && at[i] <= '9'; i++) {
			if (i > PRECISION_DIGITS_MAX)
				return 0;
			clause.precision = clause.precision * 10 + (unsigned)(at[i] - '0');
		}
		if (i == 1)
			return 0;
	}
	if (i >= left)
		return 0;
	clause.verb = at[i];
	*ret_clause = clause;
	return i + 1;
}

struct sl_any sl_any_format(struct sl_run *run, const struct sl_any *format,
			    const struct sl_any *list)
{
	uint32_t n_used = 0;
	struct sl_out out;

	if (format->kind != SL_KIND_STRING || list->kind != SL_KIND_LIST)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	sl_out_begin(&out, run);
	for (uint32_t i = 0; i < format->count && !run->over;) {
		const char *at = format->text + i, *end = format->text + format->count;
		const char *percent = memchr(at, '%', (size_t)(end - at));
		struct clause clause;
		struct sl_any value;
		uint32_t n;

		sl_out_put(&out, at, (uint64_t)((percent ? percent : end) - at));
		if (!percent)
			break;
		i = (uint32_t)(percent - format->text) + 1;
		if (i < format->count && format->text[i] == '%') {
			put_word(&out, "%");
			i++;
			continue;
		}
		n = read_clause(format->text + i, format->count - i, &clause);
		if (n == 0 || n_used >= list->count)
			return sl_any_fault(SL_FAULT_ARGUMENT);
		value = sl_any_member(run->artifact, list, n_used++);
		if (!print_clause(&out, &clause, &value))
			return sl_any_fault(clause.verb == 's' ? SL_FAULT_CONVERSION
							       : SL_FAULT_ARGUMENT);
		i += n;
	}
	return sl_out_end(&out);
}
