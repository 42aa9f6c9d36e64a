/* What the files of this folder share. */
#ifndef SL_CONTROL_CONFIG_PRIV_H
#define SL_CONTROL_CONFIG_PRIV_H

#include "control/config/config.h"

#include <stdbool.h>

enum sl_config_kind { SL_CONFIG_SCALAR, SL_CONFIG_MAPPING, SL_CONFIG_SEQUENCE };

/* Nodes refer to each other by index; 0, the root, ends a list of children. */
struct sl_config_node {
	enum sl_config_kind kind;
	bool plain; /* a scalar without quotes */
	unsigned line;
	unsigned column;
	unsigned key_line;
	unsigned key_column;
	char *key;  /* in a mapping */
	char *text; /* of a scalar, terminated, without NUL inside */
	uint32_t child;
	uint32_t next;
};

struct sl_config_tree {
	struct sl_config_node *nodes;
	uint32_t count; /* 0: an empty document */
};

/* One document without anchors, aliases, tags and doubled keys. -SL_E_SETTINGS or -ENOMEM. */
int sl_config_tree_read(const char *text, size_t n_bytes, struct sl_config_tree *ret_tree,
			struct sl_problems *problems);
void sl_config_tree_free(struct sl_config_tree *tree);

/* Each stores the value of a scalar node, or adds a problem. */
void sl_config_value(const struct sl_setting *setting, const struct sl_config_node *node,
		     const char *directory, struct sl_settings *settings,
		     struct sl_problems *problems);
void sl_config_properties(const struct sl_config_tree *tree, const struct sl_config_node *map,
			  struct sl_properties *properties, struct sl_problems *problems);
/* Adds the channel's line to what is announced. fields: the value of its key; NULL: it has none. */
void sl_config_announce(const struct sl_config_tree *tree, const struct sl_config_node *fields,
			const struct sl_channel *channel, struct sl_config *config,
			struct sl_problems *problems);
/* What the rules of all mirror channels are gathered in. 0 or -ENOMEM. */
struct sl_config_mapping;

int sl_config_mapping_new(struct sl_config_mapping **ret_mapping);
void sl_config_mapping_free(struct sl_config_mapping *mapping); /* takes NULL */
/* The keys charset, status, status_unseen and rules of a channel of protocol mirror. */
void sl_config_map_channel(const struct sl_config_tree *tree, const struct sl_config_node *item,
			   unsigned index, struct sl_config_mapping *mapping,
			   struct sl_problems *problems);
/* Into the config, without problems only. */
void sl_config_mapping_write(struct sl_config_mapping *mapping, struct sl_config *config);
/* Names of letters, digits and _ joined by dots, as a schema may call a field. */
bool sl_config_is_field(const char *text);

void sl_config_channel(const struct sl_config_tree *tree, const struct sl_config_node *item,
		       struct sl_config *config, struct sl_config_mapping *mapping,
		       struct sl_problems *problems);
void sl_config_channels(const struct sl_config_tree *tree, const struct sl_config_node *list,
			struct sl_config *config, struct sl_config_mapping *mapping,
			struct sl_problems *problems);

/* Before the channels, which name them. */
void sl_config_wires(const struct sl_config_tree *tree, const struct sl_config_node *list,
		     struct sl_config *config, struct sl_problems *problems);
/* The keys `wire` and `ports` of a channel; alone: it stands in no list, and there are no wires but
 * those it names. */
void sl_config_channel_wires(const struct sl_config_tree *tree, const struct sl_config_node *node,
			     bool alone, struct sl_config *config, struct sl_channel *channel,
			     struct sl_problems *problems);
void sl_config_channel_ports(const struct sl_config_tree *tree, const struct sl_config_node *node,
			     struct sl_channel *channel, struct sl_problems *problems);
/* Whether the keys that it has go together. */
void sl_config_channel_place(const struct sl_config_node *item, const struct sl_channel *channel,
			     bool listen, bool wire, bool ports, struct sl_problems *problems);

/* Of a channel or a wire, with its end in `room`. */
bool sl_config_is_name(const char *text, size_t room);

/* "64MiB", "10s", "70%": in the setting's unit. 0, -SL_E_SETTINGS (not such a value), -ERANGE. */
int sl_config_quantity(const char *text, const char *unit, int64_t *ret_value);

/* What a boolean may be. */
int sl_config_bool(const struct sl_config_node *node, const char *name, int64_t *ret_value,
		   struct sl_problems *problems);

#endif
