/* Contract 2: the journal.
 *
 * Caveats first.
 * - One LMDB environment, one writing process: the dataplane. A second writer's lock would stop
 *   every acknowledgement. Consumers open it read-only, copy at most SL_JOURNAL_COPY_MAX bytes,
 *   reset their read transaction, and only then sleep, log or talk to anybody.
 * - Pages have no checksums. Believe a record only after its hash held.
 * - A consumer's cursor is the position of the first block it has not finished. It lies in the
 *   consumer's own environment (SL_CURSORS_*), never here. What lies below every cursor is
 *   deleted by the committer, a bounded number of blocks a commit.
 * - Positions are never used twice, also not after everything was trimmed.
 *
 * Layout. The unnamed database; keys are 8 bytes, big-endian. Key 0 holds a struct
 * sl_journal_meta for ever. Every other key is the position of a block: a struct sl_block_header,
 * then records. A value is at most SL_BLOCK_BYTES_MAX bytes, so that it lies inline in a leaf
 * page, two of them a page. A record that does not fit what is left of its block is cut into
 * fragments, in consecutive blocks of the same transaction, each with a header of its own; the
 * last block of a transaction ends with a whole record.
 *
 * Readers and builders of this framing: dataplane/base/record.h. */
#ifndef SLUICE_JOURNAL_H
#define SLUICE_JOURNAL_H

#include <stdint.h>

#define SL_JOURNAL_MAGIC "SLJRNL\x1a\n"
#define SL_JOURNAL_VERSION 1u
#define SL_BLOCK_BYTES_MAX 2000u
#define SL_RECORD_BYTES_MAX 131072u /* payload of one record, over all fragments */
#define SL_JOURNAL_COPY_MAX 1048576u
#define SL_PARTITIONS 4096u

struct sl_journal_meta {
	char magic[8];
	uint32_t version;
	uint32_t partitions;
	uint8_t uuid[16]; /* of this journal; consumers' cursors name it, so that they cannot be
			     used with another */
	int64_t created_ns;
	uint64_t check; /* XXH3-64 of what stands before */
};

struct sl_block_header {
	uint16_t bytes;       /* of the block, this header included */
	uint16_t version;     /* SL_JOURNAL_VERSION */
	uint32_t records;     /* records and fragments that begin in it */
	int64_t committed_ns; /* clock at the begin of the commit; set by the committer, in no hash
			       */
};

/* Types are part of the format: never renumbered. A consumer passes over types it does not know. */
enum sl_record_type {
	SL_RECORD_MATCH = 1, /* struct sl_match_record: may be sent, goes to the sinks */
	SL_RECORD_DECISION =
		2, /* struct sl_decision_record: sent or not, and the first gate that said no */
	SL_RECORD_REFUSED = 3, /* struct sl_refused_record: quarantine */
	SL_RECORD_DELTA = 4, /* struct sl_delta_record: change of what one (key, slot) remembers */
	SL_RECORD_TOMBSTONE = 5, /* the same without an image: it remembers nothing more */
	SL_RECORD_MAILBOX =
		6, /* struct sl_mailbox_record: what another owner must continue, or its receipt */
	SL_RECORD_TICK = 7, /* struct sl_tick_record: a published watermark */
	SL_RECORD_SEEN = 8, /* struct sl_seen_record: an event id its owner has taken */
	SL_RECORD_EVENT =
		9, /* struct sl_event_record: an accepted event, where they are recorded */
};

#define SL_RECORD_MORE 1u      /* a fragment, another follows in the next block */
#define SL_RECORD_CONTINUED 2u /* a fragment that continues the block before */

/* Before every record and fragment; records begin at multiples of 8 within their block. */
struct sl_record_header {
	uint8_t type;
	uint8_t version; /* of this type's layout */
	uint16_t flags;
	uint32_t bytes; /* of the payload behind this header, padding to 8 not counted */
	uint64_t hash;  /* XXH3-64 of the payload, seeded with type | version << 8 | flags << 16 */
};

