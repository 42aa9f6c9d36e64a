/* The fields that a channel announces: for warnings about campaigns, events are not judged by it.
 */
#include "control/config/config_priv.h"

#include <stdarg.h>
#include <string.h>

#define FIELD_PATH_MAX 128u

static const char example[] = "fields: [id, time, type, customer, amount]; without the key the "
			      "channel may fill every field";

static void append(struct sl_config *config, unsigned line, struct sl_problems *problems,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

static void append(struct sl_config *config, unsigned line, struct sl_problems *problems,
		   const char *format, ...)
{
	size_t used = strlen(config->announced), room = sizeof(config->announced) - used;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(config->announced + used, room, format, arguments);
	va_end(arguments);
	if (n >= 0 && (size_t)n < room)
		return;
	config->announced[used] = '\0';
	sl_problems_add(problems, line, 1, "leave `fields` out of the largest of them",
			"the fields of all channels have more than %u bytes together",
			(unsigned)sizeof(config->announced) - 1);
}

bool sl_config_is_field(const char *text)
{
	bool start = true;
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (start ? !letter : !letter && c != '.' && !(c >= '0' && c <= '9'))
			return false;
		start = c == '.';
	}
	return n <= FIELD_PATH_MAX && !start;
}

static bool stands_before(const struct sl_config_tree *tree, const struct sl_config_node *list,
			  const struct sl_config_node *item)
{
	for (uint32_t i = list->child; &tree->nodes[i] != item; i = tree->nodes[i].next) {
		const struct sl_config_node *other = &tree->nodes[i];

		if (other->kind == SL_CONFIG_SCALAR && !strcmp(other->text, item->text))
			return true;
	}
	return false;
}

static bool check_field(const struct sl_config_tree *tree, const struct sl_config_node *list,
			const struct sl_config_node *item, struct sl_problems *problems)
{
	if (item->kind != SL_CONFIG_SCALAR || !sl_config_is_field(item->text)) {
		sl_problems_add(problems, item->line, item->column,
				"letters, digits and _ joined by dots, as in device.os",
				"fields: a name of the schema is wanted here");
		return false;
	}
	if (stands_before(tree, list, item)) {
		sl_problems_add(problems, item->line, item->column, NULL,
				"fields: \"%.128s\" stands here twice", item->text);
		return false;
	}
	return true;
}

void sl_config_announce(const struct sl_config_tree *tree, const struct sl_config_node *fields,
			const struct sl_channel *channel, struct sl_config *config,
			struct sl_problems *problems)
{
	unsigned n = 0, line = fields ? fields->line : 0, problems_before = problems->count;

	if (fields && (fields->kind != SL_CONFIG_SEQUENCE || !fields->child)) {
		sl_problems_add(problems, line, fields->column, example,
				"fields is a list of at least one field");
		return;
	}
	append(config, line, problems, "%s", channel->name);
	for (uint32_t i = fields ? fields->child : 0; i; i = tree->nodes[i].next) {
		const struct sl_config_node *item = &tree->nodes[i];

		if (n++ == SL_FIELDS_MAX) {
			sl_problems_add(problems, item->line, item->column, NULL,
					"fields: more than %u, which is what a schema may have",
					SL_FIELDS_MAX);
			return;
		}
		if (check_field(tree, fields, item, problems) && problems->count == problems_before)
			append(config, line, problems, " %s", item->text);
	}
	if (problems->count == problems_before)
		append(config, line, problems, "\n");
}
