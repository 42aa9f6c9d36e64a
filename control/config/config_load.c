/* A settings file as a whole: defaults, the walk over its keys, and what settings ask of each
 * other. */
#include "control/config/config_priv.h"

#include "control/files.h"
#include "sluice/error.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_PATH_MAX                                                                               \
	90u /* a socket's path has 107 bytes, and its name stands behind the directory */

struct loading {
	struct sl_config_mapping *mapping;
	const struct sl_config_tree *tree;
	const char *directory;
	struct sl_config *config;
	struct sl_problems *problems;
	uint32_t given[SL_SETTINGS_COUNT]; /* by setting: its node, 0 where the default holds */
};

static void set_defaults(struct sl_config *config, const char *directory)
{
	memset(config, 0, sizeof(*config));
	config->settings.version = SL_SETTINGS_VERSION;
	for (size_t i = 0; i < sl_settings_table_count; i++) {
		const struct sl_setting *setting = &sl_settings_table[i];
		char *at = (char *)&config->settings + setting->offset;
		/* as if it had been written in the file, so that paths are resolved alike */
		struct sl_config_node node = {.text = (char *)setting->text};
		struct sl_problems none = {0};

		if (setting->kind == SL_SETTING_TEXT)
			sl_config_value(setting, &node, directory, &config->settings, &none);
		else
			memcpy(at, &setting->value, sizeof(setting->value));
	}
}

/* The component of a setting's path that stands behind `prefix`, or NULL. */
static const char *component(const char *path, const char *prefix,
			     char ret_word[SL_CONFIG_PATH_MAX])
{
	size_t n = strlen(prefix);

	if (n && (strncmp(path, prefix, n) != 0 || path[n] != '.'))
		return NULL;
	path += n ? n + 1 : 0;
	n = strcspn(path, ".");
	memcpy(ret_word, path, n);
	ret_word[n] = 0;
	return ret_word;
}

static void unknown_key(struct loading *loading, const struct sl_config_node *node,
			const char *prefix)
{
	char words[SL_SETTINGS_COUNT + 1][SL_CONFIG_PATH_MAX];
	const char *candidates[SL_SETTINGS_COUNT + 2];
	char hint[2 * SL_CONFIG_PATH_MAX];
	const char *near;
	size_t n = 0;

	for (size_t i = 0; i < sl_settings_table_count; i++)
		if (component(sl_settings_table[i].path, prefix, words[n])) {
			candidates[n] = words[n];
			n++;
		}
	if (!*prefix)
		candidates[n++] = "channels";
	if (!*prefix)
		candidates[n++] = "wires";
	if (!strcmp(prefix, "sink.kafka"))
		candidates[n++] = "properties";
	near = sl_config_nearest(node->key, candidates, n);
	snprintf(hint, sizeof(hint), "did you mean %s?", near ? near : "");
	sl_problems_add(loading->problems, node->key_line, node->key_column,
			near ? hint : "sluice-control --settings-reference lists all settings",
			"there is no setting \"%s%s%.60s\"", prefix, *prefix ? "." : "", node->key);
}

/* Index of the setting of that path, or -1; *ret_branch: whether settings lie below it. */
static int find_setting(const char *path, bool *ret_branch)
{
	size_t n = strlen(path);

	*ret_branch = false;
	for (size_t i = 0; i < sl_settings_table_count; i++) {
		if (!strcmp(sl_settings_table[i].path, path))
			return (int)i;
		if (!strncmp(sl_settings_table[i].path, path, n) &&
		    sl_settings_table[i].path[n] == '.')
			*ret_branch = true;
	}
	return -1;
}

static void walk(struct loading *loading, uint32_t first, const char *prefix)
{
	for (uint32_t i = first; i; i = loading->tree->nodes[i].next) {
		const struct sl_config_node *node = &loading->tree->nodes[i];
		char path[SL_CONFIG_PATH_MAX];
		int found = -1;
		bool branch = false;
		size_t n = (size_t)snprintf(path, sizeof(path), "%s%s%s", prefix,
					    *prefix ? "." : "", node->key);

		if (n < sizeof(path) && node->key[0])
			found = find_setting(path, &branch);
		if (!strcmp(path, "channels")) {
			sl_config_channels(loading->tree, node, loading->config, loading->mapping,
					   loading->problems);
		} else if (!strcmp(path, "wires")) {
			continue; /* they were read before all */
		} else if (!strcmp(path, "sink.kafka.properties")) {
			sl_config_properties(loading->tree, node, &loading->config->kafka,
					     loading->problems);
		} else if (found >= 0) {
			loading->given[found] = i;
			loading->config->origin.line[found] = node->line;
			sl_config_value(&sl_settings_table[found], node, loading->directory,
					&loading->config->settings, loading->problems);
		} else if (branch && node->kind == SL_CONFIG_MAPPING) {
			walk(loading, node->child, path);
		} else if (branch) {
			sl_problems_add(loading->problems, node->line, node->column, NULL,
					"%s has settings below it: a mapping is wanted here", path);
		} else {
			unknown_key(loading, node, prefix);
		}
	}
}

