/* channels: the listeners. */
#include "control/config/config_priv.h"

#include "sluice/error.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char *const channel_keys[] = {
	"name",   "protocol",      "listen",    "acknowledge", "fields",           "lateness",
	"wire",   "ports",         "loss_rate", "silence",     "check_duplicates", "charset",
	"status", "status_unseen", "rules"};
#define CHANNEL_KEYS (sizeof(channel_keys) / sizeof(channel_keys[0]))
#define HAS_DUPLICATES (1u << 10)
#define FIRST_OF_MIRROR 11u /* the keys from here on */

static int parse_port(const char *text, uint16_t *ret_port)
{
	unsigned port = 0;
	size_t n = strlen(text);

	if (n < 1 || n > 5)
		return -SL_E_SETTINGS;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -SL_E_SETTINGS;
		port = port * 10 + (unsigned)(*text - '0');
	}
	if (port > 65535)
		return -SL_E_SETTINGS;
	*ret_port = (uint16_t)port;
	return 0;
}

int sl_config_listen(const char *text, char ret_address[64], uint16_t *ret_port)
{
	const char *colon = strrchr(text, ':');
	bool v6 = text[0] == '[';
	unsigned char binary[sizeof(struct in6_addr)];
	char address[64];
	uint16_t port;
	size_t n;

	if (!colon || (size_t)(colon - text) >= sizeof(address) || parse_port(colon + 1, &port))
		return -SL_E_SETTINGS;
	n = (size_t)(colon - text);
	if (v6 && (n < 3 || text[n - 1] != ']'))
		return -SL_E_SETTINGS;
	memset(address, 0, sizeof(address));
	memcpy(address, v6 ? text + 1 : text, v6 ? n - 2 : n);
	if (inet_pton(v6 ? AF_INET6 : AF_INET, address, binary) != 1)
		return -SL_E_SETTINGS;
	memcpy(ret_address, address, sizeof(address));
	*ret_port = port;
	return 0;
}

