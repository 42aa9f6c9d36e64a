/* Regular expressions against another library: random patterns and texts through our parser,
 * compiler and search, and through PCRE2; and every text that matches is hit by the filter that the
 * pattern library runs over the canonical text. A case is one text under one pattern.
 *
 *     oracle_regex [--cases N] [--seed S]
 *
 * A difference is cut down and printed with the seed that shows it again. Exit status: 0 all agree,
 * 1 a difference, 3 it could not look. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/regex.h"
#include "match/match_priv.h"
#include "rules/regex/regex_priv.h"
#include "sluice/error.h"
#include "tests/oracle/draw_regex.h"

#include <hs/hs_compile.h>
#include <hs/hs_runtime.h>
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS 16u
#define SLOT 3u
#define CANON_BYTES 65536u

struct text {
	char at[SL_DRAW_SUBJECT_BYTES];
	uint32_t bytes;
};

/* One pattern in all its forms. */
struct forms {
	struct sl_arena arena;
	struct sl_buffer blob;
	struct sl_regex_filter filter;
	struct sl_slice literal;
	bool always;
	pcre2_code *other;
	hs_database_t *database;
	hs_scratch_t *scratch;
};

static pcre2_compile_context *compile_context;
static pcre2_match_context *match_context;
static pcre2_match_data *match_data;

static struct {
	uint64_t cases, patterns, matches, refused, limits, filters, hits, literals;
} tally;

static void give_up(const char *what, const char *why)
{
	fprintf(stderr, "oracle_regex: %s: %s\n", what, why);
	exit(3);
}

static pcre2_code *compile_other(const char *pattern, uint32_t bytes)
{
	PCRE2_SIZE offset;
	int error;

	return pcre2_compile((PCRE2_SPTR)pattern, bytes,
			     PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX, &error,
			     &offset, compile_context);
}

static void forms_fini(struct forms *forms)
{
	sl_arena_fini(&forms->arena);
	sl_buffer_fini(&forms->blob);
	pcre2_code_free(forms->other);
	hs_free_scratch(forms->scratch);
	hs_free_database(forms->database);
}

static void open_filter(struct forms *forms)
{
	hs_compile_error_t *mistake = NULL;
	struct sl_regex_cost cost;

	if (hs_compile(forms->filter.expression, forms->filter.flags, HS_MODE_BLOCK, NULL,
		       &forms->database, &mistake) != HS_SUCCESS) {
		/* what the library does not take, it must take as a filter of its own or not at
		 * all */
		hs_free_compile_error(mistake);
		if (sl_regex_filter_measure(&forms->filter, &cost))
			give_up("the filter", "cannot be measured");
		if (!forms->filter.usable)
			return;
		if (hs_compile(forms->filter.expression, forms->filter.flags, HS_MODE_BLOCK, NULL,
			       &forms->database, &mistake) != HS_SUCCESS)
			give_up(forms->filter.expression, mistake->message);
	}
	if (hs_alloc_scratch(forms->database, &forms->scratch) != HS_SUCCESS)
		give_up("scratch", "no memory");
}

/* False: one of the two refuses the pattern. */
static bool forms_init(struct forms *forms, const char *pattern, uint32_t bytes)
{
	struct sl_regex_fault fault;
	struct sl_regex_tree tree;

	*forms = (struct forms){0};
	if (sl_regex_parse((struct sl_slice){pattern, bytes}, &forms->arena, &tree, &fault) ||
	    sl_regex_compile(&tree, &forms->blob, &fault))
		goto fail;
	forms->other = compile_other(pattern, bytes);
	if (!forms->other)
		goto fail;
	forms->always = sl_regex_is_always(&tree);
	if (sl_regex_filter(&tree, SLOT, &forms->arena, &forms->filter) ||
	    sl_regex_required_literal(&tree, &forms->arena, &forms->literal))
		give_up("a filter", "no memory");
	if (forms->filter.usable)
		open_filter(forms);
	return true;
fail:
	forms_fini(forms);
	return false;
}

struct hits {
	const struct sl_canon *canon;
	bool hit[TEXTS]; /* by event */
};

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		  void *context)
{
	struct hits *hits = context;
	uint32_t run_count = 0;

	(void)id;
	(void)from;
	(void)flags;
	for (uint32_t i = 0; i < hits->canon->n_runs; i++) {
		const struct sl_canon_run *run = &hits->canon->runs[i];

		if (run->slot != SLOT)
			continue;
		if (to - 1 >= run->begin && to - 1 <= run->end)
			hits->hit[run_count] = true;
		run_count++;
	}
	return 0;
}

