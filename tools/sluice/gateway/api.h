/* Control's API as the commands use it: an address, a call, JSON back.
 * Messages about what failed go to standard error; the caller only passes the exit code on. */
#ifndef SL_SLUICE_GATEWAY_API_H
#define SL_SLUICE_GATEWAY_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What --api said, else $SLUICE_API, else the socket of a gateway in this directory. */
const char *sl_api_address(const char *given);

/* 0, or SL_EXIT_FAILED or, where the address is none, SL_EXIT_USAGE with a message. body is taken
 * over (json_decref); NULL: none. */
int sl_api_call(const char *address, const char *method, const char *target, json_t *body,
		int64_t timeout_ms, unsigned *ret_status, json_t **ret_json);

/* False: 401 or 403, and a message says what to do. */
bool sl_api_let_in(const char *address, unsigned status, const json_t *answer);

/* The message for such a failure, and its exit code. */
int sl_api_unreachable(const char *address, int error);

/* The same for GET /v1/status, silently: 0 or a negative error; -EPERM: 401 or 403. */
int sl_api_status(const char *address, int64_t timeout_ms, json_t **ret_json);

/* A value under a dotted path, the default where it is absent or of another type. */
json_int_t sl_api_int(const json_t *json, const char *path, json_int_t otherwise);
const char *sl_api_text(const json_t *json, const char *path, const char *otherwise);
const json_t *sl_api_get(const json_t *json, const char *path);

/* Why the gateway did not do it, in its own words, on standard error. */
void sl_api_complain(const char *command, const json_t *answer);

/* One JSON value as one line on standard output. */
void sl_api_print(const json_t *json);

#endif
