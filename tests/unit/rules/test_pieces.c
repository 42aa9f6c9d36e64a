/* What comes from pieces is what reading the files would give: the artifact byte for byte, and the
 * warnings word for word. */
#include "rules_fixture.h"

#include "rules/pieces/pieces_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every kind of thing that a piece carries: texts, data, programs with patterns, lists, maps and
 * macros, covers that are weighed against each other, warnings, a campaign that never holds. */
static const char first[] =
	"# two in a file\n"
	"campaign: one\nowner: o\nkind: service\nvalid: {from: 2026-01-01, until: 2026-12-31}\n"
	"match: type in [\"a\", \"b\"] && amount in [1, 2] && text.contains(\"x\\u0001\") && rate "
	"> 2.5\n"
	"send: {channel: push, template: T, data: {a: amount, b: \"x\", c: 2.5, d: -7}}\n"
	"---\ncampaign: two\nkind: service\nmatch: [{start: overseas && amount > 5}]\n";
static const char second[] =
	"campaign: three\nkind: service\nmatch: |\n"
	"  type == \"b\" + \"c\" && tags.map(t, [t]).exists(l, l == [\"a\"] + []) &&\n"
	"  {\"a\": 1, \"b\": amount}.a == 1 && text.matches(r\"^a+(b|c)$\") &&\n"
	"  (has(rate) ? [rate] : []).all(r, r > 1.5) && time.getHours(\"Asia/Seoul\") > 9\n"
	"---\ncampaign: never\nkind: service\nmatch: amount > 5 && amount < 2 && type == \"a\"\n"
	"---\ncampaign: weighed\nkind: service\nmatch: |\n"
	"  (amount == 1 || amount == 2 || amount == 3 || amount == 4 || amount == 5 || amount == 6 "
	"||\n"
	"   amount == 7 || amount == 8 || amount == 9) && (type == \"a\" || type == \"b\" || type "
	"== "
	"\"c\"\n"
	"   || type == \"d\" || type == \"e\" || type == \"f\" || type == \"g\" || type == \"h\" "
	"|| "
	"type == \"i\")\n";
static const char third[] =
	"campaign: four\nkind: service\nmatch: type == \"a\" && type == \"a\" "
	"&& text.matches(\"(x+x+)+y\")\n"
	"---\ncampaign: five\nkind: service\nmatch: rate < 1.0\n"
	/* and of what is remembered */
	"---\ncampaign: six\nkind: service\nby: device.os\nfor: customer\n"
	"within: 7d\nneighbours: strict\namong: overseas\non_change: drain\n"
	"match:\n  any:\n  - - a: type == \"a\" && text.matches(\"^a+b\")\n"
	"      times: {from: 2}\n      until: type == \"u\"\n"
	"    - b: type == \"b\" && amount > a.amount && channel == a.channel\n"
	"  - - c: type == \"c\"\n      window: {calendar: week, zone: UTC}\n"
	"      having: sum(amount) > 5 && distinct(text) > 2\n      keep: 9\n"
	"    - d: amount == c.amount\n"
	"limit: {per_customer: 2, per: 1d, over: all}\nexclusive: x\npriority: -3\n"
	"renamed_from: sixth\n"
	"send: {channel: push, template: T, data: {a: a.amount, n: c.count, s: "
	"c.max(rate), e: amount}}\n"
	"---\ncampaign: seven\nkind: service\nmatch:\n"
	"  - not: type == \"x\"\n    within: 30d\n  - a: type == \"y\"\n"
	"  - not: type == \"z\" && has(a.text)\n    within: 1h\n";

static char directory[64], cache[80]; /* hidden: no campaigns are looked for in it */
static const char *announced;

static char *path_of(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static char *read_whole(const char *path, size_t *ret_n)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(1u << 22);

	assert_non_null(file);
	*ret_n = fread(bytes, 1, 1u << 22, file);
	fclose(file);
	return bytes;
}

struct outcome {
	int error;
	char *artifact;
	size_t bytes;
	char *told;
};

