/* Pieces: what reading a file of campaigns came to, kept for the next time the same text is read.
 *
 * - A piece is known by the hash of its file's text. All of them belong to one context: this build
 *   of the compiler, libyaml, the schema's text, the time zone and what it says, the options that
 *   reading depends on. In another context there are none.
 * - Only files without mistakes are kept, with the warnings that reading them gave. What a campaign
 *   means beside the others (names that occur twice, the plan) is found out every time.
 * - What is read from a piece is what reading the file would give: artifacts are the same, byte for
 *   byte. Texts point into the pieces, which end with the set.
 * - On disk there are two files: the base, and beside it what came since, which is small. Each has
 *   a hash over all of it: one that does not hold is as good as none, and told. Behind the hash the
 *   bytes are believed as far as their meaning goes, not as far as their bounds: what leaves them
 *   makes the pieces `damaged`, and the set has to be read once more, without them. */
#ifndef SL_RULES_PIECES_PRIV_H
#define SL_RULES_PIECES_PRIV_H

#include "rules/campaign/set_priv.h"
#include "rules/plan/finding_priv.h"

#define SL_PIECES_BASE "campaigns.pieces"
#define SL_PIECES_MORE "campaigns-since.pieces"

/* The base is written anew when what is not in it is more than this share of it, or what of it was
 * not asked for: half of it may be what the set before asked for, which is kept. */
#define SL_PIECES_SINCE_SHARE 0.05
#define SL_PIECES_STALE_SHARE 0.60

struct sl_pieces;

/* Of a set whose schema was read. NULL in ret_pieces, and 0: they cannot be told from those of
 * another build here, so none are kept. -ENOMEM. */
int sl_pieces_open(const struct sl_rules_set *set, const struct sl_rules_options *options,
		   struct sl_pieces **ret_pieces);
void sl_pieces_free(struct sl_pieces *pieces);
bool sl_pieces_damaged(const struct sl_pieces *pieces);

/* 1: the campaigns of the source were added to the set; 0: it has to be read; -ENOMEM. */
int sl_pieces_take(struct sl_rules_set *set, const struct sl_source *source);
/* The source was read; before is the mark of the diagnostics from before that. */
void sl_pieces_note(struct sl_pieces *pieces, const struct sl_source *source,
		    const struct sl_diagnostics *diagnostics, struct sl_diagnostics_mark before);
/* What was found out about a campaign that was read; of one with a pattern NULL. */
void sl_pieces_add(struct sl_pieces *pieces, const struct sl_campaign_text *campaign,
		   const struct sl_finding *finding);
/* Writes what was read and taken, if that is not on disk already. What goes wrong here costs time,
 * nothing else: it is not told. */
void sl_pieces_write(struct sl_pieces *pieces);
/* Removes them from the disk. */
void sl_pieces_remove(const char *cache);

/* False: no memory, or damaged. */
bool sl_piece_finding(struct sl_pieces *pieces, struct sl_slice packed, struct sl_arena *arena,
		      struct sl_finding *ret_finding);
/* One side of a finding that is packed; NULL likewise. */
const struct sl_expr *sl_piece_conjunct(struct sl_pieces *pieces, const struct sl_finding *finding,
					uint32_t i, struct sl_arena *arena);

/* ---- packing -------------------------------------------------------------------------------- */

void sl_piece_pack_finding(const struct sl_finding *finding, struct sl_buffer *to);
void sl_piece_pack_expr(const struct sl_expr *expr, struct sl_buffer *to);
void sl_piece_pack_pattern(const struct sl_pattern_text *pattern, struct sl_buffer *to);
/* finding: NULL where there is a pattern. */
void sl_piece_pack_campaign(const struct sl_campaign_text *campaign,
			    const struct sl_finding *finding, struct sl_buffer *to);

struct sl_piece_reader {
	const uint8_t *at, *end;
	uint32_t n_fields; /* of the schema */
	bool bad;          /* sticky: what is read then is zero */
};

void sl_piece_read(struct sl_piece_reader *reader, void *to, size_t bytes);
uint32_t sl_piece_read_count(struct sl_piece_reader *reader, size_t least_bytes_each);
struct sl_slice sl_piece_read_text(struct sl_piece_reader *reader, uint32_t bytes);
/* NULL: bad, or no memory. */
struct sl_expr *sl_piece_unpack_expr(struct sl_piece_reader *reader, struct sl_arena *arena);
/* NULL likewise. */
struct sl_pattern_text *sl_piece_unpack_pattern(struct sl_piece_reader *reader,
						const struct sl_source *source,
						struct sl_arena *arena);
/* The name of the next campaign, which is passed over. */
struct sl_slice sl_piece_pass_campaign(struct sl_piece_reader *reader);
/* False: bad, or no memory. */
bool sl_piece_unpack_campaign(struct sl_piece_reader *reader, const struct sl_source *source,
			      struct sl_arena *arena, struct sl_campaign_text *campaign);
bool sl_piece_unpack_finding(struct sl_piece_reader *reader, struct sl_arena *arena,
			     struct sl_finding *finding);

/* ---- files ---------------------------------------------------------------------------------- */

struct sl_piece {
	uint64_t key[2]; /* of the text */
	const uint8_t *at;
	uint32_t bytes;
	bool in_base;
	bool used;
};

struct sl_pieces_file {
	void *at; /* mapped; NULL: none */
	size_t bytes;
};

enum sl_pieces_state { SL_PIECES_NONE, SL_PIECES_FOREIGN, SL_PIECES_DAMAGED, SL_PIECES_SOUND };

/* Maps a file, and adds its pieces (struct sl_piece) to the buffer where it is sound. */
enum sl_pieces_state sl_pieces_file_open(const char *path, const uint64_t context[2],
					 struct sl_pieces_file *ret_file, struct sl_buffer *pieces);
void sl_pieces_file_close(struct sl_pieces_file *file);
/* The n pieces; false: it could not. */
bool sl_pieces_file_write(const char *path, const uint64_t context[2],
			  const struct sl_piece *const *pieces, uint32_t n);

/* What the pieces are good for; false: it cannot be told. */
bool sl_pieces_context(const struct sl_rules_set *set, const struct sl_rules_options *options,
		       uint64_t ret_context[2]);

#endif
