/* The sources of a version, asked of a gateway. */
#include "tools/sluice/rulesets/version_files.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/progress.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 60000

bool sl_version_number(const char *text, json_int_t *ret_number)
{
	json_int_t number = 0;
	size_t n = strspn(text, "0123456789");

	if (!n || text[n] || n > 18 || text[0] == '0')
		return false;
	for (size_t i = 0; i < n; i++)
		number = number * 10 + (text[i] - '0');
	*ret_number = number;
	return true;
}

static int get(const char *command, const char *address, const char *target, json_t **ret_answer)
{
	unsigned status;
	json_t *answer;
	int result = sl_api_call(address, "GET", target, NULL, TIMEOUT_MS, &status, &answer);

	if (result)
		return result;
	if (status == 200) {
		*ret_answer = answer;
		return 0;
	}
	sl_api_complain(command, answer);
	json_decref(answer);
	return status == 404 ? SL_EXIT_NO : SL_EXIT_FAILED;
}

static bool are_files(const json_t *files)
{
	const json_t *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		if (!json_is_string(json_object_get(file, "name")) ||
		    !json_is_string(json_object_get(file, "text")))
			return false;
	}
	return json_is_array(files);
}

static int get_files(const char *command, const char *address, json_int_t version, json_t *files)
{
	struct sl_progress progress;
	json_int_t from = 0;

	sl_progress_init(&progress, "files of the version");
	do {
		char target[96];
		json_t *answer;
		const json_t *portion;
		json_int_t next;
		int result;

		snprintf(target, sizeof(target),
			 "/v1/rulesets/%" JSON_INTEGER_FORMAT "/sources?from=%" JSON_INTEGER_FORMAT,
			 version, from);
		result = get(command, address, target, &answer);
		if (result)
			return result;
		portion = json_object_get(answer, "files");
		next = sl_api_int(answer, "next", 0);
		if (!are_files(portion) || (next && next <= from)) {
			fprintf(stderr, "%s: the gateway's answer is none\n", command);
			json_decref(answer);
			return SL_EXIT_FAILED;
		}
		json_array_extend(files, (json_t *)portion);
		sl_progress_show(&progress, json_array_size(files),
				 (size_t)sl_api_int(answer, "total", 0));
		from = next;
		json_decref(answer);
	} while (from);
	sl_progress_end(&progress);
	return 0;
}

int sl_version_files(const char *command, const char *address, json_int_t version,
		     json_int_t *ret_version, json_t **ret_files)
{
	json_t *files;
	int result;

	if (!version) {
		json_t *answer;

		result = get(command, address, "/v1/rulesets/current", &answer);
		if (result)
			return result;
		version = sl_api_int(answer, "version", 0);
		json_decref(answer);
	}
	files = json_array();
	result = get_files(command, address, version, files);
	if (result) {
		json_decref(files);
		return result;
	}
	*ret_version = version;
	*ret_files = files;
	return 0;
}

int sl_version_texts(const char *command, const char *address, json_int_t version, bool as_json,
		     json_int_t *ret_version, struct sl_campaign_texts *ret_texts)
{
	json_t *files;
	int result = sl_version_files(command, address, version, ret_version, &files);

	if (result)
		return result;
	result = sl_campaign_texts_read(files, NULL, as_json, ret_texts);
	json_decref(files);
	return result;
}
