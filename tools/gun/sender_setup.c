#include "tools/gun/request_text.h"
#include "tools/gun/sender_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define OUT_ROOM_MIN (256u << 10)
#define IN_ROOM_MIN (64u << 10)
#define REFUSAL_BYTES 96u /* of an answer, for each event of the request that it refuses */

static int open_connection(struct sl_sender *sender, struct sl_connection *connection)
{
	connection->fd = -1;
	connection->out = malloc(sender->out_room);
	connection->in = malloc(sender->in_room);
	connection->tickets = calloc(sender->options->pipeline, sizeof(*connection->tickets));
	return connection->out && connection->in && connection->tickets ? 0 : -ENOMEM;
}

int sl_sender_open(struct sl_sender *sender, struct sl_sender_job *job)
{
	const struct sl_gun_options *options = job->options;
	int error;

	*sender = (struct sl_sender){
		.job = job, .options = options, .counts = &job->counts, .epoll = -1};
	sender->n_connections = options->connections / options->threads +
				(job->index < options->connections % options->threads);
	sender->request_room = sl_request_room(options);
	sender->out_room =
		2 * sender->request_room > OUT_ROOM_MIN ? 2 * sender->request_room : OUT_ROOM_MIN;
	sender->in_room = IN_ROOM_MIN + (size_t)options->batch * REFUSAL_BYTES;
	sender->waiting_room = sender->n_connections * options->pipeline;
	sender->next_request = job->index;
	sender->end_request = options->count
				      ? (options->count + options->batch - 1) / options->batch
				      : UINT64_MAX;

	error = sl_acked_open(&sender->acked, options->acked);
	if (error)
		return error;
	sender->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (sender->epoll < 0)
		return -errno;
	sender->connections = calloc(sender->n_connections, sizeof(*sender->connections));
	sender->waiting = calloc(sender->waiting_room, sizeof(*sender->waiting));
	sender->plans = calloc(options->batch, sizeof(*sender->plans));
	if (!sender->connections || !sender->waiting || !sender->plans)
		return -ENOMEM;
	for (uint32_t i = 0; i < sender->n_connections; i++)
		sender->connections[i].fd = -1;
	for (uint32_t i = 0; i < sender->n_connections; i++) {
		error = open_connection(sender, &sender->connections[i]);
		if (error)
			return error;
	}
	return 0;
}

void sl_sender_close(struct sl_sender *sender)
{
	for (uint32_t i = 0; sender->connections && i < sender->n_connections; i++) {
		struct sl_connection *connection = &sender->connections[i];

		if (connection->fd >= 0)
			close(connection->fd);
		free(connection->out);
		free(connection->in);
		free(connection->tickets);
	}
	free(sender->connections);
	free(sender->waiting);
	free(sender->plans);
	if (sender->epoll >= 0)
		close(sender->epoll);
	sl_acked_close(&sender->acked);
}
