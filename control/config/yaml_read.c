/* YAML text into a small tree of nodes that know their places. */
#include "control/config/config_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct reading {
	yaml_parser_t parser;
	struct sl_config_tree tree;
	struct sl_problems *problems;
};

static unsigned line_of(yaml_mark_t mark)
{
	return (unsigned)mark.line + 1;
}

static unsigned column_of(yaml_mark_t mark)
{
	return (unsigned)mark.column + 1;
}

static int next_event(struct reading *reading, yaml_event_t *ret_event)
{
	const yaml_parser_t *parser = &reading->parser;

	if (yaml_parser_parse(&reading->parser, ret_event))
		return 0;
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	sl_problems_add(reading->problems, line_of(parser->problem_mark),
			column_of(parser->problem_mark), NULL, "not YAML: %s",
			parser->problem ? parser->problem : "unreadable");
	return -SL_E_SETTINGS;
}

static int refuse(struct reading *reading, const yaml_event_t *event, const char *hint,
		  const char *what)
{
	sl_problems_add(reading->problems, line_of(event->start_mark), column_of(event->start_mark),
			hint, "%s", what);
	return -SL_E_SETTINGS;
}

static int check_plainness(struct reading *reading, const yaml_event_t *event)
{
	const char *hint = "write the value where it is used";

	switch (event->type) {
	case YAML_ALIAS_EVENT:
		return refuse(reading, event, hint, "aliases are not offered");
	case YAML_SCALAR_EVENT:
		if (event->data.scalar.anchor || event->data.scalar.tag)
			return refuse(reading, event, hint, "anchors and tags are not offered");
		if (memchr(event->data.scalar.value, 0, event->data.scalar.length))
			return refuse(reading, event, NULL, "a NUL character inside a value");
		return 0;
	case YAML_MAPPING_START_EVENT:
		if (event->data.mapping_start.anchor || event->data.mapping_start.tag)
			return refuse(reading, event, hint, "anchors and tags are not offered");
		return 0;
	case YAML_SEQUENCE_START_EVENT:
		if (event->data.sequence_start.anchor || event->data.sequence_start.tag)
			return refuse(reading, event, hint, "anchors and tags are not offered");
		return 0;
	default:
		return 0;
	}
}

static int add_node(struct reading *reading, const yaml_event_t *event, uint32_t *ret_index)
{
	struct sl_config_tree *tree = &reading->tree;
	struct sl_config_node *node;

	if (tree->count >= SL_CONFIG_NODES_MAX)
		return refuse(reading, event, NULL, "more values than a settings file may have");
	node = &tree->nodes[tree->count];
	node->line = line_of(event->start_mark);
	node->column = column_of(event->start_mark);
	node->kind = event->type == YAML_SCALAR_EVENT          ? SL_CONFIG_SCALAR
		     : event->type == YAML_MAPPING_START_EVENT ? SL_CONFIG_MAPPING
							       : SL_CONFIG_SEQUENCE;
	if (event->type == YAML_SCALAR_EVENT) {
		node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		node->text = strdup((const char *)event->data.scalar.value);
		if (!node->text)
			return -ENOMEM;
	}
	*ret_index = tree->count++;
	return 0;
}

static int check_key(struct reading *reading, const yaml_event_t *event, uint32_t first)
{
	int e = check_plainness(reading, event);

	if (e)
		return e;
	if (event->type != YAML_SCALAR_EVENT)
		return refuse(reading, event, NULL, "a key must be a plain word");
	for (uint32_t i = first; i; i = reading->tree.nodes[i].next)
		if (!strcmp(reading->tree.nodes[i].key, (const char *)event->data.scalar.value))
			return refuse(reading, event, "remove one of the two",
				      "this key occurs twice");
	return 0;
}

static int read_node(struct reading *reading, yaml_event_t *event, unsigned depth,
		     uint32_t *ret_index);

/* The children of a collection that has begun, up to and including its end. */
static int read_children(struct reading *reading, uint32_t parent, unsigned depth)
{
	bool mapping = reading->tree.nodes[parent].kind == SL_CONFIG_MAPPING;
	uint32_t last = 0;

	for (;;) {
		yaml_event_t event, key = {0};
		uint32_t index;
		int e = next_event(reading, &event);

		if (e)
			return e;
		if (event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return 0;
		}
		if (mapping) {
			key = event;
			e = check_key(reading, &key, reading->tree.nodes[parent].child);
			if (!e)
				e = next_event(reading, &event);
			if (e) {
				yaml_event_delete(&key);
				return e;
			}
		}
		e = read_node(reading, &event, depth + 1, &index);
		if (!e && mapping) {
			struct sl_config_node *node = &reading->tree.nodes[index];

			node->key = strdup((const char *)key.data.scalar.value);
			node->key_line = line_of(key.start_mark);
			node->key_column = column_of(key.start_mark);
			e = node->key ? 0 : -ENOMEM;
		}
		if (mapping)
			yaml_event_delete(&key);
		if (e)
			return e;
		if (last)
			reading->tree.nodes[last].next = index;
		else
			reading->tree.nodes[parent].child = index;
		last = index;
	}
}

/* Takes the event over. */
static int read_node(struct reading *reading, yaml_event_t *event, unsigned depth,
		     uint32_t *ret_index)
{
	bool collection =
		event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT;
	int e = check_plainness(reading, event);

	if (!e && depth > SL_CONFIG_DEPTH_MAX)
		e = refuse(reading, event, NULL, "nested too deep");
	if (!e)
		e = add_node(reading, event, ret_index);
	yaml_event_delete(event);
	if (!e && collection)
		e = read_children(reading, *ret_index, depth);
	return e;
}

static int read_stream(struct reading *reading)
{
	bool seen = false;

	for (;;) {
		yaml_event_t event;
		uint32_t root;
		int e = next_event(reading, &event);

		if (e)
			return e;
		switch (event.type) {
		case YAML_STREAM_END_EVENT:
			return 0; /* holds nothing to delete */
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			yaml_event_delete(&event);
			break;
		case YAML_DOCUMENT_START_EVENT:
			if (seen)
				e = refuse(reading, &event, NULL,
					   "settings are one document, and this begins another");
			seen = true;
			yaml_event_delete(&event);
			if (e)
				return e;
			break;
		default:
			e = read_node(reading, &event, 0, &root);
			if (e)
				return e;
		}
	}
}

int sl_config_tree_read(const char *text, size_t n_bytes, struct sl_config_tree *ret_tree,
			struct sl_problems *problems)
{
	struct reading reading = {.problems = problems};
	int e;

	if (!yaml_parser_initialize(&reading.parser))
		return -ENOMEM;
	reading.tree.nodes = calloc(SL_CONFIG_NODES_MAX, sizeof(*reading.tree.nodes));
	if (!reading.tree.nodes) {
		yaml_parser_delete(&reading.parser);
		return -ENOMEM;
	}
	yaml_parser_set_encoding(&reading.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reading.parser, (const unsigned char *)text, n_bytes);
	e = read_stream(&reading);
	yaml_parser_delete(&reading.parser);
	if (e) {
		sl_config_tree_free(&reading.tree);
		return e;
	}
	*ret_tree = reading.tree;
	return 0;
}

void sl_config_tree_free(struct sl_config_tree *tree)
{
	for (uint32_t i = 0; i < tree->count && i < SL_CONFIG_NODES_MAX; i++) {
		free(tree->nodes[i].key);
		free(tree->nodes[i].text);
	}
	free(tree->nodes);
	*tree = (struct sl_config_tree){0};
}
