/* What the files that read a mirror channel's rules share.
 *
 * The block is gathered in arrays of its own, each large enough to be all of it; the sum is what is
 * bounded. */
#ifndef SL_CONTROL_CONFIG_MAPPING_PRIV_H
#define SL_CONTROL_CONFIG_MAPPING_PRIV_H

#include "control/config/config_priv.h"

struct sl_config_mapping {
	struct sl_mapping_header header;
	bool full; /* something found no room: the rest is not read */
	struct sl_map_channel channels[SL_CHANNELS_MAX];
	struct sl_map_rule rules[SL_MAPPING_BYTES_MAX / sizeof(struct sl_map_rule)];
	struct sl_map_condition conditions[SL_MAPPING_BYTES_MAX / sizeof(struct sl_map_condition)];
	struct sl_map_field fields[SL_MAPPING_BYTES_MAX / sizeof(struct sl_map_field)];
	struct sl_text_ref refs[SL_MAPPING_BYTES_MAX / sizeof(struct sl_text_ref)];
	char text[SL_MAPPING_BYTES_MAX];
};

bool sl_config_mapping_has_room(const struct sl_config_mapping *mapping, size_t more);
struct sl_text_ref sl_config_mapping_text(struct sl_config_mapping *mapping, const char *text,
					  size_t n);
void sl_config_mapping_ref(struct sl_config_mapping *mapping, const char *text, size_t n);

/* config_rule.c: one rule, added with its parts. */
void sl_config_rule(const struct sl_config_tree *tree, const struct sl_config_node *item,
		    struct sl_config_mapping *mapping, struct sl_problems *problems);

#endif
