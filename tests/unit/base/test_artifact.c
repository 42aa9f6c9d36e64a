#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/artifact.h"
#include "sluice/error.h"
#include "tests/unit/base/artifact_builder.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A rule set that has one of everything. Fields: */
enum { ID, TIME, KEY, AMOUNT, TAGS, RATE };
/* and constants: */
enum { TEXT_LOAN, TEXT_VIP, INT_5, INT_9, DECIMAL_HALF, BOOL_YES };

static void add_fields(struct sl_builder *builder)
{
	sl_builder_field(builder, "id", SL_TYPE_STRING, SL_ROLE_ID, SL_FIELD_USED);
	sl_builder_field(builder, "time", SL_TYPE_TIME, SL_ROLE_TIME, SL_FIELD_USED);
	sl_builder_field(builder, "customer", SL_TYPE_STRING, SL_ROLE_KEY,
			 SL_FIELD_USED | SL_FIELD_SCANNED);
	sl_builder_field(builder, "amount", SL_TYPE_INT, SL_ROLE_NONE, SL_FIELD_USED);
	sl_builder_field(builder, "tags", SL_TYPE_STRINGS, SL_ROLE_NONE, SL_FIELD_SCANNED);
	sl_builder_field(builder, "rate", SL_TYPE_DECIMAL, SL_ROLE_NONE, 0);
}

static void *build(size_t *ret_n)
{
	struct sl_builder builder;
	const struct sl_instruction code[] = {
		{.op = SL_OP_IN_INT, .slot = AMOUNT, .arg = 1},
		{.op = SL_OP_AND, .arg = 3},
		{.op = SL_OP_LIST_HAS, .slot = TAGS, .arg = TEXT_VIP},
	};
	const struct sl_instruction other[] = {
		{.op = SL_OP_LT_DECIMAL, .slot = RATE, .arg = DECIMAL_HALF}};
	uint32_t set[] = {INT_5, INT_9}, texts[] = {TEXT_LOAN, TEXT_VIP}, triggers[] = {0, 1};
	struct sl_data_field data[] = {{.from = SL_DATA_CONSTANT, .index = TEXT_LOAN},
				       {.index = RATE}};
	struct sl_registry_slot slot = {.slot = 7};
	void *file;

	sl_builder_init(&builder);
	sl_builder_meta(&builder, "5.4.0", 0);
	add_fields(&builder);
	sl_builder_constant_text(&builder, "loan", 4);
	sl_builder_constant_text(&builder, "vip", 3);
	sl_builder_constant_int(&builder, SL_TYPE_INT, 5);
	sl_builder_constant_int(&builder, SL_TYPE_INT, 9);
	sl_builder_constant_decimal(&builder, 0.5);
	sl_builder_constant_int(&builder, SL_TYPE_BOOL, 1);
	sl_builder_set(&builder, SL_TYPE_STRING, texts, 2);
	sl_builder_set(&builder, SL_TYPE_INT, set, 2);
	sl_builder_campaign(&builder, "loan");
	sl_builder_campaign(&builder, "savings");
	sl_builder_add(&builder, SL_SECTION_DATA, &data[0], sizeof(data[0]));
	sl_builder_add(&builder, SL_SECTION_DATA, &data[1], sizeof(data[1]));
	((struct sl_campaign *)builder.sections[SL_SECTION_CAMPAIGNS].bytes)->data_count = 2;
	sl_builder_trigger(&builder, 0, code, 3);
	sl_builder_trigger(&builder, 1, other, 1);
	sl_builder_atom(&builder, SL_ATOM_EQUALS, KEY, 9, triggers, 2);
	sl_builder_atom(&builder, SL_ATOM_CONTAINS, TAGS, 3, triggers, 1);
	sl_builder_always(&builder, 1);
	sl_builder_database(&builder, "not a database", 14);
	sl_builder_database(&builder, "nor this", 8);
	sl_builder_add(&builder, SL_SECTION_REGISTRY, &slot, sizeof(slot));
	file = sl_builder_finish(&builder, SL_FILE_RULESET, ret_n);
	sl_builder_fini(&builder);
	return file;
}

