/* What stands in a settings file, beside the header that sluice/artifact.h describes.
 *
 * Caveats first: believed only after sl_settings_read() (in dataplane/base) has checked each value
 * against its bounds, that every text has its end, and that channels and wires go together. A
 * change of any of these layouts is another SL_SETTINGS_VERSION.
 *
 * Who writes: control/, from sluice.yaml. Who reads: the dataplane at its start, and tools. */
#ifndef SLUICE_SETTINGS_H
#define SLUICE_SETTINGS_H

#include <stdint.h>

#define SL_SETTINGS_VERSION 3u
#define SL_SETTING_TEXT_MAX 240u
#define SL_CHANNELS_MAX 32u
#define SL_CHANNEL_NAME_MAX 32u
#define SL_CHANNEL_PORTS_MAX 8u
#define SL_WIRES_MAX 16u
#define SL_WIRE_NAME_MAX 32u
#define SL_WIRE_DEVICE_MAX 240u
#define SL_ANNOUNCED_BYTES 65536u /* of SL_SECTION_ANNOUNCED, terminated, at most */

struct sl_settings {
	uint32_t version;
	uint32_t channels;
	uint32_t wires;
	uint32_t reserved;
#define SL_INT(field, path, value, min, max, unit, when, doc) int64_t field;
#define SL_BOOL(field, path, value, when, doc) int64_t field;
#define SL_TEXT(field, path, value, when, doc) char field[SL_SETTING_TEXT_MAX];
#include "sluice/settings.def"
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT
};

enum sl_protocol {
	SL_PROTOCOL_HTTP = 1,
	SL_PROTOCOL_TCP = 2,
	SL_PROTOCOL_UDP = 3,
	SL_PROTOCOL_MIRROR = 4, /* HTTP between others, seen on a wire */
};

static inline const char *sl_protocol_name(unsigned protocol)
{
	static const char *const names[] = {
		[SL_PROTOCOL_HTTP] = "http",
		[SL_PROTOCOL_TCP] = "tcp",
		[SL_PROTOCOL_UDP] = "udp",
		[SL_PROTOCOL_MIRROR] = "mirror",
	};

	return protocol >= SL_PROTOCOL_HTTP && protocol <= SL_PROTOCOL_MIRROR ? names[protocol]
									      : "unknown";
}

/* A network port whose packets are read past the kernel. */
struct sl_wire {
	char name[SL_WIRE_NAME_MAX];
	char device[SL_WIRE_DEVICE_MAX]; /* as DPDK calls it: a PCI address, or a driver and its
					    arguments */
	uint8_t promiscuous;
	uint8_t reserved[7];
};

struct sl_channel {
	char name[SL_CHANNEL_NAME_MAX];
	char address[64];     /* of the interface, numeric; "": it is on wires */
	uint16_t port;        /* 0: any free one */
	uint8_t protocol;     /* enum sl_protocol */
	uint8_t acknowledge;  /* TCP: answer each line */
	uint32_t lateness_ms; /* how much later than a younger one an event may come */
	uint32_t wires;       /* bit i: those packets of wire i that go to or from `ports` */
	uint16_t ports[SL_CHANNEL_PORTS_MAX]; /* no two channels of TCP have one in common, nor two
						 of UDP */
	uint8_t n_ports;
	uint8_t repeats; /* 1: an event whose id came before is taken all the same */
	uint8_t reserved[2];
	uint32_t loss_ppm;   /* parts of a million: of a second that lost more all may be missing */
	uint32_t silence_ms; /* nothing for longer, and all may be missing; 0: however long */
};

#define SL_CHANNEL_MS_MAX 604800000u /* a week: lateness and silence */
#define SL_LOSS_PPM_MAX 1000000u
#define SL_LOSS_PPM_DEFAULT 1000u /* one of a thousand */

#endif
