/* Inside the reading of one rule of a mirror channel.
 *
 * Nothing is refused at once: what is wrong becomes a problem, and the rest is read all the same.
 * Nodes are the tree's, and live as long as it does. */
#ifndef SL_CONTROL_CONFIG_RULE_PRIV_H
#define SL_CONTROL_CONFIG_RULE_PRIV_H

#include "control/config/config_mapping_priv.h"

struct sl_config_rule {
	const struct sl_config_tree *tree;
	const struct sl_config_node *item;
	struct sl_config_mapping *mapping;
	struct sl_problems *problems;
	struct sl_map_rule rule;
	const char *path; /* its pattern; "": any */
};

/* config_rule.c */
/* NULL: the rule has no such key. */
const struct sl_config_node *sl_config_rule_member(const struct sl_config_rule *rule,
						   const char *key);
/* The scalars of a list, or the one scalar. Each comes once; NULL: no more. */
const struct sl_config_node *sl_config_rule_next(const struct sl_config_rule *rule,
						 const struct sl_config_node *node,
						 const struct sl_config_node *before);
/* A scalar or a list of them, at least one. False: a problem was added. */
bool sl_config_rule_is_words(const struct sl_config_rule *rule, const struct sl_config_node *node,
			     const char *key);

/* config_rule_source.c */
/* Which {…} of the path has that name; -1: none. */
int sl_config_rule_capture(const char *path, const char *name, size_t n);
/* False: a problem was added. */
bool sl_config_rule_source(const struct sl_config_rule *rule, const char *text, unsigned line,
			   unsigned column, struct sl_map_source *ret_source);

/* config_rule_request.c. The path goes before all that names its captures. */
void sl_config_rule_path(struct sl_config_rule *rule);
void sl_config_rule_methods(struct sl_config_rule *rule);
void sl_config_rule_hosts(struct sl_config_rule *rule);
void sl_config_rule_where(struct sl_config_rule *rule);
void sl_config_rule_without(struct sl_config_rule *rule);

#endif
