/* config: sluice.yaml becomes checked settings, and the binary file the dataplane starts from.
 *
 * What can go wrong: the file cannot be read (-errno), or something in it is wrong: then
 * -SL_E_SETTINGS, and *all* mistakes are in the problems, in the order of the file. Runs once, at
 * start; one thread. Bounds: a file of SL_CONFIG_BYTES_MAX, nested SL_CONFIG_DEPTH_MAX deep, of at
 * most SL_CONFIG_NODES_MAX values. */
#ifndef SL_CONTROL_CONFIG_H
#define SL_CONTROL_CONFIG_H

#include "sluice/artifact.h"
#include "sluice/mapping.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SL_CONFIG_BYTES_MAX 1048576u
#define SL_CONFIG_DEPTH_MAX 16u
#define SL_CONFIG_NODES_MAX 32768u
#define SL_CONFIG_PATH_MAX 128u /* of a dotted path */

/* Passed on as they stand to the library that they are of. */
#define SL_PROPERTIES_MAX 128u
#define SL_PROPERTIES_BYTES 65536u

struct sl_properties {
	unsigned count;
	uint32_t bytes; /* taken of the room */
	struct {
		uint32_t name, value; /* where they begin in it, terminated */
		uint32_t line;        /* of the settings file */
	} at[SL_PROPERTIES_MAX];
	char room[SL_PROPERTIES_BYTES];
};

enum {
#define SL_INT(field, path, value, min, max, unit, when, doc) SL_SETTING_##field,
#define SL_BOOL(field, path, value, when, doc) SL_SETTING_##field,
#define SL_TEXT(field, path, value, when, doc) SL_SETTING_##field,
#include "sluice/settings.def"
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT
	SL_SETTINGS_COUNT
};

/* Where in the file each setting stands: its line, 0 where the default holds. */
struct sl_config_origin {
	char file[4096]; /* whole path; "": it was read from no file */
	uint32_t line[SL_SETTINGS_COUNT];
	uint32_t channel_line[SL_CHANNELS_MAX];
	uint32_t wire_line[SL_WIRES_MAX];
};

struct sl_config {
	struct sl_settings settings;
	struct sl_config_origin origin;
	struct sl_channel channels[SL_CHANNELS_MAX]; /* settings.channels of them */
	struct sl_wire wires[SL_WIRES_MAX];          /* settings.wires of them */
	char announced[SL_ANNOUNCED_BYTES]; /* of SL_SECTION_ANNOUNCED: what channels' `fields`
					       say */
	uint32_t mapping_bytes;             /* of SL_SECTION_MAPPINGS; 0: there is none */
	_Alignas(8) uint8_t mapping[SL_MAPPING_BYTES_MAX];
	struct sl_properties kafka; /* of sink.kafka.properties; control's alone, never the
				       dataplane's: there may be secrets among them */
};

/* "[::1]:80" or "127.0.0.1:0": 0 or -SL_E_SETTINGS. */
int sl_config_listen(const char *text, char ret_address[64], uint16_t *ret_port);

/* Of 127.0.0.0/8, or "::1": nobody but this machine reaches it. */
bool sl_config_is_loopback(const char *address);

/* A property's value, or NULL. */
const char *sl_property(const struct sl_properties *properties, const char *name);

/* ---- mistakes ------------------------------------------------------------------------------ */

#define SL_PROBLEMS_MAX 100u /* kept; further ones are counted only */

struct sl_problem {
	unsigned line; /* from 1; 0: the file as a whole */
	unsigned column;
	char message[256];
	char hint[256]; /* "" where there is none */
};

struct sl_problems {
	unsigned count;
	struct sl_problem list[SL_PROBLEMS_MAX];
};

void sl_problems_add(struct sl_problems *problems, unsigned line, unsigned column, const char *hint,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* "file:line:column: error: message", the line of `text` with a caret, the hint. text may be NULL.
 */
void sl_problems_print(const struct sl_problems *problems, const char *file, const char *text,
		       FILE *to);

/* Of n candidates the one most like `word`, or NULL where none is near. */
const char *sl_config_nearest(const char *word, const char *const *candidates, size_t n);

/* ---- loading ------------------------------------------------------------------------------- */

/* Paths come out absolute: relative ones are meant from `directory`. */
int sl_config_parse(const char *text, size_t n_bytes, const char *directory,
		    struct sl_config *ret_config, struct sl_problems *problems);

/* Reads `path`. ret_text, if given, gets the file's text (terminated, the caller frees it), also
 * when settings are wrong. */
int sl_config_load(const char *path, struct sl_config *ret_config, struct sl_problems *problems,
		   char **ret_text);

/* The same for a file that holds one channel, as it stands in the list of channels; the settings
 * beside it are the defaults. */
int sl_config_load_channel(const char *path, struct sl_config *ret_config,
			   struct sl_problems *problems, char **ret_text);

/* Writes the binary settings file: to a name beside it, fsync, rename, fsync of the directory. */
int sl_config_write(const struct sl_config *config, const char *path);

/* ---- what settings name ---------------------------------------------------------------------- */

struct sl_unmet {
	const char *setting;
	const char *path;   /* in the settings */
	char sentence[512]; /* what is wrong with it, and what to do */
};

struct sl_unmet_list {
	unsigned n;
	struct sl_unmet at[3];
};

/* Files and directories that are named and not there, or cannot be used. They do not keep the
 * gateway from starting: campaigns can be loaded by command. Looks at the disk, at each call anew.
 */
void sl_config_unmet(const struct sl_settings *settings, struct sl_unmet_list *ret_list);

/* ---- the table of settings, from settings.def ------------------------------------------------ */

enum sl_setting_kind { SL_SETTING_INT, SL_SETTING_BOOL, SL_SETTING_TEXT };

/* When a change takes effect. */
enum sl_setting_when { SL_WHEN_LIVE, SL_WHEN_CONTROL, SL_WHEN_DATAPLANE, SL_WHEN_BOTH };

struct sl_setting {
	const char *path; /* dotted */
	enum sl_setting_kind kind;
	enum sl_setting_when when;
	size_t offset; /* in struct sl_settings */
	int64_t value; /* the default of INT and BOOL */
	int64_t min;
	int64_t max;
	const char *unit; /* INT */
	const char *text; /* the default of TEXT */
	const char *doc;
};

extern const struct sl_setting sl_settings_table[];
extern const size_t sl_settings_table_count;

/* The value as it may be written in the file: "64MiB", "30s", "70%", "true". */
void sl_setting_print(const struct sl_setting *setting, const struct sl_settings *settings,
		      char ret_text[SL_SETTING_TEXT_MAX]);
void sl_setting_print_default(const struct sl_setting *setting, char ret_text[SL_SETTING_TEXT_MAX]);

/* After the file was read again: settings whose value in effect is the one that stands there stand
 * where they stand now. */
void sl_config_follow_lines(struct sl_config *config, const struct sl_config *read_again);

const char *sl_setting_when_text(enum sl_setting_when when);

/* All settings with path, default, range, unit and what they do. */
void sl_config_reference(FILE *to);

#endif
