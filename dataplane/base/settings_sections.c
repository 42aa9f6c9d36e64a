/* What a settings file has beside settings and channels. */
#include "base/artifact.h"
#include "base/mapping.h"
#include "settings_file_priv.h"
#include "sluice/error.h"

#include <stdio.h>
#include <string.h>

void sl_channel_place(const struct sl_channel *channel, const struct sl_wire *wires,
		      char ret_text[SL_CHANNEL_PLACE_BYTES])
{
	const char *between = "";
	size_t n = 0;

	ret_text[0] = '\0';
	for (unsigned i = 0; i < SL_WIRES_MAX && n < SL_CHANNEL_PLACE_BYTES; i++)
		if (channel->wires & 1u << i) {
			n += (size_t)snprintf(ret_text + n, SL_CHANNEL_PLACE_BYTES - n, "%s%s",
					      between, wires[i].name);
			between = "+";
		}
	between = ":";
	for (unsigned i = 0; i < channel->n_ports && n < SL_CHANNEL_PLACE_BYTES; i++) {
		n += (size_t)snprintf(ret_text + n, SL_CHANNEL_PLACE_BYTES - n, "%s%u", between,
				      channel->ports[i]);
		between = ",";
	}
}

int sl_settings_view_wires(const void *bytes, size_t n_bytes, struct sl_wire *ret_wires,
			   char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_file_section *section;
	struct sl_framed framed;
	int error = sl_settings_frame(bytes, n_bytes, &framed, ret_why);

	if (error)
		return error;
	section = sl_framed_find(&framed, SL_SECTION_WIRES);
	if (section && section->count > SL_WIRES_MAX)
		return sl_framed_refuse(ret_why, -SL_E_LIMIT, "%u wires", section->count);
	if (section)
		memcpy(ret_wires, framed.bytes + section->offset, section->bytes);
	return 0;
}

int sl_settings_read_wires(const char *path, struct sl_wire *ret_wires,
			   char ret_why[SL_SENTENCE_BYTES])
{
	const void *bytes;
	size_t n_bytes;
	int error = sl_framed_load(path, SL_SETTINGS_BYTES_MAX, &bytes, &n_bytes, ret_why);

	if (error)
		return error;
	error = sl_settings_view_wires(bytes, n_bytes, ret_wires, ret_why);
	sl_framed_unload(bytes, n_bytes);
	return error;
}

int sl_settings_view_announced(const void *bytes, size_t n_bytes,
			       char ret_announced[SL_ANNOUNCED_BYTES],
			       char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_file_section *section;
	struct sl_framed framed;
	int error = sl_settings_frame(bytes, n_bytes, &framed, ret_why);

	if (error)
		return error;
	section = sl_framed_find(&framed, SL_SECTION_ANNOUNCED);
	if (section && section->bytes >= SL_ANNOUNCED_BYTES)
		return sl_framed_refuse(ret_why, -SL_E_LIMIT,
					"what channels announce has more than %u bytes",
					SL_ANNOUNCED_BYTES - 1);
	if (section && memchr(framed.bytes + section->offset, '\0', section->bytes))
		return sl_framed_refuse(ret_why, -SL_E_FORMAT, "what channels announce is no text");
	if (section)
		memcpy(ret_announced, framed.bytes + section->offset, section->bytes);
	ret_announced[section ? section->bytes : 0] = '\0';
	return 0;
}

int sl_settings_read_announced(const char *path, char ret_announced[SL_ANNOUNCED_BYTES],
			       char ret_why[SL_SENTENCE_BYTES])
{
	const void *bytes;
	size_t n_bytes;
	int error = sl_framed_load(path, SL_SETTINGS_BYTES_MAX, &bytes, &n_bytes, ret_why);

	if (error)
		return error;
	error = sl_settings_view_announced(bytes, n_bytes, ret_announced, ret_why);
	sl_framed_unload(bytes, n_bytes);
	return error;
}

int sl_settings_view_mapping(const void *bytes, size_t n_bytes, unsigned n_channels,
			     uint8_t ret_bytes[SL_MAPPING_BYTES_MAX],
			     struct sl_mapping *ret_mapping, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_file_section *section;
	struct sl_framed framed;
	int error = sl_settings_frame(bytes, n_bytes, &framed, ret_why);

	if (error)
		return error;
	section = sl_framed_find(&framed, SL_SECTION_MAPPINGS);
	if (section && section->bytes > SL_MAPPING_BYTES_MAX)
		return sl_framed_refuse(ret_why, -SL_E_LIMIT, "a mapping of more than %u bytes",
					SL_MAPPING_BYTES_MAX);
	if (section)
		memcpy(ret_bytes, framed.bytes + section->offset, section->bytes);
	return sl_mapping_view(ret_bytes, section ? section->bytes : 0, n_channels, ret_mapping,
			       ret_why);
}

int sl_settings_read_mapping(const char *path, unsigned n_channels,
			     uint8_t ret_bytes[SL_MAPPING_BYTES_MAX],
			     struct sl_mapping *ret_mapping, char ret_why[SL_SENTENCE_BYTES])
{
	const void *bytes;
	size_t n_bytes;
	int error = sl_framed_load(path, SL_SETTINGS_BYTES_MAX, &bytes, &n_bytes, ret_why);

	if (error)
		return error;
	error = sl_settings_view_mapping(bytes, n_bytes, n_channels, ret_bytes, ret_mapping,
					 ret_why);
	sl_framed_unload(bytes, n_bytes);
	return error;
}
