#include "tools/sluice/commands/argp_walk.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/commands/completion.h"

#include <string.h>

/* bash cuts words at = and :, so that --schema=FILE comes as three of them. */
static const char head[] =
	"# Completion of sluice(1) for bash, made from its own table of commands.\n"
	"_sluice_paths()\n"
	"{\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\tmapfile -t COMPREPLY < <(compgen \"$1\" -- \"$2\")\n"
	"}\n"
	"_sluice_words()\n"
	"{\n"
	"\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$2\")\n"
	"}\n"
	"_sluice()\n"
	"{\n"
	"\tlocal word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command=${COMP_WORDS[1]}\n"
	"\tCOMPREPLY=()\n"
	"\tif [[ $word == = ]]; then\n"
	"\t\tword=\n"
	"\telif [[ $before == = ]] && ((COMP_CWORD > 2)); then\n"
	"\t\tbefore=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\tfi\n"
	"\tif ((COMP_CWORD == 1)); then\n"
	"\t\t_sluice_words '";

/* The action that offers what an argument may be. */
static void put_offer(FILE *to, const char *called)
{
	char words[256];

	switch (sl_argument_kind(called)) {
	case SL_ARGUMENT_FILE:
		fputs("_sluice_paths -f \"$word\"", to);
		break;
	case SL_ARGUMENT_DIRECTORY:
		fputs("_sluice_paths -d \"$word\"", to);
		break;
	case SL_ARGUMENT_CHOICE:
		sl_argument_choices(called, words, sizeof(words));
		fprintf(to, "_sluice_words '%s' \"$word\"", words);
		break;
	case SL_ARGUMENT_NONE:
	case SL_ARGUMENT_ANY:
		fputs(":", to);
		break;
	}
}

struct place {
	FILE *to;
	const char *command;
};

static void put_argument_of(void *context, const struct argp_option *option)
{
	const struct place *place = context;

	if (!option->name || !option->arg)
		return;
	fprintf(place->to, "\t%s:--%s", place->command, option->name);
	if (option->key > ' ' && option->key < 0x7f)
		fprintf(place->to, " | %s:-%c", place->command, option->key);
	fputs(") ", place->to);
	put_offer(place->to, option->arg);
	fputs("; return ;;\n", place->to);
}

static void put_name(void *context, const struct argp_option *option)
{
	if (option->name)
		fprintf(((const struct place *)context)->to, " --%s", option->name);
}

void sl_completion_bash(FILE *to)
{
	fputs(head, to);
	for (size_t i = 0; i < sl_n_cli_commands; i++)
		fprintf(to, "%s ", sl_cli_commands[i].name);
	fputs("--help --version' \"$word\"\n\t\treturn\n\tfi\n\tcase $command:$before in\n", to);
	for (size_t i = 0; i < sl_n_cli_commands; i++) {
		struct place place = {to, sl_cli_commands[i].name};

		sl_argp_walk(sl_cli_commands[i].argp, put_argument_of, &place);
	}
	fputs("\tesac\n\tif [[ $word == -* ]]; then\n\t\tcase $command in\n", to);
	for (size_t i = 0; i < sl_n_cli_commands; i++) {
		struct place place = {to, sl_cli_commands[i].name};

		fprintf(to, "\t\t%s) _sluice_words '", place.command);
		sl_argp_walk(sl_cli_commands[i].argp, put_name, &place);
		fputs(" --help --usage' \"$word\" ;;\n", to);
	}
	fputs("\t\tesac\n\t\treturn\n\tfi\n\tcase $command in\n", to);
	for (size_t i = 0; i < sl_n_cli_commands; i++) {
		const char *called = sl_cli_commands[i].argp->args_doc;
		enum sl_argument_kind kind = sl_argument_kind(called);

		if (kind == SL_ARGUMENT_NONE || kind == SL_ARGUMENT_ANY)
			continue;
		fprintf(to, "\t%s) ", sl_cli_commands[i].name);
		put_offer(to, called);
		fputs(" ;;\n", to);
	}
	fputs("\tesac\n}\ncomplete -F _sluice sluice\n", to);
}
