/* The reasons of reasons.def as an enum, with their names and classes. */
#ifndef SLUICE_REASON_H
#define SLUICE_REASON_H

enum sl_reason_class { SL_REASON_MALFORMED = 1, SL_REASON_UNFIT, SL_REASON_DROPPED };

enum sl_reason {
	SL_WHY_NONE = 0,
#define SL_REASON(name, api, kind, doc) SL_WHY_##name,
#include "sluice/reasons.def"
#undef SL_REASON
	SL_WHY_COUNT
};

struct sl_reason_info {
	const char *name; /* the API name */
	enum sl_reason_class kind;
	const char *doc;
};

/* Of a reason that is none or unknown: the entry named "none". */
static inline const struct sl_reason_info *sl_reason_info(unsigned reason)
{
	static const struct sl_reason_info table[SL_WHY_COUNT] = {
		{"none", 0, "no reason"},
#define SL_REASON(name, api, kind, doc) {api, SL_REASON_##kind, doc},
#include "sluice/reasons.def"
#undef SL_REASON
	};
	return &table[reason < SL_WHY_COUNT ? reason : 0];
}

#endif
