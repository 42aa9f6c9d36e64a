/* Writing a document out: its keys in order, two spaces a level, every scalar as it was written. */
#include "rules/fmt_priv.h"

#include <errno.h>

struct layout {
	const struct sl_yaml_file *file;
	const struct sl_source *source;
	const struct sl_fmt_comments *comments;
	struct sl_buffer *out;
	bool fresh; /* nothing stands above here that a blank line could part from */
	int error;
};

static const char *const campaign_order[] = {
	"campaign",      "owner",    "description", "kind",     "renamed_from", "valid",
	"schedule",      "match",    "group_by",    "audience", "limit",        "quiet_hours",
	"control_group", "priority", "send",        "goal",
};
static const char *const valid_order[] = {"from", "until"};
static const char *const send_order[] = {"channel", "template", "data"};

struct order {
	const char *const *names;
	size_t n;
};

#define ORDER(names) ((struct order){names, sizeof(names) / sizeof((names)[0])})

static void put(struct layout *layout, const char *text)
{
	sl_buffer_add(layout->out, text, strlen(text));
}

static void put_slice(struct layout *layout, struct sl_slice text)
{
	sl_buffer_add(layout->out, text.at, text.bytes);
}

static void put_spaces(struct layout *layout, uint32_t n)
{
	while (n-- > 0)
		put(layout, " ");
}

static void put_blank(struct layout *layout, bool wanted)
{
	if (wanted && !layout->fresh)
		put(layout, "\n");
	layout->fresh = false;
}

static void put_comments(struct layout *layout, const struct sl_yaml_node *owner,
			 enum sl_fmt_place place, uint32_t indent)
{
	const struct sl_fmt_comments *comments = layout->comments;

	for (uint32_t i = 0; i < comments->n; i++) {
		const struct sl_fmt_comment *comment = &comments->items[i];

		if (comment->place != place || comment->owner != owner)
			continue;
		put_blank(layout, comment->blank_above);
		put_spaces(layout, indent);
		put_slice(layout, comment->text);
		put(layout, "\n");
	}
}

static void put_trailing(struct layout *layout, const struct sl_yaml_node *owner)
{
	const struct sl_fmt_comments *comments = layout->comments;

	for (uint32_t i = 0; i < comments->n; i++) {
		if (comments->items[i].place != SL_FMT_TRAIL || comments->items[i].owner != owner)
			continue;
		put(layout, " ");
		put_slice(layout, comments->items[i].text);
	}
}

static struct sl_slice slice_of(const struct layout *layout, uint32_t from, uint32_t to)
{
	return (struct sl_slice){layout->source->text + from, to - from};
}

static struct sl_slice written(const struct layout *layout, const struct sl_yaml_node *node)
{
	return slice_of(layout, node->start, node->end);
}

static struct order order_of(const struct sl_yaml_node *map, bool is_root)
{
	if (is_root)
		return ORDER(campaign_order);
	if (map->key && sl_slice_is(map->key->value, "valid"))
		return ORDER(valid_order);
	if (map->key && sl_slice_is(map->key->value, "send"))
		return ORDER(send_order);
	return (struct order){NULL, 0};
}

/* The entry that comes behind `entry` (NULL: the first): known keys by their order, then the rest
 * as they stood. */
static const struct sl_yaml_node *entry_after(const struct sl_yaml_node *map, struct order order,
					      const struct sl_yaml_node *entry)
{
	size_t rank = 0;

	while (entry && rank < order.n && !sl_slice_is(entry->key->value, order.names[rank]))
		rank++;
	for (rank = entry ? rank + 1 : 0; rank < order.n; rank++) {
		const struct sl_yaml_node *found = sl_yaml_get(map, order.names[rank]);

		if (found)
			return found;
	}
	/* of the rest: the next one that has no rank */
	for (size_t i = 0; entry && i < order.n; i++)
		if (sl_slice_is(entry->key->value, order.names[i]))
			entry = NULL;
	for (entry = entry ? entry->next : map->items; entry; entry = entry->next) {
		size_t i = 0;

		while (i < order.n && !sl_slice_is(entry->key->value, order.names[i]))
			i++;
		if (i == order.n)
			return entry;
	}
	return NULL;
}

/* ---- flow ----------------------------------------------------------------------------------- */

static void put_flow(struct layout *layout, const struct sl_yaml_node *node)
{
	bool is_map = node->kind == SL_YAML_MAP;
	struct order order = is_map ? order_of(node, false) : (struct order){NULL, 0};
	const struct sl_yaml_node *entry = is_map ? entry_after(node, order, NULL) : node->items;
	bool first = true;

	put(layout, is_map ? "{" : "[");
	while (entry) {
		if (!first)
			put(layout, ", ");
		first = false;
		if (is_map) {
			put_slice(layout, written(layout, entry->key));
			put(layout, ": ");
		}
		if (entry->kind == SL_YAML_SCALAR)
			put_slice(layout, written(layout, entry));
		else
			put_flow(layout, entry);
		entry = is_map ? entry_after(node, order, entry) : entry->next;
	}
	put(layout, is_map ? "}" : "]");
}

