/* ARTIFACT.draining: a line of its version, then for each campaign a line "until bytes name" and so
 * many bytes of the text that it stands in. */
#include "rules/registry/drain_priv.h"

#include "rules/read/source_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char head[] = "sluice draining 1\n";

static int path_of(const char *artifact, char path[PATH_MAX])
{
	return (size_t)snprintf(path, PATH_MAX, "%s.draining", artifact) < PATH_MAX ? 0
										    : -ENAMETOOLONG;
}

static void add_item(struct sl_buffer *file, const struct sl_drained *item)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "%lld %u ", (long long)item->until_ns,
			 item->text.bytes);

	sl_buffer_add(file, line, (size_t)n);
	sl_buffer_add(file, item->name.at, item->name.bytes);
	sl_buffer_add(file, "\n", 1);
	sl_buffer_add(file, item->text.at, item->text.bytes);
}

static int write_file(const char *path, const struct sl_buffer *file)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t done = 0;
	int error = fd < 0 ? -errno : 0;

	while (!error && done < file->bytes) {
		ssize_t n = write(fd, file->at + done, file->bytes - done);

		if (n < 0 && errno != EINTR)
			error = -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	if (!error && fsync(fd))
		error = -errno;
	if (fd >= 0)
		close(fd);
	if (error)
		unlink(path);
	return error;
}

int sl_drained_write(const char *artifact, const struct sl_buffer *drained)
{
	const struct sl_drained *items = (const struct sl_drained *)drained->at;
	struct sl_buffer file = {0};
	char path[PATH_MAX];
	int error = path_of(artifact, path);

	if (error)
		return error;
	unlink(path); /* of a version that was compiled to this name before */
	if (drained->bytes == 0)
		return 0;
	sl_buffer_add(&file, head, sizeof(head) - 1);
	for (size_t i = 0; i < drained->bytes / sizeof(*items); i++)
		add_item(&file, &items[i]);
	error = file.failed ? -ENOMEM : write_file(path, &file);
	sl_buffer_fini(&file);
	return error;
}

/* One item from `at` on: the bytes it takes, 0 where it is none. */
static size_t read_item(const char *at, size_t left, struct sl_arena *arena,
			struct sl_drained *ret_item, int *error)
{
	const char *line_end = memchr(at, '\n', left);
	long long until_ns;
	unsigned bytes;
	int name = 0;
	size_t n;

	/* the text is terminated, and numbers end before a line does */
	if (!line_end || sscanf(at, "%lld %u %n", &until_ns, &bytes, &name) != 2 || name == 0 ||
	    at + name >= line_end)
		return 0;
	n = (size_t)(line_end + 1 - at);
	if (bytes > left - n)
		return 0;
	ret_item->until_ns = until_ns;
	ret_item->name = (struct sl_slice){at + name, (uint32_t)(line_end - at - name)};
	ret_item->text = (struct sl_slice){line_end + 1, bytes};
	ret_item->name.at = sl_arena_copy(arena, ret_item->name);
	ret_item->text.at = sl_arena_copy(arena, ret_item->text);
	*error = ret_item->name.at && ret_item->text.at ? 0 : -ENOMEM;
	return n + bytes;
}

int sl_drained_read(const char *artifact, struct sl_arena *arena, struct sl_buffer *ret_drained)
{
	struct sl_source source = {0};
	struct sl_drained item;
	char path[PATH_MAX];
	size_t at, n = 1;
	int error = path_of(artifact, path);

	if (!error)
		error = sl_source_read(path, &source);
	if (error)
		return error == -ENOMEM ? error : 0;
	at = sizeof(head) - 1;
	if (source.bytes < at || memcmp(source.text, head, at) != 0)
		n = 0;
	for (; n > 0 && at < source.bytes && !error; at += n) {
		n = read_item(source.text + at, source.bytes - at, arena, &item, &error);
		if (n > 0 && !error)
			sl_buffer_add(ret_drained, &item, sizeof(item));
	}
	free(source.text);
	return ret_drained->failed ? -ENOMEM : error;
}
