#include "rules/patterns/patterns_priv.h"
#include "rules/progress_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <hs/hs_compile.h>
#include <hs/hs_runtime.h>
#include <xxhash.h>

/* The atoms of one class at hand. */
struct class_work {
	const struct sl_plan *plan;
	const char *cache;
	struct sl_diagnostics *diagnostics;
	struct sl_patterns *patterns;
	enum sl_database_class class;
	struct sl_buffer atoms;       /* uint32_t */
	struct sl_table known;        /* hash of a pattern -> atom */
	struct sl_pattern_base base;  /* from the cache, or made anew */
	struct sl_pattern_base delta; /* what is not in it */
};

static uint32_t n_of(const struct sl_buffer *buffer, size_t bytes)
{
	return (uint32_t)(buffer->bytes / bytes);
}

static int collect(struct class_work *work)
{
	const struct sl_plan_literal *literals =
		(const struct sl_plan_literal *)work->plan->literal_index.at;
	uint32_t n = n_of(&work->plan->atoms, sizeof(struct sl_atom));

	for (uint32_t i = 0; i < n; i++) {
		uint64_t hash[2];
		uint32_t *atom;
		bool is_new;

		if (literals[i].class != work->class)
			continue;
		sl_pattern_hash(work->plan, i, hash);
		atom = sl_table_put(&work->known, hash, &is_new);
		if (!atom)
			return -ENOMEM;
		*atom = i;
		sl_buffer_add(&work->atoms, &i, sizeof(i));
	}
	return work->atoms.failed ? -ENOMEM : 0;
}

/* Adds the base's databases, each with a table of what its ids stand for now. */
static int add_databases(struct class_work *work, const struct sl_pattern_base *base)
{
	const struct sl_pattern_database *databases =
		(const struct sl_pattern_database *)base->databases.at;
	const uint64_t(*hashes)[2] = (const uint64_t(*)[2])base->hashes.at;
	struct sl_patterns *patterns = work->patterns;
	const uint8_t *blob = base->blobs.at;

	for (uint32_t i = 0; i < n_of(&base->databases, sizeof(*databases)); i++) {
		struct sl_database entry = {.class = work->class, .bytes = databases[i].bytes};

		entry.ids = n_of(&patterns->ids, sizeof(uint32_t));
		entry.ids_count = databases[i].patterns;
		for (uint32_t j = 0; j < entry.ids_count; j++) {
			const uint32_t *atom = sl_table_find(&work->known, *hashes++);
			uint32_t id = atom ? *atom : SL_ATOM_NONE;

			sl_buffer_add(&patterns->ids, &id, sizeof(id));
		}
		sl_buffer_grow(&patterns->blobs, -patterns->blobs.bytes % SL_FILE_ALIGN);
		entry.offset = patterns->blobs.bytes;
		entry.hash = XXH3_64bits(blob, entry.bytes);
		sl_buffer_add(&patterns->blobs, blob, entry.bytes);
		sl_buffer_add(&patterns->databases, &entry, sizeof(entry));
		blob += (entry.bytes + 7) / 8 * 8;
	}
	return patterns->blobs.failed || patterns->databases.failed || patterns->ids.failed
		       ? -ENOMEM
		       : 0;
}

/* The atoms that the base does not have. */
static int find_fresh(const struct class_work *work, struct sl_buffer *fresh)
{
	const uint32_t *atoms = (const uint32_t *)work->atoms.at;
	const uint64_t(*hashes)[2] = (const uint64_t(*)[2])work->base.hashes.at;
	struct sl_table have = {0};
	bool is_new;

	for (uint32_t i = 0; i < n_of(&work->base.hashes, sizeof(*hashes)); i++)
		if (!sl_table_put(&have, hashes[i], &is_new))
			goto fail;
	for (uint32_t i = 0; i < n_of(&work->atoms, sizeof(*atoms)); i++) {
		uint64_t hash[2];

		sl_pattern_hash(work->plan, atoms[i], hash);
		if (!sl_table_find(&have, hash))
			sl_buffer_add(fresh, &atoms[i], sizeof(*atoms));
	}
	if (fresh->failed)
		goto fail;
	sl_table_fini(&have);
	return 0;
fail:
	sl_table_fini(&have);
	return -ENOMEM;
}

