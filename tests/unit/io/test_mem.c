#include "io/mem.h"

#include "base/counters.h"
#include "sluice/clock.h"
#include "sluice/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct fixture {
	struct sl_io_group group;
	struct sl_stats_worker stats;
	struct sl_io_listener listeners[2];
	struct sl_io *io;
	struct sl_io_burst burst;
};

static int setup(void **state)
{
	struct fixture *f = aligned_alloc(64, sizeof(*f));
	struct sl_io_config config;

	assert_non_null(f);
	memset(f, 0, sizeof(*f));
	f->group.n = 1;
	config = (struct sl_io_config){
		.group = &f->group,
		.listeners = f->listeners,
		.n_listeners = 2,
		.connections = 3,
		.buffers = 4,
		.buffer_bytes = 64,
		.output_bytes = 8,
		.stats = &f->stats,
	};
	assert_int_equal(sl_io_mem.open(&config, &f->io), 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	sl_io_mem.close(f->io);
	free(f);
	return 0;
}

/* The next burst; the one before is released. */
static const struct sl_io_burst *next(struct fixture *f)
{
	sl_io_mem.release(f->io, &f->burst);
	assert_int_equal(sl_io_mem.wait(f->io, &f->burst, 0), 0);
	return &f->burst;
}

static void items_come_in_order(void **state)
{
	struct fixture *f = *state;
	char bytes[2][1 + SL_SPAN_PADDING] = {"a", "b"};
	const struct sl_io_burst *burst;
	int c = sl_io_mem_connect(f->io, 1);

	assert_int_equal(sl_io_mem_feed(f->io, (unsigned)c, bytes[0], 1, 77), 0);
	assert_int_equal(sl_io_mem_feed(f->io, (unsigned)c, bytes[1], 1, 0), 0);
	sl_io_mem_end(f->io, (unsigned)c, false);
	assert_int_equal(sl_io_mem_feed(f->io, (unsigned)c, bytes[1], 1, 0), -EPIPE);
	burst = next(f);
	assert_int_equal(burst->n, 4);
	assert_int_equal(burst->items[0].kind, SL_IO_OPENED);
	assert_int_equal(burst->items[0].listener, 1);
	assert_int_equal(burst->items[1].kind, SL_IO_DATA);
	assert_ptr_equal(burst->items[1].bytes.at, bytes[0]);
	assert_int_equal(burst->items[1].received_ns, 77);
	assert_int_equal(burst->items[1].received_source, SL_CLOCK_VIRTUAL);
	assert_ptr_equal(burst->items[2].bytes.at, bytes[1]);
	assert_int_equal(burst->items[2].received_source, 0);
	assert_int_equal(burst->items[3].kind, SL_IO_ENDED);
	assert_int_equal(next(f)->n, 0);
}

static void whole_end_comes_behind_the_data(void **state)
{
	struct fixture *f = *state;
	char bytes[1 + SL_SPAN_PADDING] = "a";
	const struct sl_io_burst *burst;
	unsigned c = (unsigned)sl_io_mem_connect(f->io, 0);

	sl_io_mem_feed(f->io, c, bytes, 1, 0);
	sl_io_mem_end(f->io, c, true);
	assert_int_equal(sl_io_mem.send(f->io, c, "x", 1), -EPIPE);
	burst = next(f);
	assert_int_equal(burst->n, 3);
	assert_int_equal(burst->items[1].kind, SL_IO_DATA);
	assert_int_equal(burst->items[2].kind, SL_IO_CLOSED);
	assert_int_equal(next(f)->n, 0);
}

static void buffers_are_bounded_and_come_back_on_release(void **state)
{
	struct fixture *f = *state;
	char bytes[1 + SL_SPAN_PADDING] = "a";
	unsigned c = (unsigned)sl_io_mem_connect(f->io, 0);

	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(sl_io_mem_feed(f->io, c, bytes, 1, 0), 0);
	assert_int_equal(sl_io_mem_feed(f->io, c, bytes, 1, 0), -SL_E_FULL);
	assert_int_equal(sl_stat_get(&f->stats.counters[SL_COUNTER_BUFFERS_EXHAUSTED]), 1);
	assert_int_equal(next(f)->n, 5);
	assert_int_equal(sl_io_mem_feed(f->io, c, bytes, 1, 0), -SL_E_FULL);
	sl_io_mem.release(f->io, &f->burst);
	assert_int_equal(sl_io_mem_feed(f->io, c, bytes, 1, 0), 0);
}

static void output_wraps_and_is_bounded(void **state)
{
	struct fixture *f = *state;
	unsigned c = (unsigned)sl_io_mem_connect(f->io, 0);
	char out[16] = {0};

	assert_int_equal(sl_io_mem.room(f->io, c), 8);
	assert_int_equal(sl_io_mem.send(f->io, c, "123456", 6), 0);
	assert_int_equal(sl_io_mem_take(f->io, c, out, 4), 4);
	assert_memory_equal(out, "1234", 4);
	assert_int_equal(sl_io_mem.send(f->io, c, "7abcdefg", 7), -SL_E_FULL);
	assert_int_equal(sl_io_mem.send(f->io, c, "7abcde", 6), 0);
	assert_int_equal(sl_io_mem.room(f->io, c), 0);
	assert_int_equal(sl_io_mem_take(f->io, c, out, sizeof(out)), 8);
	assert_memory_equal(out, "567abcde", 8);
	assert_int_equal(sl_io_mem_take(f->io, c, out, sizeof(out)), 0);
	assert_int_equal(sl_stat_get(&f->stats.counters[SL_COUNTER_BYTES_OUT]), 12);
}

static void shut_after_output_waits_for_the_taker(void **state)
{
	struct fixture *f = *state;
	char bytes[1 + SL_SPAN_PADDING] = "a";
	unsigned c = (unsigned)sl_io_mem_connect(f->io, 0);
	char out[8];

	next(f);
	sl_io_mem_feed(f->io, c, bytes, 1, 0);
	sl_io_mem.send(f->io, c, "bye", 3);
	sl_io_mem.shut(f->io, c, true);
	assert_int_equal(next(f)->n, 0); /* no DATA any more, not yet CLOSED */
	assert_false(sl_io_mem_closed(f->io, c));
	assert_int_equal(sl_io_mem_take(f->io, c, out, sizeof(out)), 3);
	assert_true(sl_io_mem_closed(f->io, c));
	assert_int_equal(next(f)->n, 1);
	assert_int_equal(f->burst.items[0].kind, SL_IO_CLOSED);
	assert_int_equal(f->group.connections[0], 1); /* until released */
	sl_io_mem.release(f->io, &f->burst);
	assert_int_equal(f->group.connections[0], 0);
	assert_int_equal(sl_io_mem_connect(f->io, 0), c);
}

static void shut_at_once_drops_the_output(void **state)
{
	struct fixture *f = *state;
	unsigned c = (unsigned)sl_io_mem_connect(f->io, 0);
	char out[8];

	next(f);
	sl_io_mem.send(f->io, c, "bye", 3);
	sl_io_mem.shut(f->io, c, false);
	assert_true(sl_io_mem_closed(f->io, c));
	assert_int_equal(next(f)->n, 1);
	assert_int_equal(f->burst.items[0].kind, SL_IO_CLOSED);
	assert_int_equal(sl_io_mem_take(f->io, c, out, sizeof(out)), 0);
	sl_io_mem.shut(f->io, c, false); /* again, before the release: nothing new */
	assert_int_equal(next(f)->n, 0);
}

static void pause_holds_back_data_and_what_follows(void **state)
{
	struct fixture *f = *state;
	char bytes[1 + SL_SPAN_PADDING] = "a";
	unsigned c = (unsigned)sl_io_mem_connect(f->io, 0);

	next(f);
	sl_io_mem.pause(f->io, c, true);
	sl_io_mem_feed(f->io, c, bytes, 1, 0);
	sl_io_mem_end(f->io, c, true);
	assert_int_equal(next(f)->n, 0);
	sl_io_mem.pause(f->io, c, false);
	assert_int_equal(next(f)->n, 2);
	assert_int_equal(f->burst.items[1].kind, SL_IO_CLOSED);
}

static void bursts_are_bounded_and_lose_nothing(void **state)
{
	struct fixture *f = *state;
	char bytes[1 + SL_SPAN_PADDING] = "a";
	struct sl_io_config config;
	unsigned seen = 0;
	unsigned c;

	sl_io_mem.close(f->io);
	config = (struct sl_io_config){
		.group = &f->group,
		.listeners = f->listeners,
		.n_listeners = 2,
		.connections = 2,
		.buffers = 200,
		.buffer_bytes = 64,
		.output_bytes = 8,
		.stats = &f->stats,
	};
	assert_int_equal(sl_io_mem.open(&config, &f->io), 0);
	c = (unsigned)sl_io_mem_connect(f->io, 0);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(sl_io_mem_feed(f->io, c, bytes, 1, 0), 0);
	assert_int_equal(next(f)->n, SL_IO_BURST_MAX);
	do
		seen += f->burst.n;
	while (next(f)->n);
	assert_int_equal(seen, 201);
}

static void connecting_has_limits(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3; i++)
		assert_true(sl_io_mem_connect(f->io, 0) >= 0);
	assert_int_equal(sl_io_mem_connect(f->io, 0), -SL_E_LIMIT);
	assert_int_equal(sl_stat_get(&f->stats.counters[SL_COUNTER_CONNECTIONS_REFUSED]), 1);
	sl_io_mem.accepting(f->io, false);
	assert_int_equal(sl_io_mem_connect(f->io, 0), -EAGAIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(items_come_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(whole_end_comes_behind_the_data, setup, teardown),
		cmocka_unit_test_setup_teardown(buffers_are_bounded_and_come_back_on_release, setup,
						teardown),
		cmocka_unit_test_setup_teardown(output_wraps_and_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(shut_after_output_waits_for_the_taker, setup,
						teardown),
		cmocka_unit_test_setup_teardown(shut_at_once_drops_the_output, setup, teardown),
		cmocka_unit_test_setup_teardown(pause_holds_back_data_and_what_follows, setup,
						teardown),
		cmocka_unit_test_setup_teardown(bursts_are_bounded_and_lose_nothing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(connecting_has_limits, setup, teardown),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
