/* The filing of an artifact: a whole one is taken, each single fault refused. */
#include "base/artifact.h"
#include "tests/unit/base/artifact_builder.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { TYPE, AMOUNT, FIELDS };
#define BUCKETS 8u

/* root -> type "a" -> amount 5, and three intervals of the amount under the type. */
static void add_tree(struct sl_builder *builder)
{
	struct sl_tree_node nodes[3] = {
		{.asked = 0, .asked_count = 1},
		{.slot = TYPE,
		 .value = XXH3_64bits("a", 1),
		 .text = sl_builder_text(builder, "a"),
		 .asked = 1,
		 .asked_count = 1,
		 .filing = {.filed = 0, .filed_count = 1, .group = 0, .group_count = 1}},
		{.slot = AMOUNT, .value = 5, .parent = 1, .filing = {.filed = 1, .filed_count = 1}},
	};
	struct sl_bucket buckets[BUCKETS] = {0};
	const struct sl_interval intervals[3] = {{.low = 1, .high = 9, .reach = 9},
						 {.low = 2, .high = 3, .reach = 9, .trigger = 1},
						 {.low = 2, .high = 7, .reach = 7}};
	const struct sl_group group = {.count = 3, .slot = AMOUNT};
	const uint16_t asked[2] = {TYPE, AMOUNT};
	const uint32_t filed[2] = {0, 1}, ids[2] = {0, SL_ATOM_NONE};

	for (uint32_t i = 1; i < 3; i++) {
		uint64_t key = sl_node_key(nodes[i].parent, nodes[i].slot, nodes[i].value);
		uint32_t at = (uint32_t)key;

		while (buckets[at % BUCKETS].node)
			at++;
		buckets[at % BUCKETS] = (struct sl_bucket){.tag = (uint32_t)(key >> 32), .node = i};
	}
	for (uint32_t i = 0; i < 3; i++) {
		sl_builder_add(builder, SL_SECTION_NODES, &nodes[i], sizeof(nodes[i]));
		sl_builder_add(builder, SL_SECTION_INTERVALS, &intervals[i], sizeof(intervals[i]));
	}
	for (uint32_t i = 0; i < BUCKETS; i++)
		sl_builder_add(builder, SL_SECTION_BUCKETS, &buckets[i], sizeof(buckets[i]));
	for (uint32_t i = 0; i < 2; i++) {
		sl_builder_add(builder, SL_SECTION_ASKED, &asked[i], sizeof(asked[i]));
		sl_builder_add(builder, SL_SECTION_FILED, &filed[i], sizeof(filed[i]));
		sl_builder_add(builder, SL_SECTION_IDS, &ids[i], sizeof(ids[i]));
	}
	sl_builder_add(builder, SL_SECTION_GROUPS, &group, sizeof(group));
}

static void *build(size_t *ret_n)
{
	struct sl_builder builder;
	struct sl_database *database;
	void *file;

	sl_builder_init(&builder);
	sl_builder_meta(&builder, "5.4.0", 0);
	sl_builder_field(&builder, "type", SL_TYPE_STRING, SL_ROLE_TYPE, SL_FIELD_SCANNED);
	sl_builder_field(&builder, "amount", SL_TYPE_INT, SL_ROLE_NONE, 0);
	sl_builder_campaign(&builder, "loan");
	sl_builder_trigger(&builder, 0, NULL, 0);
	sl_builder_trigger(&builder, 0, NULL, 0);
	sl_builder_atom(&builder, SL_ATOM_SUFFIX, TYPE, 3, NULL, 0);
	add_tree(&builder);
	sl_builder_database(&builder, "not a database", 14);
	database = (struct sl_database *)builder.sections[SL_SECTION_DATABASES].bytes;
	database->ids_count = 2;
	file = sl_builder_finish(&builder, SL_FILE_RULESET, ret_n);
	sl_builder_fini(&builder);
	return file;
}

static void test_a_whole_one(void **state)
{
	struct sl_artifact *artifact;
	char why[SL_SENTENCE_BYTES];
	size_t n;
	void *file = build(&n);

	(void)state;
	assert_int_equal(sl_artifact_view(file, n, &artifact, why), 0);
	assert_int_equal(artifact->n_nodes, 3);
	assert_int_equal(artifact->n_buckets, BUCKETS);
	assert_int_equal(artifact->n_asked, 2);
	assert_int_equal(artifact->n_groups, 1);
	assert_int_equal(artifact->n_intervals, 3);
	assert_int_equal(artifact->n_ids, 2);
	sl_artifact_close(artifact);
	free(file);
}

#define RECORD(type, id, index) (&((type *)sl_built_section(file, SL_SECTION_##id))[index])
#define NODE(index) RECORD(struct sl_tree_node, NODES, index)
#define INTERVAL(index) RECORD(struct sl_interval, INTERVALS, index)
#define SPOIL(name, statement)                                                                     \
	static void name(void *file)                                                               \
	{                                                                                          \
		statement;                                                                         \
	}

static struct sl_bucket *bucket_of(void *file, uint32_t node)
{
	struct sl_bucket *buckets = sl_built_section(file, SL_SECTION_BUCKETS);

