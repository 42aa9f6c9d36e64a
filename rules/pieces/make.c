/* What was read becomes pieces, and goes to disk. */
#include "rules/pieces/layout_priv.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Warnings since the mark; false: some are mistakes, or were not kept for there are too many. */
static bool pack_warnings(const struct sl_diagnostics *diagnostics,
			  struct sl_diagnostics_mark before, struct sl_buffer *to, uint32_t *ret_n)
{
	struct sl_diagnostics_mark now = sl_diagnostics_mark(diagnostics);

	if (now.counts[SL_SEVERITY_ERROR] ||
	    now.counts[SL_SEVERITY_WARNING] - before.counts[SL_SEVERITY_WARNING] !=
		    now.kept - before.kept)
		return false;
	for (size_t i = before.kept; i < now.kept; i++) {
		struct sl_packed_warning packed = {0};
		const struct sl_diagnostic *shown =
			sl_diagnostics_kept(diagnostics, i, &packed.offset);

		packed.code_bytes = (uint32_t)strlen(shown->code);
		packed.message_bytes = (uint32_t)strlen(shown->message);
		packed.hint_bytes = (uint32_t)strlen(shown->hint);
		sl_buffer_add(to, &packed, sizeof(packed));
		sl_buffer_add(to, shown->code, packed.code_bytes);
		sl_buffer_add(to, shown->message, packed.message_bytes);
		sl_buffer_add(to, shown->hint, packed.hint_bytes);
	}
	*ret_n = (uint32_t)(now.kept - before.kept);
	return true;
}

void sl_pieces_note(struct sl_pieces *pieces, const struct sl_source *source,
		    const struct sl_diagnostics *diagnostics, struct sl_diagnostics_mark before)
{
	struct sl_piece_noted noted = {.source = source->index, .warnings = pieces->warnings.bytes};

	if (!pack_warnings(diagnostics, before, &pieces->warnings, &noted.n_warnings))
		return;
	noted.warnings_bytes = pieces->warnings.bytes - noted.warnings;
	sl_rules_hash(source->text, source->bytes, noted.key);
	sl_buffer_add(&pieces->noted, &noted, sizeof(noted));
	pieces->failed |= pieces->noted.failed || pieces->warnings.failed;
}

void sl_pieces_add(struct sl_pieces *pieces, const struct sl_campaign_text *campaign,
		   const struct sl_finding *finding)
{
	struct sl_piece_added added = {.source = campaign->place.source->index,
				       .place = campaign->place.offset,
				       .at = pieces->campaigns.bytes};

	sl_piece_pack_campaign(campaign, finding, &pieces->campaigns);
	added.bytes = pieces->campaigns.bytes - added.at;
	sl_buffer_add(&pieces->added, &added, sizeof(added));
	pieces->failed |= pieces->campaigns.failed || pieces->added.failed;
}

