/* From events to candidates, burst by burst. Nothing here allocates. */
#include "match_priv.h"

#include "base/counters.h"

#include <assert.h>

/* The event in whose text the byte before `to` lies. Hits of one database come in the order of
 * their ends, so it is mostly the one of the hit before. */
static uint32_t event_of(struct sl_matcher *matcher, uint32_t to)
{
	const struct sl_canon *canon = &matcher->canon;
	uint32_t event = matcher->cursor;

	if (event && to <= canon->ends[event - 1])
		event = 0;
	while (to > canon->ends[event])
		event++;
	matcher->cursor = event;
	return event;
}

/* A bare literal counts inside a value of its field, and not from the middle of an escape on. One
 * that ends with the delimiter has it behind the value. */
static bool lies_in_value(const struct sl_canon *canon, const struct sl_atom *atom, uint32_t to)
{
	uint32_t from = to - atom->bytes;
	const struct sl_canon_run *run;

	if (atom->bytes > to || from == 0)
		return false;
	run = sl_canon_find(canon, from, to - (atom->kind == SL_ATOM_SUFFIX));
	return run && run->slot == atom->slot && canon->text[from - 1] != SL_CANON_ESCAPE;
}

/* The program decides; here only what another field's text set off is left out. */
static bool ends_in_field(const struct sl_canon *canon, const struct sl_atom *atom, uint32_t to)
{
	uint32_t last = to ? to - 1 : 0;
	const struct sl_canon_run *run;

	if (canon->text[last] == SL_CANON_END)
		last--; /* the byte before belongs to the value, or to its head if it is empty */
	if (canon->text[last] == SL_CANON_VALUE)
		return true;
	run = sl_canon_find(canon, last, last + 1);
	return run && run->slot == atom->slot;
}

static bool counts(const struct sl_canon *canon, const struct sl_atom *atom, uint32_t to)
{
	switch (atom->kind) {
	case SL_ATOM_CONTAINS:
	case SL_ATOM_SUFFIX:
		return lies_in_value(canon, atom, to);
	case SL_ATOM_REGEX:
		return ends_in_field(canon, atom, to);
	default:
		return true;
	}
}

static void note_found(struct sl_matcher *matcher, uint32_t event, uint32_t index,
		       const struct sl_atom *atom)
{
	struct sl_match_event_found *found = &matcher->event_found[event];

	/* each gives a candidate at least, all but those of a trigger that several atoms name */
	if (found->count == matcher->limits.candidates) {
		matcher->tally.cut += atom->filing.filed_count;
		return;
	}
	__builtin_prefetch(&matcher->set->artifact->filed[atom->filing.filed]);
	matcher->found[matcher->n_found] =
		(struct sl_match_found){.atom = index, .next = SL_FOUND_END};
	if (found->count++)
		matcher->found[found->last].next = matcher->n_found;
	else
		found->first = matcher->n_found;
	found->last = matcher->n_found++;
}

static void take_hits(struct sl_matcher *matcher)
{
	const struct sl_atom *atoms = matcher->set->artifact->atoms;
	uint32_t *stamps = matcher->room->atom_stamps;

	for (uint32_t i = 0; i < matcher->n_hits; i++) {
		const struct sl_match_hit *hit = &matcher->hits[i];
		const struct sl_atom *atom = &atoms[hit->atom];
		uint32_t event = event_of(matcher, hit->to);

		if (stamps[hit->atom] == matcher->stamp + event)
			continue;
		if (!counts(&matcher->canon, atom, hit->to))
			continue;
		stamps[hit->atom] = matcher->stamp + event;
		note_found(matcher, event, hit->atom, atom);
	}
	matcher->tally.hits += matcher->n_hits;
	matcher->n_hits = 0;
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		  void *context)
{
	struct sl_matcher *matcher = context;

	const struct sl_match_database *database = matcher->database;

	(void)from;
	(void)flags;
	if (database->ids)
		id = id < database->n_ids ? database->ids[id] : SL_ATOM_NONE;
	/* ids are inside the database, where the artifact's reader could not look */
	if (id >= matcher->room->n_atoms)
		return 0;
	__builtin_prefetch(&matcher->set->artifact->atoms[id]);
	__builtin_prefetch(&matcher->room->atom_stamps[id], 1);
	matcher->hits[matcher->n_hits++] = (struct sl_match_hit){.atom = id, .to = (uint32_t)to};
	if (matcher->n_hits == SL_MATCH_HITS)
		take_hits(matcher);
	return 0;
}

