#include "rules/read/documents.h"

#include "rules/read/documents_priv.h"
#include "sluice/error.h"

#include <errno.h>

uint32_t sl_document_end(const struct sl_yaml_node *root)
{
	const struct sl_yaml_node *node = root;

	while (node->kind != SL_YAML_SCALAR && node->last)
		node = node->last;
	/* an empty value ends where the next thing begins; a flow collection knows its bracket */
	if (node->kind == SL_YAML_SCALAR && node->value.bytes == 0 && node->key &&
	    node->style == SL_YAML_PLAIN)
		return node->key->end;
	return node->end > node->start ? node->end : node->start;
}

bool sl_document_marker(const struct sl_source *source, uint32_t at, uint32_t end,
			uint32_t *ret_marker, uint32_t *ret_next)
{
	const char *text = source->text;

	while (at > 0 && at < source->bytes && text[at - 1] != '\n')
		at++;
	while (at + 3 <= end) {
		const char *newline = memchr(text + at, '\n', source->bytes - at);
		uint32_t next = newline ? (uint32_t)(newline - text) + 1 : source->bytes;
		char after = at + 3 < source->bytes ? text[at + 3] : '\n';

		if (!memcmp(text + at, "---", 3) &&
		    (after == '\n' || after == '\r' || after == ' ' || after == '\t')) {
			*ret_marker = at;
			*ret_next = next;
			return true;
		}
		at = next;
	}
	return false;
}

struct split {
	const struct sl_source *source;
	int (*take)(void *context, const struct sl_document *document);
	void *context;
	const struct sl_yaml_node *name; /* of the document that is not given yet */
	bool open;
	uint32_t start, end; /* of it, and of what is in it */
	unsigned line;
	uint32_t counted; /* bytes whose lines are in `line` */
};

static void count_lines(struct split *split, uint32_t until)
{
	for (; split->counted < until; split->counted++)
		split->line += split->source->text[split->counted] == '\n';
}

/* The document that is open ends at `end`. */
static int give(struct split *split, uint32_t end)
{
	struct sl_document document = {
		.campaign = split->name && split->name->kind == SL_YAML_SCALAR
				    ? split->name->value.at
				    : "",
		.text = split->source->text + split->start,
		.bytes = end - split->start,
	};

	count_lines(split, split->start);
	document.line = split->line;
	split->open = false;
	return split->take(split->context, &document);
}

/* Another document was found: the one before ends at the first marker between them, this one begins
 * behind the last; empty documents leave more than one. */
static int pass(struct split *split, const struct sl_yaml_node *root)
{
	uint32_t from = split->open ? split->end : 0, start = split->open ? root->start : 0;
	uint32_t stop = start, marker, next;
	bool first = true;
	int result;

	while (sl_document_marker(split->source, from, root->start, &marker, &next)) {
		stop = first ? marker : stop;
		first = false;
		from = next;
		start = next < root->start ? next : root->start;
	}
	result = split->open ? give(split, stop) : 0;
	split->start = start;
	return result;
}

static int split_all(struct split *split, struct sl_yaml *yaml, struct sl_arena arenas[2])
{
	const struct sl_yaml_node *root;
	unsigned which = 0;
	int found, result = 0;

	while ((found = sl_yaml_next(yaml, &arenas[which], &root)) == 1) {
		result = pass(split, root);
		if (result)
			return result;
		split->name = root->kind == SL_YAML_MAP ? sl_yaml_get(root, "campaign") : NULL;
		split->end = sl_document_end(root);
		split->open = true;
		/* the name lives until the next one is found */
		which = !which;
		sl_arena_reset(&arenas[which]);
	}
	if (found < 0)
		return found;
	return split->open ? give(split, split->source->bytes) : 0;
}

int sl_rules_documents(const char *name, const char *text, size_t bytes,
		       struct sl_diagnostics *diagnostics,
		       int (*take)(void *context, const struct sl_document *document),
		       void *context)
{
	struct sl_source source = {.name = name, .text = (char *)text, .bytes = (uint32_t)bytes};
	struct split split = {.source = &source, .take = take, .context = context, .line = 1};
	size_t before = sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR);
	struct sl_arena arenas[2] = {{0}};
	struct sl_yaml yaml;
	int result;

	if (bytes > SL_SOURCE_BYTES_MAX)
		return -EFBIG;
	result = sl_yaml_open(&yaml, &source, diagnostics);
	if (result)
		return result;
	result = split_all(&split, &yaml, arenas);
	sl_yaml_close(&yaml);
	sl_arena_fini(&arenas[0]);
	sl_arena_fini(&arenas[1]);
	if (!result)
		result = sl_diagnostics_error(diagnostics);
	if (!result && sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) > before)
		result = -SL_E_RULES;
	sl_diagnostics_forget(diagnostics);
	return result;
}
