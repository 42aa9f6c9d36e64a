#include "rules/read/yaml_priv.h"

#include <errno.h>

/* What is being built: the collections that are open, outermost first. */
struct build {
	struct sl_yaml *yaml;
	struct sl_arena *arena;
	struct sl_yaml_node *open[SL_YAML_DEPTH_MAX];
	const struct sl_yaml_node *keys[SL_YAML_DEPTH_MAX]; /* of a map: read, its value not yet */
	unsigned depth;
	struct sl_yaml_node *root;
};

static int open_at(struct sl_yaml *yaml, uint32_t offset)
{
	const struct sl_source *source = yaml->source;

	if (!yaml_parser_initialize(&yaml->parser))
		return -ENOMEM;
	yaml_parser_set_encoding(&yaml->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&yaml->parser, (const unsigned char *)source->text + offset,
				     source->bytes - offset);
	yaml->begin = offset;
	yaml->offset = offset;
	yaml->character = 0;
	yaml->ended = false;
	return 0;
}

int sl_yaml_open(struct sl_yaml *yaml, const struct sl_source *source,
		 struct sl_diagnostics *diagnostics)
{
	*yaml = (struct sl_yaml){.source = source, .diagnostics = diagnostics};
	return open_at(yaml, 0);
}

int sl_yaml_resume(struct sl_yaml *yaml)
{
	const struct sl_source *source = yaml->source;
	uint32_t at = yaml->broken_at;

	if (!yaml->is_broken)
		return 0;
	yaml->is_broken = false;
	while (at < source->bytes) {
		const char *text = source->text + at;

		if ((at == 0 || text[-1] == '\n') && source->bytes - at > 3 &&
		    !memcmp(text, "---", 3) && strchr(" \t\r\n", text[3])) {
			yaml_parser_delete(&yaml->parser);
			return open_at(yaml, at) ? -ENOMEM : 1;
		}
		at++;
	}
	return 0;
}

void sl_yaml_close(struct sl_yaml *yaml)
{
	yaml_parser_delete(&yaml->parser);
}

static bool is_inside(const struct sl_source *source, uint32_t at)
{
	return at < source->bytes && ((unsigned char)source->text[at] & 0xc0) == 0x80;
}

/* The library counts characters, we count bytes. Marks come in order but for a few steps back, so
 * walking from the last one costs the file's length in all. */
static uint32_t offset_of(struct sl_yaml *yaml, const yaml_mark_t *mark)
{
	const struct sl_source *source = yaml->source;

	while (yaml->character < mark->index && yaml->offset < source->bytes) {
		do
			yaml->offset++;
		while (is_inside(source, yaml->offset));
		yaml->character++;
	}
	while (yaml->character > mark->index && yaml->offset > yaml->begin) {
		do
			yaml->offset--;
		while (is_inside(source, yaml->offset));
		yaml->character--;
	}
	return yaml->offset;
}

static struct sl_place place_of(struct sl_yaml *yaml, const yaml_mark_t *mark)
{
	return (struct sl_place){.source = yaml->source, .offset = offset_of(yaml, mark)};
}

static int report_syntax(struct sl_yaml *yaml)
{
	const yaml_parser_t *parser = &yaml->parser;
	struct sl_place place = {.source = yaml->source};
	const char *hint;

	yaml->ended = true;
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR) {
		place.offset = yaml->begin + (uint32_t)parser->problem_offset;
		sl_mistake(yaml->diagnostics, place, "yaml", "save the file as UTF-8",
			   "this is not a text in UTF-8: %s", parser->problem);
		return 0;
	}
	place = place_of(yaml, &parser->problem_mark);
	yaml->is_broken = true;
	yaml->broken_at = place.offset;
	hint = sl_yaml_syntax_hint(parser, yaml->source, place.offset);
	sl_mistake(yaml->diagnostics, place, "yaml", hint, "this is not YAML: %s%s%s",
		   parser->problem, parser->context ? ", " : "",
		   parser->context ? parser->context : "");
	return 0;
}

static void refuse_feature(struct sl_yaml *yaml, const yaml_mark_t *mark, const char *feature,
			   const char *hint)
{
	sl_mistake(yaml->diagnostics, place_of(yaml, mark), "yaml_feature", hint,
		   "%s are not used in rules", feature);
}

static const char write_out[] = "write the value itself in each place";

static bool is_duplicate(const struct sl_yaml_node *map, const struct sl_yaml_node *key)
{
	for (const struct sl_yaml_node *entry = map->items; entry; entry = entry->next) {
		if (sl_slice_equal(entry->key->value, key->value))
			return true;
	}
	return false;
}

static void append(struct build *build, struct sl_yaml_node *parent, struct sl_yaml_node *node)
{
	struct sl_yaml *yaml = build->yaml;
	struct sl_place place = {.source = yaml->source, .offset = node->start};

	if (node->key && is_duplicate(parent, node->key)) {
		place.offset = node->key->start;
		sl_mistake(yaml->diagnostics, place, "duplicate_key",
			   sl_slice_is(node->key->value, "campaign")
				   ? "between two campaigns in a file stands a line `---`"
				   : "",
			   "the key `%.*s` stands here twice", SL_SLICE_ARGS(node->key->value));
		return;
	}
	if (parent->n_items == SL_YAML_ENTRIES_MAX) {
		sl_mistake(yaml->diagnostics, place, "too_many", "", "more than %u entries",
			   SL_YAML_ENTRIES_MAX);
		parent->n_items++; /* said once */
	}
	if (parent->n_items > SL_YAML_ENTRIES_MAX)
		return;
	if (parent->last)
		parent->last->next = node;
	else
		parent->items = node;
	parent->last = node;
	parent->n_items++;
}