static struct outcome compile(const char *with_cache, const char *zone)
{
	struct sl_rules_options options = {
		.cache = with_cache, .ruleset = 7, .time_zone = zone, .announced = announced};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct outcome outcome = {0};
	char artifact[160];

	snprintf(artifact, sizeof(artifact), "%s", path_of("artifact"));
	unlink(artifact);
	outcome.error = sl_rules_compile(directory, &options, artifact, diagnostics, NULL);
	outcome.told = format_all(diagnostics);
	if (!outcome.error) {
		outcome.artifact = read_whole(artifact, &outcome.bytes);
		/* when it was made is no part of what was made */
		memset(outcome.artifact + offsetof(struct sl_file_header, created_ns), 0,
		       sizeof(int64_t));
	}
	sl_diagnostics_free(diagnostics);
	return outcome;
}

static void release(struct outcome *outcome)
{
	free(outcome->artifact);
	free(outcome->told);
}

/* `before` stands before what the compilation says that has no pieces. Compiled patterns both have:
 * what is in a database depends on what was compiled before, what it answers does not. */
static void check_same(const char *zone, const char *before)
{
	struct outcome with, without;
	char *expected, command[800], other[100];

	snprintf(other, sizeof(other), "%s.other", cache);
	snprintf(command, sizeof(command),
		 "rm -rf %s; if test -d %s; then cp -r %s %s; rm -f %s/*.pieces; fi", other, cache,
		 cache, other, other);
	assert_int_equal(system(command), 0);
	with = compile(cache, zone);
	without = compile(other, zone);
	expected = malloc(strlen(before) + strlen(without.told) + 1);
	sprintf(expected, "%s%s", before, without.told);
	assert_int_equal(with.error, without.error);
	assert_string_equal(with.told, expected);
	assert_int_equal(with.bytes, without.bytes);
	assert_true(!with.bytes || memcmp(with.artifact, without.artifact, with.bytes) == 0);
	free(expected);
	release(&with);
	release(&without);
}

static bool is_there(const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", cache, name);
	return access(path, F_OK) == 0;
}

static ino_t inode_of(const char *name)
{
	struct stat info;
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", cache, name);
	assert_int_equal(stat(path, &info), 0);
	return info.st_ino;
}

static void begin(void)
{
	make_directory(directory);
	snprintf(cache, sizeof(cache), "%s/.cache", directory);
	write_file(directory, "schema.yaml", test_schema);
	write_file(directory, "a.yaml", first);
	write_file(directory, "b.yaml", second);
	write_file(directory, "c.yaml", third);
}

/* The files that follow are so small that one of them is more than the share that the base stands;
 * this makes the base large. */
static void add_other_bulk(unsigned which)
{
	char *text = malloc(1u << 20), *at = text;

	for (unsigned i = 0; i < 400; i++)
		at += sprintf(at,
			      "---\ncampaign: bulk-%03u\nkind: service\nmatch: type == \"t%u\" && "
			      "amount in [%u, 8, 9]\n",
			      i, i % 7, i + which * 1000);
	write_file(directory, "bulk.yaml", text);
	free(text);
}

static void add_bulk(void)
{
	add_other_bulk(0);
}

static void the_same_comes_out(void **state)
{
	(void)state;
	begin();
	check_same(NULL, "");
	assert_true(is_there(SL_PIECES_BASE));
	for (unsigned i = 0; i < 3; i++)
		check_same(NULL, "");
	remove_directory(directory);
}

static void a_changed_file_is_read(void **state)
{
	ino_t base;

	(void)state;
	begin();
	add_bulk();
	check_same(NULL, "");
	base = inode_of(SL_PIECES_BASE);
	assert_false(is_there(SL_PIECES_MORE));
	write_file(directory, "c.yaml",
		   "campaign: other\nkind: service\nmatch: amount == 7 && text.contains(\"q\")\n");
	for (unsigned i = 0; i < 2; i++) {
		check_same(NULL, "");
		assert_true(is_there(SL_PIECES_MORE));
		assert_true(inode_of(SL_PIECES_BASE) == base);
	}
	/* a second one beside it, the first one gone, a file away, all back */
	write_file(directory, "d.yaml", "campaign: another\nkind: service\nmatch: amount == 8\n");
	check_same(NULL, "");
	unlink(path_of("c.yaml"));
	check_same(NULL, "");
	unlink(path_of("d.yaml"));
	write_file(directory, "c.yaml", third);
	check_same(NULL, "");
	/* most of it gone: the base is made anew */
	unlink(path_of("bulk.yaml"));
	check_same(NULL, "");
	assert_true(inode_of(SL_PIECES_BASE) != base);
	assert_false(is_there(SL_PIECES_MORE));
	remove_directory(directory);
}

