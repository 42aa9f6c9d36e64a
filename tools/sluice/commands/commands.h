/* The commands of `sluice`: one table, from commands.def. Each takes its own part of the command
 * line, argv[0] being the words that called it ("sluice check"), and returns the exit code:
 * 0 done, 1 done and the answer is no, 2 used wrongly, 3 could not be done. */
#ifndef SL_SLUICE_COMMANDS_H
#define SL_SLUICE_COMMANDS_H

#include <argp.h>
#include <stddef.h>

enum sl_exit { SL_EXIT_DONE = 0, SL_EXIT_NO = 1, SL_EXIT_USAGE = 2, SL_EXIT_FAILED = 3 };

enum sl_cli_group {
	SL_GROUP_RUN,
	SL_GROUP_RULES,   /* needs no gateway */
	SL_GROUP_GATEWAY, /* asks one that runs */
	SL_GROUP_SELF,
	SL_GROUPS,
};

struct sl_cli_command {
	const char *name;
	const char *called; /* how usage messages name it */
	enum sl_cli_group group;
	const char *text;
	const struct argp *argp;
	int (*run)(int argc, char **argv);
};

extern const struct sl_cli_command sl_cli_commands[];
extern const size_t sl_n_cli_commands;

const struct sl_cli_command *sl_cli_command_find(const char *name); /* NULL: there is none */
const char *sl_cli_group_title(enum sl_cli_group group);

#define SL_COMMAND(name, group, text)                                                              \
	int sl_cmd_##name(int argc, char **argv);                                                  \
	extern const struct argp sl_##name##_argp;
#include "tools/sluice/commands/commands.def"
#undef SL_COMMAND

#endif
