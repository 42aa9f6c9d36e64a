#include "rules/patterns_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <hs/hs_compile.h>
#include <hs/hs_runtime.h>
#include <stdlib.h>
#include <xxhash.h>

/* One database's worth of atoms, as the library wants them. Literals are given to it as regular
 * expressions that say each byte by its number, not through its interface for literals: what that
 * one builds stops a scan with an error where long literals share their ends (5.4.0). The size of
 * the database and the speed of a scan are the same. */
struct shard {
	struct sl_arena arena;
	const char **expressions;
	unsigned *ids;
};

static void shard_fini(struct shard *shard)
{
	sl_arena_fini(&shard->arena);
}

static char *expression_of(struct shard *shard, const uint8_t *literal, uint32_t bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *text = sl_arena_alloc(&shard->arena, 4 * (size_t)bytes + 1), *at = text;

	for (uint32_t i = 0; text && i < bytes; i++) {
		*at++ = '\\';
		*at++ = 'x';
		*at++ = digits[literal[i] >> 4];
		*at++ = digits[literal[i] & 15];
	}
	return text;
}

/* Atoms first to first + n of the plan. They get no flags: every hit is reported, for what is
 * scanned as one may be the texts of many events. */
static int shard_init(const struct sl_plan *plan, uint32_t first, uint32_t n, struct shard *shard)
{
	const struct sl_plan_literal *index =
		(const struct sl_plan_literal *)plan->literal_index.at + first;

	*shard = (struct shard){0};
	shard->expressions = sl_arena_alloc(&shard->arena, n * sizeof(*shard->expressions));
	shard->ids = sl_arena_alloc(&shard->arena, n * sizeof(*shard->ids));
	if (!shard->expressions || !shard->ids)
		goto fail;
	for (uint32_t i = 0; i < n; i++) {
		shard->expressions[i] =
			expression_of(shard, plan->literals.at + index[i].offset, index[i].bytes);
		if (!shard->expressions[i])
			goto fail;
		shard->ids[i] = first + i;
	}
	return 0;
fail:
	shard_fini(shard);
	return -ENOMEM;
}

static int compile(const struct shard *shard, uint32_t n, const hs_platform_info_t *platform,
		   struct sl_diagnostics *diagnostics, hs_database_t **ret_database)
{
	hs_compile_error_t *mistake = NULL;
	hs_error_t status = hs_compile_multi(shard->expressions, NULL, shard->ids, n, HS_MODE_BLOCK,
					     platform, ret_database, &mistake);

	if (status == HS_SUCCESS)
		return 0;
	if (status == HS_NOMEM || !mistake) {
		hs_free_compile_error(mistake);
		return -ENOMEM;
	}
	sl_mistake(diagnostics, (struct sl_place){0}, "patterns", "",
		   "the pattern library refuses the rule set: %s", mistake->message);
	hs_free_compile_error(mistake);
	return -SL_E_PATTERNS;
}

static int add_blob(struct sl_patterns *patterns, const hs_database_t *database)
{
	struct sl_database entry = {.class = SL_DATABASE_LITERAL};
	char *bytes = NULL;
	size_t n = 0;

	if (hs_serialize_database(database, &bytes, &n) != HS_SUCCESS)
		return -ENOMEM;
	sl_buffer_grow(&patterns->blobs, -patterns->blobs.bytes % SL_FILE_ALIGN);
	entry.offset = patterns->blobs.bytes;
	entry.bytes = n;
	entry.hash = XXH3_64bits(bytes, n);
	sl_buffer_add(&patterns->blobs, bytes, n);
	sl_buffer_add(&patterns->databases, &entry, sizeof(entry));
	free(bytes);
	return patterns->blobs.failed || patterns->databases.failed ? -ENOMEM : 0;
}

static int build_shard(const struct sl_plan *plan, uint32_t first, uint32_t n,
		       const hs_platform_info_t *platform, struct sl_diagnostics *diagnostics,
		       struct sl_patterns *patterns)
{
	hs_database_t *database = NULL;
	struct shard shard;
	int error = shard_init(plan, first, n, &shard);

	if (error)
		return error;
	error = compile(&shard, n, platform, diagnostics, &database);
	shard_fini(&shard);
	if (!error)
		error = add_blob(patterns, database);
	hs_free_database(database);
	return error;
}

int sl_patterns_build(const struct sl_plan *plan, struct sl_diagnostics *diagnostics,
		      struct sl_patterns *ret_patterns)
{
	uint32_t n_atoms = (uint32_t)(plan->atoms.bytes / sizeof(struct sl_atom)), first = 0;
	struct sl_patterns patterns = {.version = hs_version()};
	hs_platform_info_t platform;
	int error = 0;

	if (hs_populate_platform(&platform) != HS_SUCCESS) {
		sl_mistake(diagnostics, (struct sl_place){0}, "patterns", "",
			   "the pattern library does not run on this CPU: it needs SSSE3 at least");
		return -SL_E_PATTERNS;
	}
	patterns.cpu_features = platform.cpu_features;
	patterns.cpu_tune = platform.tune;
	/* shards of equal size: one of a few atoms would cost a scan of its own all the same */
	for (uint32_t left = (n_atoms + SL_PATTERNS_PER_DATABASE - 1) / SL_PATTERNS_PER_DATABASE;
	     left > 0 && !error; left--) {
		uint32_t n = (n_atoms - first + left - 1) / left;

		error = build_shard(plan, first, n, &platform, diagnostics, &patterns);
		first += n;
	}
	if (error) {
		sl_patterns_fini(&patterns);
		return error;
	}
	*ret_patterns = patterns;
	return 0;
}

void sl_patterns_fini(struct sl_patterns *patterns)
{
	sl_buffer_fini(&patterns->databases);
	sl_buffer_fini(&patterns->ids);
	sl_buffer_fini(&patterns->blobs);
}