bool sl_config_is_loopback(const char *address)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (inet_pton(AF_INET, address, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static void read_name(const struct sl_config_node *node, struct sl_channel *channel,
		      struct sl_problems *problems)
{
	if (!sl_config_is_name(node->text, SL_CHANNEL_NAME_MAX)) {
		sl_problems_add(problems, node->line, node->column, NULL,
				"name: 1 to %u letters, digits, '.', '_' or '-'",
				SL_CHANNEL_NAME_MAX - 1);
		return;
	}
	strcpy(channel->name, node->text);
}

static void read_protocol(const struct sl_config_node *node, struct sl_channel *channel,
			  struct sl_problems *problems)
{
	if (!strcmp(node->text, "http"))
		channel->protocol = SL_PROTOCOL_HTTP;
	else if (!strcmp(node->text, "tcp"))
		channel->protocol = SL_PROTOCOL_TCP;
	else if (!strcmp(node->text, "udp"))
		channel->protocol = SL_PROTOCOL_UDP;
	else if (!strcmp(node->text, "mirror"))
		channel->protocol = SL_PROTOCOL_MIRROR;
	else
		sl_problems_add(problems, node->line, node->column, "http, tcp, udp or mirror",
				"protocol: \"%.60s\" is not offered", node->text);
}

/* Of at most a week. */
static void read_duration(const struct sl_config_node *node, const char *examples, uint32_t *ret_ms,
			  struct sl_problems *problems)
{
	int64_t ms = 0;
	char hint[128];

	if (node->plain && !sl_config_quantity(node->text, "milliseconds", &ms) && ms >= 0 &&
	    ms <= SL_CHANNEL_MS_MAX) {
		*ret_ms = (uint32_t)ms;
		return;
	}
	snprintf(hint, sizeof(hint),
		 "a whole number of milliseconds, or one with a unit, at most 7d: %s", examples);
	sl_problems_add(problems, node->line, node->column, hint,
			"%s: \"%.60s\" is no such duration", node->key, node->text);
}

/* "0.1%" or "0.001": six digits behind the point at most, and so a whole number of millionths. */
static void read_loss_rate(const struct sl_config_node *node, struct sl_channel *channel,
			   struct sl_problems *problems)
{
	const char *at = node->text;
	uint64_t millionths = 0, unit = 1000000;
	bool digits = false, bad = !node->plain;

	for (; *at >= '0' && *at <= '9' && millionths <= 100 * unit; at++, digits = true)
		millionths = millionths * 10 + (uint64_t)(*at - '0') * unit;
	if (*at == '.')
		for (at++; *at >= '0' && *at <= '9'; at++) {
			unit /= 10;
			bad |= !unit && *at != '0';
			millionths += (uint64_t)(*at - '0') * unit;
			digits = true;
		}
	if (*at == '%') {
		bad |= millionths % 100 != 0;
		millionths /= 100;
		at++;
	}
	if (bad || !digits || *at || millionths > SL_LOSS_PPM_MAX)
		sl_problems_add(problems, node->line, node->column,
				"a part of what comes in a second, from 0 to 100%, at most four "
				"digits behind the point: 0.1%, or 0.001",
				"loss_rate: \"%.60s\" is no such part", node->text);
	else
		channel->loss_ppm = (uint32_t)millionths;
}

static void read_member(const struct sl_config_node *node, struct sl_channel *channel,
			struct sl_problems *problems)
{
	int64_t flag;

	if (!strcmp(node->key, "acknowledge")) {
		if (!sl_config_bool(node, "acknowledge", &flag, problems))
			channel->acknowledge = (uint8_t)flag;
		return;
	}
	if (!strcmp(node->key, "check_duplicates")) {
		if (!sl_config_bool(node, "check_duplicates", &flag, problems))
			channel->repeats = !flag;
		return;
	}
	if (node->kind != SL_CONFIG_SCALAR) {
		sl_problems_add(problems, node->line, node->column, NULL, "%s is a single value",
				node->key);
		return;
	}
	if (!strcmp(node->key, "name"))
		read_name(node, channel, problems);
	else if (!strcmp(node->key, "protocol"))
		read_protocol(node, channel, problems);
	else if (!strcmp(node->key, "lateness"))
		read_duration(node, "500ms, 5s, 1m", &channel->lateness_ms, problems);
	else if (!strcmp(node->key, "loss_rate"))
		read_loss_rate(node, channel, problems);
	else if (!strcmp(node->key, "silence"))
		read_duration(node, "30s, 5m; 0: however long", &channel->silence_ms, problems);
	else if (sl_config_listen(node->text, channel->address, &channel->port))
		sl_problems_add(problems, node->line, node->column,
				"a numeric address and a port: \"127.0.0.1:18080\" or \"[::1]:0\"",
				"listen: \"%.80s\" is not an address", node->text);
}

static void read_channel(const struct sl_config_tree *tree, const struct sl_config_node *item,
			 bool alone, struct sl_channel *channel, struct sl_config *config,
			 struct sl_config_mapping *mapping, struct sl_problems *problems)
{
	const struct sl_config_node *fields = NULL, *of_mirror = NULL;
	unsigned had = 0, problems_before = problems->count;
	char hint[128];

	channel->loss_ppm = SL_LOSS_PPM_DEFAULT;
	for (uint32_t i = item->child; i; i = tree->nodes[i].next) {
		const struct sl_config_node *node = &tree->nodes[i];
		const char *near;
		unsigned k = 0;

		while (k < CHANNEL_KEYS && strcmp(channel_keys[k], node->key) != 0)
			k++;
		if (k == CHANNEL_KEYS) {
			near = sl_config_nearest(node->key, channel_keys, CHANNEL_KEYS);
			snprintf(hint, sizeof(hint), "did you mean %s?", near ? near : "");
			sl_problems_add(problems, node->key_line, node->key_column,
					near ? hint : NULL, "a channel has no key \"%.60s\"",
					node->key);
			continue;
		}
		had |= 1u << k;
		if (!strcmp(node->key, "fields"))
			fields = node;
		else if (!strcmp(node->key, "wire"))
			sl_config_channel_wires(tree, node, alone, config, channel, problems);
		else if (!strcmp(node->key, "ports"))
			sl_config_channel_ports(tree, node, channel, problems);
		else if (k >= FIRST_OF_MIRROR)
			of_mirror = of_mirror ? of_mirror : node;
		else
			read_member(node, channel, problems);
	}
	for (unsigned k = 0; k < 2; k++)
		if (!(had & 1u << k))
			sl_problems_add(problems, item->line, item->column, NULL,
					"this channel has no %s", channel_keys[k]);
	sl_config_channel_place(item, channel, had & 1u << 2, had & 1u << 6, had & 1u << 7,
				problems);
	if (problems->count == problems_before && had & 1u << 3 &&
	    channel->protocol != SL_PROTOCOL_TCP)
		sl_problems_add(problems, item->line, item->column,
				channel->protocol == SL_PROTOCOL_HTTP
					? "remove the key: HTTP always replies"
					: "remove the key: nobody is replied to",
				"acknowledge is for channels of protocol tcp");
	if (!(had & HAS_DUPLICATES))
		channel->repeats = channel->wires != 0;
	if (channel->protocol == SL_PROTOCOL_MIRROR)
		sl_config_map_channel(tree, item, (unsigned)(channel - config->channels), mapping,
				      problems);
	else if (of_mirror)
		sl_problems_add(problems, of_mirror->key_line, of_mirror->key_column,
				"protocol: mirror, with wire and ports",
				"%s is for channels of protocol mirror", of_mirror->key);
	sl_config_announce(tree, fields, channel, config, problems);
}

static void check_unique(const struct sl_config *config, unsigned n,
			 const struct sl_config_node *item, struct sl_problems *problems)
{
	const struct sl_channel *channel = &config->channels[n];

	for (unsigned i = 0; i < n; i++) {
		const struct sl_channel *other = &config->channels[i];

		if (channel->name[0] && !strcmp(channel->name, other->name))
			sl_problems_add(problems, item->line, item->column,
					"names are what counters are kept by",
					"two channels are named \"%s\"", channel->name);
		if (channel->port && channel->port == other->port &&
		    (channel->protocol == SL_PROTOCOL_UDP) ==
			    (other->protocol == SL_PROTOCOL_UDP) &&
		    !strcmp(channel->address, other->address))
			sl_problems_add(problems, item->line, item->column, NULL,
					"two channels listen on %s port %u", channel->address,
					channel->port);
		for (unsigned p = 0; p < channel->n_ports; p++)
			for (unsigned q = 0; q < other->n_ports; q++)
				if (channel->protocol == other->protocol &&
				    channel->ports[p] == other->ports[q])
					sl_problems_add(problems, item->line, item->column,
							"what goes to a port is of one channel, "
							"on whatever wire it comes",
							"channel \"%s\" has port %u already",
							other->name, channel->ports[p]);
	}
}

void sl_config_channel(const struct sl_config_tree *tree, const struct sl_config_node *item,
		       struct sl_config *config, struct sl_config_mapping *mapping,
		       struct sl_problems *problems)
{
	/* as an item of a list it begins with a dash */
	if (item->kind == SL_CONFIG_SEQUENCE && item->child && !tree->nodes[item->child].next)
		item = &tree->nodes[item->child];
	if (item->kind != SL_CONFIG_MAPPING) {
		sl_problems_add(problems, item->line, item->column,
				"{name: web, protocol: http, listen: \"127.0.0.1:18080\"}",
				"this file holds one channel, a mapping");
		return;
	}
	config->origin.channel_line[0] = item->line;
	read_channel(tree, item, true, &config->channels[0], config, mapping, problems);
	config->settings.channels = 1;
}

void sl_config_channels(const struct sl_config_tree *tree, const struct sl_config_node *list,
			struct sl_config *config, struct sl_config_mapping *mapping,
			struct sl_problems *problems)
{
	unsigned n = 0;

	if (list->kind != SL_CONFIG_SEQUENCE || !list->child) {
		sl_problems_add(problems, list->line, list->column,
				"- {name: web, protocol: http, listen: \"127.0.0.1:18080\"}",
				"channels is a list of at least one channel");
		return;
	}
	for (uint32_t i = list->child; i; i = tree->nodes[i].next) {
		const struct sl_config_node *item = &tree->nodes[i];

		if (n == SL_CHANNELS_MAX) {
			sl_problems_add(problems, item->line, item->column, NULL,
					"more than %u channels", SL_CHANNELS_MAX);
			return;
		}
		if (item->kind != SL_CONFIG_MAPPING) {
			sl_problems_add(
				problems, item->line, item->column,
				"- {name: web, protocol: http, listen: \"127.0.0.1:18080\"}",
				"a channel is a mapping");
			continue;
		}
		config->origin.channel_line[n] = item->line;
		read_channel(tree, item, false, &config->channels[n], config, mapping, problems);
		check_unique(config, n, item, problems);
		n++;
	}
	config->settings.channels = n;
}
