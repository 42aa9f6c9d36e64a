/* What the files of the formatter share: one document of a file, the comments in it, and the text
 * that is being made. */
#ifndef SL_RULES_FMT_PRIV_H
#define SL_RULES_FMT_PRIV_H

#include "rules/fmt/fmt.h"
#include "rules/read/documents_priv.h"

/* ---- comments.c ------------------------------------------------------------------------- */

enum sl_fmt_place {
	SL_FMT_HEADER,   /* above the first key; stays there whatever becomes of it */
	SL_FMT_LEAD,     /* above its owner */
	SL_FMT_TRAIL,    /* at the end of its owner's line */
	SL_FMT_TAIL,     /* below its owner, a key of the campaign, and indented */
	SL_FMT_FOOTER,   /* below everything */
	SL_FMT_IN_BLOCK, /* behind | or >: goes with that line */
};

struct sl_fmt_comment {
	struct sl_slice text; /* with its # */
	uint32_t start;
	enum sl_fmt_place place;
	const struct sl_yaml_node *owner;
	bool blank_above;
};

struct sl_fmt_comments {
	struct sl_fmt_comment *items;
	uint32_t n;
	bool header_gap;         /* a blank line between the header and the first key */
	struct sl_buffer room;   /* of the items */
	struct sl_buffer tokens; /* struct token: scratch */
	struct sl_buffer anchors;
};

/* Those of one document, which lies between `begin` and `end`. 0, -ENOMEM, or -SL_E_RULES with a
 * diagnostic about one that has no place. */
int sl_fmt_comments_find(const struct sl_yaml_file *file, const struct sl_yaml_node *root,
			 uint32_t begin, uint32_t end, struct sl_fmt_comments *comments);
void sl_fmt_comments_fini(struct sl_fmt_comments *comments);

bool sl_fmt_is_flow(const struct sl_source *source, const struct sl_yaml_node *node);
/* The line above the one with this offset is empty. */
bool sl_fmt_blank_above(const struct sl_source *source, uint32_t offset);
uint32_t sl_fmt_line_start(const struct sl_source *source, uint32_t offset);
/* Behind the last character of the line, before its end. */
uint32_t sl_fmt_line_end(const struct sl_source *source, uint32_t offset);
int sl_fmt_refuse(const struct sl_yaml_file *file, uint32_t offset, const char *hint,
		  const char *why);

/* ---- condition.c ------------------------------------------------------------------------ */

/* Adds the condition's lines, each with its end, indented by `indent`; lines that are longer than
 * the bound are broken before && and ||. False: it is to stay as it is, for breaking it is not safe
 * or does nothing. */
bool sl_fmt_condition_break(struct sl_slice condition, uint32_t indent, struct sl_buffer *out);
/* The same tokens in the same order. */
bool sl_fmt_condition_same(struct sl_slice a, struct sl_slice b);
uint32_t sl_fmt_columns(struct sl_slice text);

/* ---- layout.c --------------------------------------------------------------------------- */

int sl_fmt_layout(const struct sl_yaml_file *file, const struct sl_yaml_node *root,
		  const struct sl_fmt_comments *comments, struct sl_buffer *out);
/* Scalars that are conditions, given the key of the campaign that they are under. */
static inline bool sl_fmt_is_condition_key(struct sl_slice key)
{
	return sl_slice_is(key, "match");
}

#endif
