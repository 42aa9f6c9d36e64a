#include "rules/diagnostics_priv.h"
#include "rules/memory_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define SOURCE_LINE_MAX 2048u

struct entry {
	struct sl_diagnostic shown;
	uint32_t source; /* order: sets first, then files */
	uint32_t offset; /* in the source */
	uint32_t sequence;
};

struct sl_diagnostics {
	struct sl_arena arena;
	struct entry entries[SL_DIAGNOSTICS_MAX];
	struct sl_diagnostic sorted[SL_DIAGNOSTICS_MAX + 1];
	size_t n_entries;
	size_t counts[3]; /* by severity */
	uint32_t sequence;
	int error;
	char more[64];
	/* where the last line was counted to: reports come mostly in order */
	const struct sl_source *counted;
	uint32_t counted_offset;
	unsigned counted_line;
};

struct sl_diagnostics *sl_diagnostics_new(void)
{
	return calloc(1, sizeof(struct sl_diagnostics));
}

void sl_diagnostics_free(struct sl_diagnostics *diagnostics)
{
	if (!diagnostics)
		return;
	sl_arena_fini(&diagnostics->arena);
	free(diagnostics);
}

size_t sl_diagnostics_count(const struct sl_diagnostics *diagnostics, enum sl_severity severity)
{
	return diagnostics->counts[severity];
}

int sl_diagnostics_error(const struct sl_diagnostics *diagnostics)
{
	return diagnostics->error;
}

void sl_diagnostics_fail(struct sl_diagnostics *diagnostics)
{
	diagnostics->error = -ENOMEM;
}

void sl_diagnostics_forget(struct sl_diagnostics *diagnostics)
{
	diagnostics->counted = NULL;
}

static unsigned line_of(const struct sl_source *source, uint32_t from, uint32_t to)
{
	const char *at = source->text + from, *end = source->text + to;
	unsigned lines = 0;

	while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
		lines++;
		at++;
	}
	return lines;
}

static unsigned characters(const char *at, uint32_t bytes)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < bytes; i++)
		n += ((unsigned char)at[i] & 0xc0) != 0x80;
	return n;
}

/* The beginning of the line that holds the offset. */
static uint32_t line_start(const struct sl_source *source, uint32_t offset)
{
	while (offset > 0 && source->text[offset - 1] != '\n')
		offset--;
	return offset;
}