static int by_place(const void *a, const void *b)
{
	const struct sl_piece_added *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* The first campaign of the source, or where it would stand. */
static size_t first_of(const struct sl_piece_added *added, size_t n, uint32_t source)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;

		if (added[middle].source < source)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/* The noted sources as pieces; their bytes in `bytes`, which does not move any more. */
static void make_pieces(struct sl_pieces *pieces, struct sl_buffer *bytes, struct sl_buffer *made)
{
	const struct sl_piece_noted *noted = (const struct sl_piece_noted *)pieces->noted.at;
	struct sl_piece_added *added = (struct sl_piece_added *)pieces->added.at;
	size_t n_added = pieces->added.bytes / sizeof(*added);
	size_t n = pieces->noted.bytes / sizeof(*noted), at = 0;

	if (n_added)
		qsort(added, n_added, sizeof(*added), by_place);
	for (size_t i = 0; i < n; i++) {
		struct sl_piece piece = {.key = {noted[i].key[0], noted[i].key[1]}};
		struct sl_packed_head head = {.n_warnings = noted[i].n_warnings};
		size_t first = first_of(added, n_added, noted[i].source), end = first;

		for (; end < n_added && added[end].source == noted[i].source; end++)
			head.n_campaigns++;
		sl_buffer_add(bytes, &head, sizeof(head));
		if (noted[i].warnings_bytes)
			sl_buffer_add(bytes, pieces->warnings.at + noted[i].warnings,
				      noted[i].warnings_bytes);
		for (size_t j = first; j < end; j++)
			sl_buffer_add(bytes, pieces->campaigns.at + added[j].at, added[j].bytes);
		piece.bytes = (uint32_t)(bytes->bytes - at);
		at = bytes->bytes;
		sl_buffer_add(made, &piece, sizeof(piece));
	}
	at = 0;
	for (size_t i = 0; i < n && !bytes->failed && !made->failed; i++) {
		struct sl_piece *piece = (struct sl_piece *)made->at + i;

		piece->at = bytes->at + at;
		at += piece->bytes;
	}
}

struct sums {
	size_t base, stale, since; /* bytes */
	uint32_t unused_since;
};

static struct sums sum_up(const struct sl_pieces *pieces, const struct sl_buffer *made)
{
	const struct sl_piece *known = (const struct sl_piece *)pieces->known.at,
			      *fresh = (const struct sl_piece *)made->at;
	struct sums sums = {0};

	for (size_t i = 0; i < pieces->known.bytes / sizeof(*known); i++) {
		sums.base += known[i].in_base ? known[i].bytes : 0;
		sums.stale += known[i].in_base && !known[i].used ? known[i].bytes : 0;
		sums.since += !known[i].in_base && known[i].used ? known[i].bytes : 0;
		sums.unused_since += !known[i].in_base && !known[i].used;
	}
	for (size_t i = 0; i < made->bytes / sizeof(*fresh); i++)
		sums.since += fresh[i].bytes;
	return sums;
}

static void gather_one(struct sl_buffer *list, const struct sl_piece *piece, size_t *bytes)
{
	sl_buffer_add(list, &piece, sizeof(piece));
	*bytes += piece->bytes;
}

/* What is used, of the base only where it is written anew; and then, up to as much again, what was
 * used before it, the latest first: who goes back to the set before reads nothing. */
static void gather(const struct sl_pieces *pieces, const struct sl_buffer *made, bool with_base,
		   struct sl_buffer *list)
{
	const struct sl_piece *known = (const struct sl_piece *)pieces->known.at,
			      *fresh = (const struct sl_piece *)made->at;
	size_t n_known = pieces->known.bytes / sizeof(*known), used = 0, kept = 0;

	for (size_t i = 0; i < n_known; i++)
		if (known[i].used && (with_base || !known[i].in_base))
			gather_one(list, &known[i], &used);
	for (size_t i = 0; i < made->bytes / sizeof(*fresh); i++)
		gather_one(list, &fresh[i], &used);
	for (size_t i = 0; with_base && i < n_known; i++)
		if (!known[i].used && kept + known[i].bytes <= used)
			gather_one(list, &known[i], &kept);
}

static void write_list(const struct sl_pieces *pieces, const char *name,
		       const struct sl_buffer *list)
{
	char path[PATH_MAX];

	mkdir(pieces->directory, 0700); /* if it is there, or cannot be, opening a file will tell */
	sl_pieces_path(pieces, name, path);
	sl_pieces_file_write(path, pieces->context, (const struct sl_piece *const *)list->at,
			     (uint32_t)(list->bytes / sizeof(struct sl_piece *)));
}

void sl_pieces_write(struct sl_pieces *pieces)
{
	struct sl_buffer bytes = {0}, made = {0}, list = {0};
	struct sums sums;
	char since[PATH_MAX];
	bool anew;

	if (pieces->failed || pieces->damaged)
		return;
	make_pieces(pieces, &bytes, &made);
	sums = sum_up(pieces, &made);
	anew = (double)sums.since > SL_PIECES_SINCE_SHARE * (double)sums.base ||
	       (double)sums.stale > SL_PIECES_STALE_SHARE * (double)sums.base;
	if (!bytes.failed && !made.failed && (made.bytes || sums.unused_since || anew)) {
		gather(pieces, &made, anew, &list);
		if (!list.failed && anew) {
			sl_pieces_path(pieces, SL_PIECES_MORE, since);
			unlink(since);
		}
		if (!list.failed)
			write_list(pieces, anew ? SL_PIECES_BASE : SL_PIECES_MORE, &list);
	}
	sl_buffer_fini(&bytes);
	sl_buffer_fini(&made);
	sl_buffer_fini(&list);
}