/* ---- payloads. Structs first, then the texts they count, one after the other, unaligned. ------
 */

#define SL_RECORD_LAYOUT 1u /* version of all layouts below but for: */
#define SL_MATCH_LAYOUT 2u  /* of struct sl_match_record */

#define SL_MATCH_LAYOUT_1_BYTES 72u /* of the struct in layout 1, which ended with data_bytes */
#define SL_MATCH_DUE 1u             /* of flags: made by a tick, for nothing came */

struct sl_match_record {
	uint64_t id[2]; /* the match id, XXH3-128, low half first */
	uint64_t ruleset;
	int64_t event_time_ns;
	int64_t received_ns;
	uint32_t kind; /* enum sl_campaign_kind */
	uint16_t partition;
	uint16_t received_source; /* enum sl_clock_source */
	/* lengths of the texts behind, in this order */
	uint16_t campaign_bytes;
	uint16_t campaign_version_bytes;
	uint16_t channel_bytes; /* of send */
	uint16_t template_bytes;
	uint16_t key_bytes;
	uint16_t event_id_bytes;
	uint16_t event_type_bytes;
	uint16_t event_channel_bytes;
	uint16_t step_bytes;
	uint16_t trace_bytes;
	uint32_t data_bytes; /* a JSON object */
	/* since layout 2 */
	int64_t time_ns;      /* of the match: its event's, or when it fell due */
	uint32_t flags;       /* SL_MATCH_DUE; the event is then the last one that was accepted */
	uint32_t steps_bytes; /* a JSON object of steps' names and events' ids; none: the one step,
				 and the event */
};

#define SL_DECISION_DUE 1u /* of flags */

struct sl_decision_record {
	uint64_t id[2]; /* the match id the message has or would have had */
	uint64_t ruleset;
	int64_t event_time_ns; /* of the match: where it fell due, when */
	int64_t decided_ns;
	uint16_t partition;
	uint16_t gate; /* enum sl_gate; 0: sent */
	uint16_t campaign_bytes;
	uint16_t campaign_version_bytes;
	uint16_t key_bytes;
	uint16_t event_id_bytes;
	uint32_t flags;
};

#define SL_QUARANTINE_TEXT_MAX 8192u

struct sl_refused_record {
	int64_t received_ns;
	uint32_t reason;           /* enum sl_reason */
	uint32_t offset;           /* of the fault in the event's text */
	uint32_t text_whole_bytes; /* before it was cut to SL_QUARANTINE_TEXT_MAX */
	uint16_t channel_bytes;    /* the listener's name */
	uint16_t detail_bytes;
	uint32_t text_bytes; /* masked: every digit is # */
	uint32_t reserved;
};

enum sl_mailbox_part { SL_MAILBOX_SENT = 1, SL_MAILBOX_CLEARED = 2 };

struct sl_mailbox_record {
	uint64_t id[2]; /* makes it single: the match id it belongs to */
	uint16_t from;  /* partition */
	uint16_t to;
	uint16_t part; /* enum sl_mailbox_part; a cleared one has no body */
	uint16_t kind; /* what the receiver is to do with the body */
	uint32_t body_bytes;
	uint32_t reserved;
};

/* What an event or a tick changed lies in one commit with the event's SEEN record, so that after
 * any kill it has changed everything or nothing. */
struct sl_delta_record {
	uint64_t slot; /* of the registry */
	uint16_t partition;
	uint16_t key_bytes;
	uint32_t image_bytes; /* of a tombstone 0, else at least 1. The first byte says whether it
				 replaces what was there or is appended to it (enum
				 sl_delta_form); what it means, dataplane/state knows alone */
};

enum sl_delta_form { SL_DELTA_WHOLE = 1, SL_DELTA_MORE = 2 };

struct sl_tick_record {
	int64_t watermark_ns; /* all events with less than this were taken to have come */
	int64_t now_ns;
};

