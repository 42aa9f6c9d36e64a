/* A document of a file of rules becomes a campaign: its keys, one after the other. */
#include "rules/campaign/campaign_priv.h"

#include "rules/progress_priv.h"

#include <errno.h>
#include <stdio.h>

/* Letters, digits and . _ - */
static bool read_name(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		      const char *what, bool capitals, struct sl_slice *ret_name)
{
	if (!sl_yaml_text(file, node, what, SL_CAMPAIGN_NAME_MAX, ret_name))
		return false;
	for (uint32_t i = 0; i < ret_name->bytes; i++) {
		char c = ret_name->at[i];

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
		    c == '.' || (capitals && c >= 'A' && c <= 'Z'))
			continue;
		sl_mistake(file->diagnostics, sl_yaml_place(file->source, node, i), "bad_name",
			   *what == '`' ? "" : "as in `card-overseas-notice`",
			   "%s is made of %sa-z, 0-9, - _ and . only", what,
			   capitals ? "A-Z, " : "");
		return false;
	}
	return true;
}

static int keep(struct sl_rules_set *set, struct sl_slice text, struct sl_slice *ret_text)
{
	char *copy = sl_arena_copy(&set->arena, text);

	if (!copy)
		return -ENOMEM;
	*ret_text = (struct sl_slice){copy, text.bytes};
	return 0;
}

int sl_campaign_read_name(struct sl_campaign_reader *reader, const struct sl_yaml_node *node,
			  const char *what, bool capitals, struct sl_slice *ret_name)
{
	struct sl_slice name;

	if (!node || !read_name(&reader->file, node, what, capitals, &name))
		return 0;
	return keep(reader->set, name, ret_name);
}

static int read_identity(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *name =
		sl_campaign_require(file, root, "campaign", "`campaign: name-of-it`");
	const struct sl_yaml_node *owner = sl_yaml_get(root, "owner");
	const struct sl_yaml_node *description = sl_yaml_get(root, "description");
	struct sl_slice text;
	int error = sl_campaign_read_name(reader, name, "the name of a campaign", true,
					  &reader->campaign->name);

	if (!error && owner && sl_yaml_text(file, owner, "`owner`", 256, &text))
		error = keep(reader->set, text, &reader->campaign->owner);
	if (description)
		sl_yaml_text(file, description, "`description`", 4096, &text);
	return error;
}

static void read_kind(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *kind =
		sl_campaign_require(file, root, "kind", "`kind: service`");

	if (!kind || !sl_yaml_is_kind(file, kind, SL_YAML_SCALAR, "`kind`"))
		return;
	if (sl_slice_is(kind->value, "service")) {
		reader->campaign->kind = SL_CAMPAIGN_SERVICE;
	} else if (!sl_slice_is(kind->value, "advertisement")) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, kind), "bad_value",
			   "write `kind: service`", "`kind` must be service or advertisement");
	} else if (reader->set->unsafe_advertising) {
		reader->campaign->kind = SL_CAMPAIGN_ADVERTISEMENT;
	} else {
		sl_mistake(file->diagnostics, sl_yaml_at(file, kind), "no_consent_gate",
			   "only what the law counts as a service notice may be `kind: service`",
			   "kind: advertisement needs the consent gate, which this version does "
			   "not have; "
			   "advertising could reach customers who never agreed to it");
	}
}

/* What a date or a time lacks, by its shape. */
static const char *hint_instant(struct sl_slice text)
{
	if (text.bytes > 10 && memchr(text.at, ':', text.bytes))
		return "a time has a `T` before it and its zone behind it: "
		       "2026-01-31T09:00:00+09:00";
	if (text.bytes == 10 && text.at[4] == '-' && text.at[7] == '-')
		return "the calendar has no such day";
	return "write 2026-01-31, or 2026-01-31T09:00:00+09:00";
}

/* A date or a time; `days_on` makes the end of a date of its beginning. */
static bool read_instant(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
			 const char *what, int days_on, int64_t *ret_ns)
{
	int error;

	if (!sl_yaml_is_kind(file, node, SL_YAML_SCALAR, what))
		return false;
	error = node->value.bytes == 10 ? sl_instant_parse_date(node->value, days_on, ret_ns)
					: sl_instant_parse(node->value, ret_ns);
	if (error == -ERANGE)
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_time", "",
			   "%s: years go from 1678 to 2261", what);
	else if (error)
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_time",
			   hint_instant(node->value), "%s is neither a date nor a time", what);
	return !error;
}

static void read_valid(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *valid = sl_yaml_get(root, "valid"), *from, *until;
	struct sl_campaign_text *campaign = reader->campaign;
	bool good = true;

	campaign->valid_from_ns = INT64_MIN;
	campaign->valid_until_ns = INT64_MAX;
	if (!valid ||
	    !sl_yaml_is_kind_or(file, valid, SL_YAML_MAP, "`valid`",
				"`valid: {from: 2026-01-01, until: 2026-12-31}`, or one of them"))
		return;
	sl_campaign_check_keys(file, valid, SL_KEYS_VALID);
	from = sl_yaml_get(valid, "from");
	until = sl_yaml_get(valid, "until");
	if (from)
		good &= read_instant(file, from, "`from`", 0, &campaign->valid_from_ns);
	if (until)
		good &= read_instant(file, until, "`until`", 1, &campaign->valid_until_ns);
	if (good && campaign->valid_from_ns >= campaign->valid_until_ns)
		sl_mistake(file->diagnostics, sl_yaml_at(file, until ? until : valid), "bad_value",
			   "", "`until` lies before `from`: the campaign would never be valid");
}