/* Wherever they stand in the file: channels name them. */
static void read_wires(struct loading *loading)
{
	const struct sl_config_tree *tree = loading->tree;

	for (uint32_t i = tree->nodes[0].child; i; i = tree->nodes[i].next)
		if (!strcmp(tree->nodes[i].key, "wires"))
			sl_config_wires(tree, &tree->nodes[i], loading->config, loading->problems);
}

static void complain(struct loading *loading, const char *path, const char *hint,
		     const char *message)
{
	bool branch;
	int found = find_setting(path, &branch);
	const struct sl_config_node *node = found >= 0 && loading->given[found]
						    ? &loading->tree->nodes[loading->given[found]]
						    : NULL;

	sl_problems_add(loading->problems, node ? node->line : 0, node ? node->column : 0, hint,
			"%s %s", path, message);
}

static bool power_of_two(int64_t n)
{
	return n > 0 && (n & (n - 1)) == 0;
}

/* Of the machine's own list: a wrong one would show only when the first rule set is compiled. */
static bool is_zone(const char *name)
{
	char path[SL_SETTING_TEXT_MAX + 32];

	snprintf(path, sizeof(path), "/usr/share/zoneinfo/%s", name);
	return name[0] && name[0] != '/' && !strstr(name, "..") && access(path, R_OK) == 0;
}

static void check_api(struct loading *loading)
{
	const struct sl_settings *settings = &loading->config->settings;
	char address[64];
	uint16_t port;

	if (!settings->api_listen[0])
		return;
	if (sl_config_listen(settings->api_listen, address, &port))
		complain(loading, "api.listen", "a numeric address and a port: \"127.0.0.1:18081\"",
			 "is not an address");
	else if (!sl_config_is_loopback(address))
		complain(loading, "api.listen",
			 "127.0.0.1 or [::1]; from elsewhere, come through ssh or a proxy of yours",
			 "is not a loopback address");
	if (!settings->api_token_file[0])
		complain(loading, "api.listen",
			 "put `openssl rand -hex 32` into a file of mode 600 and name it there",
			 "needs api.token_file");
}

/* What single values cannot tell. */
static void check_together(struct loading *loading)
{
	const struct sl_settings *settings = &loading->config->settings;

	if (!settings->channels && !loading->problems->count)
		sl_problems_add(
			loading->problems, 0, 0,
			"channels: [{name: web, protocol: http, listen: \"127.0.0.1:18080\"}]",
			"there are no channels, so nothing could arrive");
	if (!power_of_two(settings->io_buffers))
		complain(loading, "limits.receive_buffers", NULL, "has to be a power of two");
	if (!power_of_two(settings->partitions_handover))
		complain(loading, "limits.handover", NULL, "has to be a power of two");
	if (settings->http_body_bytes > settings->assembly_bytes)
		complain(loading, "limits.http.body_bytes",
			 "a body that arrives in pieces is put together there",
			 "is more than limits.assembly_bytes");
	if (settings->journal_batch_bytes * 4 > settings->journal_bytes)
		complain(loading, "journal.batch_bytes",
			 "make the journal larger or its batches smaller",
			 "is more than a quarter of journal.bytes");
	if (strcmp(settings->io, "auto") != 0 && strcmp(settings->io, "uring") != 0 &&
	    strcmp(settings->io, "epoll") != 0)
		complain(loading, "io", "auto, uring or epoll", "names no way of serving sockets");
	if (strcmp(settings->dpdk_huge_pages, "auto") != 0 &&
	    strcmp(settings->dpdk_huge_pages, "never") != 0)
		complain(loading, "dpdk.huge_pages", "auto or never", "says neither");
	if (loading->config->kafka.count &&
	    !sl_property(&loading->config->kafka, "bootstrap.servers"))
		complain(loading, "sink.kafka.properties",
			 "properties: {bootstrap.servers: \"127.0.0.1:9092\"}",
			 "do not say where Kafka is");
	if (!settings->kafka_topic[0])
		complain(loading, "sink.kafka.topic", "as in campaign.{channel}", "is empty");
	check_api(loading);
	if (!is_zone(settings->time_zone))
		complain(loading, "time_zone", "as in Asia/Seoul", "is not the name of a zone");
	for (size_t i = 0; i < sl_settings_table_count; i++) {
		const struct sl_setting *setting = &sl_settings_table[i];
		bool wanted = setting->kind == SL_SETTING_TEXT && setting->text[0] &&
			      (!loading->given[i] ||
			       setting->offset == offsetof(struct sl_settings, data) ||
			       setting->offset == offsetof(struct sl_settings, run));

		if (wanted && !((const char *)settings)[setting->offset])
			complain(loading, setting->path, "give an absolute path",
				 "is empty, or its path is too long");
	}
	if (strlen(settings->run) > RUN_PATH_MAX)
		complain(
			loading, "run",
			"the path of a socket in it may have 107 bytes; choose a shorter directory",
			"is too long");
}

