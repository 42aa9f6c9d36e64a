/* What the databases answer, scanned with the library itself. */
#include "rules_fixture.h"

#include "rules/patterns/patterns_priv.h"

#include <hs/hs_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct built {
	struct sl_rules_set *set;
	struct sl_diagnostics *diagnostics;
	struct sl_plan plan;
	struct sl_patterns patterns;
	hs_database_t *database;
	hs_scratch_t *scratch;
	unsigned hits[64]; /* by atom */
	unsigned long long last_end[64];
};

static void build(const char *campaigns, struct built *built)
{
	const struct sl_database *database;

	*built = (struct built){.diagnostics = sl_diagnostics_new()};
	built->set = load_texts(test_schema, campaigns, built->diagnostics);
	assert_string_equal(codes_of(built->diagnostics), "");
	assert_int_equal(sl_plan_make(built->set, 1024, &built->plan), 0);
	assert_int_equal(
		sl_patterns_build(&built->plan, NULL, built->diagnostics, &built->patterns), 0);
	assert_int_equal(built->patterns.databases.bytes, sizeof(*database));
	database = (const struct sl_database *)built->patterns.databases.at;
	assert_int_equal(database->offset % SL_FILE_ALIGN, 0);
	assert_int_equal(
		hs_deserialize_database((const char *)built->patterns.blobs.at + database->offset,
					database->bytes, &built->database),
		HS_SUCCESS);
	assert_int_equal(hs_alloc_scratch(built->database, &built->scratch), HS_SUCCESS);
}

static void release(struct built *built)
{
	hs_free_scratch(built->scratch);
	hs_free_database(built->database);
	sl_patterns_fini(&built->patterns);
	sl_plan_fini(&built->plan);
	free_set(built->set);
	sl_diagnostics_free(built->diagnostics);
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		  void *context)
{
	struct built *built = context;

	(void)from;
	(void)flags;
	assert_true(id < 64);
	built->hits[id]++;
	built->last_end[id] = to;
	return 0;
}

static void scan(struct built *built, const void *text, size_t bytes)
{
	memset(built->hits, 0, sizeof(built->hits));
	assert_int_equal(
		hs_scan(built->database, text, (unsigned)bytes, 0, built->scratch, on_hit, built),
		HS_SUCCESS);
}

/* Repetitive literals of each kind, from 1 byte to as long as they come: each text of n of
 * the letter must hit exactly what it holds. */
static void long_literals_that_share_their_ends(void **state)
{
	static const unsigned lengths[] = {1,  2,  8,  9,   31,  32,   33,  47,
					   63, 64, 65, 255, 256, 1000, 3890};
	enum { N = sizeof(lengths) / sizeof(lengths[0]) };
	char *campaigns = calloc(1, 1u << 20), *at = campaigns, letters[4000];
	struct built built;

	(void)state;
	memset(letters, 'k', sizeof(letters));
	for (unsigned i = 0; i < N; i++) {
		static const char *const tests[] = {"text.contains(\"%.*s\")",
						    "text.startsWith(\"%.*s\")"};

		for (unsigned kind = 0; kind < 2; kind++) {
			at += sprintf(at, "---\ncampaign: c%02u%u\nkind: service\nmatch: ", i,
				      kind);
			at += sprintf(at, tests[kind], (int)lengths[i], letters);
			*at++ = '\n';
		}
	}
	build(campaigns, &built);
	free(campaigns);
	for (unsigned i = 0; i < N; i++) {
		char text[4100] = "\x01\x30\x6a\x02";

		memset(text + 4, 'k', lengths[i]);
		text[4 + lengths[i]] = '\x03';
		scan(&built, text, lengths[i] + 5);
		for (unsigned j = 0; j < N; j++) {
			bool held = lengths[j] <= lengths[i];

			assert_int_equal(built.hits[j * 2], held ? lengths[i] - lengths[j] + 1 : 0);
			assert_int_equal(built.hits[j * 2 + 1], held);
		}
	}
	release(&built);
}

