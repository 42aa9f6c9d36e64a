/* wires: the network ports that packets are read from, and what a channel takes of them. */
#include "control/config/config_priv.h"

#include "sluice/error.h"

#include <string.h>

static const char example[] = "- {name: mirror0, device: \"0000:3b:00.0\"}";
static const char *const wire_keys[] = {"name", "device", "promiscuous"};
#define WIRE_KEYS (sizeof(wire_keys) / sizeof(wire_keys[0]))

bool sl_config_is_name(const char *text, size_t room)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t n = strlen(text);

	return n >= 1 && n < room && strspn(text, letters) == n;
}

/* As DPDK takes it: a word without spaces, for it is one argument among others. */
static bool is_device(const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] == 0x7f)
			return false;
	return n >= 1 && n < SL_WIRE_DEVICE_MAX && text[0] != '-' && text[0] != ',';
}

static void read_wire_member(const struct sl_config_node *node, struct sl_wire *wire,
			     struct sl_problems *problems)
{
	int64_t flag;

	if (!strcmp(node->key, "promiscuous")) {
		if (!sl_config_bool(node, "promiscuous", &flag, problems))
			wire->promiscuous = (uint8_t)flag;
	} else if (node->kind != SL_CONFIG_SCALAR) {
		sl_problems_add(problems, node->line, node->column, NULL, "%s is a single value",
				node->key);
	} else if (!strcmp(node->key, "name")) {
		if (sl_config_is_name(node->text, SL_WIRE_NAME_MAX))
			strcpy(wire->name, node->text);
		else
			sl_problems_add(problems, node->line, node->column, NULL,
					"name: 1 to %u letters, digits, '.', '_' or '-'",
					SL_WIRE_NAME_MAX - 1);
	} else if (is_device(node->text)) {
		strcpy(wire->device, node->text);
	} else {
		sl_problems_add(problems, node->line, node->column,
				"a PCI address (\"0000:3b:00.0\", see dpdk-devbind.py -s), or a "
				"driver and its arguments (\"net_af_packet,iface=eth1\")",
				"device: \"%.80s\" is none: at most %u characters, no spaces",
				node->text, SL_WIRE_DEVICE_MAX - 1);
	}
}

static void read_wire(const struct sl_config_tree *tree, const struct sl_config_node *item,
		      struct sl_wire *wire, struct sl_problems *problems)
{
	unsigned had = 0;
	char hint[128];

	wire->promiscuous = 1;
	for (uint32_t i = item->child; i; i = tree->nodes[i].next) {
		const struct sl_config_node *node = &tree->nodes[i];
		const char *near;
		unsigned k = 0;

		while (k < WIRE_KEYS && strcmp(wire_keys[k], node->key) != 0)
			k++;
		if (k < WIRE_KEYS) {
			had |= 1u << k;
			read_wire_member(node, wire, problems);
			continue;
		}
		near = sl_config_nearest(node->key, wire_keys, WIRE_KEYS);
		snprintf(hint, sizeof(hint), "did you mean %s?", near ? near : "");
		sl_problems_add(problems, node->key_line, node->key_column, near ? hint : NULL,
				"a wire has no key \"%.60s\"", node->key);
	}
	for (unsigned k = 0; k < 2; k++)
		if (!(had & 1u << k))
			sl_problems_add(problems, item->line, item->column, example,
					"this wire has no %s", wire_keys[k]);
}

void sl_config_wires(const struct sl_config_tree *tree, const struct sl_config_node *list,
		     struct sl_config *config, struct sl_problems *problems)
{
	unsigned n = 0;

	if (list->kind != SL_CONFIG_SEQUENCE || !list->child) {
		sl_problems_add(problems, list->line, list->column, example,
				"wires is a list of at least one wire");
		return;
	}
	for (uint32_t i = list->child; i; i = tree->nodes[i].next) {
		const struct sl_config_node *item = &tree->nodes[i];
		struct sl_wire *wire = &config->wires[n];

		if (n == SL_WIRES_MAX) {
			sl_problems_add(problems, item->line, item->column, NULL,
					"more than %u wires", SL_WIRES_MAX);
			return;
		}
		if (item->kind != SL_CONFIG_MAPPING) {
			sl_problems_add(problems, item->line, item->column, example,
					"a wire is a mapping");
			continue;
		}
		config->origin.wire_line[n] = item->line;
		read_wire(tree, item, wire, problems);
		for (unsigned j = 0; j < n; j++)
			if (wire->name[0] && !strcmp(config->wires[j].name, wire->name))
				sl_problems_add(problems, item->line, item->column, NULL,
						"two wires are named \"%s\"", wire->name);
			else if (wire->device[0] && !strcmp(config->wires[j].device, wire->device))
				sl_problems_add(problems, item->line, item->column, NULL,
						"two wires are the device \"%.80s\"", wire->device);
		n++;
	}
	config->settings.wires = n;
}

