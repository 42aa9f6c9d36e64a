/* Files of campaigns that a command rewrites: finding, reading and replacing them.
 *
 * - Errors of one file are -errno or -SL_E_…; who asks says so and goes on with the next.
 * - A file is replaced as a whole or not at all, keeps its mode, and stays where a link to it
 *   points. Bound: 4 MiB, as for the loader. */
#ifndef SL_SLUICE_RULESETS_CAMPAIGN_PATHS_H
#define SL_SLUICE_RULESETS_CAMPAIGN_PATHS_H

#include <stdbool.h>
#include <stddef.h>

struct sl_campaign_paths {
	char **items;
	size_t n, room;
};

/* A file, "-", or a directory with all its files of campaigns, sorted. 0, or SL_EXIT_FAILED with a
 * message; what was found is added all the same. */
int sl_campaign_paths_add(const char *command, const char *path, struct sl_campaign_paths *paths);
void sl_campaign_paths_fini(struct sl_campaign_paths *paths);

struct sl_campaign_file {
	char *text; /* terminated; from malloc() */
	size_t bytes;
	bool had_mark; /* a byte order mark, which is left out of the text */
};

/* "-": standard input. */
int sl_campaign_file_read(const char *path, struct sl_campaign_file *ret_file);
int sl_campaign_file_replace(const char *path, const char *text, size_t bytes);

#endif
