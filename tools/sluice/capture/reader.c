#include "tools/sluice/capture/reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUFFER_BYTES (2u << 20)
#define BLOCK_BYTES_MAX (SL_CAPTURE_PACKET_MAX + 65536u) /* a packet's, with its options */
#define INTERFACES_MAX 256u

#define PCAP_HEADER_BYTES 24u
#define NG_SECTION 0x0a0d0d0au
#define NG_ORDER 0x1a2b3c4du
#define NG_INTERFACE 1u
#define NG_PACKET_OLD 2u
#define NG_PACKET_SIMPLE 3u
#define NG_PACKET 6u
#define NG_OPTION_RESOLUTION 9u
#define NG_OPTION_OFFSET 14u

struct interface {
	uint8_t link;
	uint64_t units_per_s; /* of its time stamps */
	int64_t offset_s;
	uint32_t snap_bytes;
};

struct sl_capture_reader {
	sl_capture_read read;
	void *context;
	size_t begin, end; /* of what is in the buffer; before begin lie packets handed out */
	bool at_end, failed, begun, is_ng, swapped;
	uint32_t packet_header_bytes; /* pcap */
	uint32_t n_interfaces;
	enum sl_capture_step verdict; /* once it is not END any more: for good */
	char why[SL_SENTENCE_BYTES];
	struct interface interfaces[INTERFACES_MAX];    /* pcap has one */
	uint8_t buffer[BUFFER_BYTES + SL_SPAN_PADDING]; /* which may be read behind a packet */
};

int sl_capture_reader_new(sl_capture_read read, void *context,
			  struct sl_capture_reader **ret_reader)
{
	struct sl_capture_reader *reader = malloc(sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	memset(reader, 0, offsetof(struct sl_capture_reader, interfaces));
	memset(reader->buffer + BUFFER_BYTES, 0, SL_SPAN_PADDING);
	reader->read = read;
	reader->context = context;
	*ret_reader = reader;
	return 0;
}

void sl_capture_reader_free(struct sl_capture_reader *reader)
{
	free(reader);
}

void sl_capture_reader_release(struct sl_capture_reader *reader)
{
	memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
	reader->end -= reader->begin;
	reader->begin = 0;
}

static uint16_t get_16(const struct sl_capture_reader *reader, const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return reader->swapped ? __builtin_bswap16(value) : value;
}

static uint32_t get_32(const struct sl_capture_reader *reader, const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return reader->swapped ? __builtin_bswap32(value) : value;
}

__attribute__((format(printf, 3, 4))) static enum sl_capture_step
say(struct sl_capture_reader *reader, enum sl_capture_step verdict, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reader->why, sizeof(reader->why), format, arguments);
	va_end(arguments);
	reader->verdict = verdict;
	return verdict;
}

/* At least `bytes` in the buffer: PACKET; FULL: first a release; else the file's end. */
static enum sl_capture_step need(struct sl_capture_reader *reader, size_t bytes)
{
	while (reader->end - reader->begin < bytes) {
		ssize_t got;

		if (reader->begin + bytes > BUFFER_BYTES)
			return SL_CAPTURE_FULL;
		if (reader->at_end)
			return SL_CAPTURE_END;
		got = reader->read(reader->context, reader->buffer + reader->end,
				   BUFFER_BYTES - reader->end);
		if (got <= 0) {
			reader->at_end = true;
			reader->failed = got < 0;
		} else {
			reader->end += (size_t)got;
		}
	}
	return SL_CAPTURE_PACKET;
}

/* The same where the end of the file is only right if nothing has begun. */
static enum sl_capture_step need_whole(struct sl_capture_reader *reader, size_t bytes)
{
	enum sl_capture_step step = need(reader, bytes);

	if (step != SL_CAPTURE_END)
		return step;
	if (reader->failed)
		return say(reader, SL_CAPTURE_DAMAGED, "reading failed before the file's end");
	if (reader->end == reader->begin)
		return SL_CAPTURE_END;
	return say(reader, SL_CAPTURE_DAMAGED,
		   "the file ends in the middle of a packet; what came before it was read");
}

