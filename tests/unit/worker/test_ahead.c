#include "worker/worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rig.h"

#define CAMPAIGN                                                                                   \
	"campaign: a\nkind: service\nmatch: type == \"card.payment\"\n"                            \
	"send: {channel: push, template: T}\n"
#define MISSING "/nonexistent/artifact.bin"

static struct rig *rig;

static int open_rig(void **state)
{
	(void)state;
	rig = calloc(1, sizeof(*rig));
	if (!rig)
		return -1;
	rig_open(rig, CAMPAIGN, 1, false, false);
	return 0;
}

static int close_rig(void **state)
{
	(void)state;
	rig_close(rig);
	free(rig);
	return 0;
}

/* Another engine beside the rig's, without workers that run. */
static struct sl_engine *another_engine(void)
{
	char why[SL_SENTENCE_BYTES];
	struct sl_engine *engine;

	assert_int_equal(sl_engine_make(&rig->config, &engine, why), 0);
	assert_int_equal(sl_engine_open(engine, why), 0);
	return engine;
}

static int read_ahead(struct sl_engine *engine, const char *path)
{
	char why[SL_SENTENCE_BYTES] = "";
	int error = sl_engine_read(engine, path, why);

	assert_true(!error || why[0]);
	return error;
}

static int load(struct sl_engine *engine, const char *path)
{
	char why[SL_SENTENCE_BYTES] = "";
	int error = sl_engine_load(engine, path, why);

	assert_true(!error || why[0]);
	return error;
}

/* The file is gone when it is loaded: what was read is what counts, once. */
static void what_was_read_is_taken_once(void **state)
{
	struct sl_engine *engine = another_engine();
	char away[80];

	(void)state;
	snprintf(away, sizeof(away), "%s.away", rig->artifact);
	assert_int_equal(read_ahead(engine, rig->artifact), 0);
	assert_int_equal(sl_engine_ruleset(engine), 0);
	assert_int_equal(rename(rig->artifact, away), 0);
	assert_int_equal(load(engine, rig->artifact), 0);
	assert_int_equal(sl_engine_ruleset(engine), sl_engine_ruleset(rig->engine));
	assert_int_not_equal(load(engine, rig->artifact), 0);
	assert_int_equal(rename(away, rig->artifact), 0);
	sl_engine_free(engine);
}

static void another_is_read_when_it_is_loaded(void **state)
{
	struct sl_engine *engine = another_engine();

	(void)state;
	assert_int_not_equal(read_ahead(engine, MISSING), 0);
	assert_int_equal(load(engine, rig->artifact), 0);
	sl_engine_free(engine);
	engine = another_engine();
	assert_int_equal(read_ahead(engine, rig->artifact), 0);
	assert_int_not_equal(load(engine, MISSING), 0);
	assert_int_equal(sl_engine_ruleset(engine), 0);
	sl_engine_free(engine);
}

static void what_nobody_loads_goes_with_the_engine(void **state)
{
	struct sl_engine *engine = another_engine();

	(void)state;
	assert_int_equal(read_ahead(engine, rig->artifact), 0);
	assert_int_equal(read_ahead(engine, rig->artifact), 0);
	sl_engine_free(engine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_read_is_taken_once),
		cmocka_unit_test(another_is_read_when_it_is_loaded),
		cmocka_unit_test(what_nobody_loads_goes_with_the_engine),
	};

	return cmocka_run_group_tests(tests, open_rig, close_rig);
}
