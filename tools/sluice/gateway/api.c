#include "tools/sluice/gateway/api.h"

#include "sluice/error.h"
#include "tools/http_client.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/terminal_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HERE "./run/control.sock"
#define OF_THE_SYSTEM "/run/sluice/control.sock"

const char *sl_api_address(const char *given)
{
	const char *environment = getenv("SLUICE_API");

	if (given)
		return given;
	if (environment && *environment)
		return environment;
	/* the one of this directory, else the one that the system runs */
	return access(HERE, F_OK) && !access(OF_THE_SYSTEM, F_OK) ? "unix:" OF_THE_SYSTEM
								  : "unix:" HERE;
}

static const char token_hint[] =
	"\n  name the file of the token with --token-file or in $SLUICE_API_TOKEN_FILE\n";

static int call(const char *address, const char *method, const char *target, const char *body,
		int64_t timeout_ms, unsigned *ret_status, json_t **ret_json)
{
	struct sl_http_answer answer;
	json_t *json;
	int error;

	error = sl_http_client_call(address, method, target, body, body ? strlen(body) : 0,
				    timeout_ms, &answer);
	if (error)
		return error;
	json = json_loadb(answer.body, answer.body_bytes, JSON_REJECT_DUPLICATES, NULL);
	free(answer.body);
	if (!json_is_object(json)) {
		json_decref(json);
		return -SL_E_PEER;
	}
	*ret_status = answer.status;
	*ret_json = json;
	return 0;
}

int sl_api_call(const char *address, const char *method, const char *target, json_t *body,
		int64_t timeout_ms, unsigned *ret_status, json_t **ret_json)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	int error = body && !text ? -ENOMEM : 0;

	json_decref(body);
	if (!error)
		error = call(address, method, target, text, timeout_ms, ret_status, ret_json);
	free(text);
	if (error)
		return sl_api_unreachable(address, error);
	if (sl_api_let_in(address, *ret_status, *ret_json))
		return 0;
	json_decref(*ret_json);
	return SL_EXIT_FAILED;
}

bool sl_api_let_in(const char *address, unsigned status, const json_t *answer)
{
	if (status != 401 && status != 403)
		return true;
	fprintf(stderr, "sluice: %s: ", address);
	sl_terminal_put(stderr, sl_api_text(answer, "error", "not let in"));
	fputs(token_hint, stderr);
	return false;
}

int sl_api_unreachable(const char *address, int error)
{
	if (error == -EPERM) {
		fprintf(stderr, "sluice: the gateway at %s lets nobody in without its token%s",
			address, token_hint);
		return SL_EXIT_FAILED;
	}
	if (error == -EACCES && getenv("SLUICE_API_TOKEN_FILE") && strncmp(address, "unix:", 5)) {
		fprintf(stderr, "sluice: %s cannot be read; it is to hold the token of the API\n",
			getenv("SLUICE_API_TOKEN_FILE"));
		return SL_EXIT_FAILED;
	}
	if (error == -EINVAL || error == -ENAMETOOLONG) {
		fprintf(stderr,
			"sluice: an address is unix:PATH or HOST:PORT, not \"%s\"; it comes from "
			"--api, else $SLUICE_API\n",
			address);
		return SL_EXIT_USAGE;
	}
	fprintf(stderr, "sluice: no gateway answers at %s: %s\n", address, sl_error_text(error));
	if (error == -ENOENT || error == -ECONNREFUSED)
		fputs("  is one running? `sluice up --config FILE` starts one and prints its "
		      "\"api\";\n"
		      "  name it with --api ADDRESS or in $SLUICE_API\n",
		      stderr);
	return SL_EXIT_FAILED;
}

int sl_api_status(const char *address, int64_t timeout_ms, json_t **ret_json)
{
	unsigned status;
	json_t *json;
	int error = call(address, "GET", "/v1/status", NULL, timeout_ms, &status, &json);

	if (error)
		return error;
	if (status != 200) {
		json_decref(json);
		return status == 401 || status == 403 ? -EPERM : -SL_E_PEER;
	}
	*ret_json = json;
	return 0;
}

const json_t *sl_api_get(const json_t *json, const char *path)
{
	while (json && *path) {
		const char *dot = strchrnul(path, '.');
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)(dot - path), path);
		json = json_object_get(json, name);
		path = *dot ? dot + 1 : dot;
	}
	return json;
}

json_int_t sl_api_int(const json_t *json, const char *path, json_int_t otherwise)
{
	const json_t *value = sl_api_get(json, path);

	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

const char *sl_api_text(const json_t *json, const char *path, const char *otherwise)
{
	const json_t *value = sl_api_get(json, path);

	return json_is_string(value) ? json_string_value(value) : otherwise;
}

void sl_api_complain(const char *command, const json_t *answer)
{
	fprintf(stderr, "%s: ", command);
	sl_terminal_put(stderr, sl_api_text(answer, "error",
					    sl_api_text(answer, "message",
							"the gateway's answer is none")));
	fputc('\n', stderr);
}

void sl_api_print(const json_t *json)
{
	json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
	putchar('\n');
	fflush(stdout);
}
