/* The rules of mirror channels: read, checked, and gathered into the block that the dataplane gets.
 */
#include "control/config/config_mapping_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- gathering */

int sl_config_mapping_new(struct sl_config_mapping **ret_mapping)
{
	struct sl_config_mapping *mapping = calloc(1, sizeof(*mapping));

	if (!mapping)
		return -ENOMEM;
	*ret_mapping = mapping;
	return 0;
}

void sl_config_mapping_free(struct sl_config_mapping *mapping)
{
	free(mapping);
}

static size_t bytes_of(const struct sl_mapping_header *header)
{
	return sizeof(*header) + header->channels * sizeof(struct sl_map_channel) +
	       header->rules * sizeof(struct sl_map_rule) +
	       header->conditions * sizeof(struct sl_map_condition) +
	       header->fields * sizeof(struct sl_map_field) +
	       header->refs * sizeof(struct sl_text_ref) + header->text_bytes;
}

bool sl_config_mapping_has_room(const struct sl_config_mapping *mapping, size_t more)
{
	return bytes_of(&mapping->header) + more <= SL_MAPPING_BYTES_MAX;
}

struct sl_text_ref sl_config_mapping_text(struct sl_config_mapping *mapping, const char *text,
					  size_t n)
{
	struct sl_text_ref ref = {mapping->header.text_bytes, (uint32_t)n};

	if (!sl_config_mapping_has_room(mapping, n)) {
		mapping->full = true;
		return (struct sl_text_ref){0, 0};
	}
	memcpy(mapping->text + ref.offset, text, n);
	mapping->header.text_bytes += (uint32_t)n;
	return ref;
}

void sl_config_mapping_ref(struct sl_config_mapping *mapping, const char *text, size_t n)
{
	struct sl_text_ref ref = sl_config_mapping_text(mapping, text, n);

	if (!sl_config_mapping_has_room(mapping, sizeof(ref)))
		mapping->full = true;
	else
		mapping->refs[mapping->header.refs++] = ref;
}

static uint8_t *append(uint8_t *at, const void *from, size_t bytes)
{
	memcpy(at, from, bytes);
	return at + bytes;
}

void sl_config_mapping_write(struct sl_config_mapping *mapping, struct sl_config *config)
{
	struct sl_mapping_header *header = &mapping->header;
	uint8_t *at = config->mapping;

	config->mapping_bytes = 0;
	if (!header->channels)
		return;
	header->version = SL_MAPPING_VERSION;
	header->bytes = (uint32_t)bytes_of(header);
	at = append(at, header, sizeof(*header));
	at = append(at, mapping->channels, header->channels * sizeof(*mapping->channels));
	at = append(at, mapping->rules, header->rules * sizeof(*mapping->rules));
	at = append(at, mapping->conditions, header->conditions * sizeof(*mapping->conditions));
	at = append(at, mapping->fields, header->fields * sizeof(*mapping->fields));
	at = append(at, mapping->refs, header->refs * sizeof(*mapping->refs));
	append(at, mapping->text, header->text_bytes);
	config->mapping_bytes = header->bytes;
}

/* ---- what a channel says besides its rules */

static bool number_of(const char *text, size_t n, unsigned *ret_number)
{
	unsigned number = 0;

	if (n != 3)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (unsigned)(text[i] - '0');
	}
	*ret_number = number;
	return number >= 100 && number <= 599;
}

/* 2xx, 404, or 200-204. */
static bool parse_status(const char *text, unsigned *ret_first, unsigned *ret_last)
{
	size_t n = strlen(text);

	if (n == 3 && text[0] >= '1' && text[0] <= '5' && !strcmp(text + 1, "xx")) {
		*ret_first = (unsigned)(text[0] - '0') * 100;
		*ret_last = *ret_first + 99;
		return true;
	}
	if (n == 7 && text[3] == '-')
		return number_of(text, 3, ret_first) && number_of(text + 4, 3, ret_last) &&
		       *ret_first <= *ret_last;
	*ret_last = 0;
	if (!number_of(text, n, ret_first))
		return false;
	*ret_last = *ret_first;
	return true;
}

static void read_statuses(const struct sl_config_tree *tree, const struct sl_config_node *node,
			  struct sl_map_channel *channel, struct sl_problems *problems)
{
	static const char hint[] = "status: [2xx, 304]; or 200-206";
	const struct sl_config_node *item = node;
	uint32_t i = node->child;