static void test_views(void **state)
{
	struct sl_artifact *artifact;
	char why[SL_SENTENCE_BYTES];
	size_t n;
	void *file = build(&n);
	struct sl_text text;

	(void)state;
	assert_int_equal(sl_artifact_view(file, n, &artifact, why), 0);
	assert_int_equal(artifact->bytes, n);
	assert_int_equal(artifact->n_fields, 6);
	assert_int_equal(artifact->n_atoms, 2);
	assert_int_equal(artifact->n_filed, 3);
	assert_int_equal(artifact->n_always, 1);
	assert_int_equal(artifact->n_triggers, 2);
	assert_int_equal(artifact->n_code, 4);
	assert_int_equal(artifact->n_databases, 2);
	assert_memory_equal(artifact->blobs + artifact->databases[1].offset, "nor this", 8);
	assert_int_equal(artifact->registry[0].slot, 7);
	text = sl_artifact_text(artifact, artifact->campaigns[1].name);
	assert_int_equal(text.bytes, 7);
	assert_memory_equal(text.at, "savings", 7);
	assert_int_equal(artifact->role_slot[SL_ROLE_ID], ID);
	assert_int_equal(artifact->role_slot[SL_ROLE_TIME], TIME);
	assert_int_equal(artifact->role_slot[SL_ROLE_KEY], KEY);
	assert_int_equal(artifact->role_slot[SL_ROLE_TYPE], -1);
	assert_int_equal(artifact->used_slots[0], 1u << ID | 1u << TIME | 1u << KEY | 1u << AMOUNT);
	sl_artifact_close(artifact);
	free(file);
}

static void test_a_schema_alone(void **state)
{
	struct sl_artifact *artifact;
	struct sl_builder builder;
	size_t n;
	void *file;

	(void)state;
	sl_builder_init(&builder);
	sl_builder_meta(&builder, "", 0);
	add_fields(&builder);
	file = sl_builder_finish(&builder, SL_FILE_RULESET, &n);
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), 0);
	assert_int_equal(artifact->n_triggers, 0);
	assert_non_null(artifact->triggers);
	sl_artifact_close(artifact);
	sl_builder_fini(&builder);
	free(file);
}

/* ---- one thing wrong at a time -----------------------------------------------------------------
 */

#define RECORD(type, id, index) (&((type *)sl_built_section(file, SL_SECTION_##id))[index])
#define SPOIL(name, statement)                                                                     \
	static void name(void *file)                                                               \
	{                                                                                          \
		statement;                                                                         \
	}

SPOIL(section_outside, sl_built_entry(file, SL_SECTION_ATOMS)->offset = 1u << 30)
SPOIL(section_wraps, sl_built_entry(file, SL_SECTION_TEXT)->bytes = UINT64_MAX - 63)
SPOIL(section_unaligned, sl_built_entry(file, SL_SECTION_TEXT)->offset += 8)
SPOIL(section_in_table, sl_built_entry(file, SL_SECTION_META)->offset = 64)
SPOIL(section_twice, sl_built_entry(file, SL_SECTION_FILED)->id = SL_SECTION_ALWAYS)
SPOIL(section_overlaps, sl_built_entry(file, SL_SECTION_ALWAYS)->offset =
				sl_built_entry(file, SL_SECTION_FILED)->offset)
SPOIL(section_unknown, sl_built_entry(file, SL_SECTION_ALWAYS)->id = 999)
SPOIL(section_of_settings, sl_built_entry(file, SL_SECTION_ALWAYS)->id = SL_SECTION_SETTINGS)
SPOIL(record_size, sl_built_entry(file, SL_SECTION_ATOMS)->record_bytes = 8)
SPOIL(record_count, sl_built_entry(file, SL_SECTION_ATOMS)->count++)
SPOIL(no_meta, sl_built_entry(file, SL_SECTION_META)->id = 998;
      sl_built_entry(file, 998)->required = 0)