int sl_config_parse(const char *text, size_t n_bytes, const char *directory,
		    struct sl_config *ret_config, struct sl_problems *problems)
{
	struct sl_config config;
	struct sl_config_tree tree = {0};
	struct loading loading = {
		.tree = &tree, .directory = directory, .config = &config, .problems = problems};
	int e = sl_config_mapping_new(&loading.mapping);

	if (!e)
		e = sl_config_tree_read(text, n_bytes, &tree, problems);
	if (e) {
		sl_config_mapping_free(loading.mapping);
		return e;
	}
	set_defaults(&config, directory);
	if (tree.count && tree.nodes[0].kind == SL_CONFIG_MAPPING) {
		read_wires(&loading);
		walk(&loading, tree.nodes[0].child, "");
	} else if (tree.count)
		sl_problems_add(problems, tree.nodes[0].line, tree.nodes[0].column, NULL,
				"settings are a mapping of names to values");
	check_together(&loading);
	sl_config_mapping_write(loading.mapping, &config);
	sl_config_mapping_free(loading.mapping);
	sl_config_tree_free(&tree);
	if (problems->count)
		return -SL_E_SETTINGS;
	*ret_config = config;
	return 0;
}

static int parse_channel(const char *text, size_t n_bytes, const char *directory,
			 struct sl_config *ret_config, struct sl_problems *problems)
{
	static const struct sl_config_node nothing = {.kind = SL_CONFIG_SCALAR};
	struct sl_config config;
	struct sl_config_tree tree = {0};
	struct sl_config_mapping *mapping = NULL;
	int e = sl_config_mapping_new(&mapping);

	if (!e)
		e = sl_config_tree_read(text, n_bytes, &tree, problems);
	if (e) {
		sl_config_mapping_free(mapping);
		return e;
	}
	set_defaults(&config, directory);
	sl_config_channel(&tree, tree.count ? &tree.nodes[0] : &nothing, &config, mapping,
			  problems);
	sl_config_mapping_write(mapping, &config);
	sl_config_mapping_free(mapping);
	sl_config_tree_free(&tree);
	if (problems->count)
		return -SL_E_SETTINGS;
	*ret_config = config;
	return 0;
}

typedef int parse_text(const char *text, size_t n_bytes, const char *directory,
		       struct sl_config *ret_config, struct sl_problems *problems);

static int load(const char *path, parse_text *parse, struct sl_config *ret_config,
		struct sl_problems *problems, char **ret_text)
{
	char real[PATH_MAX];
	char *text, *slash;
	size_t n;
	int e;

	if (!realpath(path, real))
		return -errno;
	e = sl_file_read(real, SL_CONFIG_BYTES_MAX, &text, &n);
	if (e == -EINVAL) {
		sl_problems_add(problems, 1, 1,
				"write the settings to one, for they are read again",
				"not a regular file");
		return -SL_E_SETTINGS;
	}
	if (e)
		return e;
	slash = strrchr(real, '/'); /* an absolute path has one */
	*slash = 0;
	e = parse(text, n, real, ret_config, problems);
	*slash = '/';
	if (!e)
		snprintf(ret_config->origin.file, sizeof(ret_config->origin.file), "%s", real);
	if (ret_text)
		*ret_text = text;
	else
		free(text);
	return e;
}

int sl_config_load(const char *path, struct sl_config *ret_config, struct sl_problems *problems,
		   char **ret_text)
{
	return load(path, sl_config_parse, ret_config, problems, ret_text);
}

int sl_config_load_channel(const char *path, struct sl_config *ret_config,
			   struct sl_problems *problems, char **ret_text)
{
	return load(path, parse_channel, ret_config, problems, ret_text);
}
