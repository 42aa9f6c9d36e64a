/* What a request asks for: a line of the table of routes, and what its path and query say.
 *
 * Everything a handler may want of the head is copied here, for the head itself is gone when the
 * body has come. */
#ifndef SL_CONTROL_API_TARGET_PRIV_H
#define SL_CONTROL_API_TARGET_PRIV_H

#include "base/http1.h"
#include "sluice/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_API_ID_MAX 64u
#define SL_API_QUERY_MAX 2047u
#define SL_API_ACCEPT_MAX 511u

struct sl_api;
struct sl_connection;

/* The request is whole: its body lies at connection->in. Answers it, or sees to it that it will be
 * answered. */
typedef void sl_api_handler(struct sl_api *api, struct sl_connection *connection);

/* A probe is answered without a token. A load waits for the thread of rule sets,
 * one at a time, an order and a look for the dataplane. */
enum sl_api_kind {
	SL_API_PLAIN,
	SL_API_PROBE,
	SL_API_LOAD,
	SL_API_CHECK,
	SL_API_ROLLBACK,
	SL_API_ORDER,
	SL_API_LOOK,
};

struct sl_api_route {
	const char *method;
	const char *path;       /* {version}: a number; {id}: letters, digits, '-', '_' and '.' */
	const char *parameters; /* of the query, separated by blanks: any other is refused; NULL:
				   not looked at */
	enum sl_api_kind kind;
	sl_api_handler *answer;
	const char *help; /* a line for people */
};

extern const struct sl_api_route sl_api_routes[];
extern const size_t sl_api_routes_count;

struct sl_api_target {
	const struct sl_api_route *route; /* NULL: refused */
	unsigned refused;                 /* with this status */
	char why[SL_SENTENCE_BYTES];      /* and this sentence */
	char allow[48];                   /* 405: what may be asked for */
	uint64_t version;                 /* of the path; 0: none there */
	char id[SL_API_ID_MAX + 1];
	char accept[SL_API_ACCEPT_MAX + 1]; /* cut where it is longer */
	size_t query_bytes;
	char query[2 * SL_API_QUERY_MAX + 2]; /* name NUL value NUL …, decoded */
};

void sl_api_route(const struct sl_http_request *request, struct sl_api_target *ret_target);

/* A parameter's value, or NULL. */
const char *sl_api_parameter(const struct sl_api_target *target, const char *name);

/* A number of the query, `otherwise` where there is none. False: it is not one from min to max, and
 * that has been answered. */
bool sl_api_parameter_number(struct sl_connection *connection, const char *name, uint64_t min,
			     uint64_t max, uint64_t otherwise, uint64_t *ret_number);

/* A time of the query; *ns stays where there is none. False: it is not one, and that has been
 * answered. */
bool sl_api_parameter_time(struct sl_connection *connection, const char *name, int64_t *ns);

/* Whether `word` is one of those that stand in `words`, separated by blanks. */
bool sl_api_word_in(const char *word, const char *words);

#endif