/* Two sets that take turns are read once each; of a third one the one before is kept. */
static void who_goes_back_reads_nothing(void **state)
{
	ino_t both, three;

	(void)state;
	begin();
	add_other_bulk(0);
	check_same(NULL, "");
	add_other_bulk(1);
	check_same(NULL, "");
	both = inode_of(SL_PIECES_BASE);
	for (unsigned i = 0; i < 4; i++) {
		add_other_bulk(i % 2);
		check_same(NULL, "");
		assert_true(inode_of(SL_PIECES_BASE) == both);
		assert_false(is_there(SL_PIECES_MORE));
	}
	add_other_bulk(2);
	check_same(NULL, "");
	three = inode_of(SL_PIECES_BASE);
	assert_true(three != both);
	add_other_bulk(1);
	check_same(NULL, "");
	assert_true(inode_of(SL_PIECES_BASE) == three);
	add_other_bulk(0);
	check_same(NULL, "");
	assert_true(inode_of(SL_PIECES_BASE) != three);
	remove_directory(directory);
}

static void what_reading_depends_on(void **state)
{
	char *schema = malloc(strlen(test_schema) + 64);

	(void)state;
	begin();
	check_same(NULL, "");
	/* midnight of a date without a zone */
	check_same("Europe/Berlin", "");
	check_same("UTC", "");
	/* another field before the others moves every slot */
	sprintf(schema, "schema: moved\nfields:\n  aaa: int\n%s",
		strstr(test_schema, "fields:") + 8);
	write_file(directory, "schema.yaml", schema);
	check_same("UTC", "");
	/* a field that is gone: the mistakes are all told */
	write_file(directory, "schema.yaml",
		   "schema: less\nfields:\n  id: {type: string, role: id}\n"
		   "  time: {type: time, role: time}\n  type: {type: string, role: type}\n");
	check_same("UTC", "");
	free(schema);
	remove_directory(directory);
}

/* Warnings that are kept are those of what channels announced then. */
static void what_channels_announce(void **state)
{
	static const char *const texts[] = {
		"web type amount\n",       "web type amount\n",
		"web type amount text\n",  "app type amount text\n",
		"app type text\nweb tags", "app type\nweb\n",
		"app type\nweb nothing\n", NULL,
	};
	struct outcome outcome;

	(void)state;
	begin();
	check_same(NULL, "");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		announced = texts[i];
		for (unsigned twice = 0; twice < 2; twice++)
			check_same(NULL, "");
		outcome = compile(cache, NULL);
		assert_int_equal(strstr(outcome.told, "no channel fills `rate`") != NULL,
				 i != 5 && i != 7);
		release(&outcome);
	}
	remove_directory(directory);
}

static void mistakes_are_told_again(void **state)
{
	(void)state;
	begin();
	check_same(NULL, "");
	/* a name that a kept file has; twice, for mistakes are not kept */
	write_file(directory, "0.yaml", "campaign: five\nkind: service\nmatch: amount == 8\n");
	for (unsigned i = 0; i < 2; i++)
		check_same(NULL, "");
	unlink(path_of("0.yaml"));
	/* the same text under another name */
	write_file(directory, "z.yaml", third);
	check_same(NULL, "");
	unlink(path_of("z.yaml"));
	write_file(directory, "c.yaml", "campaign: bad\nkind: service\nmatch: nothing == 1\n");
	for (unsigned i = 0; i < 2; i++)
		check_same(NULL, "");
	/* a file without a campaign */
	write_file(directory, "c.yaml", "# empty\n");
	for (unsigned i = 0; i < 2; i++)
		check_same(NULL, "");
	remove_directory(directory);
}

