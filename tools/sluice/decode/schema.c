#include "tools/sluice/decode/schema.h"

#include "rules/rules.h"
#include "sluice/error.h"
#include "tools/sluice/rulesets/verdict.h"
#include "tools/sluice/temporary.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

int sl_schema_open(const char *command, const char *schema, struct sl_artifact **ret_artifact)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char why[SL_SENTENCE_BYTES] = "";
	char path[PATH_MAX];
	int error = -ENOMEM;

	if (!diagnostics)
		goto out;
	error = sl_temporary_make(path);
	if (error)
		goto out;
	error = sl_rules_compile_schema(schema, path, diagnostics);
	if (!error)
		error = sl_artifact_open(path, ret_artifact, why);
	unlink(path);
out:
	if (diagnostics)
		sl_verdict_diagnostics(diagnostics);
	if (error == -SL_E_RULES)
		fprintf(stderr, "%s: %s: no schema to decode by\n", command, schema);
	else if (error)
		fprintf(stderr, "%s: %s: %s\n", command, schema,
			why[0] ? why : sl_error_text(error));
	sl_diagnostics_free(diagnostics);
	return error;
}