/* All texts in one canonical text, each between two other fields. */
static void scan(const struct forms *forms, const struct text *texts, uint32_t n, bool *ret_hit)
{
	static const struct sl_match_set set = {.n_scanned = 3,
						.scanned = {{{0x01, 0x30, 0x60, 0x02}, 0},
							    {{0x01, 0x30, 0x63, 0x02}, SLOT},
							    {{0x01, 0x30, 0x64, 0x02}, 4}}};
	static uint8_t bytes[CANON_BYTES];
	static struct sl_canon_run runs[3 * TEXTS];
	static uint32_t ends[TEXTS];
	struct sl_canon canon = {
		.text = bytes, .runs = runs, .ends = ends, .text_room = sizeof(bytes)};
	struct hits hits = {.canon = &canon};

	for (uint32_t i = 0; i < n; i++) {
		const struct text *beside = &texts[(i + 1) % n];
		struct sl_value slots[5] = {
			{.text = beside->at, .count = beside->bytes, .kind = SL_TYPE_STRING},
			[SLOT] = {.text = texts[i].at,
				  .count = texts[i].bytes,
				  .kind = SL_TYPE_STRING},
			[4] = {.text = beside->at, .count = beside->bytes, .kind = SL_TYPE_STRING},
		};
		struct sl_event event = {.slots = slots, .n_slots = 5};

		if (!sl_canon_add(&canon, &set, &event))
			give_up("the canonical text", "no room");
	}
	if (hs_scan(forms->database, (const char *)canon.text, canon.bytes, 0, forms->scratch,
		    on_hit, &hits) != HS_SUCCESS)
		give_up("a scan", "failed");
	memcpy(ret_hit, hits.hit, n * sizeof(*ret_hit));
}

/* NULL: the forms agree about the texts; else what is wrong, and with which of them. */
static const char *compare(const struct forms *forms, const struct text *texts, uint32_t n,
			   uint32_t *ret_which)
{
	const struct sl_regex *regex = (const struct sl_regex *)forms->blob.at;
	bool hit[TEXTS] = {false};

	if (sl_regex_check(forms->blob.at, forms->blob.bytes))
		return "the compiled expression is refused";
	if (forms->filter.usable)
		scan(forms, texts, n, hit);
	for (uint32_t i = 0; i < n; i++) {
		int r = pcre2_match(forms->other, (PCRE2_SPTR)texts[i].at, texts[i].bytes, 0,
				    PCRE2_NO_UTF_CHECK, match_data, match_context);
		bool wanted = r >= 0, found = sl_regex_search(regex, texts[i].at, texts[i].bytes);

		*ret_which = i;
		tally.limits += r < PCRE2_ERROR_NOMATCH;
		if (r < PCRE2_ERROR_NOMATCH)
			continue;
		tally.matches += wanted;
		tally.hits += hit[i];
		if (found != wanted)
			return found ? "we find what PCRE2 does not" : "PCRE2 finds what we do not";
		if (forms->always && !wanted)
			return "it was said to match always";
		if (wanted && forms->filter.usable && !hit[i])
			return "it matches, and the filter has no hit";
		if (wanted && forms->literal.bytes &&
		    !memmem(texts[i].at, texts[i].bytes, forms->literal.at, forms->literal.bytes))
			return "it matches without the literal that it requires";
	}
	return NULL;
}

static bool still_fails(const char *pattern, uint32_t bytes, const struct text *text)
{
	struct forms forms;
	uint32_t which;
	bool fails;

	if (!forms_init(&forms, pattern, bytes))
		return false;
	fails = compare(&forms, text, 1, &which) != NULL;
	forms_fini(&forms);
	return fails;
}

/* Takes out a run of bytes for as long as the rest still fails. */
static void shrink(char *pattern, uint32_t *bytes, struct text *text)
{
	for (uint32_t n = 8; n > 0; n /= 2) {
		for (uint32_t at = 0; at + n <= *bytes;) {
			char less[SL_DRAW_PATTERN_BYTES];

			memcpy(less, pattern, at);
			memcpy(less + at, pattern + at + n, *bytes - at - n);
			if (!still_fails(less, *bytes - n, text)) {
				at++;
				continue;
			}
			*bytes -= n;
			memcpy(pattern, less, *bytes);
		}
		for (uint32_t at = 0; at + n <= text->bytes;) {
			struct text less = {.bytes = text->bytes - n};
			uint32_t code, used = 0, length = 1;

			memcpy(less.at, text->at, at);
			memcpy(less.at + at, text->at + at + n, less.bytes - at);
			for (; used < less.bytes && length; used += length)
				length = sl_regex_decode(less.at + used, less.bytes - used, &code);
			if (length && still_fails(pattern, *bytes, &less))
				*text = less;
			else
				at++;
		}
	}
}

