#include "rules/fmt/fmt.h"

#include "rules/fmt/fmt_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

/* A text that was read whole. */
struct reading {
	struct sl_source source;
	struct sl_yaml_file file;
	struct sl_arena arena;
	struct sl_buffer roots; /* const struct sl_yaml_node *, one for each document */
	struct sl_fmt_comments comments;
};

static size_t count(const struct reading *reading)
{
	return reading->roots.bytes / sizeof(struct sl_yaml_node *);
}

static const struct sl_yaml_node *root_of(const struct reading *reading, size_t i)
{
	return ((const struct sl_yaml_node **)reading->roots.at)[i];
}

static int read_documents(struct reading *reading)
{
	struct sl_diagnostics *diagnostics = reading->file.diagnostics;
	size_t before = sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR);
	const struct sl_yaml_node *root;
	struct sl_yaml yaml;
	int found, error = sl_yaml_open(&yaml, &reading->source, diagnostics);

	if (error)
		return error;
	while ((found = sl_yaml_next(&yaml, &reading->arena, &root)) == 1)
		sl_buffer_add(&reading->roots, &root, sizeof(root));
	sl_yaml_close(&yaml);
	if (found < 0)
		return found;
	if (reading->roots.failed)
		return -ENOMEM;
	return sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) > before ? -SL_E_RULES : 0;
}

static void begin(struct reading *reading, const char *name, const char *text, size_t bytes,
		  struct sl_diagnostics *diagnostics)
{
	*reading = (struct reading){
		.source = {.name = name, .text = (char *)text, .bytes = (uint32_t)bytes}};
	reading->file =
		(struct sl_yaml_file){.source = &reading->source, .diagnostics = diagnostics};
}

static void end(struct reading *reading)
{
	sl_fmt_comments_fini(&reading->comments);
	sl_buffer_fini(&reading->roots);
	sl_arena_fini(&reading->arena);
}

/* What lies around a document: from behind the marker before it to the one behind it. The preamble
 * of a file is the first one's. */
static int bounds(struct reading *reading, size_t i, uint32_t *ret_begin, uint32_t *ret_end)
{
	const struct sl_source *source = &reading->source;
	uint32_t root = root_of(reading, i)->start, marker, next, at;
	uint32_t from = i > 0 ? sl_document_end(root_of(reading, i - 1)) : 0;
	uint32_t after = sl_document_end(root_of(reading, i));
	uint32_t limit = i + 1 < count(reading) ? root_of(reading, i + 1)->start : source->bytes;
	unsigned markers = 0;

	*ret_begin = i > 0 ? root : 0;
	for (at = from; sl_document_marker(source, at, root, &marker, &next); at = next) {
		*ret_begin = i > 0 ? next : 0;
		markers++;
	}
	if (markers > 1 || (i > 0 && markers != 1))
		return sl_fmt_refuse(&reading->file, root, "one line --- between two campaigns",
				     "an empty document before this one");
	*ret_begin = *ret_begin < root ? *ret_begin : root;
	*ret_end = sl_document_marker(source, after, limit, &marker, &next) ? marker : limit;
	if (i + 1 == count(reading) && *ret_end < limit)
		return sl_fmt_refuse(&reading->file, *ret_end, "take it out",
				     "an empty document at the end");
	for (at = after; at < *ret_end; at++)
		if (at == sl_fmt_line_start(source, at) && at + 3 <= *ret_end &&
		    !memcmp(source->text + at, "...", 3))
			return sl_fmt_refuse(&reading->file, at, "take it out",
					     "a line ... ends this document");
	return 0;
}

static int find_comments(struct reading *reading, size_t i)
{
	uint32_t begin_at = 0, end_at = 0;
	int error = bounds(reading, i, &begin_at, &end_at);

	if (error)
		return error;
	return sl_fmt_comments_find(&reading->file, root_of(reading, i), begin_at, end_at,
				    &reading->comments);
}

static int lay_out(struct reading *reading, size_t i, struct sl_buffer *out)
{
	const struct sl_yaml_node *root = root_of(reading, i);
	int error;

	if (root->kind != SL_YAML_MAP || !sl_yaml_get(root, "campaign"))
		return sl_fmt_refuse(&reading->file, root->start, "", "this is no campaign");
	error = find_comments(reading, i);
	if (error)
		return error;
	if (i > 0)
		sl_buffer_add(out, "---\n", 4);
	return sl_fmt_layout(&reading->file, root, &reading->comments, out);
}