static uint8_t link_of(uint32_t type)
{
	switch (type & 0xffff) {
	case 0:
	case 108: /* OpenBSD's */
		return SL_LINK_NULL;
	case 1:
		return SL_LINK_ETHERNET;
	case 9:
	case 50:
		return SL_LINK_PPP;
	case 51:
		return SL_LINK_PPPOE;
	case 12: /* three numbers that systems gave to raw IP, and the one that was agreed upon */
	case 14:
	case 101:
	case 228:
	case 229:
		return SL_LINK_IP;
	case 104:
		return SL_LINK_CISCO_HDLC;
	case 113:
		return SL_LINK_COOKED;
	case 276:
		return SL_LINK_COOKED_2;
	default:
		return SL_LINK_UNKNOWN;
	}
}

static int64_t time_of(const struct interface *interface, uint64_t stamp)
{
	uint64_t s = stamp / interface->units_per_s, rest = stamp % interface->units_per_s;
	int64_t ns;

	/* rest * 10^9 fits 128 bits, always */
	ns = (int64_t)((unsigned __int128)rest * 1000000000u / interface->units_per_s);
	if (s > (uint64_t)INT64_MAX / 2000000000u)
		return 0; /* no time that anybody lived in */
	if (__builtin_add_overflow(ns, (int64_t)s * 1000000000, &ns) ||
	    interface->offset_s > INT64_MAX / 2000000000 ||
	    interface->offset_s < INT64_MIN / 2000000000 ||
	    __builtin_add_overflow(ns, interface->offset_s * 1000000000, &ns))
		return 0;
	return ns;
}

/* ---- pcap */

static enum sl_capture_step begin_pcap(struct sl_capture_reader *reader)
{
	const uint8_t *at = reader->buffer + reader->begin;
	uint32_t magic;

	reader->packet_header_bytes = 16;
	memcpy(&magic, at, sizeof(magic));
	reader->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1 || magic == 0x34cdb2a1;
	magic = get_32(reader, at);
	reader->interfaces[0] = (struct interface){.units_per_s = 1000000};
	if (magic == 0xa1b23c4d)
		reader->interfaces[0].units_per_s = 1000000000;
	else if (magic == 0xa1b2cd34) /* a patched libpcap: eight bytes more with each packet */
		reader->packet_header_bytes = 24;
	else if (magic != 0xa1b2c3d4)
		return say(reader, SL_CAPTURE_UNKNOWN,
			   "this is no capture file: neither pcap nor pcapng");
	reader->interfaces[0].link = link_of(get_32(reader, at + 20));
	reader->begin += PCAP_HEADER_BYTES;
	reader->begun = true;
	return SL_CAPTURE_PACKET;
}

static enum sl_capture_step next_pcap(struct sl_capture_reader *reader, struct sl_packet *packet)
{
	const uint8_t *at = reader->buffer + reader->begin;
	enum sl_capture_step step = need_whole(reader, reader->packet_header_bytes);
	const struct interface *interface = &reader->interfaces[0];
	uint32_t bytes, original;

	if (step != SL_CAPTURE_PACKET)
		return step;
	bytes = get_32(reader, at + 8);
	original = get_32(reader, at + 12);
	if (bytes > SL_CAPTURE_PACKET_MAX)
		return say(reader, SL_CAPTURE_DAMAGED,
			   "a packet of %u bytes: the file is damaged from there on", bytes);
	step = need_whole(reader, reader->packet_header_bytes + bytes);
	if (step != SL_CAPTURE_PACKET)
		return step;
	*packet = (struct sl_packet){
		.at = at + reader->packet_header_bytes,
		.bytes = bytes,
		.original = original > bytes ? original : bytes,
		.time_ns = time_of(interface, get_32(reader, at) * interface->units_per_s +
						      get_32(reader, at + 4)),
		.link = interface->link,
	};
	reader->begin += reader->packet_header_bytes + bytes;
	return SL_CAPTURE_PACKET;
}

/* ---- pcapng */