static void every_byte_is_itself(void **state)
{
	static const char special[] = ".*+?()[]{}|^$\\/#-\"'";
	char campaigns[4096], literal[256] = "", *at = literal;
	struct built built;

	(void)state;
	for (const char *c = special; *c; c++)
		at += sprintf(at, "\\\\x%02x", (unsigned)*c);
	snprintf(campaigns, sizeof(campaigns),
		 "campaign: a\nkind: service\nmatch: \"text.contains('%s')\"\n---\n"
		 "campaign: b\nkind: service\nmatch: text.contains(\"\\x00\\x04z\")\n---\n"
		 "campaign: c\nkind: service\nmatch: text.contains(\"해지\")\n",
		 literal);
	build(campaigns, &built);
	scan(&built, special, sizeof(special) - 1);
	assert_int_equal(built.hits[0], 1);
	scan(&built,
	     "\x04@\x04"
	     "Dz",
	     5);
	assert_int_equal(built.hits[1], 1);
	assert_int_equal(built.last_end[1], 5);
	scan(&built, "해지해지", strlen("해지해지"));
	assert_int_equal(built.hits[2], 2);
	scan(&built, "HAEJI \xed\x95\xb4", 9);
	assert_int_equal(built.hits[2], 0);
	release(&built);
}

/* ---- what is kept --------------------------------------------------------------------------- */

static char cache[64];

/* Campaigns that look for word-FROM to word-TO. */
static void build_words(unsigned from, unsigned to, struct built *built)
{
	char *campaigns = calloc(1, 1u << 20), *at = campaigns;

	for (unsigned i = from; i < to; i++)
		at += sprintf(at,
			      "---\ncampaign: c%05u\nkind: service\nmatch: "
			      "text.contains(\"word-%05u.\")\n",
			      i, i);
	*built = (struct built){.diagnostics = sl_diagnostics_new()};
	built->set = load_texts(test_schema, campaigns, built->diagnostics);
	assert_string_equal(codes_of(built->diagnostics), "");
	assert_int_equal(sl_plan_make(built->set, 1024, &built->plan), 0);
	assert_int_equal(
		sl_patterns_build(&built->plan, cache, built->diagnostics, &built->patterns), 0);
	free(campaigns);
}

static int on_word(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		   void *context)
{
	(void)from;
	(void)to;
	(void)flags;
	*(unsigned *)context = id;
	return 0;
}

/* Which atom the word is found as, in whichever database; SL_ATOM_NONE: in none. */
static uint32_t find_word(const struct built *built, unsigned word)
{
	const struct sl_database *databases =
		(const struct sl_database *)built->patterns.databases.at;
	uint32_t atom = SL_ATOM_NONE;
	char text[32];

	snprintf(text, sizeof(text), "a word-%05u. b", word);
	for (size_t i = 0; i < built->patterns.databases.bytes / sizeof(*databases); i++) {
		const uint32_t *ids = (const uint32_t *)built->patterns.ids.at + databases[i].ids;
		hs_database_t *database;
		hs_scratch_t *scratch = NULL;
		unsigned id = UINT32_MAX;

		assert_int_equal(hs_deserialize_database((const char *)built->patterns.blobs.at +
								 databases[i].offset,
							 databases[i].bytes, &database),
				 HS_SUCCESS);
		assert_int_equal(hs_alloc_scratch(database, &scratch), HS_SUCCESS);
		hs_scan(database, text, (unsigned)strlen(text), 0, scratch, on_word, &id);
		hs_free_scratch(scratch);
		hs_free_database(database);
		assert_true(id == UINT32_MAX || id < databases[i].ids_count);
		if (id != UINT32_MAX && ids[id] != SL_ATOM_NONE)
			atom = ids[id];
	}
	return atom;
}

static void check_words(unsigned from, unsigned to, unsigned taken, unsigned compiled,
			unsigned databases)
{
	struct built built;

	build_words(from, to, &built);
	assert_int_equal(built.patterns.taken, taken);
	assert_int_equal(built.patterns.compiled, compiled);
	assert_int_equal(built.patterns.databases.bytes / sizeof(struct sl_database), databases);
	assert_int_equal(find_word(&built, from), 0);
	assert_int_equal(find_word(&built, to - 1), to - 1 - from);
	assert_int_equal(find_word(&built, from - 1), SL_ATOM_NONE);
	assert_int_equal(find_word(&built, to), SL_ATOM_NONE);
	release(&built);
}

