/* sluice: one table of commands, and the way to them. */
#include "sluice/version.h"
#include "tools/sluice/commands.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	const char *called; /* how usage messages name it */
	const char *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{"up", "sluice up", "run a gateway in the foreground", sl_cmd_up},
	{"check", "sluice check", "say whether a directory of campaigns is sound", sl_cmd_check},
	{"decode", "sluice decode", "read events as a listener would, and say what it refuses",
	 sl_cmd_decode},
	{"dump", "sluice dump", "show what is in a rule-set artifact or a settings file",
	 sl_cmd_dump},
	{"eval", "sluice eval", "evaluate one condition, or a batch of them", sl_cmd_eval},
	{"explain", "sluice explain", "say why campaigns match an event, or do not",
	 sl_cmd_explain},
	{"diff", "sluice diff", "say what changes from one rule set to another", sl_cmd_diff},
	{"fmt", "sluice fmt", "rewrite files of campaigns in the one layout", sl_cmd_fmt},
	{"list", "sluice list", "list the versions of rules that a gateway keeps", sl_cmd_list},
	{"load", "sluice load", "make a running gateway use a directory of campaigns", sl_cmd_load},
	{"replay", "sluice replay", "say what a rule set would have done with events of the past",
	 sl_cmd_replay},
	{"rollback", "sluice rollback", "make a running gateway use an older version again",
	 sl_cmd_rollback},
	{"show", "sluice show", "show the campaigns of a version as they were loaded", sl_cmd_show},
	{"status", "sluice status", "show what a running gateway is doing", sl_cmd_status},
	{"test", "sluice test", "run the tests beside campaigns: events in, matches out",
	 sl_cmd_test},
	{"version", "sluice version", "print the versions of Sluice and of what it is built with",
	 sl_cmd_version},
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
	fputs("Usage: sluice COMMAND [OPTION...]\n"
	      "The command line of Sluice, a campaign-trigger event gateway.\n\n",
	      to);
	for (size_t i = 0; i < N_COMMANDS; i++)
		fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].help);
	fputs("\nA first day:\n"
	      "  sluice check rules/examples          are the campaigns sound?\n"
	      "  sluice up --config sluice.yaml       start; prints one JSON line once it is "
	      "ready\n"
	      "  sluice status                        in another terminal: what is it doing?\n"
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
	const struct command *nearest = NULL;
	unsigned least = 3;

	for (size_t i = 0; i < N_COMMANDS; i++) {
		unsigned away = distance(name, commands[i].name);

		if (away < least) {
			least = away;
			nearest = &commands[i];
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
static int end(const struct command *command, int result)
{
	if (command->run == sl_cmd_up || (fflush(stdout) == 0 && !ferror(stdout)))
		return result;
	fprintf(stderr, "%s: standard output could not be written\n", command->called);
	return SL_EXIT_FAILED;
}

int main(int argc, char **argv)
{
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
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		argv[1] = (char *)commands[i].called;
		return end(&commands[i], commands[i].run(argc - 1, argv + 1));
	}
	return unknown(argv[1]);
}
