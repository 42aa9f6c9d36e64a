/* Writing a document out: its keys in order, two spaces a level. */
#include "rules/fmt/layout_priv.h"

#include <errno.h>

static const char *const campaign_order[] = {
	"campaign",  "owner",         "description", "kind",  "renamed_from",
	"valid",     "schedule",      "by",          "for",   "match",
	"within",    "neighbours",    "among",       "runs",  "after_match",
	"on_change", "on_loss",       "audience",    "limit", "quiet_hours",
	"exclusive", "control_group", "priority",    "send",  "goal",
};
static const char *const valid_order[] = {"from", "until"};
static const char *const send_order[] = {"channel", "template", "data"};

struct order {
	const char *const *names;
	size_t n;
};

#define ORDER(names) ((struct order){names, sizeof(names) / sizeof((names)[0])})

static void put_blank(struct sl_fmt_layout *layout, bool wanted)
{
	if (wanted && !layout->fresh)
		sl_fmt_put(layout, "\n");
	layout->fresh = false;
}

static void put_comments(struct sl_fmt_layout *layout, const struct sl_yaml_node *owner,
			 enum sl_fmt_place place, uint32_t indent)
{
	const struct sl_fmt_comments *comments = layout->comments;

	for (uint32_t i = 0; i < comments->n; i++) {
		const struct sl_fmt_comment *comment = &comments->items[i];

		if (comment->place != place || comment->owner != owner)
			continue;
		put_blank(layout, comment->blank_above);
		sl_fmt_put_spaces(layout, indent);
		sl_fmt_put_slice(layout, comment->text);
		sl_fmt_put(layout, "\n");
	}
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

static void put_flow(struct sl_fmt_layout *layout, const struct sl_yaml_node *node)
{
	bool is_map = node->kind == SL_YAML_MAP;
	struct order order = is_map ? order_of(node, false) : (struct order){NULL, 0};
	const struct sl_yaml_node *entry = is_map ? entry_after(node, order, NULL) : node->items;
	bool first = true;

	sl_fmt_put(layout, is_map ? "{" : "[");
	while (entry) {
		if (!first)
			sl_fmt_put(layout, ", ");
		first = false;
		if (is_map) {
			sl_fmt_put_slice(layout, sl_fmt_written(layout, entry->key));
			sl_fmt_put(layout, ": ");
		}
		if (entry->kind == SL_YAML_SCALAR)
			sl_fmt_put_slice(layout, sl_fmt_written(layout, entry));
		else
			put_flow(layout, entry);
		entry = is_map ? entry_after(node, order, entry) : entry->next;
	}
	sl_fmt_put(layout, is_map ? "}" : "]");
}

/* ---- collections ---------------------------------------------------------------------------- */

static void put_value(struct sl_fmt_layout *layout, const struct sl_yaml_node *node,
		      uint32_t indent, bool is_condition);

/* in_flow: it was written in braces, and has neither comments nor blank lines. `inline_first`: the
 * first entry goes on with the line of its dash. */
static void put_map(struct sl_fmt_layout *layout, const struct sl_yaml_node *map, uint32_t indent,
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
			sl_fmt_put_spaces(layout, indent);
		}
		first = false;
		layout->fresh = false;
		sl_fmt_put_slice(layout, sl_fmt_written(layout, entry->key));
		sl_fmt_put(layout, ":");
		put_value(layout, entry, indent + 2,
			  is_condition || (is_root && sl_fmt_is_condition_key(entry->key->value)));
		if (is_root)
			put_comments(layout, entry, SL_FMT_TAIL, 2);
	}
}

/* inline_first: the first item goes on with the line of a dash around it. */
static void put_list(struct sl_fmt_layout *layout, const struct sl_yaml_node *list, uint32_t indent,
		     bool is_condition, bool in_flow, bool inline_first)
{
	const struct sl_source *source = layout->source;

	for (const struct sl_yaml_node *item = list->items; item && !layout->error;
	     item = item->next) {
		bool block = item->kind != SL_YAML_SCALAR && !sl_fmt_is_flow(source, item);

		if (!in_flow && !inline_first) {
			put_comments(layout, item, SL_FMT_LEAD, indent);
			put_blank(layout, sl_fmt_blank_above(source, item->start));
		}
		layout->fresh = false;
		if (!inline_first)
			sl_fmt_put_spaces(layout, indent);
		inline_first = false;
		sl_fmt_put(layout, "-");
		if (block)
			sl_fmt_put(layout, " ");
		if (block && item->kind == SL_YAML_MAP)
			put_map(layout, item, indent + 2, false, is_condition, false, true);
		else if (block)
			put_list(layout, item, indent + 2, is_condition, false, true);
		else
			put_value(layout, item, indent + 2, is_condition);
	}
}

static void put_block_collection(struct sl_fmt_layout *layout, const struct sl_yaml_node *node,
				 uint32_t indent, bool is_condition, bool in_flow)
{
	sl_fmt_put_trailing(layout, node);
	sl_fmt_put(layout, "\n");
	layout->fresh = true;
	if (node->kind == SL_YAML_MAP)
		put_map(layout, node, indent, false, is_condition, in_flow, false);
	else
		put_list(layout, node, indent, is_condition, in_flow, false);
	layout->fresh = false;
}

static void put_value(struct sl_fmt_layout *layout, const struct sl_yaml_node *node,
		      uint32_t indent, bool is_condition)
{
	size_t before = layout->out->bytes;

	if (node->kind == SL_YAML_SCALAR) {
		sl_fmt_put_scalar(layout, node, indent, is_condition);
		return;
	}
	if (!sl_fmt_is_flow(layout->source, node)) {
		put_block_collection(layout, node, indent, is_condition, false);
		return;
	}
	sl_fmt_put(layout, " ");
	put_flow(layout, node);
	/* an item of a list has no name to stand behind: it stays in its braces */
	if (sl_fmt_column(layout) > SL_FMT_COLUMNS && node->items && node->key) {
		layout->out->bytes = before;
		put_block_collection(layout, node, indent, is_condition, true);
		return;
	}
	sl_fmt_put_trailing(layout, node);
	sl_fmt_put(layout, "\n");
}

int sl_fmt_layout(const struct sl_yaml_file *file, const struct sl_yaml_node *root,
		  const struct sl_fmt_comments *comments, struct sl_buffer *out)
{
	struct sl_fmt_layout layout = {.file = file,
				       .source = file->source,
				       .comments = comments,
				       .out = out,
				       .fresh = true};

	put_comments(&layout, NULL, SL_FMT_HEADER, 0);
	if (comments->header_gap) {
		sl_fmt_put(&layout, "\n");
		layout.fresh = true;
	}
	put_map(&layout, root, 0, true, false, sl_fmt_is_flow(file->source, root), false);
	put_comments(&layout, NULL, SL_FMT_FOOTER, 0);
	if (layout.error)
		return layout.error;
	return out->failed ? -ENOMEM : 0;
}
