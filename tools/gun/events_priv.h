/* Templates: what events_setup.c makes and events.c reads. */
#ifndef SL_GUN_EVENTS_PRIV_H
#define SL_GUN_EVENTS_PRIV_H

#include "tools/gun/events.h"

#define SL_TEMPLATES 1024u      /* good ones; a power of two */
#define SL_TEMPLATES_BROKEN 64u /* malformed ones; a power of two */
#define SL_TEMPLATE_ABSENT 0xffffu

/* Where the changing parts stand; ABSENT: this text has none. */
struct sl_template {
	char text[SL_EVENTS_TEXT_MAX];
	uint16_t bytes;
	uint16_t id_at;
	uint16_t time_at;
	uint16_t key_at;
};

struct sl_events {
	struct sl_events_options options;
	uint64_t duplicates_below; /* of 2^32 */
	uint64_t malformed_below;
	char id_prefix[10]; /* "E0a1b2c3d-" */
	struct sl_template good[SL_TEMPLATES];
	struct sl_template broken[SL_TEMPLATES_BROKEN];
};

#endif
