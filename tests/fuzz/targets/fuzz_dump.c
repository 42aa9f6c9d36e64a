/* What sluice dump makes of an artifact that the reader lets pass, behind the checksums. Texts of
 * it that dump has put together itself steer no terminal. */
#include "base/artifact.h"
#include "seal_artifact.h"
#include "tools/sluice/dump/parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check_printable(const json_t *value)
{
	const json_t *item;
	size_t i;

	json_array_foreach(value, i, item) check_printable(item);
	for (i = 0; i < json_string_length(value); i++)
		assert((uint8_t)json_string_value(value)[i] >= 0x20);
}

static void check_triggers(const json_t *campaign)
{
	const json_t *trigger;
	size_t i;

	json_array_foreach(json_object_get(campaign, "triggers"), i, trigger)
	{
		check_printable(json_object_get(trigger, "filed"));
		check_printable(json_object_get(trigger, "program"));
	}
}

static void dump(const struct sl_artifact *artifact)
{
	struct sl_dump_filing *filing = NULL;
	uint32_t *triggers = sl_dump_order(artifact);
	struct sl_dump whole = {.artifact = artifact, .triggers = triggers};

	assert(triggers);
	if (sl_dump_filing_new(artifact, &filing) == 0) {
		whole.filing = filing;
		for (int part = 0; part < SL_DUMP_PARTS; part++)
			for (uint32_t i = 0; i < sl_dump_count(&whole, (enum sl_dump_part)part);
			     i++) {
				json_t *object = sl_dump_object(&whole, (enum sl_dump_part)part, i);
				char *line = json_dumps(object, JSON_COMPACT);

				assert(line);
				check_triggers(object);
				free(line);
				json_decref(object);
			}
	}
	sl_dump_filing_free(filing);
	free(triggers);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_artifact *artifact;
	char why[SL_SENTENCE_BYTES];
	void *file;

	if (posix_memalign(&file, SL_FILE_ALIGN, n ? n : 1))
		return 0;
	if (n)
		memcpy(file, bytes, n);
	if (n >= sizeof(struct sl_file_header))
		sl_fuzz_seal(file, n);
	if (sl_artifact_view(file, n, &artifact, why) == 0) {
		dump(artifact);
		sl_artifact_close(artifact);
	}
	free(file);
	return 0;
}
