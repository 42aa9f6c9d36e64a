/* The reader of settings files, behind the checksum. */
#include "base/artifact.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct sl_settings settings;
	static struct sl_channel channels[SL_CHANNELS_MAX];
	static struct sl_wire wires[SL_WIRES_MAX];
	static char announced[SL_ANNOUNCED_BYTES];
	char why[SL_SENTENCE_BYTES];
	struct sl_file_header *header;
	void *file;

	if (posix_memalign(&file, SL_FILE_ALIGN, n ? n : 1))
		return 0;
	if (n)
		memcpy(file, bytes, n);
	header = file;
	if (n >= sizeof(*header)) {
		memcpy(header->magic, SL_FILE_MAGIC, sizeof(header->magic));
		header->version = SL_FILE_VERSION;
		header->kind = SL_FILE_SETTINGS;
		header->bytes = n;
		header->hash = XXH3_64bits(header + 1, n - sizeof(*header));
	}
	settings.wires = 0;
	if (sl_settings_view(file, n, &settings, channels, why) == 0)
		for (int64_t i = 0; i < settings.channels; i++)
			if (!channels[i].name[0] ||
			    (channels[i].address[0] != 0) == (channels[i].wires != 0))
				abort();
	if (settings.wires && sl_settings_view_wires(file, n, wires, why) == 0)
		for (uint32_t i = 0; i < settings.wires; i++)
			if (strlen(wires[i].name) == 0 || strlen(wires[i].device) == 0)
				abort();
	if (sl_settings_view_announced(file, n, announced, why) == 0 &&
	    !memchr(announced, 0, sizeof(announced)))
		abort();
	free(file);
	return 0;
}
