/* Between the two halves of reading a campaign: its keys, and what is written in the language of
 * conditions. */
#ifndef SL_RULES_CAMPAIGN_PRIV_H
#define SL_RULES_CAMPAIGN_PRIV_H

#include "rules/campaign/remembered_priv.h"
#include "rules/campaign/set_priv.h"

#define SL_CAMPAIGN_NAME_MAX 128u

struct sl_campaign_reader {
	struct sl_rules_set *set;
	struct sl_yaml_file file;
	struct sl_campaign_text *campaign;
	uint64_t told[SL_FIELDS_MAX / 64]; /* slots that nobody fills, of this campaign */
	bool strict;                       /* `neighbours`, of each of its sequences */
	const struct sl_expr *among;
	const struct sl_yaml_node *on_loss; /* its value; NULL: it does not say */
};

enum sl_keys {
	SL_KEYS_CAMPAIGN,
	SL_KEYS_VALID,
	SL_KEYS_SEND,
	SL_KEYS_LIMIT,
	SL_KEYS_JOIN,
	SL_KEYS_TIMES,
	SL_KEYS_WINDOW,
};

/* Reports keys that are none, or are not offered. */
void sl_campaign_check_keys(const struct sl_yaml_file *file, const struct sl_yaml_node *map,
			    enum sl_keys which);
/* The value of a key that has to be there; NULL: it is not, which was reported. */
const struct sl_yaml_node *sl_campaign_require(const struct sl_yaml_file *file,
					       const struct sl_yaml_node *map, const char *key,
					       const char *hint);
/* Another key stands there for it, misspelt, which sl_campaign_check_keys() reports. */
bool sl_campaign_is_misspelt(const struct sl_yaml_node *map, const char *key);
/* A name of letters, digits and . _ - that outlives the document; ret_name untouched where it is
 * none, which was reported. node may be NULL. */
int sl_campaign_read_name(struct sl_campaign_reader *reader, const struct sl_yaml_node *node,
			  const char *what, bool capitals, struct sl_slice *ret_name);
/* The word's place among n; n: it is none of them, which was reported, with all of them. */
unsigned sl_campaign_read_word(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
			       const char *what, const char *const *words, unsigned n);

/* ---- conditions (match.c) ----------------------------------------------------------- */

int sl_campaign_read_match(struct sl_campaign_reader *reader, const struct sl_yaml_node *root);
/* remembered NULL: no step goes before. ret_expr: typed, NULL where it has mistakes. */
int sl_campaign_read_condition(struct sl_campaign_reader *reader, const struct sl_yaml_node *node,
			       struct sl_remembered *remembered, struct sl_expr **ret_expr);
struct sl_expr_context sl_campaign_context(const struct sl_campaign_reader *reader,
					   const struct sl_yaml_node *node);
bool sl_campaign_is_step_name(struct sl_slice name);
/* A word of the language of steps: no name of a step. */
bool sl_campaign_is_step_word(struct sl_slice name);

/* ---- what is remembered ---------------------------------------------------------------------- */

/* pattern.c: `match` is several steps, or any or all of several lists of them. */
int sl_campaign_read_pattern(struct sl_campaign_reader *reader, const struct sl_yaml_node *root,
			     const struct sl_yaml_node *match);
/* What can be said when data were read as well. */
int sl_campaign_end_pattern(struct sl_campaign_reader *reader);
/* steps.c: a list of steps. */
int sl_campaign_read_steps(struct sl_campaign_reader *reader, const struct sl_yaml_node *list,
			   struct sl_sequence_text *sequence);
/* window.c: the `window` of a step, and what belongs to it. */
int sl_campaign_read_window(struct sl_campaign_reader *reader, const struct sl_yaml_node *map,
			    struct sl_step_text *step);
/* How much it keeps, when `data` were read as well. */
void sl_campaign_end_window(struct sl_campaign_reader *reader, const struct sl_step_text *step);
/* aggregate.c: `count()`, `sum(amount)` of a window, by the name in front of the brackets
 * and the path in them, NULL where there is none. The aggregate is made if need be, and the node
 * becomes its EXPR_BOUND. False: reported, at the node. */
bool sl_window_bind(const struct sl_expr_context *context, struct sl_window_text *window,
		    struct sl_slice function, const struct sl_expr *path, struct sl_expr *node);
bool sl_window_is_function(struct sl_slice name);
/* policy.c: `by`, `within`, `after_match` and the like, of a campaign that remembers. */
int sl_campaign_read_policy(struct sl_campaign_reader *reader, const struct sl_yaml_node *root);
/* Of one that does not: they are mistakes there. */
void sl_campaign_refuse_policy(struct sl_campaign_reader *reader, const struct sl_yaml_node *root);
/* `limit`, `priority`, `exclusive`, `renamed_from`, of every campaign. */
int sl_campaign_read_ranking(struct sl_campaign_reader *reader, const struct sl_yaml_node *root);

/* data.c */
int sl_campaign_read_data(struct sl_campaign_reader *reader, const struct sl_yaml_node *data);

#endif
