/* The binary settings file, of the framing in sluice/artifact.h. */
#include "control/config/config.h"

#include "base/clock.h"
#include "control/files.h"

#include <string.h>
#include <xxhash.h>

struct layout {
	struct sl_file_header header;
	struct sl_file_section sections[5];
	_Alignas(SL_FILE_ALIGN) struct sl_settings settings;
	_Alignas(SL_FILE_ALIGN) struct sl_wire wires[SL_WIRES_MAX];
	_Alignas(SL_FILE_ALIGN) struct sl_channel channels[SL_CHANNELS_MAX];
	/* these two move up to the last channel */
	char announced[SL_FILE_ALIGN + SL_ANNOUNCED_BYTES];
	char mapping[SL_FILE_ALIGN + SL_MAPPING_BYTES_MAX];
};

int sl_config_write(const struct sl_config *config, const char *path)
{
	struct layout file;
	XXH128_hash_t content;
	size_t channels_end = offsetof(struct layout, channels) +
			      config->settings.channels * sizeof(struct sl_channel);
	size_t announced_at = (channels_end + SL_FILE_ALIGN - 1) / SL_FILE_ALIGN * SL_FILE_ALIGN;
	size_t announced_bytes = strlen(config->announced);
	size_t mapping_at = (announced_at + announced_bytes + SL_FILE_ALIGN - 1) / SL_FILE_ALIGN *
			    SL_FILE_ALIGN;
	size_t bytes = config->mapping_bytes ? mapping_at + config->mapping_bytes
					     : announced_at + announced_bytes;

	memset(&file, 0, sizeof(file));
	file.settings = config->settings;
	memcpy(file.wires, config->wires, config->settings.wires * sizeof(file.wires[0]));
	memcpy(file.channels, config->channels,
	       config->settings.channels * sizeof(file.channels[0]));
	memcpy((char *)&file + announced_at, config->announced, announced_bytes);
	memcpy((char *)&file + mapping_at, config->mapping, config->mapping_bytes);
	memcpy(file.header.magic, SL_FILE_MAGIC, sizeof(file.header.magic));
	file.header.version = SL_FILE_VERSION;
	file.header.kind = SL_FILE_SETTINGS;
	file.header.bytes = bytes;
	file.header.created_ns = sl_clock_read(CLOCK_REALTIME);
	file.header.sections = config->mapping_bytes ? 5 : 4;
	file.sections[0] = (struct sl_file_section){
		.id = SL_SECTION_SETTINGS,
		.required = 1,
		.offset = offsetof(struct layout, settings),
		.bytes = sizeof(file.settings),
		.record_bytes = sizeof(file.settings),
		.count = 1,
	};
	file.sections[1] = (struct sl_file_section){
		.id = SL_SECTION_CHANNELS,
		.required = 1,
		.offset = offsetof(struct layout, channels),
		.bytes = channels_end - offsetof(struct layout, channels),
		.record_bytes = sizeof(struct sl_channel),
		.count = config->settings.channels,
	};
	file.sections[2] = (struct sl_file_section){
		.id = SL_SECTION_ANNOUNCED,
		.offset = announced_at,
		.bytes = announced_bytes,
		.record_bytes = 1,
		.count = (uint32_t)announced_bytes,
	};
	file.sections[3] = (struct sl_file_section){
		.id = SL_SECTION_WIRES,
		.required = 1,
		.offset = offsetof(struct layout, wires),
		.bytes = config->settings.wires * sizeof(struct sl_wire),
		.record_bytes = sizeof(struct sl_wire),
		.count = config->settings.wires,
	};
	file.sections[4] = (struct sl_file_section){
		.id = SL_SECTION_MAPPINGS,
		.offset = mapping_at,
		.bytes = config->mapping_bytes,
		.record_bytes = 1,
		.count = config->mapping_bytes,
	};
	content = XXH3_128bits(&file.settings, bytes - offsetof(struct layout, settings));
	file.header.content[0] = content.low64;
	file.header.content[1] = content.high64;
	file.header.hash =
		XXH3_64bits((const char *)&file + sizeof(file.header), bytes - sizeof(file.header));
	return sl_file_replace(path, &file, bytes);
}