void sl_match_scan(struct sl_matcher *matcher)
{
	const struct sl_canon *canon = &matcher->canon;

	matcher->n_found = 0;
	for (uint32_t i = 0; i < canon->n_events; i++)
		matcher->event_found[i] = (struct sl_match_event_found){.first = SL_FOUND_END};
	if (canon->bytes == 0)
		return;
	for (uint32_t i = 0; i < matcher->set->n_databases; i++) {
		hs_error_t error;

		matcher->cursor = 0;
		matcher->database = &matcher->set->databases[i];
		error = hs_scan(matcher->database->database, (const char *)canon->text,
				canon->bytes, 0, matcher->room->scratch, on_hit, matcher);
		take_hits(matcher);
		/* a set and scratch that were made for each other should not fail; were it so,
		 * these events would lack matches, and that must show */
		if (error != HS_SUCCESS)
			matcher->tally.scan_errors++;
	}
}

/* Makes a group of as many of the events as may be scanned together; returns how many. */
static uint32_t fill_group(struct sl_matcher *matcher, const struct sl_event *events, uint32_t n)
{
	struct sl_match_room *room = matcher->room;
	struct sl_canon *canon = &matcher->canon;
	uint32_t taken = 0;

	canon->bytes = 0;
	canon->n_runs = 0;
	canon->n_events = 0;
	if (n > matcher->limits.scan_events)
		n = matcher->limits.scan_events;
	while (taken < n && sl_canon_add(canon, matcher->set, &events[taken]))
		taken++;
	assert(taken); /* decode lets no event pass that is longer than event_bytes */
	if (room->epoch > UINT32_MAX - taken) {
		memset(room->atom_stamps, 0, room->n_atoms * sizeof(*room->atom_stamps));
		memset(room->node_stamps, 0, room->n_nodes * sizeof(*room->node_stamps));
		memset(room->trigger_stamps, 0, room->n_triggers * sizeof(*room->trigger_stamps));
		room->epoch = 0;
	}
	matcher->stamp = room->epoch + 1;
	room->epoch += taken;
	return taken;
}

static struct sl_match_room *room_of(struct sl_matcher *matcher, const struct sl_match_set *set)
{
	unsigned i = atomic_load_explicit(&matcher->rooms[0].serial, memory_order_acquire) !=
		     set->serial;

	assert(atomic_load_explicit(&matcher->rooms[i].serial, memory_order_acquire) ==
	       set->serial);
	return &matcher->rooms[i];
}

static void count_tally(struct sl_matcher *matcher)
{
	const struct sl_match_tally *tally = &matcher->tally;

	sl_count(matcher->stats, SL_COUNTER_SCAN_ERRORS, tally->scan_errors);
	sl_count(matcher->stats, SL_COUNTER_PATTERN_HITS, tally->hits);
	sl_count(matcher->stats, SL_COUNTER_CANDIDATES, tally->candidates);
	sl_count(matcher->stats, SL_COUNTER_CANDIDATES_CUT, tally->cut);
	sl_count(matcher->stats, SL_COUNTER_PROGRAM_RUNS, tally->runs);
	sl_count(matcher->stats, SL_COUNTER_PROGRAM_ERRORS, tally->errors);
}

void sl_match_burst(struct sl_matcher *matcher, const struct sl_match_set *set,
		    const struct sl_event *events, unsigned n, struct sl_matches *ret_matches)
{
	uint32_t *first = matcher->first;
	uint32_t at = 0, begin = 0;

	assert(n <= matcher->limits.events);
	matcher->set = set;
	matcher->room = room_of(matcher, set);
	matcher->tally = (struct sl_match_tally){0};
	for (uint32_t done = 0, group; done < n; done += group) {
		group = fill_group(matcher, events + done, n - done);
		sl_match_scan(matcher);
		for (uint32_t i = 0; i < group; i++) {
			first[done + i] = at;
			at = sl_match_gather(matcher, &events[done + i], i, at);
		}
	}
	first[n] = at;
	matcher->tally.candidates = at;
	at = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t end = first[i + 1];

		first[i] = at;
		at = sl_match_confirm(matcher, &events[i], begin, end, at);
		begin = end;
	}
	first[n] = at;
	count_tally(matcher);
	*ret_matches = (struct sl_matches){.first = first, .triggers = matcher->triggers};
}
