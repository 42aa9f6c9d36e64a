/* segment: one file of the quarantine. A head, records that each know where the one before begins,
 * and, once it is full, a seal that says what is in it, so that it need not be read at start.
 *
 * A file is believed nothing: lengths are held against what is there, records and seals against
 * their hashes. What stands behind the last good record of a file without a seal was never settled,
 * or is torn, and is not there. */
#ifndef SL_CONTROL_QUARANTINE_SEGMENT_PRIV_H
#define SL_CONTROL_QUARANTINE_SEGMENT_PRIV_H

#include "control/quarantine/quarantine.h"

#include <stdbool.h>

#define SL_SEGMENT_NAME_BYTES 40u

struct sl_segment {
	uint64_t number;
	uint64_t end;        /* behind the last record */
	uint64_t last;       /* where that begins; 0: there is none */
	uint64_t file_bytes; /* with the seal */
	uint64_t records;
	int64_t created_ns;
	int64_t first_ns, last_ns; /* committed */
	uint8_t journal[16];       /* that its records come from */
	bool sealed;
};

/* What a record is besides its place. */
struct sl_segment_record {
	struct sl_quarantined body; /* without an id */
	uint64_t position;          /* of its block in the journal */
	uint64_t hash;              /* of its payload there */
};

void sl_segment_name(uint64_t number, char ret_name[SL_SEGMENT_NAME_BYTES]);
/* 0: it is none. */
uint64_t sl_segment_number_of(const char *name);

/* A new, empty file, its name on disk. */
int sl_segment_create(const char *directory, uint64_t number, const uint8_t journal[16],
		      struct sl_segment *ret_segment, int *ret_fd);
/* What is in it; its number is the caller's. */
int sl_segment_look(int fd, struct sl_segment *ret_segment);
int sl_segment_seal(int fd, struct sl_segment *segment);

size_t sl_segment_record_bytes(const struct sl_segment_record *record);
/* That many bytes at `at`; `before` is where the last record begins, 0: none. */
void sl_segment_record_write(const struct sl_segment_record *record, uint64_t offset,
			     uint64_t before, char *at);

/* The record at `offset`; its texts lie in `room`. *ret_before: where the one before begins, 0:
 * none. -SL_E_DAMAGED where there is none. */
int sl_segment_record_read(int fd, uint64_t end, uint64_t offset,
			   char room[SL_QUARANTINE_RECORD_MAX],
			   struct sl_segment_record *ret_record, uint64_t *ret_before);

#endif
