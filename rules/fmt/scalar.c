/* Writing out a scalar: as it was written, its lines moved to where it stands now. */
#include "rules/fmt/layout_priv.h"

void sl_fmt_put(struct sl_fmt_layout *layout, const char *text)
{
	sl_buffer_add(layout->out, text, strlen(text));
}

void sl_fmt_put_slice(struct sl_fmt_layout *layout, struct sl_slice text)
{
	sl_buffer_add(layout->out, text.at, text.bytes);
}

void sl_fmt_put_spaces(struct sl_fmt_layout *layout, uint32_t n)
{
	while (n-- > 0)
		sl_fmt_put(layout, " ");
}

void sl_fmt_put_trailing(struct sl_fmt_layout *layout, const struct sl_yaml_node *owner)
{
	const struct sl_fmt_comments *comments = layout->comments;

	for (uint32_t i = 0; i < comments->n; i++) {
		if (comments->items[i].place != SL_FMT_TRAIL || comments->items[i].owner != owner)
			continue;
		sl_fmt_put(layout, " ");
		sl_fmt_put_slice(layout, comments->items[i].text);
	}
}

static struct sl_slice slice_of(const struct sl_fmt_layout *layout, uint32_t from, uint32_t to)
{
	return (struct sl_slice){layout->source->text + from, to - from};
}

struct sl_slice sl_fmt_written(const struct sl_fmt_layout *layout, const struct sl_yaml_node *node)
{
	return slice_of(layout, node->start, node->end);
}

uint32_t sl_fmt_column(const struct sl_fmt_layout *layout)
{
	const char *text = (const char *)layout->out->at;
	size_t start = layout->out->bytes;

	while (start > 0 && text[start - 1] != '\n')
		start--;
	return sl_fmt_columns(
		(struct sl_slice){text + start, (uint32_t)(layout->out->bytes - start)});
}

/* Lines behind the first of a plain or quoted scalar: what stands before them is folded away. */
static void put_continued(struct sl_fmt_layout *layout, const struct sl_yaml_node *node,
			  uint32_t indent)
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
			sl_fmt_put_spaces(layout, indent);
		sl_fmt_put_slice(layout, slice_of(layout, text, last));
		if (newline)
			sl_fmt_put(layout, "\n");
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

static void put_block_lines(struct sl_fmt_layout *layout, uint32_t at, uint32_t end,
			    uint32_t indent)
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
				sl_fmt_put(layout, "\n");
			sl_fmt_put_spaces(layout, indent);
			sl_fmt_put_slice(layout, slice_of(layout, at + spaces, last));
			sl_fmt_put(layout, "\n");
		}
		at = stop + 1;
	}
}

static void put_block(struct sl_fmt_layout *layout, const struct sl_yaml_node *node,
		      uint32_t indent, bool is_condition)
{
	uint32_t header = sl_fmt_line_end(layout->source, node->start), first = header;
	const char *indicator = layout->source->text + node->start + 1;

	if (strspn(indicator, "-+0123456789") > strspn(indicator, "-")) {
		layout->error = sl_fmt_refuse(layout->file, node->start,
					      "write | or |- without a number or a plus",
					      "a block that says how it is indented or ended");
		return;
	}
	sl_fmt_put_slice(layout, slice_of(layout, node->start, header));
	sl_fmt_put(layout, "\n");
	while (first < node->end && layout->source->text[first] != '\n')
		first++;
	if (is_condition && node->style == SL_YAML_LITERAL &&
	    sl_fmt_condition_break(node->value, indent, layout->out))
		return;
	put_block_lines(layout, first + 1, node->end, indent);
}

void sl_fmt_put_scalar(struct sl_fmt_layout *layout, const struct sl_yaml_node *node,
		       uint32_t indent, bool is_condition)
{
	bool is_plain = node->style == SL_YAML_PLAIN;
	struct sl_slice text = sl_fmt_written(layout, node);
	bool one_line = !memchr(text.at, '\n', text.bytes);
	size_t before = layout->out->bytes;

	if (text.bytes)
		sl_fmt_put(layout, " ");
	if (node->style == SL_YAML_LITERAL || node->style == SL_YAML_FOLDED) {
		put_block(layout, node, indent, is_condition);
		return;
	}
	if (is_condition && is_plain && one_line &&
	    sl_fmt_column(layout) + sl_fmt_columns(text) > SL_FMT_COLUMNS) {
		sl_fmt_put(layout, "|");
		sl_fmt_put_trailing(layout, node);
		sl_fmt_put(layout, "\n");
		if (sl_fmt_condition_break(text, indent, layout->out))
			return;
		layout->out->bytes = before;
		sl_fmt_put(layout, " ");
	}
	put_continued(layout, node, indent);
	sl_fmt_put_trailing(layout, node);
	sl_fmt_put(layout, "\n");
}
