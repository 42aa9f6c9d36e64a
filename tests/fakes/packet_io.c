#include "tests/fakes/packet_io.h"

#include "io/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_MAX 7u
#define SCRIBBLE 0xdb

enum cargo_kind { CARGO_BYTES, CARGO_HALF, CARGO_WHOLE };

/* What was fed and is not delivered yet, in order: bytes, or the peer's end. */
struct cargo {
	struct cargo *next;
	unsigned connection;
	enum cargo_kind kind;
	int64_t stamp_ns;
	size_t bytes;
	size_t done;
	uint8_t at[];
};

struct piece {
	struct piece *next;
	unsigned bytes;
	uint8_t at[PIECE_MAX + SL_SPAN_PADDING];
};

struct sl_io {
	struct sl_io *mem; /* of io/mem.h: opaque there, another struct than this one */
	uint64_t random;
	struct cargo *first;
	struct cargo *last;
	struct piece *pieces; /* fed into mem, not released */
};

static uint64_t random_next(struct sl_io *io)
{
	io->random ^= io->random << 13;
	io->random ^= io->random >> 7;
	io->random ^= io->random << 17;
	return io->random;
}

static int fake_open(const struct sl_io_config *config, struct sl_io **ret_io)
{
	struct sl_io *io = calloc(1, sizeof(*io));
	int error;

	if (!io)
		return -ENOMEM;
	fake_packet_seed(io, 1);
	error = sl_io_mem.open(config, &io->mem);
	if (error) {
		free(io);
		return error;
	}
	*ret_io = io;
	return 0;
}

static void piece_free(struct piece *piece)
{
	memset(piece->at, SCRIBBLE, sizeof(piece->at));
	free(piece);
}

static void fake_close(struct sl_io *io)
{
	if (!io)
		return;
	sl_io_mem.close(io->mem);
	while (io->first) {
		struct cargo *next = io->first->next;

		free(io->first);
		io->first = next;
	}
	while (io->pieces) {
		struct piece *next = io->pieces->next;

		piece_free(io->pieces);
		io->pieces = next;
	}
	free(io);
}

static struct cargo *cargo_add(struct sl_io *io, unsigned connection, enum cargo_kind kind,
			       size_t bytes)
{
	struct cargo *cargo = calloc(1, sizeof(*cargo) + bytes);

	assert(cargo);
	cargo->connection = connection;
	cargo->kind = kind;
	cargo->bytes = bytes;
	if (io->last)
		io->last->next = cargo;
	else
		io->first = cargo;
	io->last = cargo;
	return cargo;
}

static void cargo_drop(struct sl_io *io)
{
	struct cargo *cargo = io->first;

	io->first = cargo->next;
	if (!io->first)
		io->last = NULL;
	free(cargo);
}

/* Moves one piece of the oldest cargo into mem. False: mem has no buffer for it now. */
static bool move_piece(struct sl_io *io)
{
	struct cargo *cargo = io->first;
	size_t left = cargo->bytes - cargo->done;
	struct piece *piece;
	int error;

	if (cargo->kind != CARGO_BYTES) {
		sl_io_mem_end(io->mem, cargo->connection, cargo->kind == CARGO_WHOLE);
		cargo_drop(io);
		return true;
	}
	piece = malloc(sizeof(*piece));
	assert(piece);
	piece->bytes = 1 + (unsigned)(random_next(io) % PIECE_MAX);
	if (piece->bytes > left)
		piece->bytes = (unsigned)left;
	memset(piece->at, SCRIBBLE, sizeof(piece->at));
	memcpy(piece->at, cargo->at + cargo->done, piece->bytes);
	error = sl_io_mem_feed(io->mem, cargo->connection, piece->at, piece->bytes,
			       cargo->stamp_ns);
	if (error) {
		piece_free(piece);
		if (error == -EPIPE)
			cargo_drop(io); /* nobody is there to read it */
		return error == -EPIPE;
	}
	piece->next = io->pieces;
	io->pieces = piece;
	cargo->done += piece->bytes;
	if (cargo->done == cargo->bytes)
		cargo_drop(io);
	return true;
}

static int fake_wait(struct sl_io *io, struct sl_io_burst *burst, int64_t timeout_ns)
{
	unsigned moves = 1 + (unsigned)(random_next(io) % SL_IO_BURST_MAX);

	while (moves-- && io->first && move_piece(io))
		continue;
	return sl_io_mem.wait(io->mem, burst, timeout_ns);
}

static void fake_release(struct sl_io *io, struct sl_io_burst *burst)
{
	struct sl_io_burst seen = *burst;

	sl_io_mem.release(io->mem, burst);
	for (unsigned i = 0; i < seen.n; i++) {
		struct piece **link = &io->pieces;

		if (seen.items[i].kind != SL_IO_DATA)
			continue;
		while (*link && (*link)->at != seen.items[i].bytes.at)
			link = &(*link)->next;
		if (*link) {
			struct piece *piece = *link;

			*link = piece->next;
			piece_free(piece);
		}
	}
}

static size_t fake_room(struct sl_io *io, uint32_t connection)
{
	return sl_io_mem.room(io->mem, connection);
}

static int fake_send(struct sl_io *io, uint32_t connection, const void *at, size_t n)
{
	return sl_io_mem.send(io->mem, connection, at, n);
}

static void fake_shut(struct sl_io *io, uint32_t connection, bool after_output)
{
	sl_io_mem.shut(io->mem, connection, after_output);
}

static void fake_pause(struct sl_io *io, uint32_t connection, bool paused)
{
	sl_io_mem.pause(io->mem, connection, paused);
}

static void fake_accepting(struct sl_io *io, bool on)
{
	sl_io_mem.accepting(io->mem, on);
}

static void fake_wake(struct sl_io *io)
{
	sl_io_mem.wake(io->mem);
}

void fake_packet_seed(struct sl_io *io, uint64_t seed)
{
	io->random = seed * 0x9e3779b97f4a7c15u | 1;
}

int fake_packet_connect(struct sl_io *io, unsigned listener)
{
	return sl_io_mem_connect(io->mem, listener);
}

int fake_packet_feed(struct sl_io *io, unsigned connection, const void *at, size_t n,
		     int64_t stamp_ns)
{
	struct cargo *cargo;

	if (sl_io_mem_closed(io->mem, connection))
		return -EPIPE;
	if (!n)
		return 0;
	cargo = cargo_add(io, connection, CARGO_BYTES, n);
	memcpy(cargo->at, at, n);
	cargo->stamp_ns = stamp_ns;
	return 0;
}

void fake_packet_end(struct sl_io *io, unsigned connection, bool whole)
{
	cargo_add(io, connection, whole ? CARGO_WHOLE : CARGO_HALF, 0);
}

size_t fake_packet_take(struct sl_io *io, unsigned connection, void *ret_at, size_t n)
{
	return sl_io_mem_take(io->mem, connection, ret_at, n);
}

bool fake_packet_closed(struct sl_io *io, unsigned connection)
{
	return sl_io_mem_closed(io->mem, connection);
}

const struct sl_io_ops fake_packet_io = {
	.name = "packet",
	.open = fake_open,
	.close = fake_close,
	.wait = fake_wait,
	.release = fake_release,
	.room = fake_room,
	.send = fake_send,
	.shut = fake_shut,
	.pause = fake_pause,
	.accepting = fake_accepting,
	.wake = fake_wake,
};
