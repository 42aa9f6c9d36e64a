/* The outcomes of packets.def as an enum, with their names and classes. */
#ifndef SLUICE_PACKET_H
#define SLUICE_PACKET_H

enum sl_packet_class { SL_PACKET_IS_USED = 0, SL_PACKET_IS_IGNORED, SL_PACKET_IS_DROPPED };

enum sl_packet_outcome {
	SL_PACKET_USED = 0,
#define SL_PACKET(name, api, kind, doc) SL_PACKET_##name,
#include "sluice/packets.def"
#undef SL_PACKET
	SL_PACKET_OUTCOMES
};

struct sl_packet_info {
	const char *name; /* the API name */
	enum sl_packet_class kind;
	const char *doc;
};

/* Of an outcome that is unknown: the entry named "used". */
static inline const struct sl_packet_info *sl_packet_info(unsigned outcome)
{
	static const struct sl_packet_info table[SL_PACKET_OUTCOMES] = {
		{"used", SL_PACKET_IS_USED, "taken into a stream, or a datagram"},
#define SL_PACKET(name, api, kind, doc) {api, SL_PACKET_IS_##kind, doc},
#include "sluice/packets.def"
#undef SL_PACKET
	};
	return &table[outcome < SL_PACKET_OUTCOMES ? outcome : 0];
}

#endif
