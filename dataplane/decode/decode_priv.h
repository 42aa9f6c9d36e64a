/* What the files of decode share: the plan, the decoder, and the walk over one text. */
#ifndef SL_DECODE_PRIV_H
#define SL_DECODE_PRIV_H

#include "decode/decode.h"
#include "decode/index_priv.h"
#include "decode/word_priv.h"

#define SL_DECODE_DEPTH_MAX 1024u
/* different names at different places of a schema: whatever its paths are, there is room */
#define SL_DECODE_EDGES_MAX (SL_FIELDS_MAX * SL_PATH_NAMES_MAX)
#define SL_NO_SLOT 0xffffu

#define SL_COLD __attribute__((cold, noinline))

/* ---- plan: read-only
 * ----------------------------------------------------------------------------- */

/* A name as it is looked up: its first 8 bytes and its last, so that for names of at most 16
 * length, head and tail are all of it. Of a shorter one than 8 both are the whole, the rest being
 * masked. */
struct sl_name {
	const char *at;
	uint64_t head, tail;
	uint32_t bytes;
};

#define SL_SPELT_WHOLE 13u      /* bytes of a name that fits in `spelt` with its quotes and colon */
#define SL_NAME_FREE UINT32_MAX /* the length no name has: a free place of a table */

/* From an object of the schema to what one of its names means: a field, an object, or both, of
 * which a text can only have one. What a value is judged by is copied here from the field. */
struct sl_edge {
	/* How a member of this name begins where nobody puts white space: "name": with its quotes,
	 * as far as it fits here, the rest being masked. Of a name that has to be escaped, what
	 * no text can hold. */
	uint64_t spelt[2];
	uint64_t spelt_mask[2];
	struct sl_name name;
	uint32_t bytes_max; /* UINT32_MAX where the schema has no bound, as below */
	uint32_t items_max;
	uint16_t slot;    /* SL_NO_SLOT: none */
	uint16_t node;    /* 0: none */
	uint16_t ordinal; /* place in the decoder's `seen` and `steps` */
	uint8_t type;
	uint8_t role;
};

/* An object of the schema: node 0 is the event. Its edges are an open-addressed table. */
struct sl_node {
	uint32_t first;
	uint32_t mask;    /* places - 1 */
	uint16_t ordinal; /* place in the decoder's `steps`, behind those of the edges */
};

struct sl_decode_plan {
	const struct sl_artifact *artifact;
	struct sl_node *nodes;
	struct sl_edge *places;
	uint64_t serial; /* no other plan has it, nor will */
	uint32_t n_nodes;
	uint32_t n_edges;
	uint16_t n_fields;
	uint16_t n_required;
	uint16_t required[SL_FIELDS_MAX]; /* slots */
};

/* Reads 8 bytes from `at` on, however short the name is. */
static inline struct sl_name sl_name_of(const char *at, uint32_t bytes)
{
	uint64_t mask = bytes < 8 ? (1ull << (8 * bytes)) - 1 : ~0ull;

	return (struct sl_name){
		.at = at,
		.head = sl_load8(at) & mask,
		.tail = sl_load8(at + (bytes < 8 ? 0 : bytes - 8)) & mask,
		.bytes = bytes,
	};
}

static inline uint32_t sl_name_hash(const struct sl_name *name)
{
	return (uint32_t)((name->head * 31 + name->tail + name->bytes) * 0x9e3779b97f4a7c15ull >>
			  40);
}

/* NULL: the schema does not name it. Ends, for every table has a free place. */
static inline const struct sl_edge *sl_plan_edge(const struct sl_edge *places, uint32_t mask,
						 const struct sl_name *name)
{
	for (uint32_t i = sl_name_hash(name) & mask;; i = (i + 1) & mask) {
		const struct sl_name *own = &places[i].name;

		if (own->head == name->head && own->tail == name->tail &&
		    own->bytes == name->bytes &&
		    (own->bytes <= 16 || memcmp(own->at, name->at, own->bytes) == 0))
			return &places[i];
		if (own->bytes == SL_NAME_FREE)
			return NULL;
	}
}

/* plan_setup.c: of paths alone, whose numbers are the slots; they live as long as it. -EINVAL or
 * -SL_E_LIMIT as of a schema. */