static void take_option(struct interface *interface, struct sl_capture_reader *reader,
			uint16_t code, const uint8_t *at, uint16_t bytes)
{
	uint64_t units = 1;
	uint32_t words[2];

	if (code == NG_OPTION_RESOLUTION && bytes >= 1) {
		if (at[0] & 0x80) {
			units = (at[0] & 0x7f) < 63 ? 1ull << (at[0] & 0x7f) : 1000000;
		} else {
			for (unsigned i = 0; i < at[0] && i < 19; i++)
				units *= 10;
		}
		interface->units_per_s = units;
	} else if (code == NG_OPTION_OFFSET && bytes >= 8) {
		words[0] = get_32(reader, at);
		words[1] = get_32(reader, at + 4);
		interface->offset_s = reader->swapped
					      ? (int64_t)((uint64_t)words[0] << 32 | words[1])
					      : (int64_t)((uint64_t)words[1] << 32 | words[0]);
	}
}

/* `n` bytes of a block's body. */
static void take_interface(struct sl_capture_reader *reader, const uint8_t *at, uint32_t n)
{
	struct interface interface = {.units_per_s = 1000000};
	uint32_t i = 8;

	if (n < 8)
		return;
	interface.link = link_of(get_16(reader, at));
	interface.snap_bytes = get_32(reader, at + 4);
	while (n - i >= 4) {
		uint16_t code = get_16(reader, at + i), bytes = get_16(reader, at + i + 2);

		i += 4;
		if (code == 0 || bytes > n - i)
			break;
		take_option(&interface, reader, code, at + i, bytes);
		i += bytes + (4u - bytes % 4u) % 4u;
		if (i > n)
			break;
	}
	if (reader->n_interfaces < INTERFACES_MAX)
		reader->interfaces[reader->n_interfaces] = interface;
	reader->n_interfaces += reader->n_interfaces < UINT32_MAX;
}

/* A packet's block: where its fields are differs with its kind. False: it contradicts itself. */
static bool take_packet(struct sl_capture_reader *reader, uint32_t kind, const uint8_t *at,
			uint32_t n, struct sl_packet *packet)
{
	static const struct interface none = {.units_per_s = 1000000};
	const uint32_t head = kind == NG_PACKET_SIMPLE ? 4 : 20;
	const struct interface *interface = &none;
	uint32_t number = 0, bytes, original;
	uint64_t stamp = 0;

	if (n < head)
		return false;
	if (kind == NG_PACKET_SIMPLE) {
		original = get_32(reader, at);
		bytes = original < n - head ? original : n - head;
	} else {
		number = kind == NG_PACKET ? get_32(reader, at) : get_16(reader, at);
		stamp = (uint64_t)get_32(reader, at + 4) << 32 | get_32(reader, at + 8);
		bytes = get_32(reader, at + 12);
		original = get_32(reader, at + 16);
	}
	if (bytes > n - head || bytes > SL_CAPTURE_PACKET_MAX)
		return false;
	if (number < reader->n_interfaces && number < INTERFACES_MAX)
		interface = &reader->interfaces[number];
	if (kind == NG_PACKET_SIMPLE && interface->snap_bytes && bytes > interface->snap_bytes)
		bytes = interface->snap_bytes;
	*packet = (struct sl_packet){
		.at = at + head,
		.bytes = bytes,
		.original = original > bytes ? original : bytes,
		.time_ns = time_of(interface, stamp),
		.link = interface->link,
	};
	return true;
}

/* A block that is no packet may be of any length: it is passed over as it comes. */
static enum sl_capture_step pass_over(struct sl_capture_reader *reader, uint32_t bytes)
{
	uint64_t left = bytes;

	while (left > 0) {
		uint64_t part = left < 65536 ? left : 65536;
		enum sl_capture_step step = need_whole(reader, part);

		if (step == SL_CAPTURE_FULL) {
			sl_capture_reader_release(reader);
			continue;
		}
		if (step != SL_CAPTURE_PACKET)
			return say(reader, SL_CAPTURE_DAMAGED,
				   "the file ends in the middle of a block");
		reader->begin += part;
		left -= part;
	}
	return SL_CAPTURE_PACKET;
}

