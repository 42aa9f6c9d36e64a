/* Reading profiles (contract 3). One reader per worker; a view is a copy that lives until the
 * reader's next get. The environment may not exist yet: then every get is "unknown". A process
 * reads one environment of profiles, from however many readers. */
#ifndef SL_STORE_PROFILES_H
#define SL_STORE_PROFILES_H

#include "base/event.h"
#include "sluice/profiles.h"

struct sl_profiles;

int sl_profiles_open(const char *path, struct sl_profiles **ret_profiles);
void sl_profiles_close(struct sl_profiles *profiles); /* takes NULL */

/* 1 and the profile, 0 unknown, or -SL_E… (damaged: its hash does not hold). */
int sl_profile_get(struct sl_profiles *profiles, uint16_t partition, struct sl_text key,
		   const struct sl_profile_header **ret_profile);
void sl_profiles_reset(struct sl_profiles *profiles); /* before every sleep */

#endif
