/* Where comments stand, and what each belongs to. libyaml passes over them, so they are sought in
 * what lies between the things that it names. */
#include "rules/fmt/fmt_priv.h"

#include "sluice/error.h"

#include <errno.h>

/* A scalar of a block, or a whole flow collection. */
struct token {
	const struct sl_yaml_node *node;
	uint32_t start, end;
	bool is_key;
};

/* An entry of a block collection, where a comment above it can be put. */
struct anchor {
	const struct sl_yaml_node *node;
	uint32_t start;
	uint32_t level;
};

struct finding {
	const struct sl_yaml_file *file;
	const struct sl_yaml_node *root;
	struct sl_fmt_comments *comments;
};

bool sl_fmt_is_flow(const struct sl_source *source, const struct sl_yaml_node *node)
{
	return node->kind != SL_YAML_SCALAR && node->start < source->bytes &&
	       (source->text[node->start] == '{' || source->text[node->start] == '[');
}

uint32_t sl_fmt_line_start(const struct sl_source *source, uint32_t offset)
{
	while (offset > 0 && source->text[offset - 1] != '\n')
		offset--;
	return offset;
}

uint32_t sl_fmt_line_end(const struct sl_source *source, uint32_t offset)
{
	uint32_t end = offset;

	while (end < source->bytes && source->text[end] != '\n')
		end++;
	while (end > offset && (source->text[end - 1] == ' ' || source->text[end - 1] == '\t' ||
				source->text[end - 1] == '\r'))
		end--;
	return end;
}

bool sl_fmt_blank_above(const struct sl_source *source, uint32_t offset)
{
	uint32_t start = sl_fmt_line_start(source, offset), above;

	if (start == 0)
		return false;
	above = sl_fmt_line_start(source, start - 1);
	return sl_fmt_line_end(source, above) == above ||
	       above + strspn(source->text + above, " \t\r") >= start - 1;
}

int sl_fmt_refuse(const struct sl_yaml_file *file, uint32_t offset, const char *hint,
		  const char *why)
{
	struct sl_place place = {.source = file->source, .offset = offset};

	sl_mistake(file->diagnostics, place, "fmt", hint, "this cannot be laid out: %s", why);
	return -SL_E_RULES;
}

static void add_token(struct finding *finding, const struct sl_yaml_node *node, bool is_key)
{
	struct token token = {
		.node = node, .start = node->start, .end = node->end, .is_key = is_key};

	if (token.end > token.start)
		sl_buffer_add(&finding->comments->tokens, &token, sizeof(token));
}

static void add_anchor(struct finding *finding, const struct sl_yaml_node *node, uint32_t start,
		       uint32_t level)
{
	struct anchor anchor = {.node = node, .start = start, .level = level};

	sl_buffer_add(&finding->comments->anchors, &anchor, sizeof(anchor));
}

/* An entry that begins where its collection does was said already: "- name: …". */
static void walk(struct finding *finding, const struct sl_yaml_node *node, uint32_t level,
		 bool first_said)
{
	if (node->kind == SL_YAML_SCALAR || sl_fmt_is_flow(finding->file->source, node)) {
		add_token(finding, node, false);
		return;
	}
	for (const struct sl_yaml_node *entry = node->items; entry; entry = entry->next) {
		if (!(first_said && entry == node->items))
			add_anchor(finding, entry, entry->key ? entry->key->start : entry->start,
				   level);
		if (entry->key)
			add_token(finding, entry->key, true);
		walk(finding, entry, level + 1, node->kind == SL_YAML_LIST);
	}
}

static struct sl_fmt_comment *add(struct finding *finding, uint32_t start)
{
	const struct sl_source *source = finding->file->source;
	struct sl_fmt_comment comment = {
		.text = {source->text + start, sl_fmt_line_end(source, start) - start},
		.start = start,
		.blank_above = sl_fmt_blank_above(source, start),
	};
	struct sl_fmt_comments *comments = finding->comments;