/* More warnings than are kept: files that gave those are read every time. */
static void many_warnings(void **state)
{
	char name[32], *text = malloc(65536), *at;

	(void)state;
	begin();
	for (unsigned file = 0; file < 11; file++) {
		at = text;
		for (unsigned i = 0; i < 100; i++)
			at += sprintf(at,
				      "---\ncampaign: w%u-%u\nkind: service\n"
				      "match: type == \"a\" && type == \"a\" && amount == %u\n",
				      file, i, file * 100 + i);
		snprintf(name, sizeof(name), "w%02u.yaml", file);
		write_file(directory, name, text);
	}
	free(text);
	for (unsigned i = 0; i < 2; i++)
		check_same(NULL, "");
	remove_directory(directory);
}

static void damage(const char *name, size_t at, int flip, long cut)
{
	char path[200], *bytes;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", cache, name);
	bytes = read_whole(path, &n);
	bytes[at % n] = (char)(bytes[at % n] ^ flip);
	file = fopen(path, "wb");
	fwrite(bytes, 1, cut < 0 ? n : (size_t)cut % n, file);
	fclose(file);
	free(bytes);
}

/* Any bit flipped, cut anywhere. */
static void damage_is_told(void **state)
{
	static const char sentence[] =
		"warning: what was kept of campaigns that were read before is damaged; they are "
		"all read again [cache_damaged]\n";
	char path[200];

	(void)state;
	begin();
	check_same(NULL, "");
	for (unsigned i = 0; i < 72; i++) {
		bool cuts = i % 3 == 2;
		size_t at = i < 48 ? i : i * 37; /* the header's every byte */
		/* of another build, as far as one can tell */
		bool foreign = !cuts && at >= 8 && at < 24;

		damage(SL_PIECES_BASE, at, cuts ? 0 : 1 << i % 8, cuts ? (long)i * 53 : -1);
		check_same(NULL, foreign ? "" : sentence);
		check_same(NULL, "");
	}
	snprintf(path, sizeof(path), "%s/%s", cache, SL_PIECES_BASE);
	assert_return_code(unlink(path), 0);
	assert_return_code(mkfifo(path, 0600), 0); /* not waited for */
	check_same(NULL, sentence);
	check_same(NULL, "");
	remove_directory(directory);
}

/* The hash holds and what lies behind it does not: everything is read once more. */
static void bounds_are_not_believed(void **state)
{
	const uint8_t nothing[64] = {0, 0, 0, 0, 9, 0, 0, 0};
	struct sl_piece piece = {.at = nothing, .bytes = sizeof(nothing)};
	const struct sl_piece *list[] = {&piece};
	uint64_t header[3];
	char path[200];
	FILE *file;

	(void)state;
	begin();
	check_same(NULL, "");
	snprintf(path, sizeof(path), "%s/%s", cache, SL_PIECES_BASE);
	file = fopen(path, "rb");
	assert_int_equal(fread(header, 8, 3, file), 3);
	fclose(file);
	for (size_t bytes = 0; bytes <= sizeof(nothing); bytes += 8) {
		sl_rules_hash(first, strlen(first), piece.key);
		piece.bytes = (uint32_t)bytes;
		assert_true(sl_pieces_file_write(path, header + 1, list, 1));
		check_same(NULL, "");
	}
	remove_directory(directory);
}

static void no_place_for_them(void **state)
{
	(void)state;
	begin();
	strcpy(cache, "/proc/no/such/place");
	check_same(NULL, "");
	remove_directory(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_comes_out),
		cmocka_unit_test(a_changed_file_is_read),
		cmocka_unit_test(who_goes_back_reads_nothing),
		cmocka_unit_test(what_reading_depends_on),
		cmocka_unit_test(what_channels_announce),
		cmocka_unit_test(mistakes_are_told_again),
		cmocka_unit_test(many_warnings),
		cmocka_unit_test(damage_is_told),
		cmocka_unit_test(bounds_are_not_believed),
		cmocka_unit_test(no_place_for_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