	channel->n_statuses = 0;
	if (node->kind == SL_CONFIG_MAPPING || (node->kind == SL_CONFIG_SEQUENCE && !i)) {
		sl_problems_add(problems, node->line, node->column, hint,
				"status is a list of at least one status");
		return;
	}
	do {
		unsigned first, last;

		if (node->kind == SL_CONFIG_SEQUENCE) {
			item = &tree->nodes[i];
			i = item->next;
		}
		if (item->kind != SL_CONFIG_SCALAR || !parse_status(item->text, &first, &last)) {
			sl_problems_add(problems, item->line, item->column, hint,
					"status: \"%.40s\" is no status of HTTP",
					item->kind == SL_CONFIG_SCALAR ? item->text : "a list");
		} else if (channel->n_statuses == SL_MAP_STATUSES_MAX) {
			sl_problems_add(problems, item->line, item->column, hint,
					"status: more than %u of them", SL_MAP_STATUSES_MAX);
			return;
		} else {
			channel->statuses[channel->n_statuses].first = (uint16_t)first;
			channel->statuses[channel->n_statuses++].last = (uint16_t)last;
		}
	} while (node->kind == SL_CONFIG_SEQUENCE && i);
}

static void read_charset(const struct sl_config_node *node, struct sl_map_channel *channel,
			 struct sl_problems *problems)
{
	static const char *const cp949[] = {"cp949", "euc-kr", "uhc", "ms949"};

	if (node->kind == SL_CONFIG_SCALAR && !strcasecmp(node->text, "utf-8")) {
		channel->charset = SL_CHARSET_UTF8;
		return;
	}
	for (unsigned i = 0; node->kind == SL_CONFIG_SCALAR && i < 4; i++)
		if (!strcasecmp(node->text, cp949[i])) {
			channel->charset = SL_CHARSET_CP949;
			return;
		}
	sl_problems_add(problems, node->line, node->column, "utf-8 or cp949",
			"charset: \"%.40s\" is not read",
			node->kind == SL_CONFIG_SCALAR ? node->text : "a list");
}

static void read_unseen(const struct sl_config_node *node, struct sl_map_channel *channel,
			struct sl_problems *problems)
{
	if (node->kind == SL_CONFIG_SCALAR && !strcmp(node->text, "event"))
		channel->unseen = 1;
	else if (node->kind == SL_CONFIG_SCALAR && !strcmp(node->text, "none"))
		channel->unseen = 0;
	else
		sl_problems_add(problems, node->line, node->column,
				"event: it is taken for one that was answered well; none: it is "
				"no event",
				"status_unseen: \"%.40s\" is neither event nor none",
				node->kind == SL_CONFIG_SCALAR ? node->text : "a list");
}

static void read_rules(const struct sl_config_tree *tree, const struct sl_config_node *list,
		       struct sl_config_mapping *mapping, struct sl_map_channel *channel,
		       struct sl_problems *problems)
{
	if (list->kind != SL_CONFIG_SEQUENCE || !list->child) {
		sl_problems_add(problems, list->line, list->column,
				"- {method: POST, path: /loan/apply, fields: {type: {constant: "
				"loan.apply}, customer: cookie.CUST}}",
				"rules is a list of at least one rule");
		return;
	}
	for (uint32_t i = list->child; i; i = tree->nodes[i].next) {
		const struct sl_config_node *item = &tree->nodes[i];

		if (item->kind != SL_CONFIG_MAPPING) {
			sl_problems_add(problems, item->line, item->column, NULL,
					"a rule is a mapping of conditions and fields");
			continue;
		}
		sl_config_rule(tree, item, mapping, problems);
		if (mapping->full) {
			sl_problems_add(
				problems, item->line, item->column,
				"join rules, or let campaigns tell them apart",
				"the rules of all channels have more than %u bytes together",
				SL_MAPPING_BYTES_MAX);
			return;
		}
		channel->n_rules++;
	}
}

void sl_config_map_channel(const struct sl_config_tree *tree, const struct sl_config_node *item,
			   unsigned index, struct sl_config_mapping *mapping,
			   struct sl_problems *problems)
{
	struct sl_map_channel channel = {
		.channel = index,
		.unseen = 1,
		.n_statuses = 1,
		.statuses = {{200, 299}},
		.rule = mapping->header.rules,
	};
	bool has_rules = false;

	if (mapping->full)
		return;
	for (uint32_t i = item->child; i; i = tree->nodes[i].next) {
		const struct sl_config_node *node = &tree->nodes[i];

		if (!strcmp(node->key, "charset"))
			read_charset(node, &channel, problems);
		else if (!strcmp(node->key, "status"))
			read_statuses(tree, node, &channel, problems);
		else if (!strcmp(node->key, "status_unseen"))
			read_unseen(node, &channel, problems);
		else if (!strcmp(node->key, "rules"))
			read_rules(tree, node, mapping, &channel, problems);
		has_rules |= !strcmp(node->key, "rules");
	}
	if (!has_rules)
		sl_problems_add(problems, item->line, item->column,
				"rules say which requests are events, and what is in them",
				"this channel of protocol mirror has no rules");
	mapping->channels[mapping->header.channels++] = channel;
}