	sl_buffer_add(&comments->room, &comment, sizeof(comment));
	if (comments->room.failed)
		return NULL;
	comments->items = (struct sl_fmt_comment *)comments->room.at;
	return &comments->items[comments->n++];
}

/* The last line of the file's text that the token has anything on. */
static bool ends_on_line(const struct sl_source *source, const struct token *token, uint32_t line)
{
	return token && token->end > line && sl_fmt_line_start(source, token->end - 1) == line;
}

static int place_trailing(struct finding *finding, struct sl_fmt_comment *comment,
			  const struct token *before)
{
	const struct sl_source *source = finding->file->source;
	const struct sl_yaml_node *owner = before ? before->node : NULL;

	if (!ends_on_line(source, before, sl_fmt_line_start(source, comment->start)))
		return sl_fmt_refuse(finding->file, comment->start,
				     "put the comment on a line of its own",
				     "it is not clear what this comment belongs to");
	if (before->is_key) {
		const struct anchor *anchors = (struct anchor *)finding->comments->anchors.at;
		size_t n = finding->comments->anchors.bytes / sizeof(*anchors);

		owner = NULL;
		for (size_t i = n; i-- > 0 && !owner;)
			if (anchors[i].node->key == before->node)
				owner = anchors[i].node;
		if (!owner) /* the first key behind a dash */
			return sl_fmt_refuse(finding->file, comment->start,
					     "put the comment on a line of its own",
					     "a comment between a name and its condition");
	}
	comment->place = SL_FMT_TRAIL;
	comment->owner = owner;
	return 0;
}

static void place_own_line(struct finding *finding, struct sl_fmt_comment *comment)
{
	const struct sl_source *source = finding->file->source;
	const struct anchor *anchors = (struct anchor *)finding->comments->anchors.at;
	size_t n = finding->comments->anchors.bytes / sizeof(*anchors), i = 0;
	bool indented = comment->start > sl_fmt_line_start(source, comment->start);

	while (i < n && anchors[i].start < comment->start)
		i++;
	if (i == 0) {
		comment->place = SL_FMT_HEADER;
	} else if (indented && (i == n || anchors[i].level == 0)) {
		comment->place = SL_FMT_TAIL;
		while (anchors[i - 1].level > 0)
			i--;
		comment->owner = anchors[i - 1].node;
	} else if (i == n) {
		comment->place = SL_FMT_FOOTER;
	} else {
		comment->place = SL_FMT_LEAD;
		comment->owner = anchors[i].node;
	}
}

static int find_between(struct finding *finding, uint32_t from, uint32_t to,
			const struct token *before)
{
	const struct sl_source *source = finding->file->source;

	for (uint32_t at = from; at < to; at++) {
		struct sl_fmt_comment *comment;
		uint32_t line;

		if (source->text[at] != '#')
			continue;
		comment = add(finding, at);
		if (!comment)
			return -ENOMEM;
		line = sl_fmt_line_start(source, at);
		if (line + strspn(source->text + line, " \t") == at) {
			place_own_line(finding, comment);
		} else {
			int error = place_trailing(finding, comment, before);

			if (error)
				return error;
		}
		at = sl_fmt_line_end(source, at);
	}
	return 0;
}

/* Behind | or >. */
static int find_in_block(struct finding *finding, const struct token *token)
{
	const struct sl_source *source = finding->file->source;
	uint32_t end = sl_fmt_line_end(source, token->start);
	const char *hash = memchr(source->text + token->start, '#', end - token->start);
	struct sl_fmt_comment *comment;

	if (token->node->style != SL_YAML_LITERAL && token->node->style != SL_YAML_FOLDED)
		return 0;
	if (!hash)
		return 0;
	comment = add(finding, (uint32_t)(hash - source->text));
	if (!comment)
		return -ENOMEM;
	comment->place = SL_FMT_IN_BLOCK;
	return 0;
}

