#include "rules/registry_priv.h"

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

/* Where the section's elements lie; they are unaligned here. */
static int find_section(const uint8_t *bytes, const struct sl_file_header *header, uint32_t id,
			uint32_t record_bytes, const uint8_t **ret_at, uint32_t *ret_count)
{
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
		*ret_at = bytes + section.offset;
		*ret_count = section.count;
		return 0;
	}
	return -SL_E_FORMAT;
}

int sl_registry_add(struct sl_registry *registry, const struct sl_registry_slot *slot)
{
	bool is_new;
	uint32_t *index = sl_table_put(&registry->index, slot->state, &is_new);

	if (!index)
		return -ENOMEM;
	if (!is_new)
		return -SL_E_BOUNDS;
	*index = (uint32_t)(registry->slots.bytes / sizeof(*slot));
	sl_buffer_add(&registry->slots, slot, sizeof(*slot));
	return registry->slots.failed ? -ENOMEM : 0;
}

static int take_registry(const uint8_t *bytes, size_t n, struct sl_registry *registry)
{
	struct sl_ruleset_meta meta;
	struct sl_file_header header;
	const uint8_t *at;
	uint32_t count;
	int error = check_file(bytes, n, &header);

	if (!error)
		error = find_section(bytes, &header, SL_SECTION_META, sizeof(meta), &at, &count);
	if (!error && count != 1)
		error = -SL_E_BOUNDS;
	if (error)
		return error;
	memcpy(&meta, at, sizeof(meta));
	registry->next = meta.registry_next;
	error = find_section(bytes, &header, SL_SECTION_REGISTRY, sizeof(struct sl_registry_slot),
			     &at, &count);
	if (!error && !sl_table_reserve(&registry->index, count))
		error = -ENOMEM;
	for (uint32_t i = 0; i < count && !error; i++) {
		struct sl_registry_slot slot;

		memcpy(&slot, at + i * sizeof(slot), sizeof(slot));
		error = slot.slot < registry->next ? sl_registry_add(registry, &slot)
						   : -SL_E_BOUNDS;
	}
	return error;
}

int sl_registry_read(const char *path, struct sl_registry *ret_registry)
{
	struct sl_registry registry = {0};
	uint8_t *bytes = NULL;
	size_t n = 0;
	int error = read_file(path, &bytes, &n);

	if (error)
		return error;
	error = take_registry(bytes, n, &registry);
	free(bytes);
	if (error)
		sl_registry_fini(&registry);
	else
		*ret_registry = registry;
	return error;
}

void sl_registry_fini(struct sl_registry *registry)
{
	sl_buffer_fini(&registry->slots);
	sl_table_fini(&registry->index);
}