static void what_was_compiled_is_kept(void **state)
{
	(void)state;
	make_directory(cache);
	check_words(1000, 2000, 0, 1000, 1);
	check_words(1000, 2000, 1000, 0, 1);
	check_words(1001, 2001, 999, 1, 2); /* one is new, one no longer asked for */
	check_words(1000, 2060, 1000, 60, 2);
	check_words(1000, 2060, 1000, 60, 2); /* few stay beside the base */
	check_words(1000, 2200, 0, 1200, 1);  /* many make a new one */
	check_words(1000, 2190, 1190, 0, 1);
	check_words(1000, 1700, 0, 700, 1); /* too much of it is no longer asked for */
	remove_directory(cache);
}

static void who_goes_back_compiles_nothing(void **state)
{
	(void)state;
	make_directory(cache);
	check_words(1000, 1500, 0, 500, 1);
	check_words(2000, 2500, 0, 500, 1);
	for (unsigned i = 0; i < 2; i++) {
		check_words(1000, 1500, 500, 0, 1);
		check_words(2000, 2500, 500, 0, 1);
	}
	check_words(3000, 3500, 0, 500, 1);
	check_words(2000, 2500, 500, 0, 1);
	check_words(1000, 1500, 0, 500, 1);
	remove_directory(cache);
}

/* Two fields that ask for the same text are two atoms, and both are found. */
static void same_text_in_two_fields(void **state)
{
	struct built built = {.diagnostics = sl_diagnostics_new()};
	const uint32_t *ids;

	(void)state;
	built.set = load_texts(test_schema,
			       "campaign: a\nkind: service\nmatch: text.contains('loan-rate')\n"
			       "---\ncampaign: b\nkind: service\n"
			       "match: customer.contains('loan-rate')\n",
			       built.diagnostics);
	assert_int_equal(sl_plan_make(built.set, 1024, &built.plan), 0);
	assert_int_equal(sl_patterns_build(&built.plan, NULL, built.diagnostics, &built.patterns),
			 0);
	ids = (const uint32_t *)built.patterns.ids.at;
	assert_int_equal(built.patterns.ids.bytes, 2 * sizeof(*ids));
	assert_int_equal(ids[0], 0);
	assert_int_equal(ids[1], 1);
	release(&built);
}

static void damaged_cache_is_replaced(void **state)
{
	char command[256];

	(void)state;
	make_directory(cache);
	check_words(1000, 1100, 0, 100, 1);
	for (unsigned i = 0; i < 4; i++) {
		static const char *const damages[] = {
			"for f in %s/*; do printf x | dd of=$f bs=1 seek=4000 conv=notrunc "
			"2>/dev/null; done",
			"for f in %s/*; do truncate -s 4000 $f; done",
			"for f in %s/*; do : >$f; done",
			"for f in %s/*; do rm $f; mkfifo $f; done",
		};

		snprintf(command, sizeof(command), damages[i], cache);
		assert_int_equal(system(command), 0);
		check_words(1000, 1100, 0, 100, 1);
		check_words(1000, 1100, 100, 0, 1);
	}
	remove_directory(cache);
	strcpy(cache, "/proc/no/such/place");
	check_words(1000, 1100, 0, 100, 1);
}

/* ---- expressions ---------------------------------------------------------------------------- */

static void plan_matching(const char *pattern, struct built *built)
{
	char campaigns[1024];

	snprintf(campaigns, sizeof(campaigns),
		 "campaign: c\nkind: service\nmatch: |\n  text.matches(r'%s')\n", pattern);
	*built = (struct built){.diagnostics = sl_diagnostics_new()};
	built->set = load_texts(test_schema, campaigns, built->diagnostics);
	assert_string_equal(codes_of(built->diagnostics), "");
	assert_int_equal(sl_plan_make(built->set, 1024, &built->plan), 0);
}