	for (uint32_t i = 0;; i++)
		if (buckets[i].node == node)
			return &buckets[i];
}

SPOIL(node_slot, NODE(1)->slot = FIELDS)
SPOIL(node_parent_is_itself, NODE(2)->parent = 2)
SPOIL(node_parent_later, NODE(1)->parent = 2)
SPOIL(node_text_outside, NODE(1)->text.bytes = UINT32_MAX)
SPOIL(node_text_other, NODE(1)->value++)
SPOIL(node_not_found, NODE(2)->value++)
SPOIL(node_asked, NODE(0)->asked_count = 3)
SPOIL(node_asked_shared, NODE(2)->asked_count = 1)
SPOIL(node_filed, NODE(2)->filing.filed_count = 2)
SPOIL(node_group, NODE(2)->filing.group_count = 1)
SPOIL(asked_slot, *RECORD(uint16_t, ASKED, 1) = FIELDS)
SPOIL(bucket_node, bucket_of(file, 2)->node = 3)
SPOIL(bucket_twice, bucket_of(file, 2)->node = 1)
SPOIL(bucket_tag, bucket_of(file, 2)->tag++)
SPOIL(bucket_missing, bucket_of(file, 2)->node = 0)
SPOIL(bucket_too_many, bucket_of(file, 0)->node = 1)
SPOIL(buckets_not_a_power, struct sl_file_section *entry = sl_built_entry(file, SL_SECTION_BUCKETS);
      entry->count = 7; entry->bytes = 7 * sizeof(struct sl_bucket))
SPOIL(buckets_none, struct sl_file_section *entry = sl_built_entry(file, SL_SECTION_BUCKETS);
      entry->count = 0; entry->bytes = 0)
SPOIL(group_slot, RECORD(struct sl_group, GROUPS, 0)->slot = FIELDS)
SPOIL(group_no_number, RECORD(struct sl_group, GROUPS, 0)->slot = TYPE)
SPOIL(group_outside, RECORD(struct sl_group, GROUPS, 0)->count = 4)
SPOIL(interval_trigger, INTERVAL(1)->trigger = 2)
SPOIL(interval_order, INTERVAL(0)->low = 3)
SPOIL(interval_reach_low, INTERVAL(1)->reach = 7)
SPOIL(interval_reach_high, INTERVAL(2)->reach = 8)
SPOIL(id_atom, *RECORD(uint32_t, IDS, 0) = 1)
SPOIL(ids_outside, RECORD(struct sl_database, DATABASES, 0)->ids_count = 3)

static const struct {
	const char *name;
	void (*spoil)(void *file);
} spoils[] = {
#define BAD(name)                                                                                  \
	{                                                                                          \
#name, name                                                                        \
	}
	BAD(node_slot),           BAD(node_parent_is_itself),
	BAD(node_parent_later),   BAD(node_text_outside),
	BAD(node_text_other),     BAD(node_not_found),
	BAD(node_asked),          BAD(node_asked_shared),
	BAD(node_filed),          BAD(node_group),
	BAD(asked_slot),          BAD(bucket_node),
	BAD(bucket_twice),        BAD(bucket_tag),
	BAD(bucket_missing),      BAD(bucket_too_many),
	BAD(buckets_not_a_power), BAD(buckets_none),
	BAD(group_slot),          BAD(group_no_number),
	BAD(group_outside),       BAD(interval_trigger),
	BAD(interval_order),      BAD(interval_reach_low),
	BAD(interval_reach_high), BAD(id_atom),
	BAD(ids_outside),
};

static void test_each_fault_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(spoils) / sizeof(*spoils); i++) {
		struct sl_artifact *artifact;
		char why[SL_SENTENCE_BYTES] = "";
		size_t n;
		void *file = build(&n);
		int error;

		spoils[i].spoil(file);
		sl_built_seal(file, n);
		error = sl_artifact_view(file, n, &artifact, why);
		if (error != -SL_E_BOUNDS || why[0] == '\0')
			fail_msg("%s: %d (%s)", spoils[i].name, error, why);
		free(file);
	}
}

/* Without a node there is nothing to ask a bucket for. */
static void test_one_that_is_root_alone(void **state)
{
	const struct sl_tree_node root = {0};
	const struct sl_bucket empty[4] = {{0}};
	struct sl_artifact *artifact;
	struct sl_builder builder;
	size_t n;
	void *file;

	(void)state;
	sl_builder_init(&builder);
	sl_builder_meta(&builder, "", 0);
	sl_builder_add(&builder, SL_SECTION_NODES, &root, sizeof(root));
	for (unsigned i = 0; i < 4; i++)
		sl_builder_add(&builder, SL_SECTION_BUCKETS, &empty[i], sizeof(empty[i]));
	file = sl_builder_finish(&builder, SL_FILE_RULESET, &n);
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), 0);
	sl_artifact_close(artifact);
	sl_builder_fini(&builder);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_whole_one),
		cmocka_unit_test(test_each_fault_is_refused),
		cmocka_unit_test(test_one_that_is_root_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
