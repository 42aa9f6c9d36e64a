#include "base/artifact.h"
#include "settings_file_priv.h"
#include "sluice/error.h"

#include <string.h>

static const struct sl_framed_known known[] = {
	{SL_SECTION_SETTINGS, sizeof(struct sl_settings)},
	{SL_SECTION_CHANNELS, sizeof(struct sl_channel)},
	{SL_SECTION_ANNOUNCED, 1},
	{SL_SECTION_WIRES, sizeof(struct sl_wire)},
	{SL_SECTION_MAPPINGS, 1},
};

int sl_settings_frame(const void *bytes, size_t n_bytes, struct sl_framed *ret_framed, char *why)
{
	return sl_framed_check(bytes, n_bytes, SL_FILE_SETTINGS, known,
			       sizeof(known) / sizeof(*known), ret_framed, why);
}

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

/* Of a channel on wires: which, and that its ports are nobody else's. */
static int check_ports(const struct sl_channel *channels, unsigned i, uint32_t n_wires, char *why)
{
	const struct sl_channel *channel = &channels[i];

	if ((n_wires < 32 && channel->wires >> n_wires) || channel->n_ports < 1 ||
	    channel->n_ports > SL_CHANNEL_PORTS_MAX || channel->address[0])
		return sl_framed_refuse(why, -SL_E_SETTINGS,
					"channel %s: its wires or ports are none there can be",
					channel->name);
	for (unsigned p = 0; p < channel->n_ports; p++) {
		bool taken = !channel->ports[p];

		for (unsigned j = 0; j <= i; j++)
			for (unsigned q = 0; q < (j < i ? channels[j].n_ports : p); q++)
				taken |= channels[j].protocol == channel->protocol &&
					 channels[j].ports[q] == channel->ports[p];
		if (taken)
			return sl_framed_refuse(why, -SL_E_SETTINGS,
						"channel %s: port %u is no port, or another's",
						channel->name, channel->ports[p]);
	}
	return 0;
}

static bool may_be_on_wires(unsigned protocol)
{
	return protocol == SL_PROTOCOL_UDP || protocol == SL_PROTOCOL_MIRROR;
}

static int check_place(const struct sl_channel *channels, unsigned i, uint32_t n_wires, char *why)
{
	const struct sl_channel *channel = &channels[i];

	if (channel->wires ? !may_be_on_wires(channel->protocol)
			   : channel->protocol == SL_PROTOCOL_MIRROR)
		return sl_framed_refuse(
			why, -SL_E_SETTINGS, "channel %s: protocol %u does not go with %s",
			channel->name, channel->protocol, channel->wires ? "wires" : "a socket");
	if (!is_terminated(channel->address, sizeof(channel->address)))
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s: its address has no end",
					channel->name);
	if (channel->wires)
		return check_ports(channels, i, n_wires, why);
	if (!channel->address[0] || channel->n_ports)
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s has no address",
					channel->name);
	return 0;
}

static int check_channel(const struct sl_channel *channels, unsigned i, uint32_t n_wires, char *why)
{
	const struct sl_channel *channel = &channels[i];
	int error;

	if (!is_terminated(channel->name, sizeof(channel->name)) || !channel->name[0])
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %u has no name", i);
	if (channel->protocol < SL_PROTOCOL_HTTP || channel->protocol > SL_PROTOCOL_MIRROR)
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s: protocol %u is not known",
					channel->name, channel->protocol);
	error = check_place(channels, i, n_wires, why);
	if (error)
		return error;
	if (channel->repeats > 1)
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s: repeats is %u",
					channel->name, channel->repeats);
	if (channel->acknowledge > 1)
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s: acknowledge is %u",
					channel->name, channel->acknowledge);
	if (channel->lateness_ms > SL_CHANNEL_MS_MAX)
		return sl_framed_refuse(why, -SL_E_SETTINGS, "channel %s: lateness is %u ms",
					channel->name, channel->lateness_ms);
	if (channel->loss_ppm > SL_LOSS_PPM_MAX || channel->silence_ms > SL_CHANNEL_MS_MAX)
		return sl_framed_refuse(why, -SL_E_SETTINGS,
					"channel %s: loss rate %u, silence %u ms", channel->name,
					channel->loss_ppm, channel->silence_ms);
	for (unsigned j = 0; j < i; j++)
		if (strcmp(channels[j].name, channel->name) == 0)
			return sl_framed_refuse(why, -SL_E_SETTINGS, "two channels are named %s",
						channel->name);
	return 0;
}

static int check_wires(const struct sl_framed *framed, const struct sl_settings *settings,
		       char *why)
{
	const struct sl_file_section *section = sl_framed_find(framed, SL_SECTION_WIRES);
	const struct sl_wire *wires;

	if (settings->wires > SL_WIRES_MAX || settings->wires != (section ? section->count : 0))
		return sl_framed_refuse(why, -SL_E_SETTINGS, "%u wires, not as many records",
					settings->wires);
	wires = section ? (const struct sl_wire *)(framed->bytes + section->offset) : NULL;
	for (uint32_t i = 0; i < settings->wires; i++) {
		if (!is_terminated(wires[i].name, sizeof(wires[i].name)) || !wires[i].name[0] ||
		    !is_terminated(wires[i].device, sizeof(wires[i].device)) ||
		    !wires[i].device[0] || wires[i].promiscuous > 1)
			return sl_framed_refuse(why, -SL_E_SETTINGS,
						"wire %u has no name or no device", i);
		for (uint32_t j = 0; j < i; j++)
			if (!strcmp(wires[j].name, wires[i].name))
				return sl_framed_refuse(why, -SL_E_SETTINGS,
							"two wires are named %s", wires[i].name);
	}
	return 0;
}

int sl_settings_view(const void *bytes, size_t n_bytes, struct sl_settings *ret_settings,
		     struct sl_channel *ret_channels, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_file_section *section, *channels;
	const struct sl_channel *list;
	const struct sl_settings *settings;
	struct sl_framed framed;
	int error = sl_settings_frame(bytes, n_bytes, &framed, ret_why);

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
		error = check_channel(list, i, settings->wires, ret_why);
		if (error)
			return error;
	}
	error = check_wires(&framed, settings, ret_why);
	if (error)
		return error;
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
	int error = sl_framed_load(path, SL_SETTINGS_BYTES_MAX, &bytes, &n_bytes, ret_why);

	if (error)
		return error;
	error = sl_settings_view(bytes, n_bytes, ret_settings, ret_channels, ret_why);
	sl_framed_unload(bytes, n_bytes);
	return error;
}
