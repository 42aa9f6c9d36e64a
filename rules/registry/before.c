#include "rules/registry/before_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static int read_file(const char *path, uint8_t **ret_bytes, size_t *ret_n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
	uint8_t *bytes = NULL;
	struct stat info;
	size_t n = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &info))
		error = -errno;
	else if (!S_ISREG(info.st_mode))
		error = -SL_E_FORMAT;
	else if (!(bytes = malloc((size_t)info.st_size + 1)))
		error = -ENOMEM;
	while (!error && n < (size_t)info.st_size) {
		ssize_t got = read(fd, bytes + n, (size_t)info.st_size - n);

		if (got < 0 && errno != EINTR)
			error = -errno;
		else if (got == 0)
			error = -SL_E_TRUNCATED;
		else if (got > 0)
			n += (size_t)got;
	}
	close(fd);
	if (error) {
		free(bytes);
		return error;
	}
	*ret_bytes = bytes;
	*ret_n = n;
	return 0;
}

static int check_file(const uint8_t *bytes, size_t n, struct sl_file_header *ret_header)
{
	struct sl_file_header header;

	if (n < sizeof(header))
		return n >= 8 && memcmp(bytes, SL_FILE_MAGIC, 8) == 0 ? -SL_E_TRUNCATED
								      : -SL_E_FORMAT;
	memcpy(&header, bytes, sizeof(header));
	if (memcmp(header.magic, SL_FILE_MAGIC, sizeof(header.magic)) != 0 ||
	    header.kind != SL_FILE_RULESET)
		return -SL_E_FORMAT;
	if (header.version != SL_FILE_VERSION)
		return -SL_E_VERSION;
	if (header.bytes != n)
		return -SL_E_TRUNCATED;
	if (header.hash != XXH3_64bits(bytes + sizeof(header), n - sizeof(header)))
		return -SL_E_CHECKSUM;
	if (header.sections > SL_FILE_SECTIONS_MAX ||
	    header.sections * sizeof(struct sl_file_section) > n - sizeof(header))
		return -SL_E_BOUNDS;
	*ret_header = header;
	return 0;
}

/* Where the section's elements lie; of one that is not there none. */
static int find_section(const uint8_t *bytes, const struct sl_file_header *header, uint32_t id,
			uint32_t record_bytes, struct sl_before_section *ret_section)
{
	*ret_section = (struct sl_before_section){.record_bytes = record_bytes};
	for (uint32_t i = 0; i < header->sections; i++) {
		struct sl_file_section section;

		memcpy(&section, bytes + sizeof(*header) + i * sizeof(section), sizeof(section));
		if (section.id != id)
			continue;
		if (section.offset > header->bytes ||
		    section.bytes > header->bytes - section.offset ||
		    section.record_bytes != record_bytes ||
		    section.bytes != (uint64_t)section.count * record_bytes)
			return -SL_E_BOUNDS;
		ret_section->at = bytes + section.offset;
		ret_section->count = section.count;
		return 0;
	}
	return 0;
}

void sl_before_get(const struct sl_before_section *section, uint32_t index, void *ret_record)
{
	if (index < section->count)
		memcpy(ret_record, section->at + (size_t)index * section->record_bytes,
		       section->record_bytes);
	else
		memset(ret_record, 0, section->record_bytes);
}

struct sl_slice sl_before_text(const struct sl_before *before, struct sl_text_ref ref)
{
	if ((uint64_t)ref.offset + ref.bytes > before->text.count)
		return (struct sl_slice){"", 0};
	return (struct sl_slice){(const char *)before->text.at + ref.offset, ref.bytes};
}

static bool is_draining(const struct sl_before *before, const struct sl_campaign *campaign)
{
	struct sl_sequence sequence;

	if (!campaign->sequence_count)
		return false;
	sl_before_get(&before->sequences, campaign->sequence, &sequence);
	return sequence.draining;
}

static int index_names(struct sl_before *before)
{
	for (uint32_t i = 0; i < before->campaigns.count; i++) {
		struct sl_campaign campaign;
		struct sl_slice name;
		uint64_t hash[2];
		bool is_new;
		uint32_t *at;

		sl_before_get(&before->campaigns, i, &campaign);
		if (is_draining(before, &campaign))
			continue;
		name = sl_before_text(before, campaign.name);
		sl_rules_hash(name.at, name.bytes, hash);
		at = sl_table_put(&before->names, hash, &is_new);
		if (!at)
			return -ENOMEM;
		*at = i;
	}
	return 0;
}

static int find_all(const uint8_t *bytes, const struct sl_file_header *header,
		    struct sl_before *before)
{
	const struct {
		uint32_t id;
		size_t record_bytes;
		struct sl_before_section *section;
	} parts[] = {
		{SL_SECTION_TEXT, 1, &before->text},
		{SL_SECTION_FIELDS, sizeof(struct sl_field), &before->fields},
		{SL_SECTION_CAMPAIGNS, sizeof(struct sl_campaign), &before->campaigns},
		{SL_SECTION_SEQUENCES, sizeof(struct sl_sequence), &before->sequences},
		{SL_SECTION_STEPS, sizeof(struct sl_step), &before->steps},
		{SL_SECTION_CAPTURES, sizeof(struct sl_capture), &before->captures},
		{SL_SECTION_WINDOWS, sizeof(struct sl_window), &before->windows},
		{SL_SECTION_AGGREGATES, sizeof(struct sl_aggregate), &before->aggregates},
		{SL_SECTION_ZONES, sizeof(struct sl_time_zone), &before->zones},
		{SL_SECTION_REGISTRY, sizeof(struct sl_registry_slot), &before->registry},
	};
	struct sl_before_section meta;
	struct sl_ruleset_meta record;
	int error = find_section(bytes, header, SL_SECTION_META, sizeof(record), &meta);

	if (!error && meta.count != 1)
		error = -SL_E_BOUNDS;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !error; i++)
		error = find_section(bytes, header, parts[i].id, (uint32_t)parts[i].record_bytes,
				     parts[i].section);
	if (error)
		return error;
	sl_before_get(&meta, 0, &record);
	before->next = record.registry_next;
	return index_names(before);
}

int sl_before_read(const char *path, struct sl_before *ret_before)
{
	struct sl_before before = {0};
	struct sl_file_header header;
	size_t n = 0;
	int error = read_file(path, &before.bytes, &n);

	if (error)
		return error;
	error = check_file(before.bytes, n, &header);
	if (!error)
		error = find_all(before.bytes, &header, &before);
	if (error)
		sl_before_fini(&before);
	else
		*ret_before = before;
	return error;
}

void sl_before_fini(struct sl_before *before)
{
	free(before->bytes);
	sl_table_fini(&before->names);
	*before = (struct sl_before){0};
}

bool sl_before_campaign(const struct sl_before *before, const struct sl_campaign_text *campaign,
			struct sl_campaign *ret_campaign)
{
	const struct sl_slice names[] = {campaign->name, campaign->renamed_from};

	for (size_t i = 0; i < 2; i++) {
		const uint32_t *known;
		uint64_t hash[2];

		if (!names[i].bytes)
			continue;
		sl_rules_hash(names[i].at, names[i].bytes, hash);
		known = sl_table_find(&before->names, hash);
		if (!known)
			continue;
		sl_before_get(&before->campaigns, *known, ret_campaign);
		return ret_campaign->sequence_count > 0;
	}
	return false;
}
