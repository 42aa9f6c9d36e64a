#include "tools/sluice/replay/event_lines.h"

#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/progress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LINE_MAX_BYTES (16u << 20)
#define LINE_SEEN_MAX (256u << 20)

struct reader {
	const char *command;
	void (*each)(void *context, struct sl_span text);
	void *context;
	struct sl_progress progress;
	uint64_t read, all; /* bytes of the files; all 0: it is not known */
	uint64_t lines;
};

/* A line without its end, cut at LINE_MAX_BYTES: far above the limit of one event, so that it is
 * refused as too large. Its rest is read past, not kept. 1, 0 at the end, or -SL_E_LIMIT. */
static int next_line(FILE *file, char *line, size_t *ret_bytes)
{
	size_t bytes = 0, seen = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != '\n') {
		if (bytes < LINE_MAX_BYTES)
			line[bytes++] = (char)c;
		if (++seen > LINE_SEEN_MAX)
			return -SL_E_LIMIT;
	}
	while (bytes > 0 && line[bytes - 1] == '\r')
		bytes--;
	*ret_bytes = bytes;
	return c != EOF || seen > 0;
}

/* How much there is to read, where all are files. */
static uint64_t bytes_of(char **paths, int n)
{
	struct stat file;
	uint64_t bytes = 0;

	for (int i = 0; i < n; i++) {
		if (!strcmp(paths[i], "-") || stat(paths[i], &file) || !S_ISREG(file.st_mode))
			return 0;
		bytes += (uint64_t)file.st_size;
	}
	return bytes;
}

static void show_progress(struct reader *reader, size_t bytes)
{
	reader->read += bytes + 1;
	if (reader->all && ++reader->lines % 256 == 0)
		sl_progress_show(&reader->progress, reader->read >> 20, reader->all >> 20);
}

/* Reads a file line by line. 0, or 3 with a message. */
static int feed_file(struct reader *reader, const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char *line = malloc(LINE_MAX_BYTES + 1 + SL_SPAN_PADDING);
	int status = SL_EXIT_DONE, more;
	size_t n;

	if (!file || !line) {
		fprintf(stderr, "%s: %s: %s\n", reader->command, path, strerror(errno));
		if (file && file != stdin)
			fclose(file);
		free(line);
		return SL_EXIT_FAILED;
	}
	while ((more = next_line(file, line, &n)) > 0) {
		if (n == 0)
			continue;
		memset(line + n, 0, 1 + SL_SPAN_PADDING);
		line[n] = '\n';
		reader->each(reader->context, sl_span_of(line, n));
		show_progress(reader, n);
	}
	if (ferror(file)) {
		fprintf(stderr, "%s: %s: %s\n", reader->command, path, strerror(errno));
		status = SL_EXIT_FAILED;
	} else if (more < 0) {
		fprintf(stderr,
			"%s: %s: a line does not end within %u MiB: give a file with an "
			"event a line\n",
			reader->command, path, LINE_SEEN_MAX >> 20);
		status = SL_EXIT_FAILED;
	}
	if (file != stdin)
		fclose(file);
	free(line);
	return status;
}

int sl_event_lines_read(const char *command, char **paths, int n,
			void (*each)(void *context, struct sl_span text), void *context)
{
	struct reader reader = {
		.command = command, .each = each, .context = context, .all = bytes_of(paths, n)};
	int status = SL_EXIT_DONE;

	sl_progress_init(&reader.progress, "MiB");
	for (int i = 0; i < n && !status; i++)
		status = feed_file(&reader, paths[i]);
	sl_progress_end(&reader.progress);
	return status;
}