/* ---- what must not have changed ------------------------------------------------------------- */

static bool same_value(const struct sl_yaml_node *a, const struct sl_yaml_node *b,
		       bool is_condition)
{
	if (is_condition)
		return sl_fmt_condition_same(a->value, b->value);
	return (a->style == SL_YAML_PLAIN) == (b->style == SL_YAML_PLAIN) &&
	       sl_slice_equal(a->value, b->value);
}

static bool same_node(const struct sl_yaml_node *a, const struct sl_yaml_node *b, bool is_root,
		      bool is_condition)
{
	const struct sl_yaml_node *x, *y;

	if (a->kind != b->kind || a->n_items != b->n_items)
		return false;
	if (a->kind == SL_YAML_SCALAR)
		return same_value(a, b, is_condition);
	for (x = a->items, y = b->items; x; x = x->next, y = y ? y->next : NULL) {
		bool condition = is_condition;

		if (a->kind == SL_YAML_MAP) {
			y = sl_yaml_get(b, x->key->value.at); /* keys may have changed places */
			condition |= is_root && sl_fmt_is_condition_key(x->key->value);
		}
		if (!y || !same_node(x, y, false, condition))
			return false;
	}
	return true;
}

static int by_text(const void *a, const void *b)
{
	return sl_slice_compare(((const struct sl_fmt_comment *)a)->text,
				((const struct sl_fmt_comment *)b)->text);
}

/* The same ones, wherever they stand. Ends the order of both. */
static bool same_comments(struct sl_fmt_comments *a, struct sl_fmt_comments *b)
{
	if (a->n != b->n)
		return false;
	if (a->n) {
		qsort(a->items, a->n, sizeof(*a->items), by_text);
		qsort(b->items, b->n, sizeof(*b->items), by_text);
	}
	for (uint32_t i = 0; i < a->n; i++)
		if (!sl_slice_equal(a->items[i].text, b->items[i].text))
			return false;
	return true;
}

/* Reads the result as anybody would, and compares. */
static int verify(struct reading *before, const struct sl_buffer *out)
{
	struct sl_diagnostics *ignored = sl_diagnostics_new();
	struct reading after;
	int error = ignored ? 0 : -ENOMEM;
	size_t i = 0;
	bool same;

	begin(&after, before->source.name, (const char *)out->at, out->bytes, ignored);
	if (!error)
		error = read_documents(&after);
	same = !error && count(&after) == count(before);
	for (; same && i < count(before); i++) {
		same = same_node(root_of(before, i), root_of(&after, i), true, false) &&
		       !find_comments(before, i) && !find_comments(&after, i) &&
		       same_comments(&before->comments, &after.comments);
		if (!same)
			break;
	}
	if (error != -ENOMEM)
		error = same ? 0
			     : sl_fmt_refuse(&before->file,
					     i < count(before) ? root_of(before, i)->start : 0, "",
					     "this campaign would not be the same afterwards");
	end(&after);
	sl_diagnostics_free(ignored);
	return error;
}

static int format(struct reading *reading, struct sl_buffer *out)
{
	int error = read_documents(reading);

	for (size_t i = 0; !error && i < count(reading); i++)
		error = lay_out(reading, i, out);
	/* a file of comments only is as it should be */
	if (!error && !count(reading))
		sl_buffer_add(out, reading->source.text, reading->source.bytes);
	sl_buffer_add(out, "", 1);
	out->bytes -= out->bytes > 0;
	if (!error && out->failed)
		error = -ENOMEM;
	return error ? error : verify(reading, out);
}

int sl_rules_format(const char *name, const char *text, size_t bytes,
		    struct sl_diagnostics *diagnostics, char **ret_text, size_t *ret_bytes)
{
	struct sl_buffer out = {0};
	struct reading reading;
	int error;

	if (bytes > SL_SOURCE_BYTES_MAX)
		return -EFBIG;
	begin(&reading, name, text, bytes, diagnostics);
	error = format(&reading, &out);
	end(&reading);
	if (!error)
		error = sl_diagnostics_error(diagnostics);
	sl_diagnostics_forget(diagnostics);
	if (error) {
		sl_buffer_fini(&out);
		return error;
	}
	*ret_text = (char *)out.at;
	*ret_bytes = out.bytes;
	return 0;
}