static bool is_worn(const struct class_work *work, uint32_t fresh)
{
	uint32_t asked = n_of(&work->atoms, sizeof(uint32_t));
	uint32_t has = n_of(&work->base.hashes, 2 * sizeof(uint64_t));
	uint32_t stale = has - (asked - fresh);

	if (has == 0)
		return true;
	return (fresh > SL_PATTERNS_FEW && fresh > SL_PATTERNS_FRESH_SHARE * asked) ||
	       (stale > SL_PATTERNS_FEW && stale > SL_PATTERNS_STALE_SHARE * has);
}

/* The base of the set before this one, or of the one before that, if it serves, and what is not in
 * it; else any. */
static int choose_base(struct class_work *work, struct sl_buffer *fresh)
{
	for (unsigned before = 0; before < 2; before++) {
		int error = 0;

		sl_pattern_base_fini(&work->base);
		sl_buffer_fini(fresh);
		if (work->cache)
			error = sl_patterns_cache_read(work->cache, work->patterns, work->class,
						       before, &work->base);
		if (!error)
			error = find_fresh(work, fresh);
		if (error)
			return error;
		if (!is_worn(work, n_of(fresh, sizeof(uint32_t)))) {
			if (before)
				sl_patterns_cache_exchange(work->cache, work->patterns,
							   work->class);
			return 0;
		}
	}
	return 0;
}

static int build_class(struct class_work *work)
{
	struct sl_buffer fresh = {0};
	const uint32_t *atoms;
	uint32_t n;
	int error = collect(work);

	n = n_of(&work->atoms, sizeof(uint32_t));
	if (error || n == 0)
		return error;
	error = choose_base(work, &fresh);
	if (error)
		goto out;
	atoms = (const uint32_t *)fresh.at;
	work->patterns->compiled += n_of(&fresh, sizeof(*atoms));
	if (is_worn(work, n_of(&fresh, sizeof(*atoms)))) {
		sl_pattern_base_fini(&work->base);
		work->patterns->compiled += n - n_of(&fresh, sizeof(*atoms));
		error = sl_patterns_compile(work->plan, (const uint32_t *)work->atoms.at, n,
					    work->patterns, work->diagnostics, &work->base);
		if (!error && work->cache)
			sl_patterns_cache_write(work->cache, work->patterns, work->class,
						&work->base);
	} else {
		work->patterns->taken += n - n_of(&fresh, sizeof(*atoms));
		error = sl_patterns_compile(work->plan, atoms, n_of(&fresh, sizeof(*atoms)),
					    work->patterns, work->diagnostics, &work->delta);
	}
	if (!error)
		error = add_databases(work, &work->base);
	if (!error)
		error = add_databases(work, &work->delta);
out:
	sl_buffer_fini(&fresh);
	return error;
}

static int build_classes(const struct sl_plan *plan, const char *cache,
			 struct sl_diagnostics *diagnostics, struct sl_patterns *patterns)
{
	int error = 0;

	for (unsigned class = SL_DATABASE_LITERAL; class <= SL_DATABASE_DEAR && !error; class ++) {
		struct class_work work = {.plan = plan,
					  .cache = cache,
					  .diagnostics = diagnostics,
					  .patterns = patterns,
					  .class = (enum sl_database_class) class};

		error = build_class(&work);
		sl_buffer_fini(&work.atoms);
		sl_table_fini(&work.known);
		sl_pattern_base_fini(&work.base);
		sl_pattern_base_fini(&work.delta);
	}
	return error;
}

int sl_patterns_build(const struct sl_plan *plan, const char *cache,
		      struct sl_diagnostics *diagnostics, struct sl_patterns *ret_patterns)
{
	struct sl_patterns patterns = {.version = hs_version()};
	hs_platform_info_t platform;
	int error;

	if (hs_populate_platform(&platform) != HS_SUCCESS) {
		sl_mistake(diagnostics, (struct sl_place){0}, "patterns", "",
			   "the pattern library does not run on this CPU: it needs SSSE3 at least");
		return -SL_E_PATTERNS;
	}
	sl_progress_phase(plan->set->progress, SL_RULES_COMPILING, 0);
	patterns.cpu_features = platform.cpu_features;
	patterns.cpu_tune = platform.tune;
	error = build_classes(plan, cache, diagnostics, &patterns);
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