static void print_bytes(const char *what, const char *at, uint32_t bytes)
{
	printf("  %s: ", what);
	for (uint32_t i = 0; i < bytes; i++)
		if (at[i] >= ' ' && at[i] <= '~')
			printf("%c", at[i]);
		else
			printf("<%02x>", (unsigned char)at[i]);
	printf("\n");
}

static void report(const char *why, const char *pattern, uint32_t bytes, const struct text *text,
		   uint64_t seed)
{
	char least[SL_DRAW_PATTERN_BYTES];
	struct text least_text = *text;
	struct forms forms;

	printf("seed %llu: %s\n", (unsigned long long)seed, why);
	print_bytes("pattern", pattern, bytes);
	print_bytes("text", text->at, text->bytes);
	memcpy(least, pattern, bytes);
	if (!still_fails(least, bytes, text))
		printf("  only beside the other texts of the scan\n");
	else
		shrink(least, &bytes, &least_text);
	print_bytes("least pattern", least, bytes);
	print_bytes("least text", least_text.at, least_text.bytes);
	if (forms_init(&forms, least, bytes)) {
		print_bytes("filter", forms.filter.expression,
			    (uint32_t)strlen(forms.filter.expression));
		print_bytes("literal", forms.literal.at, forms.literal.bytes);
		forms_fini(&forms);
	}
	printf("again: oracle_regex --seed %llu --cases %u\n", (unsigned long long)seed, TEXTS);
}

/* One pattern and n texts. False: a difference. */
static bool run_pattern(uint64_t seed, uint32_t n)
{
	static struct text texts[TEXTS];
	char pattern[SL_DRAW_PATTERN_BYTES];
	uint64_t state = seed * 0xd1342543de82ef95u + 1;
	uint32_t bytes = sl_draw_pattern(&state, pattern), which = 0;
	struct forms forms;
	const char *why;

	for (uint32_t i = 0; i < TEXTS; i++)
		texts[i].bytes = sl_draw_subject(&state, pattern, texts[i].at);
	tally.patterns++;
	tally.cases += n;
	if (!forms_init(&forms, pattern, bytes)) {
		tally.refused++;
		return true;
	}
	tally.filters += forms.filter.usable;
	tally.literals += forms.literal.bytes > 0;
	why = compare(&forms, texts, n, &which);
	forms_fini(&forms);
	if (why)
		report(why, pattern, bytes, &texts[which], seed);
	return !why;
}

int main(int argc, char **argv)
{
	uint64_t seed = 1, cases = 20000;
	bool agree = true;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--cases") == 0)
			cases = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else
			give_up("unknown option", argv[i]);
	}
	compile_context = pcre2_compile_context_create(NULL);
	match_context = pcre2_match_context_create(NULL);
	match_data = pcre2_match_data_create(1, NULL);
	if (!compile_context || !match_context || !match_data)
		give_up("PCRE2", "no memory");
	pcre2_set_newline(compile_context, PCRE2_NEWLINE_LF);
	pcre2_set_match_limit(match_context, 1000000);
	printf("seed %llu\n", (unsigned long long)seed);
	for (; tally.cases < cases && agree; seed++)
		agree = run_pattern(seed, cases - tally.cases < TEXTS
						  ? (uint32_t)(cases - tally.cases)
						  : TEXTS);
	printf("%llu cases, %llu patterns, %llu matches, %llu filters with %llu hits, %llu with a "
	       "literal; %llu patterns refused, %llu texts too hard for PCRE2\n",
	       (unsigned long long)tally.cases, (unsigned long long)tally.patterns,
	       (unsigned long long)tally.matches, (unsigned long long)tally.filters,
	       (unsigned long long)tally.hits, (unsigned long long)tally.literals,
	       (unsigned long long)tally.refused, (unsigned long long)tally.limits);
	pcre2_match_data_free(match_data);
	pcre2_match_context_free(match_context);
	pcre2_compile_context_free(compile_context);
	/* where hardly anything matches, or is looked at, agreeing proves nothing */
	return agree && (cases < 1000 ||
			 (tally.matches > cases / 10 && tally.filters > tally.patterns / 4 &&
			  tally.refused < tally.patterns / 50 && tally.limits < cases / 100))
		       ? 0
		       : 1;
}
