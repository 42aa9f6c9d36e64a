/* Writes a manual page in scdoc's language: sluice, sluice-COMMAND, sluice-gun or sluice.yaml. Part
 * of the build; nobody installs it. */
#include "tools/manual/page.h"

#include <string.h>

int main(int argc, char **argv)
{
	static const char prefix[] = "sluice-";
	const char *name = argc == 2 ? argv[1] : "";
	const struct sl_cli_command *command = NULL;

	if (argc == 2 && !strcmp(name, "--list")) {
		for (size_t i = 0; i < sl_n_cli_commands; i++)
			printf("sluice-%s\n", sl_cli_commands[i].name);
	} else if (!strcmp(name, "sluice")) {
		sl_page_sluice(stdout);
	} else if (!strcmp(name, "sluice-gun")) {
		sl_page_gun(stdout);
	} else if (!strcmp(name, "sluice.yaml")) {
		sl_page_settings(stdout);
	} else {
		if (!strncmp(name, prefix, sizeof(prefix) - 1))
			command = sl_cli_command_find(name + sizeof(prefix) - 1);
		if (!command) {
			fprintf(stderr, "there is no page %s\n", name);
			return SL_EXIT_USAGE;
		}
		sl_page_command(stdout, command);
	}
	return fflush(stdout) || ferror(stdout) ? SL_EXIT_FAILED : SL_EXIT_DONE;
}
