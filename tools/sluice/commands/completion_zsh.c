#include "tools/sluice/commands/argp_walk.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/commands/completion.h"

#include <string.h>

static const char head[] =
	"#compdef sluice\n"
	"# Completion of sluice(1) for zsh, made from its own table of commands.\n"
	"_sluice()\n"
	"{\n"
	"\tlocal -a commands\n"
	"\tcommands=(\n";

/* Inside of '…' and of […] or between colons. */
static void put_quoted(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", to);
		else if (strchr("[]:\\", *text))
			fprintf(to, "\\%c", *text);
		else
			fputc(*text, to);
	}
}

/* ":FILE:_files" */
static void put_argument(FILE *to, const char *called)
{
	char words[256];

	fputc(':', to);
	put_quoted(to, called);
	fputc(':', to);
	switch (sl_argument_kind(called)) {
	case SL_ARGUMENT_FILE:
		fputs("_files", to);
		break;
	case SL_ARGUMENT_DIRECTORY:
		fputs("_files -/", to);
		break;
	case SL_ARGUMENT_CHOICE:
		sl_argument_choices(called, words, sizeof(words));
		fprintf(to, "(%s)", words);
		break;
	case SL_ARGUMENT_NONE:
	case SL_ARGUMENT_ANY:
		fputc(' ', to);
		break;
	}
}

static void put_one(FILE *to, const struct argp_option *option, const char *name, bool is_long)
{
	fprintf(to, " \\\n\t\t\t'*%s%s%s[", is_long ? "--" : "-", name,
		!option->arg ? ""
		: is_long    ? "="
			     : "+");
	put_quoted(to, option->doc ? option->doc : "");
	fputc(']', to);
	if (option->arg)
		put_argument(to, option->arg);
	fputc('\'', to);
}

static void put_option(void *context, const struct argp_option *option)
{
	const char letter[2] = {(char)option->key, '\0'};

	if (!option->name)
		return;
	put_one(context, option, option->name, true);
	if (option->key > ' ' && option->key < 0x7f)
		put_one(context, option, letter, false);
}

void sl_completion_zsh(FILE *to)
{
	fputs(head, to);
	for (size_t i = 0; i < sl_n_cli_commands; i++) {
		fprintf(to, "\t\t'%s:", sl_cli_commands[i].name);
		put_quoted(to, sl_cli_commands[i].text);
		fputs("'\n", to);
	}
	fputs("\t)\n"
	      "\tif ((CURRENT == 2)); then\n"
	      "\t\t_describe -t commands 'sluice command' commands\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tlocal command=$words[2]\n"
	      "\tshift words\n"
	      "\t((CURRENT--))\n"
	      "\tcase $command in\n",
	      to);
	for (size_t i = 0; i < sl_n_cli_commands; i++) {
		const char *called = sl_cli_commands[i].argp->args_doc;

		fprintf(to, "\t%s)\n\t\t_arguments", sl_cli_commands[i].name);
		sl_argp_walk(sl_cli_commands[i].argp, put_option, to);
		fputs(" \\\n\t\t\t'--help[what it does, its options, examples]'", to);
		if (sl_argument_kind(called) != SL_ARGUMENT_NONE) {
			char first[64];

			snprintf(first, sizeof(first), "%.*s", (int)strcspn(called, "\n"), called);
			fputs(" \\\n\t\t\t'*", to);
			put_argument(to, first);
			fputc('\'', to);
		}
		fputs("\n\t\t;;\n", to);
	}
	fputs("\tesac\n}\n"
	      "if [[ $funcstack[1] == _sluice ]]; then\n"
	      "\t_sluice \"$@\"\n"
	      "else\n"
	      "\tcompdef _sluice sluice\n"
	      "fi\n",
	      to);
}
