/* What the tests of campaigns that remember share: campaigns, events for them, and what came of
 * it. */
#ifndef SL_TESTS_WORKER_REMEMBERING_H
#define SL_TESTS_WORKER_REMEMBERING_H

#include "rig.h"

#include "sluice/gate.h"

#define SEND "send: {channel: push, template: T}\n"
#define LOAN                                                                                       \
	"campaign: loan\nkind: service\nmatch:\n  - start: type == \"start\"\n"                    \
	"  - not: type == \"done\"\n    within: 30m\n"                                             \
	"send: {channel: push, template: T, data: {product: start.product}}\n"
#define VIEWS                                                                                      \
	"campaign: views\nkind: service\nmatch:\n  - views: type == \"view\"\n    window: 1d\n"    \
	"    count: 3\n" SEND
#define CARDS                                                                                      \
	"campaign: cards\nkind: service\nby: device\nfor: customer\n"                              \
	"limit: {per_customer: 1, per: 1d}\nmatch:\n  - pay: type == \"pay\"\n    window: 1h\n"    \
	"    count: 2\n" SEND
#define PLAIN "campaign: plain\nkind: service\nmatch: type == \"start\"\n" SEND

extern const char *const schema_with_time;

/* A directory for an engine's journal, of one test at a time. */
int make_data(void **state);
int remove_data(void **state);

struct rig *open_rig(const char *campaigns, unsigned workers);
struct rig *open_on_disk(const char *campaigns, unsigned workers); /* in that directory */
void close_rig(struct rig *rig);

/* The rig's clock stands at 1,800,000,000; minute: before or behind that. Good for eight calls. */
const char *event(const char *id, const char *type, const char *customer, const char *device,
		  int minute);
const char *post(struct rig *rig, const char *body); /* the whole reply */
void end_of_time(struct rig *rig);

unsigned decided(const struct rig *rig, const char *campaign, enum sl_gate gate);

#endif
