#include "base/artifact.h"
#include "framed_file_priv.h"
#include "sluice/error.h"

#include <string.h>

/* Room for every section there can be, and no more: a settings file is small. */
#define SETTINGS_BYTES_MAX                                                                         \
	(sizeof(struct sl_settings) + SL_CHANNELS_MAX * sizeof(struct sl_channel) +                \
	 SL_ANNOUNCED_BYTES + 65536)

static const struct sl_framed_known known[] = {
	{SL_SECTION_SETTINGS, sizeof(struct sl_settings)},
	{SL_SECTION_CHANNELS, sizeof(struct sl_channel)},
	{SL_SECTION_ANNOUNCED, 1},
};

static bool is_terminated(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL;
}

static int check_int(const char *path, int64_t value, int64_t min, int64_t max, char *why)
{
	if (value < min || value > max)
		return sl_framed_refuse(why, -SL_E_SETTINGS,
					"%s is %lld, not between %lld and %lld", path,
					(long long)value, (long long)min, (long long)max);
	return 0;
}

static int check_text(const char *path, const char *text, char *why)
{
	if (!is_terminated(text, SL_SETTING_TEXT_MAX))
		return sl_framed_refuse(why, -SL_E_SETTINGS, "%s has no end", path);
	return 0;
}

static int check_settings(const struct sl_settings *settings, char *why)
{
	int error = 0;

	if (settings->version != SL_SETTINGS_VERSION)
		return sl_framed_refuse(why, -SL_E_VERSION,
					"settings version %u, this reader knows %u",
					settings->version, SL_SETTINGS_VERSION);
#define SL_INT(field, path, value, min, max, unit, when, doc)                                      \
	if (!error)                                                                                \
		error = check_int(path, settings->field, min, max, why);
#define SL_BOOL(field, path, value, when, doc) SL_INT(field, path, value, 0, 1, "", when, doc)
#define SL_TEXT(field, path, value, when, doc)                                                     \
	if (!error)                                                                                \
		error = check_text(path, settings->field, why);
#include "sluice/settings.def"
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT
	return error;
}

static int check_channel(const struct sl_channel *channels, unsigned i, char *why)
{
	const struct sl_channel *channel = &channels[i];

	if (!is_terminated(channel->name, sizeof(channel->name)) || !channel->name[0])
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %u has no name", i);
	if (!is_terminated(channel->address, sizeof(channel->address)) || !channel->address[0])
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s has no address",
					channel->name);
	if (channel->protocol < SL_PROTOCOL_HTTP || channel->protocol > SL_PROTOCOL_UDP)
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s: protocol %u is not known",
					channel->name, channel->protocol);
	if (channel->acknowledge > 1)
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s: acknowledge is %u",
					channel->name, channel->acknowledge);
	if (channel->lateness_ms > SL_LATENESS_MS_MAX)
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s: lateness is %u ms",
					channel->name, channel->lateness_ms);
	for (unsigned j = 0; j < i; j++)
		if (strcmp(channels[j].name, channel->name) == 0)
			return sl_framed_refuse(why, -SL_E_SETTINGS, "two channels are named %s",
						channel->name);
	return 0;
}

int sl_settings_view(const void *bytes, size_t n_bytes, struct sl_settings *ret_settings,
		     struct sl_channel *ret_channels, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_file_section *section, *channels;
	const struct sl_channel *list;
	const struct sl_settings *settings;
	struct sl_framed framed;
	int error = sl_framed_check(bytes, n_bytes, SL_FILE_SETTINGS, known,
				    sizeof(known) / sizeof(*known), &framed, ret_why);

	if (error)
		return error;
	section = sl_framed_find(&framed, SL_SECTION_SETTINGS);
	if (!section || section->count != 1)
		return sl_framed_refuse(ret_why, -SL_E_BOUNDS, "not one section of settings");
	settings = (const struct sl_settings *)(framed.bytes + section->offset);
	error = check_settings(settings, ret_why);
	if (error)
		return error;
	channels = sl_framed_find(&framed, SL_SECTION_CHANNELS);
	if (settings->channels > SL_CHANNELS_MAX ||
	    settings->channels != (channels ? channels->count : 0))
		return sl_framed_refuse(ret_why, -SL_E_SETTINGS, "%u channels, not as many records",
					settings->channels);
	list = channels ? (const struct sl_channel *)(framed.bytes + channels->offset) : NULL;
	for (unsigned i = 0; i < settings->channels; i++) {
		error = check_channel(list, i, ret_why);
		if (error)
			return error;
	}
	*ret_settings = *settings;
	if (settings->channels)
		memcpy(ret_channels, list, settings->channels * sizeof(*list));
	return 0;
}

int sl_settings_read(const char *path, struct sl_settings *ret_settings,
		     struct sl_channel *ret_channels, char ret_why[SL_SENTENCE_BYTES])
{
	const void *bytes;
	size_t n_bytes;
	int error = sl_framed_load(path, SETTINGS_BYTES_MAX, &bytes, &n_bytes, ret_why);

	if (error)
		return error;
	error = sl_settings_view(bytes, n_bytes, ret_settings, ret_channels, ret_why);
	sl_framed_unload(bytes, n_bytes);
	return error;
}

int sl_settings_view_announced(const void *bytes, size_t n_bytes,
			       char ret_announced[SL_ANNOUNCED_BYTES],
			       char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_file_section *section;
	struct sl_framed framed;
	int error = sl_framed_check(bytes, n_bytes, SL_FILE_SETTINGS, known,
				    sizeof(known) / sizeof(*known), &framed, ret_why);

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
	int error = sl_framed_load(path, SETTINGS_BYTES_MAX, &bytes, &n_bytes, ret_why);

	if (error)
		return error;
	error = sl_settings_view_announced(bytes, n_bytes, ret_announced, ret_why);
	sl_framed_unload(bytes, n_bytes);
	return error;
}
