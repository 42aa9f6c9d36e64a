#include "tools/sluice/load_answer.h"

#include "tools/sluice/api.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/verdict.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

const char *sl_load_author(const char *given)
{
	const struct passwd *user = given ? NULL : getpwuid(getuid());

	return given ? given : user ? user->pw_name : "";
}

int sl_load_answer(const char *command, const char *what, bool dry_run, bool as_json,
		   unsigned status, const json_t *answer)
{
	json_t *none = json_array();
	const json_t *diagnostics = json_object_get(answer, "diagnostics");
	char sentence[512];
	int result;

	if (dry_run)
		snprintf(sentence, sizeof(sentence),
			 "%s: %" JSON_INTEGER_FORMAT
			 " campaigns, sound; a dry run, the ones in force stay",
			 what, sl_api_int(answer, "campaigns", 0));
	else
		snprintf(sentence, sizeof(sentence),
			 "%s: version %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
			 " campaigns, in force on every worker",
			 what, sl_api_int(answer, "version", 0),
			 sl_api_int(answer, "campaigns", 0));
	if (status == 200 || (status == 422 && json_array_size(diagnostics) > 0)) {
		result = sl_verdict_print(json_is_array(diagnostics) ? diagnostics : none, answer,
					  sentence, as_json);
		/* refused although nothing but warnings came back: still no */
		result = status == 422 ? SL_EXIT_NO : result;
	} else {
		sl_api_complain(command, answer);
		result = status == 409 || status >= 500 ? SL_EXIT_FAILED : SL_EXIT_NO;
	}
	json_decref(none);
	return result;
}
