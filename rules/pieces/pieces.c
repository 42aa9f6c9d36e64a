#include "rules/pieces/layout_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void sl_pieces_path(const struct sl_pieces *pieces, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", pieces->directory, name);
}

static int index_known(struct sl_pieces *pieces)
{
	const struct sl_piece *known = (const struct sl_piece *)pieces->known.at;

	for (uint32_t i = 0; i < pieces->known.bytes / sizeof(*known); i++) {
		bool is_new;
		uint32_t *at = sl_table_put(&pieces->index, known[i].key, &is_new);

		if (!at)
			return -ENOMEM;
		*at = i;
	}
	return pieces->known.failed ? -ENOMEM : 0;
}

static bool open_files(struct sl_pieces *pieces)
{
	struct sl_piece *known;
	enum sl_pieces_state base, since;
	char path[PATH_MAX];
	size_t n;

	sl_pieces_path(pieces, SL_PIECES_BASE, path);
	base = sl_pieces_file_open(path, pieces->context, &pieces->base, &pieces->known);
	known = (struct sl_piece *)pieces->known.at;
	n = pieces->known.bytes / sizeof(*known);
	for (size_t i = 0; i < n; i++)
		known[i].in_base = true;
	sl_pieces_path(pieces, SL_PIECES_MORE, path);
	since = sl_pieces_file_open(path, pieces->context, &pieces->since, &pieces->known);
	return base == SL_PIECES_DAMAGED || since == SL_PIECES_DAMAGED;
}

int sl_pieces_open(const struct sl_rules_set *set, const struct sl_rules_options *options,
		   struct sl_pieces **ret_pieces)
{
	struct sl_pieces *pieces;
	uint64_t context[2];

	*ret_pieces = NULL;
	if (!sl_pieces_context(set, options, context))
		return 0;
	pieces = calloc(1, sizeof(*pieces));
	if (!pieces)
		return -ENOMEM;
	memcpy(pieces->context, context, sizeof(context));
	pieces->n_fields = set->schema.n_fields;
	if ((size_t)snprintf(pieces->directory, sizeof(pieces->directory), "%s", options->cache) >=
	    sizeof(pieces->directory)) {
		free(pieces);
		return 0;
	}
	if (open_files(pieces))
		sl_diagnose(set->diagnostics, SL_SEVERITY_WARNING, (struct sl_place){0},
			    "cache_damaged", "",
			    "what was kept of campaigns that were read before is damaged; they "
			    "are all read again");
	if (index_known(pieces)) {
		sl_pieces_free(pieces);
		return -ENOMEM;
	}
	*ret_pieces = pieces;
	return 0;
}

void sl_pieces_free(struct sl_pieces *pieces)
{
	if (!pieces)
		return;
	sl_pieces_file_close(&pieces->base);
	sl_pieces_file_close(&pieces->since);
	sl_buffer_fini(&pieces->known);
	sl_table_fini(&pieces->index);
	sl_buffer_fini(&pieces->noted);
	sl_buffer_fini(&pieces->added);
	sl_buffer_fini(&pieces->warnings);
	sl_buffer_fini(&pieces->campaigns);
	free(pieces);
}

bool sl_pieces_damaged(const struct sl_pieces *pieces)
{
	return pieces && pieces->damaged;
}

void sl_pieces_remove(const char *cache)
{
	static const char *const names[] = {SL_PIECES_BASE, SL_PIECES_MORE};
	char path[PATH_MAX];

	for (unsigned i = 0; i < 2; i++)
		if (snprintf(path, sizeof(path), "%s/%s", cache, names[i]) < PATH_MAX)
			unlink(path);
}

/* ---- taking --------------------------------------------------------------------------------- */

static struct sl_piece_reader reader_of(const struct sl_pieces *pieces, const void *at,
					size_t bytes)
{
	return (struct sl_piece_reader){
		.at = at, .end = (const uint8_t *)at + bytes, .n_fields = pieces->n_fields};
}

static void take_warnings(struct sl_piece_reader *reader, uint32_t n,
			  struct sl_diagnostics *diagnostics, const struct sl_source *source)
{
	for (uint32_t i = 0; i < n && !reader->bad; i++) {
		struct sl_packed_warning packed;
		struct sl_slice code, message, hint;

		sl_piece_read(reader, &packed, sizeof(packed));
		code = sl_piece_read_text(reader, packed.code_bytes);
		message = sl_piece_read_text(reader, packed.message_bytes);
		hint = sl_piece_read_text(reader, packed.hint_bytes);
		if (!reader->bad)
			sl_diagnose_again(diagnostics, (struct sl_place){source, packed.offset},
					  code, message, hint);
	}
}