/* A flow collection is written on one line, or in block style: no place for comments. */
static int check_flow(struct finding *finding, const struct sl_yaml_node *node)
{
	const struct sl_source *source = finding->file->source;

	for (const struct sl_yaml_node *entry = node->items; entry; entry = entry->next) {
		uint32_t from = entry->key ? entry->key->start : entry->start;

		if (entry->kind != SL_YAML_SCALAR && !sl_fmt_is_flow(source, entry))
			return sl_fmt_refuse(finding->file, entry->start, "write { and } around it",
					     "a map without braces within brackets");
		if (memchr(source->text + from, '\n', entry->end - from) &&
		    entry->kind == SL_YAML_SCALAR)
			return sl_fmt_refuse(finding->file, from, "write it on one line",
					     "a value over several lines within brackets");
		if (entry->kind != SL_YAML_SCALAR) {
			int error = check_flow(finding, entry);

			if (error)
				return error;
		}
	}
	return 0;
}

/* Characters of a flow collection that stand outside of its scalars. */
static bool has_comment(const struct sl_source *source, const struct sl_yaml_node *node,
			uint32_t *at)
{
	for (const struct sl_yaml_node *entry = node->items; entry; entry = entry->next) {
		const struct sl_yaml_node *parts[2] = {entry->key, entry};

		for (unsigned i = 0; i < 2; i++) {
			const struct sl_yaml_node *part = parts[i];

			if (!part)
				continue;
			if (part->start > *at && memchr(source->text + *at, '#', part->start - *at))
				return true;
			*at = part->start > *at ? part->start : *at;
			if (part->kind != SL_YAML_SCALAR && has_comment(source, part, at))
				return true;
			*at = part->end > *at ? part->end : *at;
		}
	}
	if (node->end > *at && memchr(source->text + *at, '#', node->end - *at))
		return true;
	*at = node->end;
	return false;
}

static int check_token(struct finding *finding, const struct token *token)
{
	const struct sl_source *source = finding->file->source;
	uint32_t at = token->start;

	if (token->is_key && memchr(source->text + token->start, '\n', token->end - token->start))
		return sl_fmt_refuse(finding->file, token->start, "write it on one line",
				     "a key over several lines");
	if (token->node->kind == SL_YAML_SCALAR)
		return find_in_block(finding, token);
	if (has_comment(source, token->node, &at))
		return sl_fmt_refuse(finding->file, token->start,
				     "put the comment above, or write it without brackets",
				     "there is a comment within these brackets");
	return check_flow(finding, token->node);
}

int sl_fmt_comments_find(const struct sl_yaml_file *file, const struct sl_yaml_node *root,
			 uint32_t begin, uint32_t end, struct sl_fmt_comments *comments)
{
	struct finding finding = {.file = file, .root = root, .comments = comments};
	const struct token *tokens, *before = NULL;
	const struct anchor *anchors;
	uint32_t at = begin;
	size_t n;
	int error = 0;

	comments->n = 0;
	comments->room.bytes = comments->tokens.bytes = comments->anchors.bytes = 0;
	walk(&finding, root, 0, false);
	if (comments->tokens.failed || comments->anchors.failed)
		return -ENOMEM;
	tokens = (struct token *)comments->tokens.at;
	anchors = (struct anchor *)comments->anchors.at;
	n = comments->tokens.bytes / sizeof(*tokens);
	for (size_t i = 0; i < n && !error; i++) {
		error = find_between(&finding, at, tokens[i].start, before);
		if (!error)
			error = check_token(&finding, &tokens[i]);
		before = &tokens[i];
		at = tokens[i].end;
	}
	if (!error)
		error = find_between(&finding, at, end, before);
	comments->header_gap = !error && comments->anchors.bytes && comments->n > 0 &&
			       comments->items[0].place == SL_FMT_HEADER &&
			       sl_fmt_blank_above(file->source, anchors[0].start);
	return error;
}

void sl_fmt_comments_fini(struct sl_fmt_comments *comments)
{
	sl_buffer_fini(&comments->room);
	sl_buffer_fini(&comments->tokens);
	sl_buffer_fini(&comments->anchors);
}
