/* What commands that ask a running gateway have in common on the command line: --api, --token-file
 * and --json. */
#ifndef SL_SLUICE_GATEWAY_API_ARGUMENTS_H
#define SL_SLUICE_GATEWAY_API_ARGUMENTS_H

#include <argp.h>
#include <stdbool.h>

struct sl_api_arguments {
	const char *address; /* NULL: see sl_api_address() */
	bool json;
};

/* --api and --token-file alone, for a command that has --json from elsewhere: a child whose input
 * is the address, a const char *. */
extern const struct argp sl_api_address_argp;

/* A child; its input is a struct sl_api_arguments, which the parent's parser hands on
 * (ARGP_KEY_INIT). */
extern const struct argp sl_api_argp;

/* The parent's parser of a command that takes nothing else; its input is the child's. */
error_t sl_api_take_nothing_else(int key, char *arg, struct argp_state *state);

#endif
