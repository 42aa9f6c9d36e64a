/* A document on its way out, and what its scalars and its collections are both written with. */
#ifndef SL_RULES_FMT_LAYOUT_PRIV_H
#define SL_RULES_FMT_LAYOUT_PRIV_H

#include "rules/fmt/fmt_priv.h"

struct sl_fmt_layout {
	const struct sl_yaml_file *file;
	const struct sl_source *source;
	const struct sl_fmt_comments *comments;
	struct sl_buffer *out;
	bool fresh; /* nothing stands above here that a blank line could part from */
	int error;
};

void sl_fmt_put(struct sl_fmt_layout *layout, const char *text);
void sl_fmt_put_slice(struct sl_fmt_layout *layout, struct sl_slice text);
void sl_fmt_put_spaces(struct sl_fmt_layout *layout, uint32_t n);
/* The comment at the end of its owner's line. */
void sl_fmt_put_trailing(struct sl_fmt_layout *layout, const struct sl_yaml_node *owner);
/* The node's text in the source. */
struct sl_slice sl_fmt_written(const struct sl_fmt_layout *layout, const struct sl_yaml_node *node);
/* How wide the line is by now. */
uint32_t sl_fmt_column(const struct sl_fmt_layout *layout);
/* Behind "key:" or "-"; ends the line. */
void sl_fmt_put_scalar(struct sl_fmt_layout *layout, const struct sl_yaml_node *node,
		       uint32_t indent, bool is_condition);

#endif
