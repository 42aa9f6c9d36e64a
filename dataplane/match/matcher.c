/* Memory of a matcher: taken here, never on the hot path. */
#include "match_priv.h"

#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A group's text stays in the first-level cache, along with what the scan itself touches. */
#define GROUP_TEXT_BYTES 16384u

#define PROGRAM_BYTES 262144u
#define PROGRAM_STEPS 100000u

/* The longest canonical text that an event of event_bytes can have: each byte escaped, delimiters
 * around each field. The strings of a list pay for theirs: in the event's text each of them took
 * two quotes and a comma. */
static size_t event_text_bytes_max(uint32_t event_bytes)
{
	return 2 * ((size_t)event_bytes + SL_CHANNEL_NAME_MAX) + SL_FIELDS_MAX * SL_CANON_RUN_BYTES;
}

static void room_fini(struct sl_match_room *room)
{
	hs_free_scratch(room->scratch);
	free(room->atom_stamps);
	free(room->node_stamps);
	free(room->trigger_stamps);
}

/* Written here, so that its pages are there: calloc() would leave them to the first burst. */
static void *zeroed(size_t bytes)
{
	void *at = malloc(bytes);

	return at ? memset(at, 0, bytes) : NULL;
}

static int no_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		  void *context)
{
	(void)id, (void)from, (void)to, (void)flags, (void)context;
	return 0;
}

/* The first scan touches the pages of databases and scratch; better here than in a burst. */
static void warm_up(const struct sl_match_room *room, const struct sl_match_set *set)
{
	static const char text[] = "a text like that of an event, long enough for a scan to begin";

	for (uint32_t i = 0; i < set->n_databases; i++)
		hs_scan(set->databases[i].database, text, sizeof(text) - 1, 0, room->scratch,
			no_hit, NULL);
}

static int room_init(struct sl_match_room *room, const struct sl_match_set *set)
{
	*room = (struct sl_match_room){
		.n_atoms = set->artifact->n_atoms,
		.n_nodes = set->artifact->n_nodes,
		.n_triggers = set->artifact->n_triggers,
	};
	room->atom_stamps = zeroed(((size_t)room->n_atoms + 1) * sizeof(*room->atom_stamps));
	room->node_stamps = zeroed(((size_t)room->n_nodes + 1) * sizeof(*room->node_stamps));
	room->trigger_stamps =
		zeroed(((size_t)room->n_triggers + 1) * sizeof(*room->trigger_stamps));
	if (!room->atom_stamps || !room->node_stamps || !room->trigger_stamps)
		goto fail;
	for (uint32_t i = 0; i < set->n_databases; i++)
		if (hs_alloc_scratch(set->databases[i].database, &room->scratch) != HS_SUCCESS)
			goto fail;
	warm_up(room, set);
	return 0;
fail:
	room_fini(room);
	return -ENOMEM;
}

int sl_matcher_prepare(struct sl_matcher *matcher, const struct sl_match_set *set)
{
	unsigned older = !matcher->newest;
	struct sl_match_room *room = &matcher->rooms[older];
	struct sl_match_room fresh;
	int error;

	for (unsigned i = 0; i < 2; i++)
		if (atomic_load_explicit(&matcher->rooms[i].serial, memory_order_relaxed) ==
		    set->serial)
			return 0;
	error = room_init(&fresh, set);
	if (error)
		return error;
	/* The worker looks at both serials in each burst, at the rest only of the room it wants. */
	atomic_store_explicit(&room->serial, 0, memory_order_relaxed);
	room_fini(room);
	room->scratch = fresh.scratch;
	room->atom_stamps = fresh.atom_stamps;
	room->node_stamps = fresh.node_stamps;
	room->trigger_stamps = fresh.trigger_stamps;
	room->n_atoms = fresh.n_atoms;
	room->n_nodes = fresh.n_nodes;
	room->n_triggers = fresh.n_triggers;
	room->epoch = 0;
	atomic_store_explicit(&room->serial, set->serial, memory_order_release);
	matcher->newest = older;
	return 0;
}

static bool take_memory(struct sl_matcher *matcher)
{
	const struct sl_match_limits *limits = &matcher->limits;
	size_t text_bytes = event_text_bytes_max(limits->event_bytes);
	struct sl_canon *canon = &matcher->canon;

	if (text_bytes < GROUP_TEXT_BYTES)
		text_bytes = GROUP_TEXT_BYTES;
	canon->text_room = (uint32_t)text_bytes;
	canon->text = malloc(text_bytes);
	canon->runs = malloc((text_bytes / SL_CANON_RUN_BYTES + 1) * sizeof(*canon->runs));
	canon->ends = malloc(limits->scan_events * sizeof(*canon->ends));
	matcher->event_found = malloc(limits->scan_events * sizeof(*matcher->event_found));
	matcher->found =
		malloc((size_t)limits->scan_events * limits->candidates * sizeof(*matcher->found));
	matcher->first = calloc((size_t)limits->events + 1, sizeof(*matcher->first));
	matcher->triggers =
		malloc((size_t)limits->events * limits->candidates * sizeof(*matcher->triggers));
	if (sl_program_room_new(limits->program_bytes ? limits->program_bytes : PROGRAM_BYTES,
				limits->program_steps ? limits->program_steps : PROGRAM_STEPS,
				&matcher->program_room))
		return false;
	return canon->text && canon->runs && canon->ends && matcher->event_found &&
	       matcher->found && matcher->first && matcher->triggers;
}

int sl_matcher_new(const struct sl_match_limits *limits, struct sl_stats_worker *stats,
		   struct sl_matcher **ret_matcher)
{
	struct sl_matcher *matcher;

	assert(limits->events && limits->candidates);
	/* pools and offsets in the text have 32 bits */
	if ((uint64_t)limits->events * limits->candidates >= SL_FOUND_END ||
	    event_text_bytes_max(limits->event_bytes) > UINT32_MAX)
		return -SL_E_LIMIT;
	matcher = calloc(1, sizeof(*matcher));
	if (!matcher)
		return -ENOMEM;
	matcher->limits = *limits;
	matcher->stats = stats;
	if (limits->scan_events == 0)
		matcher->limits.scan_events = 1;
	if (limits->scan_events > limits->events)
		matcher->limits.scan_events = limits->events;
	if (!take_memory(matcher)) {
		sl_matcher_free(matcher);
		return -ENOMEM;
	}
	*ret_matcher = matcher;
	return 0;
}

void sl_matcher_free(struct sl_matcher *matcher)
{
	if (!matcher)
		return;
	for (unsigned i = 0; i < 2; i++)
		room_fini(&matcher->rooms[i]);
	free(matcher->canon.text);
	free(matcher->canon.runs);
	free(matcher->canon.ends);
	free(matcher->event_found);
	free(matcher->found);
	free(matcher->first);
	free(matcher->triggers);
	sl_program_room_free(matcher->program_room);
	free(matcher);
}
