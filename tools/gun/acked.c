#include "tools/gun/acked.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM (1u << 20)

int sl_acked_open(struct sl_acked *acked, const char *path)
{
	*acked = (struct sl_acked){.fd = -1};
	if (!path)
		return 0;
	acked->text = malloc(ROOM);
	if (!acked->text)
		return -ENOMEM;
	acked->room = ROOM;
	acked->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (acked->fd < 0) {
		int error = -errno;

		free(acked->text);
		acked->text = NULL;
		return error;
	}
	return 0;
}

static int write_out(struct sl_acked *acked)
{
	size_t done = 0;

	while (done < acked->bytes) {
		ssize_t n = write(acked->fd, acked->text + done, acked->bytes - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += (size_t)n;
	}
	acked->bytes = 0;
	return 0;
}

int sl_acked_add(struct sl_acked *acked, const char id[SL_EVENTS_ID_BYTES])
{
	if (acked->fd < 0)
		return 0;
	if (acked->room - acked->bytes < SL_EVENTS_ID_BYTES + 1) {
		int error = write_out(acked);

		if (error)
			return error;
	}
	memcpy(acked->text + acked->bytes, id, SL_EVENTS_ID_BYTES);
	acked->text[acked->bytes + SL_EVENTS_ID_BYTES] = '\n';
	acked->bytes += SL_EVENTS_ID_BYTES + 1;
	return 0;
}

int sl_acked_sync(struct sl_acked *acked)
{
	int error;

	if (acked->fd < 0 || acked->bytes == 0)
		return 0;
	error = write_out(acked);
	if (!error && fdatasync(acked->fd) && errno != EINVAL &&
	    errno != EROFS) /* a pipe cannot be synced */
		error = -errno;
	return error;
}

void sl_acked_close(struct sl_acked *acked)
{
	if (acked->fd >= 0)
		close(acked->fd);
	free(acked->text);
	*acked = (struct sl_acked){.fd = -1};
}
