/* Inside the engine of programs: a run, and what its files offer each other.
 *
 * An operation gets values that are no faults and gives its value or a fault. Where a limit is met
 * `over` is set; whatever is given then is thrown away, for the run ends. */
#ifndef SL_BASE_PROGRAM_PRIV_H
#define SL_BASE_PROGRAM_PRIV_H

#include "base/calendar.h"
#include "base/program.h"
#include "base/regex.h"

#include <string.h>

/* Lists in lists: comparing and printing them recurses. */
#define SL_ANY_DEPTH_MAX 200u

#define SL_NANOS 1000000000

struct sl_program_room {
	uint32_t bytes;
	uint32_t steps;
	_Alignas(16) char at[];
};

struct sl_run {
	const struct sl_artifact *artifact;
	const struct sl_event *event; /* or NULL */
	const struct sl_any *bound;
	uint32_t n_bound;
	uint32_t used, bytes; /* of the room */
	uint32_t steps;       /* left */
	bool over;
	char *at;
};

/* ---- values ------------------------------------------------------------------------------ */

static inline struct sl_any sl_any_fault(enum sl_fault fault)
{
	return (struct sl_any){.kind = SL_KIND_ERROR, .integer = fault};
}

static inline struct sl_any sl_any_bool(bool value)
{
	return (struct sl_any){.kind = SL_KIND_BOOL, .integer = value};
}

static inline struct sl_any sl_any_int(int64_t value)
{
	return (struct sl_any){.kind = SL_KIND_INT, .integer = value};
}

static inline struct sl_any sl_any_uint(uint64_t value)
{
	return (struct sl_any){.kind = SL_KIND_UINT, .natural = value};
}

static inline struct sl_any sl_any_double(double value)
{
	return (struct sl_any){.kind = SL_KIND_DOUBLE, .decimal = value};
}

static inline struct sl_any sl_any_text(uint8_t kind, const char *at, uint32_t bytes)
{
	return (struct sl_any){.kind = kind, .count = bytes, .text = at};
}

static inline struct sl_any sl_any_list(const struct sl_any *items, uint32_t count)
{
	return (struct sl_any){.kind = SL_KIND_LIST, .count = count, .items = items};
}

static inline bool sl_any_is_fault(const struct sl_any *value)
{
	return value->kind == SL_KIND_ERROR;
}

static inline const struct sl_regex *sl_pattern_of(const struct sl_artifact *artifact,
						   uint32_t pattern)
{
	return (const struct sl_regex *)(const void *)(artifact->pattern_bytes +
						       artifact->patterns[pattern].offset);
}

struct sl_any sl_any_constant(const struct sl_artifact *artifact, uint32_t index);
struct sl_any sl_any_slot(const struct sl_event *event, uint32_t slot);

/* ---- limits ------------------------------------------------------------------------------ */

/* n steps; false: there are none left. */
static inline bool sl_run_step(struct sl_run *run, uint64_t n)
{
	if (n > run->steps) {
		run->over = true;
		return false;
	}
	run->steps -= (uint32_t)n;
	return true;
}

/* What looks at so many bytes takes a step for each few of them: a loop over a long text must not
 * be cheaper than one over a long list. */
static inline bool sl_run_look(struct sl_run *run, uint64_t bytes)
{
	return sl_run_step(run, bytes / 16);
}

/* Room for bytes, aligned for values; NULL: there is none left. */
static inline void *sl_run_take(struct sl_run *run, uint64_t bytes)
{
	uint64_t rounded = (bytes + 15) & ~15ull;
	void *at = run->at + run->used;

	if (rounded > run->bytes - run->used) {
		run->over = true;
		return NULL;
	}
	run->used += (uint32_t)rounded;
	return at;
}

static inline struct sl_any *sl_run_take_items(struct sl_run *run, uint64_t count)
{
	return sl_run_take(run, count * sizeof(struct sl_any));
}

/* A text under way at the end of the room: nothing else may be taken before it ends. */
struct sl_out {
	struct sl_run *run;
	char *at;
	uint32_t bytes, room;
};

void sl_out_begin(struct sl_out *out, struct sl_run *run);
void sl_out_put(struct sl_out *out, const char *at, uint64_t bytes);
struct sl_any sl_out_end(struct sl_out *out);

/* ---- operations -------------------------------------------------------------------------- */

enum sl_order { SL_LESS, SL_EQUAL, SL_GREATER, SL_UNORDERED /* a NaN */, SL_NO_ORDER };

int sl_compare_texts(const char *a, uint32_t a_bytes, const char *b, uint32_t b_bytes);
bool sl_any_equal(struct sl_run *run, const struct sl_any *a, const struct sl_any *b,
		  uint32_t depth);
