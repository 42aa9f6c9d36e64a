/* What the settings name and the machine does not have. */
#include "control/config/config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add(const char *setting, const char *path, const char *what, const char *advice,
		struct sl_unmet_list *list)
{
	struct sl_unmet *unmet = &list->at[list->n++];

	unmet->setting = setting;
	unmet->path = path;
	snprintf(unmet->sentence, sizeof(unmet->sentence), "the setting %s names %.200s: %s; %s",
		 setting, path, what, advice);
}

static void look(const char *setting, const char *path, bool wants_directory, const char *advice,
		 struct sl_unmet_list *list)
{
	const char *what;
	struct stat st;

	if (!path[0])
		return;
	if (stat(path, &st) || access(path, R_OK))
		what = errno == ENOENT ? "does not exist" : strerror(errno);
	else if (S_ISDIR(st.st_mode) != wants_directory)
		what = wants_directory ? "is not a directory" : "is not a file";
	else
		return;
	add(setting, path, what, advice, list);
}

/* Cuts the path to the last folder of it that is there. */
static void cut_to_what_exists(char *path)
{
	struct stat st;

	while (path[1] && stat(path, &st) && errno == ENOENT) {
		char *slash = strrchr(path, '/');

		if (!slash)
			strcpy(path, ".");
		else
			slash[slash == path] = '\0';
	}
}

/* A directory that is written into, and made first where it is not there yet. */
static void look_whether_written(const char *setting, const char *path, const char *advice,
				 struct sl_unmet_list *list)
{
	char existing[SL_SETTING_TEXT_MAX + 1];
	struct stat st;

	if (!path[0])
		return;
	snprintf(existing, sizeof(existing), "%s", path);
	cut_to_what_exists(existing);
	if (stat(existing, &st))
		add(setting, path, strerror(errno), advice, list);
	else if (!S_ISDIR(st.st_mode))
		add(setting, path, strerror(ENOTDIR), advice, list);
	else if (access(existing, W_OK | X_OK))
		add(setting, path, strerror(errno), advice, list);
}

void sl_config_unmet(const struct sl_settings *settings, struct sl_unmet_list *ret_list)
{
	ret_list->n = 0;
	look("rules", settings->rules, true,
	     "put the campaigns there and start again, or load some with `sluice load DIR`",
	     ret_list);
	look("schema", settings->schema, false,
	     "put the bank's schema there and start again, or load one with `sluice load DIR "
	     "--schema FILE`",
	     ret_list);
	look_whether_written("sink.file.path", settings->sink_path,
			     "matches wait in the journal until this user may write there",
			     ret_list);
}
