/* Patterns -> databases: the one place that calls the pattern library's compiler. */
#include "rules/patterns/patterns_priv.h"
#include "rules/progress_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <hs/hs_compile.h>
#include <hs/hs_runtime.h>
#include <stdio.h>
#include <stdlib.h>

/* One database's worth of patterns, as the library wants them. Literals are given to it as regular
 * expressions that say each byte by its number, not through its interface for literals: what that
 * one builds stops a scan with an error where long literals share their ends (5.4.0). The size of
 * the database and the speed of a scan are the same. */
struct shard {
	struct sl_arena arena;
	const char **expressions;
	unsigned *ids;
	unsigned *flags;
};

static const struct sl_plan_literal *pattern_of(const struct sl_plan *plan, uint32_t atom)
{
	return (const struct sl_plan_literal *)plan->literal_index.at + atom;
}

void sl_pattern_hash(const struct sl_plan *plan, uint32_t atom, uint64_t ret_hash[2])
{
	const struct sl_plan_literal *pattern = pattern_of(plan, atom);
	const struct sl_atom *of = (const struct sl_atom *)plan->atoms.at + atom;
	uint64_t parts[4];

	/* two fields may ask for the same text: each has an atom, and a pattern, of its own */
	sl_rules_hash(plan->literals.at + pattern->offset, pattern->bytes, parts);
	parts[2] = (uint64_t)pattern->class << 32 | pattern->flags;
	parts[3] = (uint64_t)of->kind << 32 | of->slot;
	sl_rules_hash(parts, sizeof(parts), ret_hash);
}

static char *expression_of(struct shard *shard, const struct sl_plan_literal *pattern,
			   const uint8_t *at)
{
	static const char digits[] = "0123456789abcdef";
	char *text, *to;

	if (pattern->class != SL_DATABASE_LITERAL)
		return sl_arena_copy(&shard->arena, (struct sl_slice){.at = (const char *)at,
								      .bytes = pattern->bytes});
	text = to = sl_arena_alloc(&shard->arena, 4 * (size_t)pattern->bytes + 1);
	for (uint32_t i = 0; text && i < pattern->bytes; i++) {
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[at[i] >> 4];
		*to++ = digits[at[i] & 15];
	}
	return text;
}

/* They get no flag that would tell a hit only once: what is scanned as one may be the texts of many
 * events. */
static int shard_init(const struct sl_plan *plan, const uint32_t *atoms, uint32_t n,
		      struct shard *shard)
{
	*shard = (struct shard){0};
	shard->expressions = sl_arena_alloc(&shard->arena, n * sizeof(*shard->expressions));
	shard->ids = sl_arena_alloc(&shard->arena, n * sizeof(*shard->ids));
	shard->flags = sl_arena_alloc(&shard->arena, n * sizeof(*shard->flags));
	if (!shard->expressions || !shard->ids || !shard->flags)
		goto fail;
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_plan_literal *pattern = pattern_of(plan, atoms[i]);

		shard->expressions[i] =
			expression_of(shard, pattern, plan->literals.at + pattern->offset);
		if (!shard->expressions[i])
			goto fail;
		shard->ids[i] = i;
		shard->flags[i] = pattern->flags;
	}
	return 0;
fail:
	sl_arena_fini(&shard->arena);
	return -ENOMEM;
}

/* An expression that the library does not take: as one that lets more pass, or else whatever has
 * the field. Both are filters still. */
static int compile_loosely(const struct sl_plan *plan, uint32_t atom, struct shard *shard,
			   const hs_platform_info_t *platform, hs_database_t **ret_database)
{
	const struct sl_atom *atoms = (const struct sl_atom *)plan->atoms.at;
	uint8_t head[SL_CANON_HEAD_BYTES];
	char field[4 * sizeof(head) + 1];
	hs_compile_error_t *mistake = NULL;
	hs_error_t status;

	status = hs_compile(shard->expressions[0], shard->flags[0] | HS_FLAG_PREFILTER,
			    HS_MODE_BLOCK, platform, ret_database, &mistake);
	hs_free_compile_error(mistake);
	if (status == HS_SUCCESS)
		return 0;
	sl_canon_head(atoms[atom].slot, head);
	for (unsigned i = 0; i < sizeof(head); i++)
		snprintf(field + 4 * (size_t)i, 5, "\\x%02x", head[i]);
	mistake = NULL;
	status = hs_compile(field, 0, HS_MODE_BLOCK, platform, ret_database, &mistake);
	hs_free_compile_error(mistake);
	return status == HS_SUCCESS ? 0 : -ENOMEM;
}

/* -SL_E_PATTERNS, without a word, where the library does not take them together. */
static int compile_shard(const struct sl_plan *plan, const uint32_t *atoms, uint32_t n,
			 const hs_platform_info_t *platform, hs_database_t **ret_database,
			 struct sl_diagnostics *diagnostics)
{
	hs_compile_error_t *mistake = NULL;
	struct shard shard;
	hs_error_t status;
	int error = shard_init(plan, atoms, n, &shard);