static int read_send(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *send = sl_yaml_get(root, "send");
	const struct sl_yaml_node *channel, *template, *data;
	int error;

	if (!send || !sl_yaml_is_kind_or(file, send, SL_YAML_MAP, "`send`",
					 "`send: {channel: push, template: NAME}`; on lines of "
					 "their own its keys are indented"))
		return 0;
	sl_campaign_check_keys(file, send, SL_KEYS_SEND);
	channel = sl_campaign_require(file, send, "channel", "`channel: push`");
	template = sl_campaign_require(file, send, "template", "`template: NAME`");
	data = sl_yaml_get(send, "data");
	error = sl_campaign_read_name(reader, channel, "`channel`", true,
				      &reader->campaign->channel);
	if (!error)
		error = sl_campaign_read_name(reader, template, "`template`", true,
					      &reader->campaign->template);
	if (!error && data &&
	    sl_yaml_is_kind_or(file, data, SL_YAML_MAP, "`data`",
			       "`data: {amount: amount}`: each value with its name"))
		error = sl_campaign_read_data(reader, data);
	return error;
}

static int check_single(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	struct sl_rules_set *set = reader->set;
	struct sl_slice name = reader->campaign->name;
	const struct sl_yaml_node *node = sl_yaml_get(root, "campaign");
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;

	if (!name.bytes)
		return 0;
	sl_rules_hash(name.at, name.bytes, hash);
	index = sl_table_put(&set->names, hash, &is_new);
	if (!index)
		return -ENOMEM;
	if (is_new) {
		*index = set->n_campaigns;
	} else {
		char where[300];

		sl_place_text(set->campaigns[*index].place, where, sizeof(where));
		sl_mistake(set->diagnostics, sl_yaml_at(&reader->file, node), "duplicate_campaign",
			   "", "there is a campaign `%.*s` already, in %s", SL_SLICE_ARGS(name),
			   where);
	}
	return 0;
}

static int read_campaign(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	int error;

	memset(reader->told, 0, sizeof(reader->told));
	reader->campaign->place = sl_yaml_at(&reader->file, root);
	if (!sl_yaml_is_kind_or(&reader->file, root, SL_YAML_MAP, "a campaign",
				root->kind == SL_YAML_LIST
					? "no `-` before it; between two campaigns in a file "
					  "stands a line `---`"
					: "a campaign begins with `campaign: name-of-it`"))
		return 0;
	sl_campaign_check_keys(&reader->file, root, SL_KEYS_CAMPAIGN);
	error = read_identity(reader, root);
	if (reader->campaign->name.bytes)
		sl_progress_campaign(reader->set->progress, reader->campaign->name);
	if (!error)
		error = check_single(reader, root);
	read_kind(reader, root);
	read_valid(reader, root);
	if (!error)
		error = sl_campaign_read_match(reader, root);
	if (!error)
		error = sl_campaign_read_ranking(reader, root);
	if (!error)
		error = read_send(reader, root);
	if (!error && reader->campaign->pattern)
		error = sl_campaign_end_pattern(reader);
	return error;
}

static struct sl_campaign_text *new_campaign(struct sl_rules_set *set)
{
	struct sl_campaign_text *campaign = sl_buffer_grow(&set->campaign_room, sizeof(*campaign));

	set->campaigns = (struct sl_campaign_text *)set->campaign_room.at;
	return campaign;
}

int sl_campaigns_load(struct sl_rules_set *set, const struct sl_source *source)
{
	struct sl_campaign_reader reader = {.set = set, .file = {source, set->diagnostics}};
	struct sl_arena arena = {0}; /* of one document */
	const struct sl_yaml_node *root;
	struct sl_yaml yaml;
	int found, error = sl_yaml_open(&yaml, source, set->diagnostics);

	if (error)
		return error;
	while (!error) {
		found = sl_yaml_next(&yaml, &arena, &root);
		if (found == 0 && (found = sl_yaml_resume(&yaml)) > 0)
			continue;
		if (found <= 0) {
			error = found;
			break;
		}
		if (set->n_campaigns == SL_CAMPAIGNS_MAX) {
			sl_mistake(set->diagnostics, sl_yaml_at(&reader.file, root), "too_many", "",
				   "a rule set has at most %u campaigns", SL_CAMPAIGNS_MAX);
			break;
		}
		reader.campaign = new_campaign(set);
		error = reader.campaign ? read_campaign(&reader, root) : -ENOMEM;
		set->n_campaigns++;
		sl_arena_reset(&arena);
	}
	sl_yaml_close(&yaml);
	sl_arena_fini(&arena);
	return error;
}