/* Length of the well-formed UTF-8 character that begins here; 0: none does. */
static unsigned character_bytes(const unsigned char *at)
{
	unsigned bytes = at[0] < 0x80   ? 1
			 : at[0] < 0xc2 ? 0
			 : at[0] < 0xe0 ? 2
			 : at[0] < 0xf0 ? 3
			 : at[0] < 0xf5 ? 4
					: 0;

	for (unsigned i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return bytes;
}

/* Texts of rules come from anybody and end in terminals and JSON: what is not UTF-8, or steers a
 * terminal, is shown as a question mark. */
static void make_printable(char *text)
{
	while (text && *text) {
		unsigned bytes = character_bytes((const unsigned char *)text);

		if (bytes == 0 || ((unsigned char)*text < 0x20 && *text != '\t') || *text == 0x7f) {
			*text = '?';
			bytes = 1;
		}
		text += bytes;
	}
}

static void locate(struct sl_diagnostics *diagnostics, struct sl_place place,
		   struct sl_diagnostic *shown)
{
	const struct sl_source *source = place.source;
	uint32_t offset = place.offset < source->bytes ? place.offset : source->bytes;
	uint32_t start = line_start(source, offset), end = start;
	char *line;

	if (diagnostics->counted != source || diagnostics->counted_offset > start) {
		diagnostics->counted = source;
		diagnostics->counted_offset = 0;
		diagnostics->counted_line = 1;
	}
	diagnostics->counted_line += line_of(source, diagnostics->counted_offset, start);
	diagnostics->counted_offset = start;
	shown->file = source->name;
	shown->line = diagnostics->counted_line;
	shown->column = characters(source->text + start, offset - start) + 1;
	while (end < source->bytes && end - start < SOURCE_LINE_MAX && source->text[end] != '\n')
		end++;
	/* never half a character */
	while (end > start && end < source->bytes &&
	       ((unsigned char)source->text[end] & 0xc0) == 0x80)
		end--;
	if (end > start && source->text[end - 1] == '\r')
		end--;
	line = sl_arena_copy(&diagnostics->arena,
			     (struct sl_slice){source->text + start, end - start});
	make_printable(line);
	shown->source = line;
}

/* Where the next one goes; NULL: the list is full. A mistake is what its author looks for, so it
 * takes the place of the last warning. */
static struct entry *next_entry(struct sl_diagnostics *diagnostics, enum sl_severity severity)
{
	size_t n = diagnostics->n_entries;

	if (n < SL_DIAGNOSTICS_MAX)
		return &diagnostics->entries[n];
	while (severity == SL_SEVERITY_ERROR && n > 0)
		if (diagnostics->entries[--n].shown.severity == SL_SEVERITY_WARNING) {
			memmove(&diagnostics->entries[n], &diagnostics->entries[n + 1],
				(--diagnostics->n_entries - n) * sizeof(struct entry));
			return &diagnostics->entries[diagnostics->n_entries];
		}
	return NULL;
}

void sl_diagnose(struct sl_diagnostics *diagnostics, enum sl_severity severity,
		 struct sl_place place, const char *code, const char *hint, const char *format, ...)
{
	struct entry *entry;
	char message[512];
	char *copies[3];
	va_list args;

	diagnostics->counts[severity]++;
	entry = next_entry(diagnostics, severity);
	if (!entry)
		return;
	*entry = (struct entry){
		.shown = {.severity = severity, .file = "", .code = code, .source = ""},
		.source = place.source ? place.source->index + 1 : 0,
		.offset = place.offset,
		.sequence = diagnostics->sequence++,
	};
	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (place.source)
		locate(diagnostics, place, &entry->shown);
	copies[0] = sl_arena_copy(&diagnostics->arena, sl_slice_of(entry->shown.file));
	copies[1] = sl_arena_copy(&diagnostics->arena, sl_slice_of(message));
	copies[2] = sl_arena_copy(&diagnostics->arena, sl_slice_of(hint));
	for (int i = 0; i < 3; i++)
		make_printable(copies[i]);
	entry->shown.file = copies[0];
	entry->shown.message = copies[1];
	entry->shown.hint = copies[2];
	if (!entry->shown.file || !entry->shown.message || !entry->shown.hint ||
	    !entry->shown.source) {
		diagnostics->error = -ENOMEM;
		return;
	}
	diagnostics->n_entries++;
}

void sl_diagnose_again(struct sl_diagnostics *diagnostics, struct sl_place place,
		       struct sl_slice code, struct sl_slice message, struct sl_slice hint)
{
	char *code_kept = sl_arena_copy(&diagnostics->arena, code);
	char *hint_kept = sl_arena_copy(&diagnostics->arena, hint);

	if (code_kept && hint_kept)
		sl_diagnose(diagnostics, SL_SEVERITY_WARNING, place, code_kept, hint_kept, "%.*s",
			    SL_SLICE_ARGS(message));
	else
		diagnostics->error = -ENOMEM;
}

struct sl_diagnostics_mark sl_diagnostics_mark(const struct sl_diagnostics *diagnostics)
{
	struct sl_diagnostics_mark mark = {.kept = diagnostics->n_entries};

	memcpy(mark.counts, diagnostics->counts, sizeof(mark.counts));
	return mark;
}

const struct sl_diagnostic *sl_diagnostics_kept(const struct sl_diagnostics *diagnostics, size_t i,
						uint32_t *ret_offset)
{
	*ret_offset = diagnostics->entries[i].offset;
	return &diagnostics->entries[i].shown;
}

void sl_diagnostics_rewind(struct sl_diagnostics *diagnostics, struct sl_diagnostics_mark mark)
{
	diagnostics->n_entries = mark.kept;
	memcpy(diagnostics->counts, mark.counts, sizeof(mark.counts));
}

static int by_place(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	if (x->shown.line != y->shown.line)
		return x->shown.line < y->shown.line ? -1 : 1;
	if (x->shown.column != y->shown.column)
		return x->shown.column < y->shown.column ? -1 : 1;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

size_t sl_diagnostics_all(const struct sl_diagnostics *diagnostics,
			  const struct sl_diagnostic **ret_list)
{
	/* the list is sorted where it lies: const to the caller, whose reading it serves */
	struct sl_diagnostics *own = (struct sl_diagnostics *)diagnostics;
	size_t n = own->n_entries;
	size_t total = own->counts[SL_SEVERITY_ERROR] + own->counts[SL_SEVERITY_WARNING];

	qsort(own->entries, n, sizeof(own->entries[0]), by_place);
	for (size_t i = 0; i < n; i++)
		own->sorted[i] = own->entries[i].shown;
	if (total > n) {
		snprintf(own->more, sizeof(own->more), "%zu more are not shown", total - n);
		own->sorted[n++] = (struct sl_diagnostic){
			.severity = own->counts[SL_SEVERITY_ERROR] ? SL_SEVERITY_ERROR
								   : SL_SEVERITY_WARNING,
			.file = "",
			.code = "too_many",
			.message = own->more,
			.hint = "",
			.source = "",
		};
	}
	*ret_list = own->sorted;
	return n;
}

void sl_place_text(struct sl_place place, char *at, size_t room)
{
	if (!place.source)
		snprintf(at, room, "elsewhere");
	else
		snprintf(at, room, "%s:%u", place.source->name,
			 line_of(place.source, 0, place.offset) + 1);
}
