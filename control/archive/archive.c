/* The archive as a consumer of the journal, and its answers. */
#include "control/archive/archive.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "control/archive/row_priv.h"
#include "sluice/error.h"
#include "sluice/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNEL, TEMPLATE, EVENT_TYPE, EVENT_CHANNEL, STEPS, MESSAGE_TEXTS };

#define STEPS_BYTES 4096u /* of one step; where there are several, the record has them */

/* Of the last match that passed: its decision comes next. */
struct message {
	bool there;
	uint64_t id[2];
	struct sl_text texts[MESSAGE_TEXTS];
	char room[SL_RECORD_BYTES_MAX];
	char steps[STEPS_BYTES];
};

struct sl_archive {
	struct sl_daily *daily;
	struct sl_consumer_stats *stats;
	struct message message;
	char row[SL_DAILY_RECORD_MAX];
};

int sl_archive_new(const struct sl_archive_config *config, struct sl_archive **ret_archive)
{
	const struct sl_daily_config daily = {
		.name = "archive",
		.directory = config->directory,
		.hashes = sl_archive_hashes,
		.days = config->days,
		.bytes = config->bytes,
		.patience_ns = config->patience_ns,
		.stats = config->stats,
	};
	struct sl_archive *archive = calloc(1, sizeof(*archive));
	int e = archive ? sl_daily_new(&daily, &archive->daily) : -ENOMEM;

	if (e) {
		free(archive);
		return e;
	}
	archive->stats = config->stats;
	*ret_archive = archive;
	return 0;
}

void sl_archive_free(struct sl_archive *archive)
{
	if (!archive)
		return;
	sl_daily_free(archive->daily);
	free(archive);
}

struct sl_daily *sl_archive_daily(struct sl_archive *archive)
{
	return archive->daily;
}

/* ---- the consumer ---------------------------------------------------------------------------- */

static int start(void *self, const uint8_t journal[16], uint64_t position, uint64_t *ret_position)
{
	struct sl_archive *archive = self;

	sl_daily_start(archive->daily, journal);
	*ret_position = position;
	return 0;
}

/* What a campaign of one step has, in the form that those of several have. */
static struct sl_text one_step(const struct sl_match_view *match, char room[STEPS_BYTES])
{
	struct sl_json json;

	sl_json_init(&json, room, STEPS_BYTES);
	sl_json_object(&json);
	sl_json_name_text(&json, match->step);
	sl_json_text(&json, match->event_id);
	sl_json_object_end(&json);
	return (struct sl_text){room, json.full ? 0 : (uint32_t)json.bytes};
}

static void remember(struct message *message, const struct sl_match_view *match)
{
	bool has_steps = match->steps.bytes > 0 && match->steps.bytes <= UINT16_MAX;
	const struct sl_text texts[MESSAGE_TEXTS] = {
		[CHANNEL] = match->channel,
		[TEMPLATE] = match->template,
		[EVENT_TYPE] = match->event_type,
		[EVENT_CHANNEL] = match->event_channel,
		[STEPS] = has_steps ? match->steps : (struct sl_text){0},
	};
	size_t used = 0;

	for (unsigned i = 0; i < MESSAGE_TEXTS; i++) {
		/* they are parts of one record: together no longer than that may be */
		if (texts[i].bytes)
			memcpy(message->room + used, texts[i].at, texts[i].bytes);
		message->texts[i] = (struct sl_text){message->room + used, texts[i].bytes};
		used += texts[i].bytes;
	}
	if (!match->steps.bytes)
		message->texts[STEPS] = one_step(match, message->steps);
	memcpy(message->id, match->head.id, sizeof(message->id));
	message->there = true;
}

static struct sl_text text_of(const char *text)
{
	return (struct sl_text){.at = text, .bytes = (uint32_t)strlen(text)};
}

static int keep(struct sl_archive *archive, const struct sl_decision_view *decision)
{
	const struct message *message = &archive->message;
	struct sl_archived row = {
		.id = {decision->head.id[0], decision->head.id[1]},
		.ruleset = decision->head.ruleset,
		.event_time_ns = decision->head.event_time_ns,
		.decided_ns = decision->head.decided_ns,
		.campaign = decision->campaign,
		.campaign_version = decision->campaign_version,
		.key = decision->key,
		.event_id = decision->event_id,
		.due = decision->head.flags & SL_DECISION_DUE,
		.decision = text_of(sl_gate_name(decision->head.gate)),
	};
	size_t n;

	if (decision->head.gate == SL_GATE_SENT && message->there &&
	    !memcmp(message->id, row.id, sizeof(row.id))) {
		row.has_message = true;
		row.channel = message->texts[CHANNEL];
		row.template = message->texts[TEMPLATE];
		row.event_type = message->texts[EVENT_TYPE];
		row.event_channel = message->texts[EVENT_CHANNEL];
		row.steps = message->texts[STEPS];
	}
	n = sl_archive_row_write(&row, archive->row);
	if (!n) { /* a record and a half: no longer than two of them may be */
		atomic_fetch_add_explicit(&archive->stats->damaged, 1, memory_order_relaxed);
		return 0;
	}
	return sl_daily_keep(archive->daily, sl_span_of(archive->row, n), row.decided_ns);
}

