/* Values of CEL: their kinds, and what goes wrong with them. Shared by what compiles conditions
 * and what runs them.
 *
 * The first six kinds are the types of fields (enum sl_field_type), by the same numbers: the slot
 * of an event is a value of its type. Numbers are part of the artifact's format. */
#ifndef SLUICE_VALUE_H
#define SLUICE_VALUE_H

enum sl_kind {
	SL_KIND_NONE = 0,
	SL_KIND_STRING = 1,
	SL_KIND_INT = 2,
	SL_KIND_DOUBLE = 3,
	SL_KIND_BOOL = 4,
	SL_KIND_TIME = 5, /* of a field: nanoseconds since 1970, 1678 to 2261 */
	SL_KIND_LIST = 6,
	SL_KIND_MAP = 7,
	SL_KIND_UINT = 8,
	SL_KIND_BYTES = 9,
	SL_KIND_NULL = 10,
	SL_KIND_TIMESTAMP = 11, /* seconds since 1970 and nanoseconds, years 1 to 9999 */
	SL_KIND_DURATION = 12,  /* seconds and nanoseconds of the same sign, 9,998 years */
	SL_KIND_TYPE = 13,      /* the kind that type() gives; TIME gives TIMESTAMP */
	SL_KIND_ERROR = 14,     /* enum sl_fault */
	SL_KINDS
};

enum sl_fault {
	SL_FAULT_NONE,
#define SL_FAULT(name, text) SL_FAULT_##name,
#include "sluice/faults.def"
#undef SL_FAULT
	SL_FAULT_COUNT
};

#define SL_TIMESTAMP_SECONDS_MIN (-62135596800ll) /* 0001-01-01T00:00:00Z */
#define SL_TIMESTAMP_SECONDS_MAX 253402300799ll   /* 9999-12-31T23:59:59Z */
#define SL_DURATION_SECONDS_MAX 315537897598ll    /* both ways: less than lies between the times */

enum sl_function {
	SL_FUNCTION_NONE,
#define SL_FUNCTION(name, text, form) SL_FUNCTION_##name,
#include "sluice/functions.def"
#undef SL_FUNCTION
	SL_FUNCTION_COUNT
};

#endif
