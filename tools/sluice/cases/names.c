#include "tools/sluice/cases/names.h"

#include "base/artifact.h"
#include "rules/nearest_priv.h"
#include "sluice/error.h"
#include "tools/sluice/terminal_text.h"

#include <stdio.h>

static bool has_campaign(const struct sl_artifact *artifact, struct sl_nearest *nearest)
{
	for (uint32_t i = 0; i < artifact->n_campaigns; i++) {
		struct sl_text name = sl_artifact_text(artifact, artifact->campaigns[i].name);
		struct sl_slice known = {name.at, name.bytes};

		if (sl_slice_equal(known, nearest->wrote))
			return true;
		sl_nearest_offer(nearest, known);
	}
	return false;
}

static int check(const struct sl_artifact *artifact, const char *file,
		 const struct sl_case_match *match)
{
	struct sl_nearest nearest = {.wrote = sl_slice_of(match->campaign ? match->campaign : "")};
	char hint[192], message[192], text[768];
	struct sl_diagnostic error = {.severity = SL_SEVERITY_ERROR,
				      .file = file,
				      .line = match->line,
				      .column = 1,
				      .code = "unknown_campaign",
				      .message = message,
				      .hint = hint,
				      .source = ""};

	if (!match->campaign || has_campaign(artifact, &nearest))
		return 0;
	snprintf(message, sizeof(message), "there is no campaign `%s` to expect", match->campaign);
	sl_nearest_hint(&nearest, hint, sizeof(hint));
	sl_diagnostic_format(&error, text, sizeof(text));
	sl_terminal_put_lines(stderr, text);
	return 1;
}

int sl_case_names_check(const struct sl_case *list, uint32_t n, const char *artifact_path)
{
	struct sl_artifact *artifact;
	char why[SL_SENTENCE_BYTES] = "";
	int found = 0;

	if (sl_artifact_open(artifact_path, &artifact, why)) {
		fprintf(stderr, "sluice test: %s\n", why);
		return -1;
	}
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = 0; j < list[i].n_steps; j++)
			for (uint32_t k = 0; k < list[i].steps[j].n_matches; k++)
				found +=
					check(artifact, list[i].file, &list[i].steps[j].matches[k]);
	sl_artifact_close(artifact);
	return found;
}
