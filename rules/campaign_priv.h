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
	uint64_t told[SL_FIELDS_MAX / 64]; /* slots that nobody fills, of this campaign */
};

enum sl_keys { SL_KEYS_CAMPAIGN, SL_KEYS_VALID, SL_KEYS_SEND };

/* Reports keys that are none, or are not offered. */
void sl_campaign_check_keys(const struct sl_yaml_file *file, const struct sl_yaml_node *map,
			    enum sl_keys which);
/* The value of a key that has to be there; NULL: it is not, which was reported. */
const struct sl_yaml_node *sl_campaign_require(const struct sl_yaml_file *file,
					       const struct sl_yaml_node *map, const char *key,
					       const char *hint);
/* Another key stands there for it, misspelt, which sl_campaign_check_keys() reports. */
bool sl_campaign_is_misspelt(const struct sl_yaml_node *map, const char *key);

int sl_campaign_read_match(struct sl_campaign_reader *reader, const struct sl_yaml_node *root);
int sl_campaign_read_data(struct sl_campaign_reader *reader, const struct sl_yaml_node *data);

#endif
