/* What makes a shell complete `sluice`, from the table of commands and their options. */
#ifndef SL_SLUICE_COMMANDS_COMPLETION_H
#define SL_SLUICE_COMMANDS_COMPLETION_H

#include <stdio.h>

void sl_completion_bash(FILE *to);
void sl_completion_zsh(FILE *to);

#endif
