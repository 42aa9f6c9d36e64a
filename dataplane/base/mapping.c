#include "base/mapping.h"

#include "framed_file_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Whether a name stands behind the source's dot, by kind. */
static const uint8_t is_named[SL_MAP_SOURCES] = {
	0,
#define SL_MAP_SOURCE(name, text, named, doc) named,
#include "sluice/map_sources.def"
#undef SL_MAP_SOURCE
};

struct check {
	const struct sl_mapping *mapping;
	char *why;
	/* where the next run begins */
	uint32_t rule, condition, field, ref;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct check *check, const char *format,
							...)
{
	char sentence[SL_SENTENCE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	return sl_framed_refuse(check->why, -SL_E_SETTINGS, "mapping: %s", sentence);
}

unsigned sl_mapping_captures(struct sl_text pattern)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < pattern.bytes; i++)
		n += pattern.at[i] == '{';
	return n;
}

/* A run that begins where the one before it ended, and ends inside. */
static bool take_run(uint32_t *at, uint32_t first, uint32_t n, uint32_t all)
{
	if (first != *at || n > all - first)
		return false;
	*at = first + n;
	return true;
}

static bool is_inside(const struct check *check, struct sl_text_ref ref, uint32_t least)
{
	uint32_t all = check->mapping->header->text_bytes;

	return ref.offset <= all && ref.bytes <= all - ref.offset && ref.bytes >= least &&
	       !memchr(check->mapping->text + ref.offset, '\0', ref.bytes);
}

static int check_source(struct check *check, const struct sl_map_source *source, unsigned captures)
{
	if (source->kind >= SL_MAP_SOURCES || !is_inside(check, source->name, 0) ||
	    (is_named[source->kind] &&
	     (source->name.bytes == 0 || source->name.bytes > SL_MAP_NAME_MAX)))
		return refuse(check, "a source that is not known");
	if (source->kind == SL_MAP_CAPTURE && source->capture >= captures)
		return refuse(check, "a capture that the path does not have");
	return 0;
}

static int check_rule(struct check *check, const struct sl_map_rule *rule)
{
	const struct sl_mapping *mapping = check->mapping;
	const struct sl_mapping_header *header = mapping->header;
	unsigned captures;
	int error = 0;

	if (rule->body > SL_MAP_BODY_EVENTS || !is_inside(check, rule->path, 0) ||
	    rule->path.bytes > SL_MAP_NAME_MAX)
		return refuse(check, "a rule whose path or body is not known");
	captures = sl_mapping_captures(sl_mapping_text(mapping, rule->path));
	if (captures > SL_MAP_CAPTURES_MAX)
		return refuse(check, "a path with %u captures", captures);
	if (!take_run(&check->ref, rule->ref, rule->n_methods, header->refs) ||
	    !take_run(&check->ref, check->ref, rule->n_hosts, header->refs) ||
	    !take_run(&check->ref, check->ref, rule->n_ids, header->refs) ||
	    !take_run(&check->condition, rule->condition, rule->n_conditions, header->conditions) ||
	    !take_run(&check->field, rule->field, rule->n_fields, header->fields))
		return refuse(check, "the parts of a rule lie elsewhere");
	if (rule->n_ids > SL_FIELDS_MAX || rule->n_fields > SL_FIELDS_MAX)
		return refuse(check, "a rule with more fields than a schema has");
	for (uint32_t i = 0; !error && i < rule->n_conditions; i++) {
		const struct sl_map_condition *condition =
			&mapping->conditions[rule->condition + i];

		error = check_source(check, &condition->source, captures);
		if (!error && (condition->absent > 1 || !take_run(&check->ref, condition->ref,
								  condition->n_refs, header->refs)))
			error = refuse(check, "the parts of a condition lie elsewhere");
	}
	for (uint32_t i = 0; !error && i < rule->n_fields; i++) {
		const struct sl_map_field *field = &mapping->fields[rule->field + i];

		error = check_source(check, &field->source, captures);
		if (!error &&
		    (!is_inside(check, field->path, 1) || field->path.bytes > SL_MAP_NAME_MAX))
			error = refuse(check, "a field without a name");
	}
	return error;
}