/* ---- of a channel ---------------------------------------------------------------------------- */

/* A file of one channel stands alone: its wires are those that it names. */
static unsigned find_wire(struct sl_config *config, const char *name, bool alone)
{
	unsigned n = config->settings.wires;

	for (unsigned i = 0; i < n; i++)
		if (!strcmp(config->wires[i].name, name))
			return i;
	if (!alone || n == SL_WIRES_MAX || !sl_config_is_name(name, SL_WIRE_NAME_MAX))
		return SL_WIRES_MAX;
	strcpy(config->wires[n].name, name);
	strcpy(config->wires[n].device, "none");
	return config->settings.wires++;
}

static void read_wire_name(const struct sl_config_node *node, bool alone, struct sl_config *config,
			   struct sl_channel *channel, struct sl_problems *problems)
{
	const char *names[SL_WIRES_MAX], *near;
	unsigned at = SL_WIRES_MAX;
	char hint[128];

	if (node->kind == SL_CONFIG_SCALAR)
		at = find_wire(config, node->text, alone);
	if (at < SL_WIRES_MAX) {
		channel->wires |= 1u << at;
		return;
	}
	for (unsigned i = 0; i < config->settings.wires; i++)
		names[i] = config->wires[i].name;
	near = node->kind == SL_CONFIG_SCALAR
		       ? sl_config_nearest(node->text, names, config->settings.wires)
		       : NULL;
	snprintf(hint, sizeof(hint), "did you mean %s?", near ? near : "");
	sl_problems_add(problems, node->line, node->column,
			near ? hint : "name one of the list `wires` at the top of this file",
			"wire: there is no wire \"%.60s\"",
			node->kind == SL_CONFIG_SCALAR ? node->text : "");
}

void sl_config_channel_wires(const struct sl_config_tree *tree, const struct sl_config_node *node,
			     bool alone, struct sl_config *config, struct sl_channel *channel,
			     struct sl_problems *problems)
{
	if (node->kind == SL_CONFIG_SEQUENCE && node->child)
		for (uint32_t i = node->child; i; i = tree->nodes[i].next)
			read_wire_name(&tree->nodes[i], alone, config, channel, problems);
	else
		read_wire_name(node, alone, config, channel, problems);
}

static void read_port(const struct sl_config_node *node, struct sl_channel *channel,
		      struct sl_problems *problems)
{
	int64_t port = 0;

	if (node->kind != SL_CONFIG_SCALAR || !node->plain ||
	    sl_config_quantity(node->text, "count", &port) || port < 1 || port > 65535) {
		sl_problems_add(problems, node->line, node->column, "ports: [80, 8080]",
				"ports: a number from 1 to 65535 is wanted here");
		return;
	}
	for (unsigned i = 0; i < channel->n_ports; i++)
		if (channel->ports[i] == port) {
			sl_problems_add(problems, node->line, node->column, NULL,
					"ports: %u stands here twice", (unsigned)port);
			return;
		}
	if (channel->n_ports == SL_CHANNEL_PORTS_MAX) {
		sl_problems_add(problems, node->line, node->column, "make it two channels",
				"ports: more than %u", SL_CHANNEL_PORTS_MAX);
		return;
	}
	channel->ports[channel->n_ports++] = (uint16_t)port;
}

void sl_config_channel_ports(const struct sl_config_tree *tree, const struct sl_config_node *node,
			     struct sl_channel *channel, struct sl_problems *problems)
{
	if (node->kind != SL_CONFIG_SEQUENCE || !node->child) {
		sl_problems_add(problems, node->line, node->column, "ports: [80, 8080]",
				"ports is a list of at least one port");
		return;
	}
	for (uint32_t i = node->child; i; i = tree->nodes[i].next)
		read_port(&tree->nodes[i], channel, problems);
}

/* had: which of listen, wire and ports were given. */
void sl_config_channel_place(const struct sl_config_node *item, const struct sl_channel *channel,
			     bool listen, bool wire, bool ports, struct sl_problems *problems)
{
	bool on_wires = wire || ports || channel->protocol == SL_PROTOCOL_MIRROR;

	if (!on_wires && !listen)
		sl_problems_add(problems, item->line, item->column, NULL,
				"this channel has no listen");
	if (on_wires && channel->protocol != SL_PROTOCOL_UDP &&
	    channel->protocol != SL_PROTOCOL_MIRROR && channel->protocol)
		sl_problems_add(problems, item->line, item->column,
				"protocol mirror reads HTTP between others, udp takes datagrams",
				"wire and ports are for channels of protocol mirror or udp");
	else if (on_wires && listen)
		sl_problems_add(problems, item->line, item->column,
				"give listen, or wire and ports",
				"a channel has a socket or is on wires, not both");
	else if (on_wires && !(wire && ports))
		sl_problems_add(problems, item->line, item->column, "wire: mirror0, ports: [80]",
				"this channel has no %s", wire ? "ports" : "wire");
}
