#include "seal_artifact.h"

#include "sluice/artifact.h"

#include <string.h>
#include <xxhash.h>

static void seal_databases(uint8_t *file, size_t n, const struct sl_file_section *databases,
			   const struct sl_file_section *blobs)
{
	if (databases->offset > n || databases->bytes > n - databases->offset ||
	    blobs->offset > n || blobs->bytes > n - blobs->offset || databases->offset % 8)
		return;
	for (uint64_t i = 0; i < databases->bytes / sizeof(struct sl_database) && i < 8; i++) {
		struct sl_database *database = (struct sl_database *)(file + databases->offset) + i;

		if (database->offset <= blobs->bytes &&
		    database->bytes <= blobs->bytes - database->offset)
			database->hash = XXH3_64bits(file + blobs->offset + database->offset,
						     database->bytes);
	}
}

void sl_fuzz_seal(uint8_t *file, size_t n)
{
	struct sl_file_header *header = (struct sl_file_header *)file;
	const struct sl_file_section *table = (const struct sl_file_section *)(header + 1);
	const struct sl_file_section *databases = NULL, *blobs = NULL;

	memcpy(header->magic, SL_FILE_MAGIC, sizeof(header->magic));
	header->version = SL_FILE_VERSION;
	header->kind = SL_FILE_RULESET;
	header->bytes = n;
	for (uint32_t i = 0; i < header->sections && i < SL_FILE_SECTIONS_MAX &&
			     (i + 1) * sizeof(*table) <= n - sizeof(*header);
	     i++) {
		if (table[i].id == SL_SECTION_DATABASES)
			databases = &table[i];
		if (table[i].id == SL_SECTION_BLOBS)
			blobs = &table[i];
	}
	if (databases && blobs)
		seal_databases(file, n, databases, blobs);
	header->hash = XXH3_64bits(header + 1, n - sizeof(*header));
}