/* ---- scalars -------------------------------------------------------------------------------- */

static uint32_t column(const struct layout *layout)
{
	const char *text = (const char *)layout->out->at;
	size_t start = layout->out->bytes;

	while (start > 0 && text[start - 1] != '\n')
		start--;
	return sl_fmt_columns(
		(struct sl_slice){text + start, (uint32_t)(layout->out->bytes - start)});
}

/* Lines behind the first of a plain or quoted scalar: what stands before them is folded away. */
static void put_continued(struct layout *layout, const struct sl_yaml_node *node, uint32_t indent)
{
	const struct sl_source *source = layout->source;
	uint32_t at = node->start;

	while (at < node->end) {
		const char *newline = memchr(source->text + at, '\n', node->end - at);
		uint32_t end = newline ? (uint32_t)(newline - source->text) : node->end;
		uint32_t text = at, last = end;

		while (at > node->start && text < end &&
		       (source->text[text] == ' ' || source->text[text] == '\t'))
			text++;
		if (last > text && source->text[last - 1] == '\r')
			last--;
		if (at > node->start && last > text)
			put_spaces(layout, indent);
		put_slice(layout, slice_of(layout, text, last));
		if (newline)
			put(layout, "\n");
		at = end + 1;
	}
}

static bool is_blank_line(const struct sl_source *source, uint32_t at, uint32_t end)
{
	return at + strspn(source->text + at, " \r") >= end;
}

/* Spaces that the block's first line with anything on it begins with. */
static uint32_t indent_of_block(const struct sl_source *source, uint32_t at, uint32_t end)
{
	while (at < end) {
		uint32_t spaces = (uint32_t)strspn(source->text + at, " ");
		const char *newline = memchr(source->text + at, '\n', end - at);
		uint32_t stop = newline ? (uint32_t)(newline - source->text) : end;

		if (!is_blank_line(source, at, stop))
			return spaces;
		at = stop + 1;
	}
	return 0;
}

static void put_block_lines(struct layout *layout, uint32_t at, uint32_t end, uint32_t indent)
{
	const struct sl_source *source = layout->source;
	uint32_t strip = indent_of_block(source, at, end), blanks = 0;

	while (at < end) {
		const char *newline = memchr(source->text + at, '\n', end - at);
		uint32_t stop = newline ? (uint32_t)(newline - source->text) : end, last = stop;
		uint32_t spaces = (uint32_t)strspn(source->text + at, " ");

		if (last > at && source->text[last - 1] == '\r')
			last--;
		spaces = spaces < strip ? spaces : strip;
		if (at + spaces >= last) {
			blanks++; /* at the end they are no part of the value */
		} else {
			for (; blanks > 0; blanks--)
				put(layout, "\n");
			put_spaces(layout, indent);
			put_slice(layout, slice_of(layout, at + spaces, last));
			put(layout, "\n");
		}
		at = stop + 1;
	}
}

static void put_block(struct layout *layout, const struct sl_yaml_node *node, uint32_t indent,
		      bool is_condition)
{
	uint32_t header = sl_fmt_line_end(layout->source, node->start), first = header;
	const char *indicator = layout->source->text + node->start + 1;

	if (strspn(indicator, "-+0123456789") > strspn(indicator, "-")) {
		layout->error = sl_fmt_refuse(layout->file, node->start,
					      "write | or |- without a number or a plus",
					      "a block that says how it is indented or ended");
		return;
	}
	put_slice(layout, slice_of(layout, node->start, header));
	put(layout, "\n");
	while (first < node->end && layout->source->text[first] != '\n')
		first++;
	if (is_condition && node->style == SL_YAML_LITERAL &&
	    sl_fmt_condition_break(node->value, indent, layout->out))
		return;
	put_block_lines(layout, first + 1, node->end, indent);
}

/* Behind "key:" or "-"; ends the line. */
static void put_scalar(struct layout *layout, const struct sl_yaml_node *node, uint32_t indent,
		       bool is_condition)
{
	bool is_plain = node->style == SL_YAML_PLAIN;
	struct sl_slice text = written(layout, node);
	bool one_line = !memchr(text.at, '\n', text.bytes);
	size_t before = layout->out->bytes;

	if (text.bytes)
		put(layout, " ");
	if (node->style == SL_YAML_LITERAL || node->style == SL_YAML_FOLDED) {
		put_block(layout, node, indent, is_condition);
		return;
	}
	if (is_condition && is_plain && one_line &&
	    column(layout) + sl_fmt_columns(text) > SL_FMT_COLUMNS) {
		put(layout, "|");
		put_trailing(layout, node);
		put(layout, "\n");
		if (sl_fmt_condition_break(text, indent, layout->out))
			return;
		layout->out->bytes = before;
		put(layout, " ");
	}
	put_continued(layout, node, indent);
	put_trailing(layout, node);
	put(layout, "\n");
}

