/* The parts of an artifact or a settings file as JSON objects, one after the other.
 *
 * The file has been opened. Texts that are no UTF-8 come out with \ufffd for what is not. */
#ifndef SL_SLUICE_DUMP_PARTS_H
#define SL_SLUICE_DUMP_PARTS_H

#include "base/artifact.h"
#include "tools/sluice/dump/filing.h"

#include <jansson.h>
#include <stdbool.h>

enum sl_dump_part {
	SL_DUMP_HEADER,
	SL_DUMP_SECTIONS,
	SL_DUMP_SCHEMA,
	SL_DUMP_DATABASES,
	SL_DUMP_PATTERNS,
	SL_DUMP_ZONES,
	SL_DUMP_CAMPAIGNS,
	SL_DUMP_REGISTRY,
	SL_DUMP_SETTINGS,
	SL_DUMP_CHANNELS,
	SL_DUMP_WIRES,
	SL_DUMP_PARTS,
};

struct sl_dump {
	const struct sl_artifact *artifact; /* NULL: a settings file */
	const struct sl_dump_filing *filing;
	const uint32_t *triggers; /* all of them, by campaign */
	const struct sl_settings *settings;
	const struct sl_channel *channels;
	const struct sl_wire *wires;
	const char *campaign; /* only this one; NULL: all */
};

/* How many objects a part has; 0 also where the file is of another kind. */
uint32_t sl_dump_count(const struct sl_dump *dump, enum sl_dump_part part);

/* The i-th of them, a new reference; NULL without memory. */
json_t *sl_dump_object(const struct sl_dump *dump, enum sl_dump_part part, uint32_t i);

/* A campaign with its triggers, campaign.c. */
json_t *sl_dump_campaign(const struct sl_dump *dump, uint32_t index);

/* pattern.c: adds what the campaign remembers and is limited by. */
void sl_dump_pattern(const struct sl_dump *dump, const struct sl_campaign *campaign,
		     json_t *object);
/* Of a datum that is a capture or an aggregate: "start.product", "views.count()". */
void sl_dump_remembered(const struct sl_dump *dump, const struct sl_data_field *data, char *at,
			size_t room);
/* The lines of a program. */
json_t *sl_dump_program(const struct sl_artifact *artifact, uint32_t first, uint32_t count);

/* Triggers by campaign, in their order; the caller frees it. NULL without memory. */
uint32_t *sl_dump_order(const struct sl_artifact *artifact);

/* A text as JSON. */
json_t *sl_dump_text(struct sl_text text);
json_t *sl_dump_time(int64_t ns);

#endif