/* Each section has its own byte order and interfaces. */
static enum sl_capture_step begin_section(struct sl_capture_reader *reader)
{
	uint32_t order;

	memcpy(&order, reader->buffer + reader->begin + 8, sizeof(order));
	reader->swapped = order == __builtin_bswap32(NG_ORDER);
	if (!reader->swapped && order != NG_ORDER)
		return say(reader, reader->begun ? SL_CAPTURE_DAMAGED : SL_CAPTURE_UNKNOWN,
			   "a section of pcapng without its mark of the byte order");
	reader->n_interfaces = 0;
	reader->begun = reader->is_ng = true;
	return SL_CAPTURE_PACKET;
}

static enum sl_capture_step next_ng(struct sl_capture_reader *reader, struct sl_packet *packet)
{
	for (;;) {
		const uint8_t *at = reader->buffer + reader->begin;
		enum sl_capture_step step = need_whole(reader, 12);
		uint32_t kind, bytes;
		bool is_packet;

		if (step != SL_CAPTURE_PACKET)
			return step;
		kind = get_32(reader, at);
		if (kind == NG_SECTION && begin_section(reader) != SL_CAPTURE_PACKET)
			return reader->verdict;
		bytes = get_32(reader, at + 4);
		is_packet = kind == NG_PACKET || kind == NG_PACKET_OLD || kind == NG_PACKET_SIMPLE;
		if (bytes < 12 || bytes % 4 ||
		    ((is_packet || kind == NG_INTERFACE) && bytes > BLOCK_BYTES_MAX))
			return say(reader, SL_CAPTURE_DAMAGED,
				   "a block of %u bytes: the file is damaged from there on", bytes);
		if (!is_packet && kind != NG_INTERFACE) {
			if (reader->begin > BUFFER_BYTES / 2)
				return SL_CAPTURE_FULL; /* passing over may need the room */
			if (bytes > BUFFER_BYTES / 4 && reader->begin > 0)
				return SL_CAPTURE_FULL;
			step = pass_over(reader, bytes);
			if (step != SL_CAPTURE_PACKET)
				return step;
			continue;
		}
		step = need_whole(reader, bytes);
		if (step != SL_CAPTURE_PACKET)
			return step;
		reader->begin += bytes;
		if (kind == NG_INTERFACE)
			take_interface(reader, at + 8, bytes - 12);
		else if (take_packet(reader, kind, at + 8, bytes - 12, packet))
			return SL_CAPTURE_PACKET;
		else
			return say(reader, SL_CAPTURE_DAMAGED,
				   "a packet longer than its block: the file is damaged there");
	}
}

static enum sl_capture_step step(struct sl_capture_reader *reader, struct sl_packet *packet)
{
	enum sl_capture_step step;
	uint32_t magic = 0;

	if (reader->verdict != SL_CAPTURE_END)
		return reader->verdict;
	if (!reader->begun) {
		if (need(reader, PCAP_HEADER_BYTES) == SL_CAPTURE_PACKET)
			memcpy(&magic, reader->buffer, sizeof(magic));
		else
			return say(reader, SL_CAPTURE_UNKNOWN,
				   "this is no capture file: it is shorter than one's header");
		step = magic == NG_SECTION ? begin_section(reader) : begin_pcap(reader);
		if (step != SL_CAPTURE_PACKET)
			return step;
	}
	return reader->is_ng ? next_ng(reader, packet) : next_pcap(reader, packet);
}

enum sl_capture_step sl_capture_reader_next(struct sl_capture_reader *reader,
					    struct sl_packet *ret_packet,
					    char ret_why[SL_SENTENCE_BYTES])
{
	enum sl_capture_step result = step(reader, ret_packet);

	if (result == SL_CAPTURE_DAMAGED || result == SL_CAPTURE_UNKNOWN)
		memcpy(ret_why, reader->why, SL_SENTENCE_BYTES);
	return result;
}