SPOIL(meta_text, RECORD(struct sl_ruleset_meta, META, 0)->author.bytes = 1000000)
SPOIL(field_path, RECORD(struct sl_field, FIELDS, AMOUNT)->path.offset = UINT32_MAX)
SPOIL(field_no_path, RECORD(struct sl_field, FIELDS, AMOUNT)->path.bytes = 0)
SPOIL(field_type, RECORD(struct sl_field, FIELDS, AMOUNT)->type = 7)
SPOIL(field_type_none, RECORD(struct sl_field, FIELDS, RATE)->type = 0)
SPOIL(field_role, RECORD(struct sl_field, FIELDS, RATE)->role = 6)
SPOIL(field_role_type, RECORD(struct sl_field, FIELDS, RATE)->role = SL_ROLE_TYPE)
SPOIL(field_role_twice, RECORD(struct sl_field, FIELDS, KEY)->role = SL_ROLE_ID)
SPOIL(field_scanned, RECORD(struct sl_field, FIELDS, RATE)->flags = SL_FIELD_SCANNED)
SPOIL(database_outside, RECORD(struct sl_database, DATABASES, 0)->bytes = 1u << 20)
SPOIL(database_wraps, RECORD(struct sl_database, DATABASES, 0)->offset = UINT64_MAX - 63)
SPOIL(database_empty, RECORD(struct sl_database, DATABASES, 0)->bytes = 0)
SPOIL(database_unaligned, RECORD(struct sl_database, DATABASES, 0)->offset = 1)
SPOIL(database_class, RECORD(struct sl_database, DATABASES, 0)->class = 0)
SPOIL(database_bytes, ((char *)sl_built_section(file, SL_SECTION_BLOBS))[0] ^= 1)
SPOIL(constant_type, RECORD(struct sl_constant, CONSTANTS, INT_5)->type = SL_TYPE_STRINGS)
SPOIL(constant_text, RECORD(struct sl_constant, CONSTANTS, TEXT_LOAN)->text.bytes = UINT32_MAX)
SPOIL(constant_bool, RECORD(struct sl_constant, CONSTANTS, BOOL_YES)->integer = 2)
SPOIL(set_outside, RECORD(struct sl_set, SETS, 1)->first = 3)
SPOIL(set_overlap, RECORD(struct sl_set, SETS, 1)->first = 0;
      RECORD(struct sl_set, SETS, 1)->count = 4)
SPOIL(set_type, RECORD(struct sl_set, SETS, 1)->type = SL_TYPE_TIME)
SPOIL(set_member, *RECORD(uint32_t, MEMBERS, 3) = 6)
SPOIL(set_order, RECORD(struct sl_constant, CONSTANTS, INT_9)->integer = 4)
SPOIL(set_order_text,
      RECORD(struct sl_constant, CONSTANTS, TEXT_VIP)->text = (struct sl_text_ref){0})
SPOIL(code_opcode, RECORD(struct sl_instruction, CODE, 0)->op = SL_OP_COUNT)
SPOIL(code_slot, RECORD(struct sl_instruction, CODE, 0)->slot = 6)
SPOIL(code_slot_type, RECORD(struct sl_instruction, CODE, 0)->slot = KEY)
SPOIL(code_set, RECORD(struct sl_instruction, CODE, 0)->arg = 2)
SPOIL(code_set_type, RECORD(struct sl_instruction, CODE, 0)->arg = 0)
SPOIL(code_element, RECORD(struct sl_instruction, CODE, 2)->arg = INT_5)
SPOIL(code_constant, RECORD(struct sl_instruction, CODE, 3)->arg = 6)
SPOIL(code_constant_type, RECORD(struct sl_instruction, CODE, 3)->arg = INT_5)
SPOIL(code_jump_back, RECORD(struct sl_instruction, CODE, 1)->arg = 1)
SPOIL(code_jump_out, RECORD(struct sl_instruction, CODE, 1)->arg = 4)
SPOIL(campaign_name, RECORD(struct sl_campaign, CAMPAIGNS, 0)->name.bytes = 0)
SPOIL(campaign_text, RECORD(struct sl_campaign, CAMPAIGNS, 1)->template.offset = UINT32_MAX)
SPOIL(campaign_kind, RECORD(struct sl_campaign, CAMPAIGNS, 0)->kind = 3)
SPOIL(campaign_data, RECORD(struct sl_campaign, CAMPAIGNS, 0)->data = 1)
SPOIL(data_constant, RECORD(struct sl_data_field, DATA, 0)->index = 6)
SPOIL(data_slot, RECORD(struct sl_data_field, DATA, 1)->index = 6)
SPOIL(data_flag, RECORD(struct sl_data_field, DATA, 0)->from = 9)
SPOIL(data_name, RECORD(struct sl_data_field, DATA, 0)->name.offset = UINT32_MAX)
SPOIL(trigger_campaign, RECORD(struct sl_trigger, TRIGGERS, 0)->campaign = 2)
SPOIL(trigger_code, RECORD(struct sl_trigger, TRIGGERS, 1)->code_count = 2)
SPOIL(trigger_code_wraps, RECORD(struct sl_trigger, TRIGGERS, 1)->code = UINT32_MAX)
SPOIL(trigger_code_shared, RECORD(struct sl_trigger, TRIGGERS, 1)->code = 0;
      RECORD(struct sl_trigger, TRIGGERS, 1)->code_count = 3)
