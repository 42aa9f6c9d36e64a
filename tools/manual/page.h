/* Manual pages in scdoc's language, from the tables that the programs themselves are made of. */
#ifndef SL_TOOLS_MANUAL_PAGE_H
#define SL_TOOLS_MANUAL_PAGE_H

#include "tools/sluice/commands/commands.h"

#include <stdio.h>

/* Text as it stands, wherever it is in a line. */
void sl_page_text(FILE *to, const char *text, size_t n);

/* What --help says behind the options, in sections: notes, "Examples:" and "Exit codes:". What is
 * indented stays as it is. */
void sl_page_help(FILE *to, const char *help);

/* OPTIONS, from an argp and its children. */
void sl_page_options(FILE *to, const struct argp *argp);

void sl_page_command(FILE *to, const struct sl_cli_command *command); /* sluice-COMMAND(1) */
void sl_page_sluice(FILE *to);                                        /* sluice(1) */
void sl_page_gun(FILE *to);                                           /* sluice-gun(1) */
void sl_page_settings(FILE *to);                                      /* sluice.yaml(5) */

#endif