/* Puts the node where it belongs. A map's key becomes the pending key. */
static void attach(struct build *build, struct sl_yaml_node *node)
{
	struct sl_yaml *yaml = build->yaml;
	struct sl_yaml_node *parent = build->depth ? build->open[build->depth - 1] : NULL;
	struct sl_place place = {.source = yaml->source, .offset = node->start};

	if (!parent) {
		build->root = node;
	} else if (parent->kind == SL_YAML_LIST) {
		append(build, parent, node);
	} else if (!build->keys[build->depth - 1]) {
		build->keys[build->depth - 1] = node;
		if (node->kind != SL_YAML_SCALAR)
			sl_mistake(yaml->diagnostics, place, "yaml_feature", "a key is one word",
				   "lists and maps as keys are not used in rules");
		else if (node->style == SL_YAML_PLAIN && sl_slice_is(node->value, "<<"))
			sl_mistake(yaml->diagnostics, place, "yaml_feature",
				   "write the keys themselves", "merge keys are not used in rules");
	} else {
		node->key = build->keys[build->depth - 1];
		build->keys[build->depth - 1] = NULL;
		if (node->key->kind == SL_YAML_SCALAR)
			append(build, parent, node);
	}
}

static enum sl_yaml_style style_of(yaml_scalar_style_t style)
{
	switch (style) {
	case YAML_SINGLE_QUOTED_SCALAR_STYLE:
		return SL_YAML_SINGLE;
	case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
		return SL_YAML_DOUBLE;
	case YAML_LITERAL_SCALAR_STYLE:
		return SL_YAML_LITERAL;
	case YAML_FOLDED_SCALAR_STYLE:
		return SL_YAML_FOLDED;
	default:
		return SL_YAML_PLAIN;
	}
}

static struct sl_yaml_node *new_node(struct build *build, const yaml_event_t *event,
				     enum sl_yaml_kind kind)
{
	struct sl_yaml_node *node = sl_arena_alloc(build->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->start = offset_of(build->yaml, &event->start_mark);
	node->end = node->start;
	return node;
}

static int on_scalar(struct build *build, const yaml_event_t *event)
{
	struct sl_yaml_node *node = new_node(build, event, SL_YAML_SCALAR);

	if (!node)
		return -ENOMEM;
	node->end = offset_of(build->yaml, &event->end_mark);
	if (event->type == YAML_SCALAR_EVENT) {
		struct sl_slice value = {(const char *)event->data.scalar.value,
					 (uint32_t)event->data.scalar.length};

		node->style = style_of(event->data.scalar.style);
		node->value = (struct sl_slice){sl_arena_copy(build->arena, value), value.bytes};
	} else {
		node->value =
			(struct sl_slice){sl_arena_copy(build->arena, (struct sl_slice){"", 0}), 0};
	}
	if (!node->value.at)
		return -ENOMEM;
	node->is_refused = event->type == YAML_ALIAS_EVENT;
	attach(build, node);
	return 0;
}

static int on_start(struct build *build, const yaml_event_t *event, enum sl_yaml_kind kind)
{
	struct sl_yaml_node *node = new_node(build, event, kind);

	if (!node)
		return -ENOMEM;
	if (build->depth == SL_YAML_DEPTH_MAX) {
		sl_mistake(build->yaml->diagnostics, place_of(build->yaml, &event->start_mark),
			   "too_deep", "",
			   "nested deeper than %u; the rest of the file is not read",
			   SL_YAML_DEPTH_MAX);
		build->yaml->ended = true;
		return 0;
	}
	attach(build, node);
	build->open[build->depth] = node;
	build->keys[build->depth++] = NULL;
	return 0;
}

static void check_features(struct sl_yaml *yaml, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
		break;
	case YAML_DOCUMENT_START_EVENT:
		if (event->data.document_start.version_directive ||
		    event->data.document_start.tag_directives.start !=
			    event->data.document_start.tag_directives.end)
			refuse_feature(yaml, &event->start_mark, "directives", "take the line out");
		break;
	case YAML_ALIAS_EVENT:
		refuse_feature(yaml, &event->start_mark, "aliases", write_out);
		break;
	default:
		break;
	}
	if (anchor)
		refuse_feature(yaml, &event->start_mark, "anchors", write_out);
	if (tag)
		refuse_feature(yaml, &event->start_mark, "tags",
			       "take it out; a text stands in quotes");
}

/* 1: the document is complete. */
static int on_event(struct build *build, const yaml_event_t *event)
{
	check_features(build->yaml, event);
	switch (event->type) {
	case YAML_SCALAR_EVENT:
	case YAML_ALIAS_EVENT:
		return on_scalar(build, event);
	case YAML_SEQUENCE_START_EVENT:
		return on_start(build, event, SL_YAML_LIST);
	case YAML_MAPPING_START_EVENT:
		return on_start(build, event, SL_YAML_MAP);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		build->depth--;
		build->open[build->depth]->end = offset_of(build->yaml, &event->end_mark);
		return 0;
	case YAML_STREAM_END_EVENT:
		build->yaml->ended = true;
		return 0;
	case YAML_DOCUMENT_END_EVENT:
		return build->root &&
		       (build->root->kind != SL_YAML_SCALAR || build->root->value.bytes > 0);
	default:
		return 0;
	}
}

int sl_yaml_next(struct sl_yaml *yaml, struct sl_arena *arena, const struct sl_yaml_node **ret_root)
{
	struct build build = {.yaml = yaml, .arena = arena};
	int result = 0;

	while (!yaml->ended && result == 0) {
		yaml_event_t event;

		if (!yaml_parser_parse(&yaml->parser, &event))
			return report_syntax(yaml);
		result = on_event(&build, &event);
		yaml_event_delete(&event);
	}
	if (result == 1)
		*ret_root = build.root;
	return result;
}
