/* Writes a rule set's artifact, or has the matcher load one.
 *
 *     patterns_probe write DIRECTORY ARTIFACT
 *     patterns_probe load ARTIFACT
 *
 * Prints the pattern library's version; with load, where it is refused, the sentence as a second
 * line. Exit status: 0 done, 1 refused for its patterns, 2 used wrongly, 3 anything else. */
#include "base/artifact.h"
#include "match/match.h"
#include "rules/rules.h"
#include "sluice/error.h"

#include <hs/hs_common.h>

#include <stdio.h>
#include <string.h>

static int write_artifact(const char *directory, const char *path)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	int error = diagnostics ? sl_rules_compile(directory, &(struct sl_rules_options){0}, path,
						   diagnostics, NULL)
				: 3;

	if (error)
		fprintf(stderr, "patterns_probe: %s: %s\n", directory, sl_error_text(error));
	sl_diagnostics_free(diagnostics);
	return error ? 3 : 0;
}

static int load_artifact(const char *path)
{
	char why[SL_SENTENCE_BYTES] = "";
	struct sl_artifact *artifact;
	struct sl_match_set *set = NULL;
	int error = sl_artifact_open(path, &artifact, why);

	if (error) {
		fprintf(stderr, "patterns_probe: %s\n", why);
		return 3;
	}
	error = artifact->n_databases ? sl_match_set_new(artifact, &set, why) : 0;
	if (!error && !set) {
		fprintf(stderr, "patterns_probe: %s has no databases: it shows nothing\n", path);
		error = 3;
	}
	sl_match_set_free(set);
	sl_artifact_close(artifact);
	if (error < 0)
		puts(why);
	return error == -SL_E_PATTERNS ? 1 : error ? 3 : 0;
}

int main(int argc, char **argv)
{
	printf("%s\n", hs_version());
	if (argc == 4 && !strcmp(argv[1], "write"))
		return write_artifact(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "load"))
		return load_artifact(argv[2]);
	fputs("Usage: patterns_probe write DIRECTORY ARTIFACT | load ARTIFACT\n", stderr);
	return 2;
}
