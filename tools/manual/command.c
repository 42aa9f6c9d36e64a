/* Pages of commands. */
#include "tools/gun/options.h"
#include "tools/manual/page.h"
#include "tools/sluice/commands/argp_walk.h"

#include <string.h>

#define ENDS                                                                                       \
	"*\\--help*, *-?*\n\tWhat it does, its options and examples.\n\n"                          \
	"*\\--usage*\n\tThe options in short.\n\n"

static void put_plain(FILE *to, const char *text)
{
	sl_page_text(to, text, strlen(text));
}

/* scdoc reads an underline in the middle of what is underlined: it ends there. */
static void put_argument(FILE *to, const char *called)
{
	fputc('_', to);
	put_plain(to, called);
	fputc('_', to);
}

static void put_option(void *context, const struct argp_option *option)
{
	FILE *to = context;

	if (!option->name) {
		if (option->doc)
			fprintf(to, "## %.*s\n\n", (int)strcspn(option->doc, ":"), option->doc);
		return;
	}
	fputs("*\\--", to);
	put_plain(to, option->name);
	fputc('*', to);
	if (option->arg) {
		fputc('=', to);
		put_argument(to, option->arg);
	}
	if (option->key > ' ' && option->key < 0x7f) {
		fprintf(to, ", *-%c*", option->key);
		if (option->arg) {
			fputc(' ', to);
			put_argument(to, option->arg);
		}
	}
	fputs("\n\t", to);
	put_plain(to, option->doc ? option->doc : "");
	fputs("\n\n", to);
}

void sl_page_options(FILE *to, const struct argp *argp)
{
	fputs("# OPTIONS\n\n", to);
	sl_argp_walk(argp, put_option, to);
	fputs(ENDS, to);
}

/* Each way to call it on a line. */
static void put_synopsis(FILE *to, const char *called, const char *arguments)
{
	fputs("# SYNOPSIS\n\n", to);
	do {
		size_t n = arguments ? strcspn(arguments, "\n") : 0;

		fprintf(to, "*%s* [_OPTION_...]", called);
		if (n) {
			fputc(' ', to);
			sl_page_text(to, arguments, n);
		}
		arguments = n && arguments[n] ? arguments + n + 1 : NULL;
		fputs(arguments ? "++\n" : "\n\n", to);
	} while (arguments);
}

/* Before the vertical tab is what it does, behind it everything else. */
static void put_page(FILE *to, const char *called, const struct argp *argp)
{
	const char *tab = argp->doc ? strchr(argp->doc, '\v') : NULL;

	put_synopsis(to, called, argp->args_doc);
	fputs("# DESCRIPTION\n\n", to);
	sl_page_text(to, argp->doc, tab ? (size_t)(tab - argp->doc) : strlen(argp->doc));
	fputs("\n\n", to);
	sl_page_options(to, argp);
	if (tab)
		sl_page_help(to, tab + 1);
	if (!sl_argp_has(argp, "api"))
		return;
	fputs("# ENVIRONMENT\n\n*SLUICE\\_API*\n\tThe address of the gateway, where *\\--api* does "
	      "not say it.\n\n*SLUICE\\_API\\_TOKEN\\_FILE*\n\tThe file of the token that a "
	      "gateway asks for over TCP.\n\n",
	      to);
}

void sl_page_command(FILE *to, const struct sl_cli_command *command)
{
	fprintf(to, "sluice-%s(1) \"\" \"Sluice\"\n\n# NAME\n\nsluice-%s - %s\n\n", command->name,
		command->name, command->text);
	put_page(to, command->called, command->argp);
	fputs("# SEE ALSO\n\n*sluice*(1), *sluice.yaml*(5), *sluice-campaign*(5)\n", to);
}

void sl_page_gun(FILE *to)
{
	fputs("sluice-gun(1) \"\" \"Sluice\"\n\n# NAME\n\nsluice-gun - send synthetic bank traffic "
	      "to "
	      "a gateway and measure how it answers\n\n",
	      to);
	put_page(to, "sluice-gun", &sl_gun_argp);
	fputs("# SEE ALSO\n\n*sluice*(1)\n", to);
}

void sl_page_sluice(FILE *to)
{
	fputs("sluice(1) \"\" \"Sluice\"\n\n# NAME\n\nsluice - the command line of a "
	      "campaign-trigger event gateway\n\n# SYNOPSIS\n\n*sluice* _COMMAND_ "
	      "[_OPTION_...]\n\n# DESCRIPTION\n\n"
	      "Runs a gateway, writes and tries the campaigns it works by, and asks and changes "
	      "one that runs. Every command has *\\--help*, and a page of its own: "
	      "*sluice-*_COMMAND_(1).\n\n"
	      "With *\\--json* a command prints JSON, one value a line, on standard output and "
	      "nothing else there.\n\n# COMMANDS\n\n",
	      to);
	for (unsigned group = 0; group < SL_GROUPS; group++) {
		fprintf(to, "## %s\n\n", sl_cli_group_title((enum sl_cli_group)group));
		for (size_t i = 0; i < sl_n_cli_commands; i++)
			if (sl_cli_commands[i].group == group)
				fprintf(to, "*sluice %s*\n\t%s\n\n", sl_cli_commands[i].name,
					sl_cli_commands[i].text);
	}
	fputs("# EXIT STATUS\n\n*0*\n\tDone.\n\n*1*\n\tDone, and the answer is no: a check failed, "
	      "a difference was found, input was refused.\n\n*2*\n\tUsed wrongly.\n\n*3*\n\tIt "
	      "could not be done: a file, a socket, the other side.\n\n"
	      "# ENVIRONMENT\n\n*SLUICE\\_API*\n\tThe address of the gateway that commands ask, "
	      "unix:_PATH_ or _HOST_:_PORT_.\n\n*SLUICE\\_API\\_TOKEN\\_FILE*\n\tThe file of the "
	      "token that a gateway asks for over TCP.\n\n*NO\\_COLOR*\n\t*sluice top* and "
	      "*sluice tail* show no colours.\n\n"
	      "# SEE ALSO\n\n*sluice.yaml*(5), *sluice-campaign*(5), *sluice-gun*(1), "
	      "*sluice-dataplane*(8), *sluice-control*(8)\n",
	      to);
}
