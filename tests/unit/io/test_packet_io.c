/* The fake card itself: whatever is built on it must be able to trust it. */
#include "tests/fakes/packet_io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct sl_io_group group;
static struct sl_stats_worker stats;

static struct sl_io *card_open(uint64_t seed)
{
	static const struct sl_io_listener listener;
	const struct sl_io_config config = {
		.group = &group,
		.listeners = &listener,
		.n_listeners = 1,
		.connections = 4,
		.buffers = 64,
		.buffer_bytes = 64,
		.output_bytes = 64,
		.stats = &stats,
	};
	struct sl_io *io;

	group.n = 1;
	assert_int_equal(fake_packet_io.open(&config, &io), 0);
	fake_packet_seed(io, seed);
	return io;
}

/* Receives until n bytes have come; the sizes of the pieces go into ret_pieces. */
static size_t receive(struct sl_io *io, uint8_t *ret_at, size_t n, uint8_t *ret_pieces)
{
	struct sl_io_burst burst = {0};
	size_t got = 0, pieces = 0;

	for (unsigned waits = 0; got < n; waits++) {
		assert_true(waits < 10000);
		assert_int_equal(fake_packet_io.wait(io, &burst, 0), 0);
		for (unsigned i = 0; i < burst.n; i++) {
			struct sl_span bytes = burst.items[i].bytes;

			if (burst.items[i].kind != SL_IO_DATA)
				continue;
			assert_in_range(bytes.bytes, 1, 7);
			memcpy(ret_at + got, bytes.at, bytes.bytes);
			/* Behind it may be read, and it is not the stream that goes on there. */
			for (unsigned j = 0; j < SL_SPAN_PADDING; j++)
				assert_int_equal(bytes.at[bytes.bytes + j], 0xdb);
			got += bytes.bytes;
			ret_pieces[pieces++] = (uint8_t)bytes.bytes;
		}
		fake_packet_io.release(io, &burst);
	}
	return pieces;
}

static void pieces_add_up_and_the_seed_decides_them(void **state)
{
	uint8_t bytes[1000], got[1000], pieces[3][1000];
	size_t n_pieces[3];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (unsigned i = 0; i < 3; i++) {
		struct sl_io *io = card_open(i < 2 ? 42 : 43);
		unsigned c = (unsigned)fake_packet_connect(io, 0);

		assert_int_equal(fake_packet_feed(io, c, bytes, sizeof(bytes), 0), 0);
		n_pieces[i] = receive(io, got, sizeof(got), pieces[i]);
		assert_memory_equal(got, bytes, sizeof(bytes));
		fake_packet_io.close(io);
	}
	assert_int_equal(n_pieces[0], n_pieces[1]);
	assert_memory_equal(pieces[0], pieces[1], n_pieces[0]);
	assert_true(n_pieces[0] != n_pieces[2] || memcmp(pieces[0], pieces[2], n_pieces[0]) != 0);
}

static void end_comes_after_what_was_fed_before(void **state)
{
	struct sl_io *io = card_open(7);
	unsigned c = (unsigned)fake_packet_connect(io, 0);
	struct sl_io_burst burst = {0};
	size_t got = 0;
	bool ended = false;

	(void)state;
	fake_packet_feed(io, c, "0123456789", 10, 0);
	fake_packet_end(io, c, false);
	for (unsigned i = 0; i < 100; i++) {
		fake_packet_io.wait(io, &burst, 0);
		for (unsigned j = 0; j < burst.n; j++) {
			if (burst.items[j].kind == SL_IO_DATA)
				got += burst.items[j].bytes.bytes;
			if (burst.items[j].kind == SL_IO_ENDED) {
				assert_int_equal(got, 10);
				ended = true;
			}
		}
		fake_packet_io.release(io, &burst);
	}
	assert_true(ended);
	fake_packet_io.close(io);
}

static void replies_are_taken_and_cargo_for_the_closed_is_dropped(void **state)
{
	struct sl_io *io = card_open(7);
	unsigned c = (unsigned)fake_packet_connect(io, 0);
	struct sl_io_burst burst = {0};
	uint8_t bytes[500] = {0};
	char out[4];

	(void)state;
	fake_packet_feed(io, c, bytes, sizeof(bytes), 0);
	fake_packet_io.wait(io, &burst, 0);
	fake_packet_io.send(io, c, "ok", 2);
	fake_packet_io.shut(io, c, true);
	fake_packet_io.release(io, &burst);
	assert_int_equal(fake_packet_take(io, c, out, sizeof(out)), 2);
	assert_true(fake_packet_closed(io, c));
	for (unsigned i = 0; i < 300; i++) {
		fake_packet_io.wait(io, &burst, 0);
		for (unsigned j = 0; j < burst.n; j++)
			assert_int_equal(burst.items[j].kind, SL_IO_CLOSED);
		fake_packet_io.release(io, &burst);
	}
	fake_packet_io.close(io);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_add_up_and_the_seed_decides_them),
		cmocka_unit_test(end_comes_after_what_was_fed_before),
		cmocka_unit_test(replies_are_taken_and_cargo_for_the_closed_is_dropped),
	};

	return cmocka_run_group_tests_name("packet_io", tests, NULL, NULL);
}
