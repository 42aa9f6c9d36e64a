#include "remembering.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

const char *const schema_with_time = "schema: rig\n"
				     "fields:\n"
				     "  id: {type: string, role: id, required: true}\n"
				     "  time: {type: time, role: time, required: true}\n"
				     "  type: {type: string, role: type, required: true}\n"
				     "  customer: {type: string, role: key}\n"
				     "  channel: {type: string, role: channel}\n"
				     "  device: string\n"
				     "  branch: int\n"
				     "  amount: int\n"
				     "  product: string\n";

static char data[64];

int make_data(void **state)
{
	(void)state;
	rig_use_schema(schema_with_time);
	strcpy(data, "/tmp/sluice-data-XXXXXX");
	return mkdtemp(data) ? 0 : -1;
}

int remove_data(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", data);
	return system(command);
}

struct rig *open_rig(const char *campaigns, unsigned workers)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig_open(rig, campaigns, workers, false, false);
	return rig;
}

struct rig *open_on_disk(const char *campaigns, unsigned workers)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig_open_on_disk(rig, campaigns, workers, data);
	return rig;
}

void close_rig(struct rig *rig)
{
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

const char *event(const char *id, const char *type, const char *customer, const char *device,
		  int minute)
{
	static char text[8][256];
	static unsigned turn;
	char *at = text[turn++ % 8], when[32];
	time_t second = 1800000000 + minute * 60;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime(&second));
	snprintf(at, sizeof(text[0]),
		 "{\"id\":\"%s\",\"time\":\"%s\",\"type\":\"%s\",\"customer\":\"%s\","
		 "\"device\":\"%s\",\"product\":\"P-%s\"}",
		 id, when, type, customer, device, id);
	return at;
}

const char *post(struct rig *rig, const char *body)
{
	return rig_post(rig, rig_connect(rig, 0), "application/json", body);
}

void end_of_time(struct rig *rig)
{
	sl_engine_tick(rig->engine, INT64_MAX);
	rig_settle(rig);
}

unsigned decided(const struct rig *rig, const char *campaign, enum sl_gate gate)
{
	unsigned n = 0;

	for (unsigned i = 0; i < rig->n_records; i++)
		n += rig->records[i].type == SL_RECORD_DECISION &&
		     !strcmp(rig->records[i].campaign, campaign) && rig->records[i].gate == gate;
	return n;
}
