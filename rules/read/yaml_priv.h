/* YAML as rules use it: scalars, lists and maps, nothing that would let one text mean two things.
 *
 * - Anchors, aliases, merge keys, tags, directives and keys that occur twice are mistakes.
 * - Depth, entries of one collection and the size of a file are bounded.
 * - Nodes know where they stand, and sl_yaml_place() finds a byte of a scalar's value in the file,
 *   through quotes, escapes, folding and indentation. */
#ifndef SL_RULES_READ_YAML_PRIV_H
#define SL_RULES_READ_YAML_PRIV_H

#include "rules/diagnostics_priv.h"
#include "rules/memory_priv.h"

#include <yaml.h>

#define SL_YAML_DEPTH_MAX 16u
#define SL_YAML_ENTRIES_MAX 1024u

enum sl_yaml_kind { SL_YAML_SCALAR, SL_YAML_LIST, SL_YAML_MAP };

enum sl_yaml_style {
	SL_YAML_PLAIN,
	SL_YAML_SINGLE,  /* 'quoted' */
	SL_YAML_DOUBLE,  /* "quoted" */
	SL_YAML_LITERAL, /* | */
	SL_YAML_FOLDED,  /* > */
};

struct sl_yaml_node {
	enum sl_yaml_kind kind;
	enum sl_yaml_style style;
	uint32_t start; /* in the source, bytes */
	uint32_t end;
	struct sl_slice value;          /* of a scalar; terminated */
	const struct sl_yaml_node *key; /* of a map's entry, always a scalar */
	struct sl_yaml_node *items;     /* first */
	struct sl_yaml_node *last;
	struct sl_yaml_node *next;
	uint32_t n_items;
	bool is_refused; /* an alias: reported, and no more is said of its value */
};

struct sl_yaml {
	yaml_parser_t parser;
	const struct sl_source *source;
	struct sl_diagnostics *diagnostics;
	uint32_t offset; /* the byte that character number `character` begins at */
	size_t character;
	uint32_t begin; /* where it was begun, or begun again: the library counts from there */
	uint32_t broken_at;
	bool is_broken; /* it could not be read on behind broken_at */
	bool ended;
};

int sl_yaml_open(struct sl_yaml *yaml, const struct sl_source *source,
		 struct sl_diagnostics *diagnostics);
void sl_yaml_close(struct sl_yaml *yaml);

/* 1 and the next document that is not empty, built in the arena; 0 at the end of the file, or
 * where it cannot be read on, which was reported; < 0 an error. */
int sl_yaml_next(struct sl_yaml *yaml, struct sl_arena *arena,
		 const struct sl_yaml_node **ret_root);

/* After the end: 1 where the file could not be read on and another document begins behind that
 * place, which sl_yaml_next() gives then; 0: there is none. */
int sl_yaml_resume(struct sl_yaml *yaml);

/* What to write where libyaml could not read on, at `at`. */
const char *sl_yaml_syntax_hint(const yaml_parser_t *parser, const struct sl_source *source,
				uint32_t at);

struct sl_place sl_yaml_place(const struct sl_source *source, const struct sl_yaml_node *node,
			      uint32_t value_offset);

/* Reading values. Each reports what is wrong, naming it as `what`, and returns false. */
struct sl_yaml_file {
	const struct sl_source *source;
	struct sl_diagnostics *diagnostics;
};

static inline struct sl_place sl_yaml_at(const struct sl_yaml_file *file,
					 const struct sl_yaml_node *node)
{
	return (struct sl_place){.source = file->source, .offset = node->start};
}

const struct sl_yaml_node *sl_yaml_get(const struct sl_yaml_node *map, const char *key);
bool sl_yaml_is_kind(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		     enum sl_yaml_kind kind, const char *what);
/* The same with a hint. */
bool sl_yaml_is_kind_or(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
			enum sl_yaml_kind kind, const char *what, const char *hint);
/* A scalar of 1 to bytes_max bytes without control characters. */
bool sl_yaml_text(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		  const char *what, uint32_t bytes_max, struct sl_slice *ret_text);
bool sl_yaml_bool(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		  const char *what, bool *ret_value);
bool sl_yaml_count(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		   const char *what, uint32_t max, uint32_t *ret_value);

#endif
