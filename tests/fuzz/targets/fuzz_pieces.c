/* What was kept of a file of campaigns, as if its hash had held: lengths, counts and indexes are
 * checked, and whatever comes out lies within the bytes and the schema. */
#include "rules/pieces/pieces_priv.h"

#include <stdlib.h>

#define FIELDS 11u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_within(struct sl_slice text, const uint8_t *bytes, size_t n)
{
	if (text.bytes &&
	    ((const uint8_t *)text.at < bytes || (const uint8_t *)text.at + text.bytes > bytes + n))
		abort();
}

static void check_finding(const struct sl_finding *finding, const uint8_t *bytes, size_t n)
{
	for (uint32_t i = 0; i < finding->n_facts; i++) {
		check_within(finding->facts[i]->text, bytes, n);
		if (finding->facts[i]->slot >= FIELDS ||
		    finding->facts[i]->conjunct >= finding->n_conjuncts)
			abort();
	}
	for (uint32_t i = 0; i < finding->cover.n_rows; i++)
		for (uint32_t j = 0; j < finding->cover.rows[i].n_facts; j++)
			if (finding->cover.rows[i].facts[j]->kind >= SL_FACT_KINDS)
				abort();
}

static void unpack_conjuncts(const struct sl_finding *finding, struct sl_arena *arena)
{
	struct sl_piece_reader reader = {.at = (const uint8_t *)finding->packed.at,
					 .end = (const uint8_t *)finding->packed.at +
						finding->packed.bytes,
					 .n_fields = FIELDS};

	for (uint32_t i = 0; i < finding->n_conjuncts && !reader.bad; i++) {
		sl_piece_read_count(&reader, 1);
		sl_piece_unpack_expr(&reader, arena);
	}
}

/* What is remembered lies within its bounds; names within the bytes. */
static void check_pattern(const struct sl_campaign_text *campaign, const uint8_t *bytes, size_t n)
{
	const struct sl_pattern_text *pattern = campaign->pattern;

	if (pattern->n_sequences > SL_SEQUENCES_MAX || pattern->by_slot >= (int32_t)FIELDS)
		abort();
	for (uint32_t i = 0; i < pattern->n_sequences; i++) {
		const struct sl_sequence_text *sequence = &pattern->sequences[i];

		if (sequence->n_steps == 0 || sequence->n_steps > SL_STEPS_MAX)
			abort();
		for (uint32_t j = 0; j < sequence->n_captures; j++)
			if (sequence->captures[j].slot >= FIELDS ||
			    sequence->captures[j].step >= sequence->n_steps)
				abort();
		for (uint32_t j = 0; j < sequence->n_steps; j++) {
			check_within(sequence->steps[j].name, bytes, n);
			if ((sequence->steps[j].kind == SL_STEP_WINDOW) !=
			    (sequence->steps[j].window != NULL))
				abort();
		}
	}
	for (uint32_t i = 0; i < campaign->n_data; i++)
		if (campaign->data[i].from >= SL_DATA_CAPTURE &&
		    campaign->data[i].sequence >= pattern->n_sequences)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_piece_reader reader = {.at = bytes, .end = bytes + n, .n_fields = FIELDS};
	struct sl_piece_reader names = reader;
	struct sl_arena arena = {0};

	while (!names.bad && names.at < names.end)
		check_within(sl_piece_pass_campaign(&names), bytes, n);
	while (!reader.bad && reader.at < reader.end) {
		struct sl_campaign_text campaign;
		struct sl_finding finding;
		struct sl_piece_reader packed;

		if (!sl_piece_unpack_campaign(&reader, NULL, &arena, &campaign))
			break;
		check_within(campaign.template, bytes, n);
		if (campaign.pattern) {
			check_pattern(&campaign, bytes, n);
			continue;
		}
		packed = (struct sl_piece_reader){.at = (const uint8_t *)campaign.finding.at,
						  .end = (const uint8_t *)campaign.finding.at +
							 campaign.finding.bytes,
						  .n_fields = FIELDS};
		if (!sl_piece_unpack_finding(&packed, &arena, &finding))
			continue;
		check_finding(&finding, bytes, n);
		unpack_conjuncts(&finding, &arena);
	}
	sl_arena_fini(&arena);
	return 0;
}
