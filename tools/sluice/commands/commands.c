#include "tools/sluice/commands/commands.h"

#include <string.h>

const struct sl_cli_command sl_cli_commands[] = {
#define SL_COMMAND(name, group, text)                                                              \
	{#name, "sluice " #name, group, text, &sl_##name##_argp, sl_cmd_##name},
#include "tools/sluice/commands/commands.def"
#undef SL_COMMAND
};

const size_t sl_n_cli_commands = sizeof(sl_cli_commands) / sizeof(sl_cli_commands[0]);

const struct sl_cli_command *sl_cli_command_find(const char *name)
{
	for (size_t i = 0; i < sl_n_cli_commands; i++)
		if (!strcmp(name, sl_cli_commands[i].name))
			return &sl_cli_commands[i];
	return NULL;
}

const char *sl_cli_group_title(enum sl_cli_group group)
{
	switch (group) {
	case SL_GROUP_RUN:
		return "Run a gateway";
	case SL_GROUP_RULES:
		return "Write campaigns and try them; no gateway needed";
	case SL_GROUP_GATEWAY:
		return "Ask and change a running gateway";
	case SL_GROUP_SELF:
	case SL_GROUPS:
		break;
	}
	return "This program";
}
