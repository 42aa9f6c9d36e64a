/* sluice: the way from a command's name to its code, and the help. */
#include "base/descriptors.h"
#include "sluice/version.h"
#include "tools/sluice/commands/commands.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

static void print_group(FILE *to, enum sl_cli_group group)
{
	fprintf(to, "%s:\n", sl_cli_group_title(group));
	for (size_t i = 0; i < sl_n_cli_commands; i++)
		if (sl_cli_commands[i].group == group)
			fprintf(to, "  %-10s %s\n", sl_cli_commands[i].name,
				sl_cli_commands[i].text);
	fputc('\n', to);
}

static void print_help(FILE *to)
{
	fputs("Usage: sluice COMMAND [OPTION...]\n"
	      "The command line of Sluice, a campaign-trigger event gateway.\n\n",
	      to);
	for (unsigned group = 0; group < SL_GROUPS; group++)
		print_group(to, (enum sl_cli_group)group);
	fputs("A first day:\n"
	      "  sluice check rules/examples          are the campaigns sound?\n"
	      "  sluice up --config sluice.yaml       start; prints one JSON line once it is "
	      "ready\n"
	      "  sluice status                        in another terminal: what is it doing?\n"
	      "  sluice top                           and as it does it; q quits\n"
	      "  sluice tail                          matches and refused events as they pass\n"
	      "  sluice load rules/examples           campaigns changed: swap them in, "
	      "atomically\n"
	      "  sluice rollback                      that was a mistake: back to those before\n\n"
	      "`sluice COMMAND --help` explains each. With --json a command prints JSON, one value "
	      "a line,\n"
	      "on standard output and nothing else there.\n\n"
	      "Exit codes: 0 done; 1 done and the answer is no (a check failed, input was "
	      "refused);\n"
	      "2 used wrongly; 3 could not be done (file, socket, peer).\n",
	      to);
}

/* Levenshtein's distance, for names that short. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[33];
	size_t n = strlen(b);

	if (n > 32 || strlen(a) > 32)
		return 99;
	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (unsigned i = 1; a[i - 1]; i++) {
		unsigned corner = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			unsigned change = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			row[j] = row[j] < row[j - 1] ? row[j] + 1 : row[j - 1] + 1;
			if (change < row[j])
				row[j] = change;
		}
	}
	return row[n];
}

static int unknown(const char *name)
{
	const struct sl_cli_command *nearest = NULL;
	unsigned least = 3;

	for (size_t i = 0; i < sl_n_cli_commands; i++) {
		unsigned away = distance(name, sl_cli_commands[i].name);

		if (away < least) {
			least = away;
			nearest = &sl_cli_commands[i];
		}
	}
	fprintf(stderr, "sluice: there is no command '%s'", name);
	if (nearest)
		fprintf(stderr, "; did you mean '%s'?\n", nearest->name);
	else
		fputs("; `sluice --help` lists them\n", stderr);
	return SL_EXIT_USAGE;
}

/* What a command printed counts only if it arrived. Of `up` that is one line long ago, whose reader
 * may have gone since. */
static int end(const struct sl_cli_command *command, int result)
{
	if (command->run == sl_cmd_up || (fflush(stdout) == 0 && !ferror(stdout)))
		return result;
	fprintf(stderr, "%s: standard output could not be written\n", command->called);
	return SL_EXIT_FAILED;
}

int main(int argc, char **argv)
{
	const struct sl_cli_command *command;

	if (sl_descriptors_keep_standard())
		return SL_EXIT_FAILED;
	argp_err_exit_status = SL_EXIT_USAGE;
	if (argc < 2) {
		print_help(stderr);
		return SL_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return SL_EXIT_DONE;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("sluice " SL_VERSION);
		return SL_EXIT_DONE;
	}
	command = sl_cli_command_find(argv[1]);
	if (!command)
		return unknown(argv[1]);
	argv[1] = (char *)command->called;
	return end(command, command->run(argc - 1, argv + 1));
}