SPOIL(trigger_role, RECORD(struct sl_trigger, TRIGGERS, 0)->role = 9)
SPOIL(registry_slot, RECORD(struct sl_registry_slot, REGISTRY, 0)->slot = UINT64_MAX)
SPOIL(always_trigger, *RECORD(uint32_t, ALWAYS, 0) = 2)
SPOIL(filed_trigger, *RECORD(uint32_t, FILED, 2) = 2)
SPOIL(atom_kind, RECORD(struct sl_atom, ATOMS, 0)->kind = 6)
SPOIL(atom_bytes, RECORD(struct sl_atom, ATOMS, 0)->bytes = 4)
SPOIL(atom_no_bytes, RECORD(struct sl_atom, ATOMS, 1)->bytes = 0)
SPOIL(atom_slot, RECORD(struct sl_atom, ATOMS, 0)->slot = 6)
SPOIL(atom_not_scanned, RECORD(struct sl_atom, ATOMS, 0)->slot = ID)
SPOIL(atom_filed, RECORD(struct sl_atom, ATOMS, 1)->filing.filed = 3)
SPOIL(atom_filed_shared, RECORD(struct sl_atom, ATOMS, 1)->filing.filed = 0;
      RECORD(struct sl_atom, ATOMS, 1)->filing.filed_count = 2)

static const struct {
	const char *name;
	void (*spoil)(void *file);
	int error;
} spoils[] = {
#define BAD(name, error)                                                                           \
	{                                                                                          \
#name, name, -SL_E_##error                                                         \
	}
	BAD(section_outside, BOUNDS),
	BAD(section_wraps, BOUNDS),
	BAD(section_unaligned, BOUNDS),
	BAD(section_in_table, BOUNDS),
	BAD(section_twice, BOUNDS),
	BAD(section_overlaps, BOUNDS),
	BAD(section_unknown, VERSION),
	BAD(section_of_settings, VERSION),
	BAD(record_size, VERSION),
	BAD(record_count, BOUNDS),
	BAD(no_meta, BOUNDS),
	BAD(meta_text, BOUNDS),
	BAD(field_path, BOUNDS),
	BAD(field_no_path, BOUNDS),
	BAD(field_type, BOUNDS),
	BAD(field_type_none, BOUNDS),
	BAD(field_role, BOUNDS),
	BAD(field_role_type, BOUNDS),
	BAD(field_role_twice, BOUNDS),
	BAD(field_scanned, BOUNDS),
	BAD(database_outside, BOUNDS),
	BAD(database_wraps, BOUNDS),
	BAD(database_empty, BOUNDS),
	BAD(database_unaligned, BOUNDS),
	BAD(database_class, BOUNDS),
	BAD(database_bytes, CHECKSUM),
	BAD(constant_type, BOUNDS),
	BAD(constant_text, BOUNDS),
	BAD(constant_bool, BOUNDS),
	BAD(set_outside, BOUNDS),
	BAD(set_overlap, BOUNDS),
	BAD(set_type, BOUNDS),
	BAD(set_member, BOUNDS),
	BAD(set_order, BOUNDS),
	BAD(set_order_text, BOUNDS),
	BAD(code_opcode, VERSION),
	BAD(code_slot, BOUNDS),
	BAD(code_slot_type, BOUNDS),
	BAD(code_set, BOUNDS),
	BAD(code_set_type, BOUNDS),
	BAD(code_element, BOUNDS),
	BAD(code_constant, BOUNDS),
	BAD(code_constant_type, BOUNDS),
	BAD(code_jump_back, BOUNDS),
	BAD(code_jump_out, BOUNDS),
	BAD(campaign_name, BOUNDS),
	BAD(campaign_text, BOUNDS),
	BAD(campaign_kind, BOUNDS),
	BAD(campaign_data, BOUNDS),
	BAD(data_constant, BOUNDS),
	BAD(data_slot, BOUNDS),
	BAD(data_flag, BOUNDS),
	BAD(data_name, BOUNDS),
	BAD(trigger_campaign, BOUNDS),
	BAD(trigger_code, BOUNDS),
	BAD(trigger_code_wraps, BOUNDS),
	BAD(trigger_code_shared, BOUNDS),
	BAD(trigger_role, BOUNDS),
	BAD(registry_slot, BOUNDS),
	BAD(always_trigger, BOUNDS),
	BAD(filed_trigger, BOUNDS),
	BAD(atom_kind, BOUNDS),
	BAD(atom_bytes, BOUNDS),
	BAD(atom_no_bytes, BOUNDS),
	BAD(atom_slot, BOUNDS),
	BAD(atom_not_scanned, BOUNDS),
	BAD(atom_filed, BOUNDS),
	BAD(atom_filed_shared, BOUNDS),
};

