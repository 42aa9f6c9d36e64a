/* What the files of this folder share. */
#ifndef SL_CONTROL_API_PRIV_H
#define SL_CONTROL_API_PRIV_H

#include "base/http1.h"
#include "control/api/api.h"

#include <stdbool.h>

enum sl_api_route {
	SL_API_ROUTE_NOT_FOUND,
	SL_API_ROUTE_NOT_ALLOWED,
	SL_API_ROUTE_HEALTH,
	SL_API_ROUTE_READY,
	SL_API_ROUTE_STATUS,
	SL_API_ROUTE_LIST,
	SL_API_ROUTE_VERSION, /* number 0: the one in force */
	SL_API_ROUTE_SOURCES,
	SL_API_ROUTE_LOAD,
	SL_API_ROUTE_ROLLBACK,
};

struct sl_api_target {
	enum sl_api_route route;
	const char *allow; /* where another method is asked for */
	uint64_t number, from;
};

enum sl_connection_state {
	SL_CONNECTION_HEAD, /* of a request is awaited or under way */
	SL_CONNECTION_BODY,
	SL_CONNECTION_WAITING, /* for the reply to its load */
	SL_CONNECTION_WRITING,
	SL_CONNECTION_DONE, /* to be closed */
};

struct sl_connection {
	int fd; /* -1: free */
	enum sl_connection_state state;
	struct sl_api_target target;
	bool keep_alive;
	bool claimed;        /* holds the right to load */
	uint64_t body_bytes; /* announced */
	int64_t deadline_ns; /* of the state */
	char *in;
	size_t in_bytes, in_room;
	char *out;
	size_t out_bytes, out_sent;
};

struct sl_api {
	struct sl_api_config config;
	int listen_fd;
	struct sl_heartbeats heartbeats;
	int64_t look_ns; /* at them: not before */
	struct sl_connection connections[SL_API_CONNECTIONS_MAX];
};

/* connection.c */
void sl_connection_init(struct sl_connection *connection, int fd);
void sl_connection_close(struct sl_api *api, struct sl_connection *connection);
void sl_connection_readable(struct sl_api *api, struct sl_connection *connection);
void sl_connection_writable(struct sl_api *api, struct sl_connection *connection);
void sl_connection_reply(struct sl_connection *connection, unsigned status, const char *body,
			 size_t bytes);

/* routes.c */
void sl_api_route(const struct sl_http_request *request, struct sl_api_target *ret_target);
/* Waits for the thread of rule sets, one at a time. */
static inline bool sl_api_is_load(enum sl_api_route route)
{
	return route == SL_API_ROUTE_LOAD || route == SL_API_ROUTE_ROLLBACK;
}

/* The request is whole: its body lies at `body`. */
void sl_api_answer(struct sl_api *api, struct sl_connection *connection);

#endif
