/* Between the two halves of reading a campaign: its keys, and what is written in the language of
 * conditions. */
#ifndef SL_RULES_CAMPAIGN_PRIV_H
#define SL_RULES_CAMPAIGN_PRIV_H

#include "rules/set_priv.h"

#define SL_CAMPAIGN_NAME_MAX 128u

struct sl_campaign_reader {
	struct sl_rules_set *set;
	struct sl_yaml_file file;
	struct sl_campaign_text *campaign;
};

int sl_campaign_read_match(struct sl_campaign_reader *reader, const struct sl_yaml_node *root);
int sl_campaign_read_data(struct sl_campaign_reader *reader, const struct sl_yaml_node *data);

#endif
