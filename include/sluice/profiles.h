/* Contract 3: profiles, what the bank knows of a customer.
 *
 * Caveats first.
 * - One LMDB environment, one writing process: control. The dataplane reads it, for candidates
 *   only, in a read transaction that it resets before it sleeps.
 * - A view from sl_profile_get() is the reader's own copy: it ends with its next get.
 * - Until the consent gate exists nothing decides by it; the reader and its checks are here so
 *   that decide is handed a view and never opens anything itself.
 *
 * Key: partition (2, BE) then the customer's key, at most SL_PROFILE_KEY_MAX bytes. Value: struct
 * sl_profile_header and `attributes` many struct sl_profile_attribute, then their texts. The
 * reader is dataplane/store/profiles.h. */
#ifndef SLUICE_PROFILES_H
#define SLUICE_PROFILES_H

#include <stdint.h>

#define SL_PROFILES_VERSION 1u
#define SL_PROFILE_KEY_MAX 256u
#define SL_PROFILE_ATTRIBUTES_MAX 256u

struct sl_profile_header {
	uint32_t layout; /* SL_PROFILES_VERSION */
	uint32_t attributes;
	uint64_t version; /* of this profile: counts its changes; decisions name it */
	int64_t changed_ns;
	uint64_t check; /* XXH3-64 of everything behind this header */
};

struct sl_profile_attribute {
	uint32_t attribute; /* number in the dictionary of attributes */
	uint32_t type;      /* enum sl_field_type, without STRINGS */
	int64_t value;      /* integer, bits of the double, or length of its text */
};

#endif