struct sl_seen_record {
	uint64_t id[2];   /* XXH3-128 over length-prefixed key and event id */
	uint64_t ordinal; /* counts up within its partition */
	int64_t seen_ns;
	uint16_t partition;
	uint16_t reserved[3];
};

/* Of an event where it was received, before duplicates are judged. */
struct sl_event_record {
	int64_t received_ns;
	int64_t event_time_ns;
	uint32_t json_bytes;    /* the schema's fields as they were decoded, one line, unmasked */
	uint16_t channel_bytes; /* the listener's name; before the JSON */
	uint16_t reserved;
};

/* ---- consumers' cursors: an environment that control writes ---------------------------------- */

#define SL_CURSORS_VERSION 1u
#define SL_CURSORS_MAX 16u

/* Key: the consumer's name. The committer trims below the least of all cursors there are; with
 * no cursor at all it trims nothing. */
struct sl_cursor {
	uint32_t version;
	uint32_t reserved;
	uint8_t journal[16]; /* uuid of the journal it belongs to */
	uint64_t position;   /* first block not finished */
	int64_t saved_ns;
	uint64_t check; /* XXH3-64 of what stands before */
};

/* ---- the snapshot: an environment that control's checkpointer writes ------------------------- */

#define SL_SNAPSHOT_VERSION 3u

/* Four kinds of key in the unnamed database, told apart by their first byte:
 *   META                                       struct sl_snapshot_meta
 *   SEEN number (8, BE)                        struct sl_snapshot_seen: a leaf of the log of ids
 *   MAIL partition of the receiver (2, BE) id (16)   payload of a MAILBOX record not yet cleared
 *   STATE partition (2, BE) hash of the key (16) slot (8, BE)   check (8), payload of a DELTA
 * record
 *
 * Ids lie in the order in which they came, so that a batch of them is written to neighbouring
 * pages, whatever partitions they belong to. One is of no use any more once its partition has
 * seen_room younger ones, or had; leaves of such are cleaned away from the log's beginning, and
 * what is still of use in them is appended again. So a reader meets ids in any order, some of them
 * of no use, and perhaps one twice.
 *
 * State lies by partition and key: of each (key, slot) the images since the last that replaced what
 * was before, one behind the other, as one. The key's hash is its XXH3-128, high half first; the
 * check is XXH3-64 of the payload.
 *
 * Version 2 had no state, and no tick in its meta.
 *
 * Meta is written in the same transaction as what it covers, so a snapshot is always that of one
 * position. The dataplane reads it at start, then the journal from `position` on. */
#define SL_SNAPSHOT_META 'M'
#define SL_SNAPSHOT_SEEN 'S'
#define SL_SNAPSHOT_SEEN_KEY_BYTES 9u
#define SL_SNAPSHOT_SEEN_RECORDS                                                                   \
	49u /* of one leaf: a value that lies inline, two of them a page                           \
	     */
#define SL_SNAPSHOT_MAIL 'B'
#define SL_SNAPSHOT_MAIL_KEY_BYTES 19u
#define SL_SNAPSHOT_STATE 'D'
#define SL_SNAPSHOT_STATE_KEY_BYTES 27u
#define SL_SNAPSHOT_STATE_BYTES_MAX (4u * SL_RECORD_BYTES_MAX) /* of one payload */

/* As many records as the value has room for, at least one. */
struct sl_snapshot_seen {
	uint64_t check; /* XXH3-64 of the records, seeded with the number in the key */
	struct sl_seen_record records[SL_SNAPSHOT_SEEN_RECORDS];
};

struct sl_snapshot_meta {
	uint32_t version;
	uint32_t seen_room; /* ids per partition */
	uint8_t journal[16];
	uint64_t position;
	int64_t saved_ns;
	int64_t tick_ns; /* greatest of the TICK records; INT64_MIN: there was none */
	uint64_t check;
};

struct sl_snapshot_meta_2 {
	uint32_t version;
	uint32_t seen_room;
	uint8_t journal[16];
	uint64_t position;
	int64_t saved_ns;
	uint64_t check;
};

#endif