static void expressions_have_classes(void **state)
{
	static const struct {
		const char *pattern;
		unsigned kind, class;
	} cases[] = {
		{"loan[0-9]+", SL_ATOM_CONTAINS, SL_DATABASE_LITERAL},
		{"^[a-c][0-9]$", SL_ATOM_REGEX, SL_DATABASE_CHEAP},
		{"[a-c].*[0-9].*[xyz].*[kl][mn]", SL_ATOM_REGEX, SL_DATABASE_DEAR},
		{".*", 0, 0},
	};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const struct sl_plan_literal *literal;
		struct built built;

		plan_matching(cases[i].pattern, &built);
		assert_int_equal(built.plan.atoms.bytes != 0, cases[i].kind != 0);
		if (cases[i].kind) {
			literal = (const struct sl_plan_literal *)built.plan.literal_index.at;
			assert_int_equal(((const struct sl_atom *)built.plan.atoms.at)->kind,
					 cases[i].kind);
			assert_int_equal(literal->class, cases[i].class);
		}
		assert_int_equal(
			sl_patterns_build(&built.plan, NULL, built.diagnostics, &built.patterns),
			0);
		assert_int_equal(built.patterns.databases.bytes / sizeof(struct sl_database),
				 cases[i].kind != 0);
		release(&built);
	}
}

/* That a figure is told and a bound refuses, not which figure. */
static void dear_expressions_are_told(void **state)
{
	struct built built;

	(void)state;
	plan_matching("[a-c].*[0-9].*[xyz].*[kl][mn]", &built);
	assert_int_equal(sl_patterns_judge(&built.plan, built.set, 0), 0);
	assert_string_equal(codes_of(built.diagnostics), "dear_pattern");
	assert_int_equal(sl_diagnostics_count(built.diagnostics, SL_SEVERITY_ERROR), 0);
	assert_int_equal(sl_patterns_judge(&built.plan, built.set, UINT32_MAX), 0);
	assert_int_equal(sl_diagnostics_count(built.diagnostics, SL_SEVERITY_ERROR), 0);
	release(&built);
	plan_matching("^[a-c][0-9]$", &built);
	assert_int_equal(sl_patterns_judge(&built.plan, built.set, 1), 0);
	assert_string_equal(codes_of(built.diagnostics), "");
	release(&built);
}

/* What the library does not take passes too much, never too little, and fails no set. */
static void refused_expressions_are_loose(void **state)
{
	static const char loose[] = "(?<!a)b(\\d+)\\1"; /* no such thing comes from our filter */
	static const uint8_t field[] = {0x01, 0x30, 0x6a, 0x02, 'x', 0x03};
	struct sl_plan_literal *literal;
	struct built built;

	(void)state;
	plan_matching("^[a-c][0-9]$", &built);
	literal = (struct sl_plan_literal *)built.plan.literal_index.at;
	built.plan.literals.bytes = 0;
	sl_buffer_add(&built.plan.literals, loose, sizeof(loose) - 1);
	literal->offset = 0;
	literal->bytes = sizeof(loose) - 1;
	for (unsigned i = 0; i < 2; i++) {
		/* not even that: the bracket does not close */
		if (i == 1)
			literal->bytes = 1;
		assert_int_equal(
			sl_patterns_build(&built.plan, NULL, built.diagnostics, &built.patterns),
			0);
		assert_string_equal(codes_of(built.diagnostics), "");
		assert_int_equal(hs_deserialize_database((const char *)built.patterns.blobs.at,
							 built.patterns.blobs.bytes,
							 &built.database),
				 HS_SUCCESS);
		assert_int_equal(hs_alloc_scratch(built.database, &built.scratch), HS_SUCCESS);
		if (i == 1) {
			scan(&built, field, sizeof(field));
			assert_int_equal(built.hits[0], 1);
			break;
		}
		hs_free_database(built.database);
		sl_patterns_fini(&built.patterns);
	}
	release(&built);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_literals_that_share_their_ends),
		cmocka_unit_test(every_byte_is_itself),
		cmocka_unit_test(expressions_have_classes),
		cmocka_unit_test(dear_expressions_are_told),
		cmocka_unit_test(refused_expressions_are_loose),
		cmocka_unit_test(what_was_compiled_is_kept),
		cmocka_unit_test(who_goes_back_compiles_nothing),
		cmocka_unit_test(same_text_in_two_fields),
		cmocka_unit_test(damaged_cache_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
