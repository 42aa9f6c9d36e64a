/* sluice schema: the JSON Schemas of the files that authors write, for their editors. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
	"Prints the JSON Schema of files of campaigns, or of the bank's schema, so that an editor "
	"completes and checks them."
	"\vConditions are texts to it: `sluice check` reads them.\n\n"
	"Examples:\n"
	"  sluice schema campaign > campaign.schema.json\n"
	"  sluice schema bank > bank.schema.json\n\n"
	"An editor with the YAML language server takes one by a line at the top of a file:\n"
	"  # yaml-language-server: $schema=campaign.schema.json\n\n"
	"Exit codes: 0 printed; 2 used wrongly; 3 it could not be written.";

/* The files of rules/, as the build found them. */
extern const char sl_embedded_campaign[], sl_embedded_campaign_end[];
extern const char sl_embedded_schema[], sl_embedded_schema_end[];

#define EMBED(name, path)                                                                          \
	__asm__(".pushsection .rodata\n"                                                           \
		".global " #name "\n" #name ":\n"                                                  \
		".incbin \"" path "\"\n"                                                           \
		".global " #name "_end\n" #name "_end:\n"                                          \
		".byte 0\n"                                                                        \
		".popsection\n")

EMBED(sl_embedded_campaign, SL_CAMPAIGN_SCHEMA);
EMBED(sl_embedded_schema, SL_BANK_SCHEMA);

static error_t take(int key, char *arg, struct argp_state *state)
{
	const char **which = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*which)
			argp_error(state, "'%s' is too much", arg);
		if (strcmp(arg, "campaign") != 0 && strcmp(arg, "bank") != 0)
			argp_error(state, "'%s' is neither campaign nor bank", arg);
		*which = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "of which files? campaign or bank");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sl_schema_argp = {NULL, take, "campaign|bank", help, NULL, NULL, NULL};

int sl_cmd_schema(int argc, char **argv)
{
	const char *which = NULL, *from, *end;

	argp_parse(&sl_schema_argp, argc, argv, 0, NULL, &which);
	from = *which == 'c' ? sl_embedded_campaign : sl_embedded_schema;
	end = *which == 'c' ? sl_embedded_campaign_end : sl_embedded_schema_end;
	if (fwrite(from, 1, (size_t)(end - from), stdout) != (size_t)(end - from) ||
	    fflush(stdout)) {
		perror("sluice schema");
		return SL_EXIT_FAILED;
	}
	return SL_EXIT_DONE;
}
