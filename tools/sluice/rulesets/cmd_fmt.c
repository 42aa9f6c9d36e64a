/* sluice fmt: files of campaigns in the one layout. */
#include "rules/fmt/fmt.h"
#include "rules/rules.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/rulesets/campaign_paths.h"
#include "tools/sluice/rulesets/verdict.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Rewrites files of campaigns in one layout, so that differences between versions are "
	"differences of meaning."
	"\vDIR stands for every *.yaml and *.yml below it but schema.yaml, tests of campaigns and "
	"what "
	"is hidden. Keys come in one order, levels are two spaces; comments and single blank lines "
	"stay where they were; a condition of more than 96 columns is broken before && and ||, and "
	"is otherwise left as it is, like every other value. What a file means never changes: the "
	"result is read again and compared before anything is written. A file that cannot be kept "
	"faithfully stays untouched, and it is said why.\n\n"
	"Examples:\n"
	"  sluice fmt campaigns\n"
	"  sluice fmt --check campaigns        names what is not laid out\n"
	"  sluice fmt --stdout - < loan.yaml   for an editor: standard input to output\n\n"
	"Prints the name of each file that it rewrites or, with --check, would.\n\nExit codes: 0 "
	"all "
	"are "
	"laid out now; 1 with --check some were not, or a file cannot be laid out; 2 used wrongly; "
	"3 "
	"a file could not be read or written.";

enum { KEY_CHECK = 256, KEY_STDOUT };

static const struct argp_option table[] = {
	{"check", KEY_CHECK, NULL, 0, "write nothing; 1 where something would change", 0},
	{"stdout", KEY_STDOUT, NULL, 0, "print the result, leave the file", 0},
	{0},
};

struct fmt {
	bool check, to_stdout;
	struct sl_campaign_paths paths;
	int worst; /* exit code so far */
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct fmt *fmt = state->input;

	switch (key) {
	case KEY_CHECK:
		fmt->check = true;
		return 0;
	case KEY_STDOUT:
		fmt->to_stdout = true;
		return 0;
	case ARGP_KEY_ARG:
		if (sl_campaign_paths_add("sluice fmt", arg, &fmt->paths))
			fmt->worst = SL_EXIT_FAILED;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which files?");
		return 0;
	case ARGP_KEY_END:
		if (fmt->check && fmt->to_stdout)
			argp_error(state, "--check prints no result: leave out --stdout");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void worsen(struct fmt *fmt, int code)
{
	fmt->worst = code > fmt->worst ? code : fmt->worst;
}

static void complain(struct fmt *fmt, const char *path, int error)
{
	fprintf(stderr, "sluice fmt: %s: %s\n", path, sl_error_text(error));
	worsen(fmt, SL_EXIT_FAILED);
}

static void use(struct fmt *fmt, const char *path, const struct sl_campaign_file *file,
		const char *text, size_t bytes)
{
	/* a byte order mark is gone from the text that was read */
	bool same = bytes == file->bytes && !memcmp(text, file->text, bytes) && !file->had_mark;
	int error;

	if (fmt->to_stdout || !strcmp(path, "-")) {
		fwrite(text, 1, bytes, stdout);
		return;
	}
	if (same)
		return;
	if (fmt->check) {
		puts(path);
		worsen(fmt, SL_EXIT_NO);
		return;
	}
	error = sl_campaign_file_replace(path, text, bytes);
	if (error)
		complain(fmt, path, error);
	else
		puts(path);
}

static void lay_out(struct fmt *fmt, const char *path)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_campaign_file file;
	char *text;
	size_t bytes;
	int error = diagnostics ? sl_campaign_file_read(path, &file) : -ENOMEM;

	if (error) {
		complain(fmt, path, error);
		sl_diagnostics_free(diagnostics);
		return;
	}
	error = sl_rules_format(path, file.text, file.bytes, diagnostics, &text, &bytes);
	if (error == -SL_E_RULES) {
		sl_verdict_diagnostics(diagnostics);
		worsen(fmt, SL_EXIT_NO);
	} else if (error) {
		complain(fmt, path, error);
	} else {
		use(fmt, path, &file, text, bytes);
		free(text);
	}
	free(file.text);
	sl_diagnostics_free(diagnostics);
}

const struct argp sl_fmt_argp = {table, take, "FILE|DIR...", help, NULL, NULL, NULL};

int sl_cmd_fmt(int argc, char **argv)
{
	struct fmt fmt = {0};

	argp_parse(&sl_fmt_argp, argc, argv, 0, NULL, &fmt);
	for (size_t i = 0; i < fmt.paths.n; i++)
		lay_out(&fmt, fmt.paths.items[i]);
	sl_campaign_paths_fini(&fmt.paths);
	return fmt.worst;
}
