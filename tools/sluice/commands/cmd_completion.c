/* sluice completion: what makes a shell complete the rest. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/commands/completion.h"

#include <argp.h>
#include <string.h>

static const char help[] =
	"Prints what makes bash or zsh complete commands, options and file names of sluice."
	"\vThe package installs it; this is for a shell that has none yet.\n\n"
	"Examples:\n"
	"  . <(sluice completion bash)                              this shell only\n"
	"  sluice completion bash > ~/.local/share/bash-completion/completions/sluice\n"
	"  sluice completion zsh > ~/.zfunc/_sluice            with ~/.zfunc in $fpath\n\n"
	"Exit codes: 0 printed; 2 used wrongly.";

static error_t take(int key, char *arg, struct argp_state *state)
{
	const char **shell = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*shell)
			argp_error(state, "one shell at a time; '%s' is too much", arg);
		else if (strcmp(arg, "bash") != 0 && strcmp(arg, "zsh") != 0)
			argp_error(state, "there is nothing for '%s'; bash and zsh are known", arg);
		*shell = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "for which shell? bash or zsh");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sl_completion_argp = {NULL, take, "bash|zsh", help, NULL, NULL, NULL};

int sl_cmd_completion(int argc, char **argv)
{
	const char *shell = NULL;

	argp_parse(&sl_completion_argp, argc, argv, 0, NULL, &shell);
	if (!strcmp(shell, "bash"))
		sl_completion_bash(stdout);
	else
		sl_completion_zsh(stdout);
	return SL_EXIT_DONE;
}