int sl_decode_plan_of_paths(const struct sl_text *paths, uint32_t n, struct sl_decode_plan **ret);

/* ---- decoder: one worker's
 * ----------------------------------------------------------------------- */

/* Senders write their members in the same order each time. What came last behind this member, or as
 * the first of this object, is tried first; the way is one load from member to member. */
struct sl_path_step {
	struct sl_path_step *next;
	const struct sl_edge *edge;
};

struct sl_decoder {
	struct sl_decode_limits limits;
	struct sl_indexer *indexer;
	/* The arena, used from both ends: list items grow up, unescaped strings grow down. */
	uint8_t *arena;
	size_t arena_bytes;
	size_t low;
	size_t high;
	bool is_object[SL_DECODE_DEPTH_MAX + 1]; /* of each open bracket that skipping passes */
	uint32_t turn;                           /* counts texts */
	uint32_t seen[SL_DECODE_EDGES_MAX];      /* the turn, by the ordinals of edges */
	/* By the ordinals of edges, then of nodes; of the plan with this serial number. */
	uint64_t serial;
	struct sl_path_step steps[2 * SL_DECODE_EDGES_MAX + 1];
	struct sl_path_step unknown; /* of an edge that no member is like */
};

/* One text under way. The cursor is no part of it: it goes from function to function by value, and
 * so stays in a register. It points at a token: at[0] is where it starts, at[1] where the next
 * does. A function that passes over something returns the cursor behind it, or NULL with the fault
 * filled where the text is not well-formed.
 *
 * The last token is known to be the counterpart of the first, so nothing but a closing bracket can
 * be the last, and only behind one of those the end must be looked for.
 *
 * `unfit` says that the fault holds what makes a well-formed text no event; the walk goes on behind
 * it, for the text may turn out not to be well-formed. */
struct sl_walk {
	const uint8_t *text;
	const uint32_t *end; /* the entry behind the last token */
	struct sl_decoder *decoder;
	const struct sl_decode_plan *plan;
	struct sl_value *slots;
	struct sl_decode_fault *fault;
	uint32_t depth;
	bool escapes; /* there is a backslash somewhere */
	bool unfit;
	struct sl_text digits[8]; /* by role, of integers that are there */
};

static inline bool sl_is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* ---- fault.c
 * ------------------------------------------------------------------------------------- */

SL_COLD void sl_walk_say(struct sl_walk *walk, const uint32_t *at, enum sl_reason reason,
			 const char *what);

/* Not well-formed, at the cursor: the walk is over. */
static inline const uint32_t *sl_walk_malformed(struct sl_walk *walk, const uint32_t *at,
						enum sl_reason reason, const char *what)
{
	sl_walk_say(walk, at, reason, what);
	return NULL;
}

/* Well-formed so far, but not an event; the first such is kept. */
SL_COLD void sl_walk_unfit(struct sl_walk *walk, const uint32_t *at, enum sl_reason reason,
			   struct sl_text subject, const char *what);
SL_COLD void sl_walk_unfit_field(struct sl_walk *walk, const uint32_t *at, enum sl_reason reason,
				 uint16_t slot, const char *what);

/* Fills a fault: "subject: what", the subject left out where it is empty. */
SL_COLD enum sl_reason sl_fault_fill(struct sl_decode_fault *fault, enum sl_reason reason,
				     size_t offset, struct sl_text subject, const char *what);

/* What the indexer refused: which reason, and where. */
SL_COLD enum sl_reason sl_fault_index(struct sl_decode_fault *fault, enum sl_index_result result,
				      struct sl_span text);

/* ---- tokens
 * -------------------------------------------------------------------------------------- */

/* The raw bytes of the string at the cursor, which is known to stand at a quote. That it ends, and
 * that only white space follows it, is the index's promise; it is not relied upon for memory. */
static inline struct sl_text sl_token_string(const uint8_t *text, const uint32_t *at)
{
	uint32_t start = at[0] + 1;
	uint32_t end = at[1] - 1;

	while (__builtin_expect(text[end] != '"', 0) && end > start)
		end--;
	return (struct sl_text){.at = (const char *)text + start,
				.bytes = end > start ? end - start : 0};
}