enum sl_order sl_any_order(const struct sl_any *a, const struct sl_any *b);
struct sl_any sl_any_compare(struct sl_run *run, uint8_t op, const struct sl_any *a,
			     const struct sl_any *b);

struct sl_any sl_any_arithmetic(struct sl_run *run, uint8_t op, const struct sl_any *a,
				const struct sl_any *b);
struct sl_any sl_any_negate(const struct sl_any *a);

/* Whether two keys of maps are one: 1, 1u and 1.0 are. */
bool sl_any_same_key(const struct sl_any *a, const struct sl_any *b);
bool sl_any_find_key(struct sl_run *run, const struct sl_any *map, const struct sl_any *key,
		     struct sl_any *ret_value);
struct sl_any sl_any_in(struct sl_run *run, const struct sl_any *value, const struct sl_any *whole);
struct sl_any sl_any_index(struct sl_run *run, const struct sl_any *whole, const struct sl_any *at);
struct sl_any sl_any_select(struct sl_run *run, const struct sl_any *map, const struct sl_any *name,
			    bool has);
struct sl_any sl_any_make_map(struct sl_run *run, const struct sl_any *members, uint32_t entries);

/* Calls by function; n arguments, at least one. NO_OVERLOAD where they do not suit. */
struct sl_any sl_any_call(struct sl_run *run, enum sl_function function, const struct sl_any *args,
			  uint32_t n);
struct sl_any sl_any_call_text(struct sl_run *run, enum sl_function function,
			       const struct sl_any *args, uint32_t n);
struct sl_any sl_any_call_search(enum sl_function function, const struct sl_any *args, uint32_t n);
struct sl_any sl_any_call_numbers(struct sl_run *run, enum sl_function function,
				  const struct sl_any *args, uint32_t n);
struct sl_any sl_any_call_sequence(struct sl_run *run, enum sl_function function,
				   const struct sl_any *args, uint32_t n);
struct sl_any sl_any_call_base64(struct sl_run *run, enum sl_function function,
				 const struct sl_any *args, uint32_t n);
struct sl_any sl_any_convert(struct sl_run *run, enum sl_function function,
			     const struct sl_any *value);
struct sl_any sl_any_format(struct sl_run *run, const struct sl_any *format,
			    const struct sl_any *list);
struct sl_any sl_any_time_part(enum sl_function function, const struct sl_any *value,
			       int64_t offset_s);

/* ---- texts ------------------------------------------------------------------------------- */

/* Bytes of the code point that begins at `at`, of `left` that there are; a byte that begins none
 * counts as one. */
uint32_t sl_utf8_step(const char *at, uint32_t left);
uint32_t sl_utf8_count(const char *at, uint32_t bytes);
bool sl_utf8_is_valid(const char *at, uint32_t bytes);
/* Where the code point `index` begins; its end for index == size. False: index is beyond. */
bool sl_utf8_seek(const char *at, uint32_t bytes, int64_t index, uint32_t *ret_offset);

/* ---- numbers and times as text ----------------------------------------------------------- */

/* Digits of value in a base of 2 to 16, at the end of the buffer; returns where they begin. */
char *sl_print_digits(uint64_t value, unsigned base, bool upper, char room[64]);
void sl_print_int(struct sl_out *out, int64_t value, unsigned base, bool upper);
void sl_print_timestamp(struct sl_out *out, const struct sl_any *value);
void sl_print_duration(struct sl_out *out, const struct sl_any *value);

bool sl_parse_int(const char *at, uint32_t bytes, int64_t *ret_value);
bool sl_parse_uint(const char *at, uint32_t bytes, uint64_t *ret_value);
struct sl_any sl_parse_timestamp(const char *at, uint32_t bytes);
struct sl_any sl_parse_duration(const char *at, uint32_t bytes);

/* Decimals by the C library, which is slow; apart, for hot objects may not call it. */
#define SL_DOUBLE_TEXT_MAX 1400u /* 1e308 with 1,000 digits behind the point */

enum sl_double_style {
	SL_DOUBLE_SHORT,    /* the fewest digits that read back; with an exponent as string() */
	SL_DOUBLE_PLAIN,    /* the fewest digits, never with an exponent */
	SL_DOUBLE_FIXED,    /* precision digits behind the point */
	SL_DOUBLE_EXPONENT, /* d.ddde+dd */
};

uint32_t sl_double_print(double value, enum sl_double_style style, unsigned precision,
			 char ret_text[SL_DOUBLE_TEXT_MAX]);
bool sl_double_parse(const char *at, uint32_t bytes, double *ret_value);

#endif
