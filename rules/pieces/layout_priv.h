/* The records that pieces are made of, and what is at hand of them: between the files that pack,
 * unpack, take and make them. */
#ifndef SL_RULES_PIECES_LAYOUT_PRIV_H
#define SL_RULES_PIECES_LAYOUT_PRIV_H

#include "rules/pieces/pieces_priv.h"

#include <limits.h>

enum { SL_PACKED_MEMBER = 1, SL_PACKED_COMPILED = 2, SL_PACKED_TYPE = 4 };

/* Behind it: the text, the type, the compiled pattern, the arguments. */
struct sl_packed_expr {
	int64_t integer;
	uint64_t compiled_bytes;
	uint32_t offset;
	int32_t nanos;
	uint32_t n_args;
	uint32_t text_bytes;
	int16_t function;
	uint16_t slot;
	uint8_t kind, type, depth, flags;
};

struct sl_packed_fact {
	int64_t low, high;
	uint32_t conjunct;
	uint32_t text_bytes;
	uint16_t slot;
	uint8_t kind, type, weight, exact;
};

/* Behind it: is_exact of each conjunct, the facts, of each row the number of its facts and their
 * indexes, of each conjunct the bytes of its tree and the tree. */
struct sl_packed_finding {
	uint32_t n_conjuncts, n_facts, n_rows;
	uint8_t exact, weighed;
};

/* Behind it: the name, and the constant, which is one also where the datum is a field. */
struct sl_packed_datum {
	uint32_t name_bytes;
	uint16_t index, sequence;
	uint8_t from; /* enum sl_data_from */
};

/* name, owner, step, channel, template, limit's over, exclusive, renamed_from */
enum { SL_PACKED_TEXTS = 8 };

/* Behind it: the texts, the data, the pattern or the finding. */
struct sl_packed_campaign {
	int64_t valid_from_ns, valid_until_ns, limit_ns;
	uint64_t meaning[2];
	uint32_t bytes; /* of all of it */
	uint32_t finding_at;
	uint32_t place, condition_place;
	uint32_t n_data;
	uint32_t text_bytes[SL_PACKED_TEXTS];
	uint32_t limit_count;
	int32_t priority;
	uint8_t kind, never_told, has_pattern;
};

/* A source that was read: what its piece will be made of. */
struct sl_piece_noted {
	uint64_t key[2];
	uint32_t source; /* its index in the set */
	uint32_t n_warnings;
	size_t warnings, warnings_bytes; /* in texts */
};

/* A campaign that was read, packed. */
struct sl_piece_added {
	uint32_t source;
	uint32_t place; /* in the source */
	size_t at, bytes;
};

struct sl_packed_warning {
	uint32_t offset;
	uint32_t code_bytes, message_bytes, hint_bytes;
};

struct sl_packed_head {
	uint32_t n_warnings, n_campaigns;
};

struct sl_pieces {
	char directory[PATH_MAX - 64];
	uint64_t context[2];
	struct sl_pieces_file base, since;
	struct sl_buffer known; /* struct sl_piece */
	struct sl_table index;  /* key -> in known */
	uint32_t n_fields;
	/* what is new */
	struct sl_buffer noted; /* struct sl_piece_noted */
	struct sl_buffer added; /* struct sl_piece_added */
	struct sl_buffer warnings, campaigns;
	bool failed; /* no memory for what is new: nothing is written */
	bool damaged;
};

/* Of a file of pieces. */
void sl_pieces_path(const struct sl_pieces *pieces, const char *name, char path[PATH_MAX]);

#endif
