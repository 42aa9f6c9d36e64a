/* What the files of this folder share. */
#ifndef SL_CONTROL_API_PRIV_H
#define SL_CONTROL_API_PRIV_H

#include "base/http1.h"
#include "control/api/api.h"
#include "control/api/target_priv.h"
#include "control/metrics/campaign_labels.h"

#include <jansson.h>
#include <stdbool.h>

enum sl_connection_state {
	SL_CONNECTION_HEAD, /* of a request is awaited or under way */
	SL_CONNECTION_BODY,
	SL_CONNECTION_WAITING, /* for the reply to its load */
	SL_CONNECTION_WRITING,
	SL_CONNECTION_STREAMING, /* an answer without a length: what there is has been written */
	SL_CONNECTION_LINGERING, /* refused, and its peer still speaks: what it says is dropped, or
				    the refusal might not reach it */
	SL_CONNECTION_DONE,      /* to be closed */
};

#define SL_STREAM_ROOM 65536u

/* An answer that comes in pieces, until its source or its reader ends it. On the API's thread. */
struct sl_stream_ops {
	/* The next piece: its bytes at `at`; 0: nothing at this moment; negative: that was all.
	 * Asked when the peer has taken what was there, in every turn of the loop, at least each
	 * SL_API_TICK_MS; a write to wake_fd makes a turn. A peer that takes nothing for 30 s is
	 * let go. */
	ssize_t (*more)(void *self, char *at, size_t room);
	/* Once, however it ended. */
	void (*close)(void *self);
};

struct sl_connection {
	int fd; /* -1: free */
	enum sl_connection_state state;
	struct sl_api_target target;
	bool remote; /* over TCP */
	bool keep_alive;
	bool unheard;        /* it was refused before its body had come */
	bool chunks;         /* the peer knows them: HTTP/1.1 */
	bool claimed;        /* holds the right to load */
	uint64_t body_bytes; /* announced */
	int64_t deadline_ns; /* of the state */
	char *in;
	size_t in_bytes, in_room;
	char *out;
	size_t out_bytes, out_sent;
	const struct sl_stream_ops *stream; /* NULL: none */
	void *stream_self;
};

enum { SL_API_LOCAL, SL_API_REMOTE, SL_API_WAYS };

struct sl_api {
	struct sl_api_config config;
	int listen_fds[SL_API_WAYS]; /* -1: not offered */
	struct sl_orders *orders;
	struct sl_look *look;
	bool told_to_stop; /* and answered */
	struct sl_heartbeats heartbeats;
	bool crowded[SL_WORKERS_SHOWN];   /* and it was said */
	struct sl_campaign_labels labels; /* of /metrics */
	int64_t started_ns;               /* since 1970 */
	int64_t look_ns;                  /* at them: not before */
	/* the local ones first, then the remote ones */
	struct sl_connection connections[SL_API_CONNECTIONS_MAX + SL_API_REMOTE_MAX];
};

/* listen.c */
int sl_api_listen(struct sl_api *api, char ret_why[SL_SENTENCE_BYTES]);
void sl_api_listen_end(struct sl_api *api);

/* connection.c */
void sl_connection_init(struct sl_connection *connection, int fd, bool remote);
void sl_connection_close(struct sl_api *api, struct sl_connection *connection);
void sl_connection_readable(struct sl_api *api, struct sl_connection *connection);
void sl_connection_writable(struct sl_api *api, struct sl_connection *connection);
void sl_connection_enter(struct sl_connection *connection, enum sl_connection_state state,
			 int64_t patience_ns);
/* Sends what is to be sent. True: nothing is left. */
bool sl_connection_flush(struct sl_connection *connection);

/* reply.c: how a handler answers, once a request. A failure to find memory closes. */
void sl_connection_reply(struct sl_connection *connection, unsigned status, const char *body,
			 size_t bytes); /* JSON */
void sl_connection_reply_as(struct sl_connection *connection, unsigned status,
			    const char *content_type, const char *body, size_t bytes);
/* {"error":"…"}: what is wrong, and what to do next. */
void sl_connection_reply_error(struct sl_connection *connection, unsigned status,
			       const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Takes the JSON over; NULL is answered with 503. */
void sl_connection_reply_json(struct sl_connection *connection, unsigned status, json_t *root);

/* stream.c: the other way to answer. Takes `self` over, whatever happens. */
void sl_connection_stream(struct sl_connection *connection, unsigned status,
			  const char *content_type, const struct sl_stream_ops *ops, void *self);
void sl_connection_stream_more(struct sl_connection *connection);
void sl_connection_stream_end(struct sl_connection *connection); /* if there is one */

/* orders.c: answers those who wait for an order that has ended. */
void sl_api_deliver_orders(struct sl_api *api);

/* remembered.c: answers who asked what is remembered of a key. */
void sl_api_deliver_look(struct sl_api *api);

/* body.c: the request's body as a JSON object, which the caller drops; NULL: it is none, or has
 * members that are not named in `members` (separated by blanks), and that has been answered. */
json_t *sl_connection_body(struct sl_connection *connection, const char *members);

/* handlers, in one file a resource */
sl_api_handler sl_api_get_health, sl_api_get_ready, sl_api_get_status, sl_api_get_routes;
sl_api_handler sl_api_get_metrics;
sl_api_handler sl_api_get_settings;
sl_api_handler sl_api_post_drain, sl_api_post_stop;
sl_api_handler sl_api_get_quarantine, sl_api_get_quarantined;
sl_api_handler sl_api_get_decisions;
sl_api_handler sl_api_get_recorded;
sl_api_handler sl_api_get_remembered;
sl_api_handler sl_api_get_rulesets, sl_api_get_ruleset, sl_api_get_sources, sl_api_get_diff,
	sl_api_post_load, sl_api_get_load_progress;
sl_api_handler sl_api_get_tail;
sl_api_handler sl_api_get_log_level, sl_api_put_log_level;

/* alarms.c: says in the log what began and what is over. */
void sl_api_tell_alarms(struct sl_api *api);

#endif
