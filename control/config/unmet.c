/* What the settings name and the machine does not have. */
#include "control/config/config.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void look(const char *setting, const char *path, bool wants_directory, const char *advice,
		 struct sl_unmet_list *list)
{
	struct sl_unmet *unmet = &list->at[list->n];
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
	unmet->setting = setting;
	unmet->path = path;
	snprintf(unmet->sentence, sizeof(unmet->sentence), "the setting %s names %.200s: %s; %s",
		 setting, path, what, advice);
	list->n++;
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
}