/* Whether the token at the cursor is this and nothing else. */
static inline bool sl_token_is(const uint8_t *text, const uint32_t *at, const char *literal,
			       uint32_t bytes)
{
	uint32_t end = at[0] + bytes;

	if (at[1] < end || memcmp(text + at[0], literal, bytes) != 0)
		return false;
	while (end < at[1] && sl_is_space(text[end]))
		end++;
	return end == at[1];
}

/* One bracket deeper. */
static inline const uint32_t *sl_walk_open(struct sl_walk *walk, const uint32_t *at)
{
	if (walk->depth == walk->decoder->limits.depth)
		return sl_walk_malformed(walk, at, SL_WHY_JSON_TOO_DEEP,
					 "nested deeper than the limit");
	walk->depth++;
	return at + 1;
}

/* The cursor stands at a closing bracket that has been looked at. */
static inline const uint32_t *sl_walk_close(struct sl_walk *walk, const uint32_t *at)
{
	if (--walk->depth && at + 1 == walk->end)
		return sl_walk_malformed(walk, at + 1, SL_WHY_JSON_MALFORMED,
					 "ends before its brackets are closed");
	return at + 1;
}

/* ---- string.c
 * ------------------------------------------------------------------------------------ */

/* Checks the escapes of a string; into ret_text, unless NULL, goes what it means. ret_text has room
 * for as many bytes as the raw string has. SL_WHY_NONE, or why not and in ret_place where. */
enum sl_reason sl_string_unescape(struct sl_text raw, char *ret_text, uint32_t *ret_bytes,
				  uint32_t *ret_place);

/* The string at the cursor, which stands at a quote, as it is meant: in the text or in the arena.
 */
const uint32_t *sl_walk_escaped(struct sl_walk *walk, const uint32_t *at, struct sl_text *ret_text);

/* The same check for a string that nobody asked for. */
const uint32_t *sl_walk_check_escapes(struct sl_walk *walk, const uint32_t *at);

static inline const uint32_t *sl_walk_string(struct sl_walk *walk, const uint32_t *at,
					     struct sl_text *ret_text)
{
	if (__builtin_expect(walk->escapes, 0))
		return sl_walk_escaped(walk, at, ret_text);
	*ret_text = sl_token_string(walk->text, at);
	return at + 1;
}

/* ---- number.c
 * ------------------------------------------------------------------------------------ */

struct sl_number {
	uint64_t mantissa; /* its first 19 significant digits */
	int32_t exponent;  /* of ten, of the mantissa; clamped far beyond what a double can hold */
	uint32_t bytes;
	bool negative;
	bool whole; /* without fraction and exponent */
	bool cut;   /* it has more digits than the mantissa holds */
};

/* False: it does not begin with a number. Else ret_number->bytes says how far the number goes. */
bool sl_number_scan(const char *at, uint32_t bytes, struct sl_number *ret_number);
bool sl_number_int(const struct sl_number *number, int64_t *ret_value); /* false: out of range */
bool sl_number_double(const struct sl_number *number, const char *at, double *ret_value);

/* The number at the cursor. False: there is none, or something sticks to it. */
bool sl_token_number(const uint8_t *text, const uint32_t *at, struct sl_number *ret_number);

/* ---- time.c
 * -------------------------------------------------------------------------------------- */

enum sl_time_result sl_time_from_ms(int64_t ms, int64_t *ret_ns);

/* ---- skip.c, value.c
 * ----------------------------------------------------------------------------- */

/* Passes over a value of any kind and depth, checking all of it. */
const uint32_t *sl_walk_skip(struct sl_walk *walk, const uint32_t *at);

/* What a walk relies on: the last token closes what the first opens, or is the only one. */
bool sl_walk_is_closed(const struct sl_walk *walk, const uint32_t *at);

/* The value becomes the slot of its field. */
const uint32_t *sl_walk_value(struct sl_walk *walk, const uint32_t *at, const struct sl_edge *edge);

/* ---- mask.c
 * -------------------------------------------------------------------------------------- */

/* The bytes of the character that begins at `at`, 0 where there is none; its code in ret_code. */
unsigned sl_utf8_take(const uint8_t *at, size_t bytes, uint32_t *ret_code);

#endif