/* ---- collections ---------------------------------------------------------------------------- */

static void put_value(struct layout *layout, const struct sl_yaml_node *node, uint32_t indent,
		      bool is_condition);

/* in_flow: it was written in braces, and has neither comments nor blank lines. `inline_first`: the
 * first entry goes on with the line of its dash. */
static void put_map(struct layout *layout, const struct sl_yaml_node *map, uint32_t indent,
		    bool is_root, bool is_condition, bool in_flow, bool inline_first)
{
	struct order order = order_of(map, is_root);
	const struct sl_yaml_node *entry = entry_after(map, order, NULL);

	for (bool first = true; entry && !layout->error; entry = entry_after(map, order, entry)) {
		if (!(first && inline_first)) {
			if (!in_flow) {
				put_comments(layout, entry, SL_FMT_LEAD, indent);
				/* above the first one it parts nothing, wherever that goes */
				put_blank(layout, entry != map->items &&
							  sl_fmt_blank_above(layout->source,
									     entry->key->start));
			}
			put_spaces(layout, indent);
		}
		first = false;
		layout->fresh = false;
		put_slice(layout, written(layout, entry->key));
		put(layout, ":");
		put_value(layout, entry, indent + 2,
			  is_condition || (is_root && sl_fmt_is_condition_key(entry->key->value)));
		if (is_root)
			put_comments(layout, entry, SL_FMT_TAIL, 2);
	}
}

static void put_list(struct layout *layout, const struct sl_yaml_node *list, uint32_t indent,
		     bool is_condition, bool in_flow)
{
	const struct sl_source *source = layout->source;

	for (const struct sl_yaml_node *item = list->items; item && !layout->error;
	     item = item->next) {
		bool block = item->kind != SL_YAML_SCALAR && !sl_fmt_is_flow(source, item);

		if (block && item->kind == SL_YAML_LIST) {
			layout->error = sl_fmt_refuse(layout->file, item->start,
						      "write the inner one as [a, b]",
						      "a list within a list");
			return;
		}
		if (!in_flow) {
			put_comments(layout, item, SL_FMT_LEAD, indent);
			put_blank(layout, sl_fmt_blank_above(source, item->start));
		}
		layout->fresh = false;
		put_spaces(layout, indent);
		put(layout, "-");
		if (block) {
			put(layout, " ");
			put_map(layout, item, indent + 2, false, is_condition, false, true);
		} else {
			put_value(layout, item, indent + 2, is_condition);
		}
	}
}

static void put_block_collection(struct layout *layout, const struct sl_yaml_node *node,
				 uint32_t indent, bool is_condition, bool in_flow)
{
	put_trailing(layout, node);
	put(layout, "\n");
	layout->fresh = true;
	if (node->kind == SL_YAML_MAP)
		put_map(layout, node, indent, false, is_condition, in_flow, false);
	else
		put_list(layout, node, indent, is_condition, in_flow);
	layout->fresh = false;
}

static void put_value(struct layout *layout, const struct sl_yaml_node *node, uint32_t indent,
		      bool is_condition)
{
	size_t before = layout->out->bytes;

	if (node->kind == SL_YAML_SCALAR) {
		put_scalar(layout, node, indent, is_condition);
		return;
	}
	if (!sl_fmt_is_flow(layout->source, node)) {
		put_block_collection(layout, node, indent, is_condition, false);
		return;
	}
	put(layout, " ");
	put_flow(layout, node);
	/* an item of a list has no name to stand behind: it stays in its braces */
	if (column(layout) > SL_FMT_COLUMNS && node->items && node->key) {
		layout->out->bytes = before;
		put_block_collection(layout, node, indent, is_condition, true);
		return;
	}
	put_trailing(layout, node);
	put(layout, "\n");
}

int sl_fmt_layout(const struct sl_yaml_file *file, const struct sl_yaml_node *root,
		  const struct sl_fmt_comments *comments, struct sl_buffer *out)
{
	struct layout layout = {.file = file,
				.source = file->source,
				.comments = comments,
				.out = out,
				.fresh = true};

	put_comments(&layout, NULL, SL_FMT_HEADER, 0);
	if (comments->header_gap) {
		put(&layout, "\n");
		layout.fresh = true;
	}
	put_map(&layout, root, 0, true, false, sl_fmt_is_flow(file->source, root), false);
	put_comments(&layout, NULL, SL_FMT_FOOTER, 0);
	if (layout.error)
		return layout.error;
	return out->failed ? -ENOMEM : 0;
}