static int record(void *self, const struct sl_record *from, uint64_t position, int64_t committed_ns)
{
	struct sl_archive *archive = self;
	bool is_new = sl_daily_is_new(archive->daily, position, committed_ns);
	struct sl_decision_view decision;
	struct sl_match_view match;

	if (from->type == SL_RECORD_MATCH && !sl_record_match(from, &match))
		remember(&archive->message, &match);
	if (from->type != SL_RECORD_DECISION || !is_new)
		return 0;
	if (sl_record_decision(from, &decision)) {
		atomic_fetch_add_explicit(&archive->stats->damaged, 1, memory_order_relaxed);
		return 0;
	}
	return keep(archive, &decision);
}

static int settle(void *self, uint64_t position)
{
	struct sl_archive *archive = self;

	(void)position;
	return sl_daily_settle(archive->daily);
}

static void rewind_to_settled(void *self)
{
	struct sl_archive *archive = self;

	sl_daily_rewind(archive->daily);
}

const struct sl_consumer_ops sl_archive_ops = {
	.name = "archive",
	.group_ns = SL_NS_PER_S, /* nobody waits for it, and larger blocks are packed better */
	.group_bytes = 4u << 20,
	.poll_ns = 100 * SL_NS_PER_MS,
	.start = start,
	.record = record,
	.settle = settle,
	.rewind = rewind_to_settled,
};

/* ---- answers --------------------------------------------------------------------------------- */

#define PLACES 4096u /* for at most a thousand */

struct answered {
	bool there;
	uint64_t id[2], decision;
};

struct answers {
	const struct sl_archive_question *question;
	int (*each)(void *context, const struct sl_archived *decision);
	void *context;
	unsigned left;
	struct answered answered[PLACES];
};

static bool is(struct sl_text value, struct sl_text wanted)
{
	return !wanted.at || (wanted.bytes == value.bytes &&
			      (!value.bytes || !memcmp(wanted.at, value.at, value.bytes)));
}

/* False: it was among the answers already. */
static bool note(struct answers *answers, const struct sl_archived *decision)
{
	const struct answered one = {
		true, {decision->id[0], decision->id[1]}, sl_archive_hash(decision->decision)};
	size_t place = (one.id[0] ^ one.decision) % PLACES;
	struct answered *at;

	while ((at = &answers->answered[place])->there) {
		if (at->id[0] == one.id[0] && at->id[1] == one.id[1] &&
		    at->decision == one.decision)
			return false;
		place = (place + 1) % PLACES;
	}
	*at = one;
	return true;
}

static int answer(void *context, int64_t time_ns, struct sl_span row)
{
	struct answers *answers = context;
	struct sl_archived decision;

	(void)time_ns;
	if (sl_archive_row_read(row, &decision) || !is(decision.key, answers->question->key) ||
	    !is(decision.campaign, answers->question->campaign) || !note(answers, &decision))
		return 0;
	return answers->each(answers->context, &decision) || !--answers->left;
}

int sl_archive_walk(struct sl_archive *archive, const struct sl_archive_question *question,
		    struct sl_daily_place after,
		    int (*each)(void *context, const struct sl_archived *decision), void *context,
		    struct sl_daily_place *ret_next)
{
	struct sl_daily_question daily = {
		.newest_first = true, .from_ns = question->from_ns, .until_ns = question->until_ns};
	struct answers *answers = calloc(1, sizeof(*answers));
	int e;

	if (!answers)
		return -ENOMEM;
	answers->question = question;
	answers->each = each;
	answers->context = context;
	answers->left =
		question->limit < SL_ARCHIVE_ANSWERS_MAX ? question->limit : SL_ARCHIVE_ANSWERS_MAX;
	if (question->key.at || question->campaign.at) {
		daily.by_hash = true;
		daily.index = question->key.at ? SL_ARCHIVE_BY_KEY : SL_ARCHIVE_BY_CAMPAIGN;
		daily.hash = sl_archive_hash(question->key.at ? question->key : question->campaign);
	}
	e = sl_daily_walk(archive->daily, &daily, after, answer, answers, ret_next);
	free(answers);
	return e;
}

const char *sl_archive_why(struct sl_text decision)
{
	static const struct {
		const char *name, *why;
	} gates[] = {
#define SL_GATE(name, text, doc) {text, doc},
#include "sluice/gates.def"
#undef SL_GATE
	};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (is(decision, text_of(gates[i].name)))
			return gates[i].why;
	return NULL;
}