static void test_each_fault_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(spoils) / sizeof(*spoils); i++) {
		struct sl_artifact *artifact = (struct sl_artifact *)&artifact;
		struct sl_artifact *untouched = artifact;
		char why[SL_SENTENCE_BYTES] = "";
		size_t n;
		void *file = build(&n);
		int error;

		spoils[i].spoil(file);
		sl_built_seal(file, n);
		error = sl_artifact_view(file, n, &artifact, why);
		if (error != spoils[i].error)
			fail_msg("%s: %d (%s)", spoils[i].name, error, why);
		assert_ptr_equal(artifact, untouched);
		assert_true(why[0] != '\0');
		free(file);
	}
}

static void test_header_faults(void **state)
{
	struct sl_artifact *artifact;
	size_t n;
	struct sl_file_header *file = build(&n);

	(void)state;
	assert_int_equal(sl_artifact_view(file, 63, &artifact, NULL), -SL_E_TRUNCATED);
	assert_int_equal(sl_artifact_view(file, n - 1, &artifact, NULL), -SL_E_TRUNCATED);
	file->bytes--;
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), -SL_E_FORMAT);
	file->bytes++;
	((char *)file)[n - 100] ^= 1;
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), -SL_E_CHECKSUM);
	((char *)file)[n - 100] ^= 1;
	file->kind = SL_FILE_SETTINGS;
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), -SL_E_FORMAT);
	file->kind = SL_FILE_RULESET;
	file->version++;
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), -SL_E_VERSION);
	file->version--;
	file->magic[3] ^= 1;
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), -SL_E_FORMAT);
	file->magic[3] ^= 1;
	file->sections = SL_FILE_SECTIONS_MAX + 1;
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), -SL_E_BOUNDS);
	free(file);
}

/* A section that only newer readers know is passed over where its writer allows that. */
static void test_an_optional_unknown_section(void **state)
{
	struct sl_artifact *artifact;
	size_t n;
	void *file = build(&n);
	struct sl_file_section *entry = sl_built_entry(file, SL_SECTION_REGISTRY);

	(void)state;
	entry->id = 999;
	entry->record_bytes = 3;
	entry->required = 0;
	sl_built_seal(file, n);
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), 0);
	assert_int_equal(artifact->n_registry, 0);
	sl_artifact_close(artifact);
	free(file);
}

/* The order of a set has no place for it. */
static void test_a_nan_is_no_member(void **state)
{
	struct sl_artifact *artifact;
	struct sl_builder builder;
	uint32_t member;
	size_t n;
	void *file;

	(void)state;
	sl_builder_init(&builder);
	sl_builder_meta(&builder, "", 0);
	member = sl_builder_constant_decimal(&builder, (double)NAN);
	sl_builder_set(&builder, SL_TYPE_DECIMAL, &member, 1);
	file = sl_builder_finish(&builder, SL_FILE_RULESET, &n);
	assert_int_equal(sl_artifact_view(file, n, &artifact, NULL), -SL_E_BOUNDS);
	sl_builder_fini(&builder);
	free(file);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void test_open(void **state)
{
	char path[] = "/tmp/sluice-artifact-XXXXXX", why[SL_SENTENCE_BYTES] = "";
	struct sl_artifact *artifact;
	size_t n;
	void *file = build(&n);

	(void)state;
	close(mkstemp(path));
	write_file(path, file, n);
	assert_int_equal(sl_artifact_open(path, &artifact, why), 0);
	/* whoever cuts the file short now does not cut what was read */
	assert_int_equal(truncate(path, 0), 0);
	assert_memory_equal(artifact->header, file, n);
	sl_artifact_close(artifact);

	assert_int_equal(sl_artifact_open(path, &artifact, why), -SL_E_TRUNCATED);
	assert_non_null(strstr(why, path));
	write_file(path, file, n / 2);
	assert_int_equal(sl_artifact_open(path, &artifact, why), -SL_E_TRUNCATED);
	unlink(path);
	assert_int_equal(sl_artifact_open(path, &artifact, why), -ENOENT);
	assert_int_equal(sl_artifact_open("/tmp", &artifact, NULL), -SL_E_FORMAT);
	assert_int_equal(sl_artifact_open("/dev/null", &artifact, NULL), -SL_E_FORMAT);
	sl_artifact_close(NULL);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_a_schema_alone),
		cmocka_unit_test(test_each_fault_is_refused),
		cmocka_unit_test(test_header_faults),
		cmocka_unit_test(test_an_optional_unknown_section),
		cmocka_unit_test(test_a_nan_is_no_member),
		cmocka_unit_test(test_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
