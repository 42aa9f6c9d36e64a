#include "tools/sluice/gateway/api_arguments.h"

#include <errno.h>
#include <stdlib.h>

enum { KEY_API = 3000, KEY_JSON, KEY_TOKEN };

static const struct argp_option address_table[] = {
	{"api", KEY_API, "ADDRESS", 0,
	 "unix:PATH or HOST:PORT (default $SLUICE_API, else ./run/control.sock, else "
	 "/run/sluice/control.sock)",
	 0},
	{"token-file", KEY_TOKEN, "FILE", 0,
	 "the token that HOST:PORT wants is its first line (default $SLUICE_API_TOKEN_FILE)", 0},
	{0},
};

static const struct argp_option table[] = {
	{"json", KEY_JSON, NULL, 0, "JSON on standard output", 0},
	{0},
};

static error_t take_address(int key, char *arg, struct argp_state *state)
{
	const char **address = state->input;

	switch (key) {
	case KEY_API:
		*address = arg;
		return 0;
	case KEY_TOKEN:
		/* as if it had been said outside: whoever asks for this command looks there */
		return setenv("SLUICE_API_TOKEN_FILE", arg, 1) ? errno : 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sl_api_address_argp = {address_table, take_address, NULL, NULL, NULL, NULL, NULL};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct sl_api_arguments *arguments = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &arguments->address;
		return 0;
	case KEY_JSON:
		arguments->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&sl_api_address_argp, 0, NULL, 0}, {0}};
const struct argp sl_api_argp = {table, take, NULL, NULL, children, NULL, NULL};

error_t sl_api_take_nothing_else(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = state->input;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