	if (error)
		return error;
	status = hs_compile_multi(shard.expressions, shard.flags, shard.ids, n, HS_MODE_BLOCK,
				  platform, ret_database, &mistake);
	if (status == HS_NOMEM || (status != HS_SUCCESS && !mistake)) {
		error = -ENOMEM;
	} else if (status != HS_SUCCESS) {
		error = -SL_E_PATTERNS;
		if (n == 1 && pattern_of(plan, atoms[0])->class != SL_DATABASE_LITERAL)
			error = compile_loosely(plan, atoms[0], &shard, platform, ret_database);
		else if (n == 1)
			sl_mistake(diagnostics, (struct sl_place){0}, "patterns",
				   "write the pattern shorter, or test a plain text of it with "
				   "contains()",
				   "the pattern library refuses the rule set: %s (%s)",
				   mistake->message, shard.expressions[0]);
	}
	hs_free_compile_error(mistake);
	sl_arena_fini(&shard.arena);
	return error;
}

static int keep(const struct sl_plan *plan, const uint32_t *atoms, uint32_t n,
		const hs_database_t *database, struct sl_pattern_base *base)
{
	struct sl_pattern_database entry = {.patterns = n};
	char *bytes = NULL;
	size_t n_bytes = 0;

	if (hs_serialize_database(database, &bytes, &n_bytes) != HS_SUCCESS)
		return -ENOMEM;
	entry.bytes = n_bytes;
	sl_buffer_add(&base->databases, &entry, sizeof(entry));
	sl_buffer_add(&base->blobs, bytes, n_bytes);
	sl_buffer_grow(&base->blobs, -base->blobs.bytes % 8);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t hash[2];

		sl_pattern_hash(plan, atoms[i], hash);
		sl_buffer_add(&base->hashes, hash, sizeof(hash));
	}
	free(bytes);
	return base->databases.failed || base->blobs.failed || base->hashes.failed ? -ENOMEM : 0;
}

/* Of the first campaign that asks the atom. */
static struct sl_slice asked_by(const struct sl_plan *plan, uint32_t atom)
{
	const struct sl_plan_filing *filings = (const struct sl_plan_filing *)plan->filings.at;
	const struct sl_trigger *triggers = (const struct sl_trigger *)plan->triggers.at;

	for (size_t i = 0; i < plan->filings.bytes / sizeof(*filings); i++)
		if (filings[i].place == (atom | SL_PLAN_ATOM))
			return plan->set->campaigns[triggers[filings[i].trigger].campaign].name;
	return (struct sl_slice){.at = ""};
}

/* What the library does not take together it may take in halves. */
static int compile(const struct sl_plan *plan, const uint32_t *atoms, uint32_t n,
		   const hs_platform_info_t *platform, struct sl_diagnostics *diagnostics,
		   struct sl_pattern_base *base)
{
	struct sl_rules_progress *progress = plan->set->progress;
	hs_database_t *database = NULL;
	int error;

	if (progress)
		sl_progress_patterns(progress, n, asked_by(plan, atoms[0]),
				     asked_by(plan, atoms[n - 1]));
	error = compile_shard(plan, atoms, n, platform, &database, diagnostics);
	if (error == -SL_E_PATTERNS && n > 1) {
		error = compile(plan, atoms, n / 2, platform, diagnostics, base);
		return error ? error
			     : compile(plan, atoms + n / 2, n - n / 2, platform, diagnostics, base);
	}
	if (!error)
		error = keep(plan, atoms, n, database, base);
	hs_free_database(database);
	sl_progress_step(progress, n);
	return error;
}

int sl_patterns_compile(const struct sl_plan *plan, const uint32_t *atoms, uint32_t n,
			const struct sl_patterns *machine, struct sl_diagnostics *diagnostics,
			struct sl_pattern_base *base)
{
	hs_platform_info_t platform = {.cpu_features = machine->cpu_features,
				       .tune = machine->cpu_tune};
	bool literals = n && pattern_of(plan, atoms[0])->class == SL_DATABASE_LITERAL;
	uint32_t most = literals ? SL_PATTERNS_LITERALS_MAX : SL_PATTERNS_EXPRESSIONS_MAX;
	uint32_t first = 0;

	/* shards of equal size: one of a few would cost a scan of its own all the same */
	for (uint32_t left = (n + most - 1) / most; left > 0; left--) {
		uint32_t here = (n - first + left - 1) / left;
		int error = compile(plan, atoms + first, here, &platform, diagnostics, base);

		if (error)
			return error;
		first += here;
	}
	return 0;
}

void sl_pattern_base_fini(struct sl_pattern_base *base)
{
	sl_buffer_fini(&base->databases);
	sl_buffer_fini(&base->hashes);
	sl_buffer_fini(&base->blobs);
}
