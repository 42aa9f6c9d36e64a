#include "match_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <hs/hs_common.h>
#include <hs/hs_compile.h> /* the names of CPU features; nothing of it is linked */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((format(printf, 3, 4))) static int refuse(char *why, int error, const char *format,
							...)
{
	va_list arguments;

	if (why) {
		va_start(arguments, format);
		vsnprintf(why, SL_SENTENCE_BYTES, format, arguments);
		va_end(arguments);
	}
	return error;
}

static uint64_t cpu_features(void)
{
	uint64_t features = 0;

#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		features |= HS_CPU_FEATURES_AVX2;
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
		features |= HS_CPU_FEATURES_AVX512;
	if (__builtin_cpu_supports("avx512vbmi"))
		features |= HS_CPU_FEATURES_AVX512VBMI;
#endif
	return features;
}

/* The library checks version and platform too, but only by its own header inside the bytes. */
static int check_library(const struct sl_artifact *artifact, char *why)
{
	struct sl_text wanted = sl_artifact_text(artifact, artifact->meta->patterns);
	const char *version = hs_version();
	uint64_t lacking = artifact->meta->cpu_features & ~cpu_features();

	if (wanted.bytes != strlen(version) || memcmp(wanted.at, version, wanted.bytes) != 0)
		return refuse(why, -SL_E_PATTERNS,
			      "patterns of library %.*s, this is %s: load the campaigns again, so "
			      "that they are compiled here",
			      (int)(wanted.bytes < 64 ? wanted.bytes : 64), wanted.at, version);
	if (lacking)
		return refuse(
			why, -SL_E_PATTERNS,
			"patterns for CPU features %#llx, which lack here: load the campaigns "
			"again on this machine",
			(unsigned long long)lacking);
	if (hs_valid_platform() != HS_SUCCESS)
		return refuse(why, -SL_E_PATTERNS, "the pattern library does not run on this CPU");
	return 0;
}

static int load_databases(struct sl_match_set *set, char *why)
{
	const struct sl_artifact *artifact = set->artifact;

	for (uint32_t i = 0; i < artifact->n_databases; i++) {
		const struct sl_database *database = &artifact->databases[i];
		struct sl_match_database *loaded = &set->databases[i];
		hs_error_t error =
			hs_deserialize_database((const char *)artifact->blobs + database->offset,
						database->bytes, &loaded->database);

		if (error == HS_NOMEM)
			return refuse(why, -ENOMEM, "no memory for pattern database %u", i);
		if (error != HS_SUCCESS)
			return refuse(why, -SL_E_PATTERNS,
				      "pattern database %u: the library refuses it (%d)", i, error);
		loaded->ids = database->ids_count ? artifact->ids + database->ids : NULL;
		loaded->n_ids = database->ids_count;
		set->n_databases++;
	}
	return 0;
}

static void list_scanned(struct sl_match_set *set)
{
	for (uint32_t slot = 0; slot < set->artifact->n_fields; slot++) {
		if (!(set->artifact->fields[slot].flags & SL_FIELD_SCANNED))
			continue;
		set->scanned[set->n_scanned].slot = (uint16_t)slot;
		sl_canon_head((uint16_t)slot, set->scanned[set->n_scanned++].head);
	}
}

static int make_sieve(struct sl_match_set *set)
{
	const struct sl_artifact *artifact = set->artifact;
	uint32_t words = 1;

	while (words < artifact->n_nodes / 8)
		words *= 2;
	set->sieve = calloc(words, sizeof(*set->sieve));
	if (!set->sieve)
		return -ENOMEM;
	set->sieve_mask = words - 1;
	for (uint32_t i = 1; i < artifact->n_nodes; i++) { /* the root is nobody's child */
		const struct sl_tree_node *node = &artifact->nodes[i];
		uint64_t key = sl_node_key(node->parent, node->slot, node->value);

		set->sieve[key >> 12 & set->sieve_mask] |= sl_sieve_bits(key);
	}
	return 0;
}

int sl_match_set_new(const struct sl_artifact *artifact, struct sl_match_set **ret_set,
		     char ret_why[SL_SENTENCE_BYTES])
{
	static _Atomic uint64_t serials;
	struct sl_match_set *set = calloc(1, sizeof(*set));
	int error = 0;

	if (!set)
		return refuse(ret_why, -ENOMEM, "no memory for a rule set");
	set->artifact = artifact;
	set->serial = atomic_fetch_add(&serials, 1) + 1;
	list_scanned(set);
	error = make_sieve(set);
	if (error) {
		refuse(ret_why, error, "no memory for a rule set");
		goto fail;
	}
	if (artifact->n_databases) {
		error = check_library(artifact, ret_why);
		if (error)
			goto fail;
		set->databases = calloc(artifact->n_databases, sizeof(*set->databases));
		if (!set->databases) {
			error = refuse(ret_why, -ENOMEM, "no memory for a rule set");
			goto fail;
		}
		error = load_databases(set, ret_why);
		if (error)
			goto fail;
	}
	*ret_set = set;
	return 0;
fail:
	sl_match_set_free(set);
	return error;
}

void sl_match_set_free(struct sl_match_set *set)
{
	if (!set)
		return;
	for (uint32_t i = 0; i < set->n_databases; i++)
		hs_free_database(set->databases[i].database);
	free(set->databases);
	free(set->sieve);
	free(set);
}