static int check_channel(struct check *check, const struct sl_map_channel *channel,
			 unsigned n_channels)
{
	int error = 0;

	if (channel->channel >= n_channels || channel->charset > SL_CHARSET_CP949 ||
	    channel->unseen > 1 || channel->n_statuses > SL_MAP_STATUSES_MAX)
		return refuse(check, "a channel that is not known");
	if (!take_run(&check->rule, channel->rule, channel->n_rules, check->mapping->header->rules))
		return refuse(check, "the rules of a channel lie elsewhere");
	for (uint32_t i = 0; !error && i < channel->n_rules; i++)
		error = check_rule(check, &check->mapping->rules[channel->rule + i]);
	return error;
}

/* The arrays behind the header, one behind the other. False: they are not as long as it says. */
static bool place(const uint8_t *bytes, size_t n_bytes, struct sl_mapping *mapping)
{
	const struct sl_mapping_header *header = (const struct sl_mapping_header *)bytes;
	uint64_t at = sizeof(*header);

	mapping->header = header;
	mapping->channels = (const struct sl_map_channel *)(bytes + at);
	at += (uint64_t)header->channels * sizeof(*mapping->channels);
	if (at > n_bytes)
		return false;
	mapping->rules = (const struct sl_map_rule *)(bytes + at);
	at += (uint64_t)header->rules * sizeof(*mapping->rules);
	if (at > n_bytes)
		return false;
	mapping->conditions = (const struct sl_map_condition *)(bytes + at);
	at += (uint64_t)header->conditions * sizeof(*mapping->conditions);
	if (at > n_bytes)
		return false;
	mapping->fields = (const struct sl_map_field *)(bytes + at);
	at += (uint64_t)header->fields * sizeof(*mapping->fields);
	if (at > n_bytes)
		return false;
	mapping->refs = (const struct sl_text_ref *)(bytes + at);
	at += (uint64_t)header->refs * sizeof(*mapping->refs);
	mapping->text = (const char *)bytes + at;
	return at <= n_bytes && header->text_bytes == n_bytes - at;
}

int sl_mapping_view(const void *bytes, size_t n_bytes, unsigned n_channels,
		    struct sl_mapping *ret_mapping, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_mapping_header *header = bytes;
	struct sl_mapping mapping = {0};
	struct check check = {.mapping = &mapping, .why = ret_why};
	uint32_t seen = 0;
	int error = 0;

	if (n_bytes == 0) {
		*ret_mapping = mapping;
		return 0;
	}
	if (n_bytes < sizeof(*header) || n_bytes > SL_MAPPING_BYTES_MAX || header->bytes != n_bytes)
		return refuse(&check, "%zu bytes are no mapping", n_bytes);
	if (header->version != SL_MAPPING_VERSION)
		return sl_framed_refuse(ret_why, -SL_E_VERSION,
					"mapping version %u, this reader knows %u", header->version,
					SL_MAPPING_VERSION);
	if (header->channels > n_channels || !place(bytes, n_bytes, &mapping))
		return refuse(&check, "its parts are longer than it is");
	for (uint32_t i = 0; !error && i < header->channels; i++) {
		error = check_channel(&check, &mapping.channels[i], n_channels);
		if (!error && seen & 1u << mapping.channels[i].channel)
			error = refuse(&check, "two of one channel");
		if (!error)
			seen |= 1u << mapping.channels[i].channel;
	}
	/* what is of nobody was not looked at */
	if (!error && (check.rule != header->rules || check.condition != header->conditions ||
		       check.field != header->fields || check.ref != header->refs))
		error = refuse(&check, "parts that are of no channel or rule");
	for (uint32_t i = 0; !error && i < header->refs; i++)
		if (!is_inside(&check, mapping.refs[i], 0))
			error = refuse(&check, "a text that lies elsewhere");
	if (!error)
		*ret_mapping = mapping;
	return error;
}