/* Names that occur twice are told by whoever reads the file. */
static bool names_are_new(const struct sl_rules_set *set, struct sl_piece_reader reader, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct sl_slice name = sl_piece_pass_campaign(&reader);
		uint64_t hash[2];

		sl_rules_hash(name.at, name.bytes, hash);
		if (sl_table_find(&set->names, hash))
			return false;
	}
	return !reader.bad;
}

/* As reading one would; false: bad, or no memory. */
static bool take_campaign(struct sl_rules_set *set, struct sl_piece_reader *reader,
			  const struct sl_source *source)
{
	struct sl_campaign_text *campaign = sl_buffer_grow(&set->campaign_room, sizeof(*campaign));
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;

	set->campaigns = (struct sl_campaign_text *)set->campaign_room.at;
	if (!campaign || !sl_piece_unpack_campaign(reader, source, &set->arena, campaign))
		return false;
	sl_rules_hash(campaign->name.at, campaign->name.bytes, hash);
	index = sl_table_put(&set->names, hash, &is_new);
	if (!index)
		return false;
	*index = set->n_campaigns++;
	reader->bad |= !is_new;
	return !reader->bad;
}

static int take(struct sl_rules_set *set, const struct sl_source *source,
		const struct sl_piece *piece)
{
	struct sl_pieces *pieces = set->pieces;
	struct sl_piece_reader reader = reader_of(pieces, piece->at, piece->bytes);
	struct sl_piece_reader campaigns;
	struct sl_packed_head head;

	sl_piece_read(&reader, &head, sizeof(head));
	campaigns = reader;
	for (uint32_t i = 0; i < head.n_warnings && !campaigns.bad; i++) {
		struct sl_packed_warning packed;

		sl_piece_read(&campaigns, &packed, sizeof(packed));
		sl_piece_read_text(&campaigns, packed.code_bytes);
		sl_piece_read_text(&campaigns, packed.message_bytes);
		sl_piece_read_text(&campaigns, packed.hint_bytes);
	}
	if (head.n_campaigns > SL_CAMPAIGNS_MAX - set->n_campaigns ||
	    !names_are_new(set, campaigns, head.n_campaigns))
		return 0;
	take_warnings(&reader, head.n_warnings, set->diagnostics, source);
	for (uint32_t i = 0; i < head.n_campaigns; i++)
		if (!take_campaign(set, &reader, source)) {
			pieces->damaged = reader.bad;
			return reader.bad ? -EILSEQ : -ENOMEM;
		}
	return 1;
}

int sl_pieces_take(struct sl_rules_set *set, const struct sl_source *source)
{
	struct sl_pieces *pieces = set->pieces;
	struct sl_piece *piece;
	const uint32_t *known;
	uint64_t key[2];
	int taken;

	sl_rules_hash(source->text, source->bytes, key);
	known = sl_table_find(&pieces->index, key);
	if (!known)
		return 0;
	piece = (struct sl_piece *)pieces->known.at + *known;
	taken = take(set, source, piece);
	piece->used |= taken > 0;
	return taken;
}

bool sl_piece_finding(struct sl_pieces *pieces, struct sl_slice packed, struct sl_arena *arena,
		      struct sl_finding *ret_finding)
{
	struct sl_piece_reader reader = reader_of(pieces, packed.at, packed.bytes);

	if (sl_piece_unpack_finding(&reader, arena, ret_finding))
		return true;
	pieces->damaged |= reader.bad;
	return false;
}

const struct sl_expr *sl_piece_conjunct(struct sl_pieces *pieces, const struct sl_finding *finding,
					uint32_t i, struct sl_arena *arena)
{
	struct sl_piece_reader reader =
		reader_of(pieces, finding->packed.at, finding->packed.bytes);
	const struct sl_expr *conjunct;

	for (uint32_t before = 0; before < i; before++)
		sl_piece_read_text(&reader, sl_piece_read_count(&reader, 1));
	sl_piece_read_count(&reader, 1);
	conjunct = sl_piece_unpack_expr(&reader, arena);
	pieces->damaged |= reader.bad;
	return conjunct;
}
