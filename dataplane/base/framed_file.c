#include "framed_file_priv.h"

#include "base/artifact.h"
#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

int sl_framed_refuse(char *why, int error, const char *format, ...)
{
	va_list arguments;

	if (why) {
		va_start(arguments, format);
		vsnprintf(why, SL_SENTENCE_BYTES, format, arguments);
		va_end(arguments);
	}
	return error;
}

static int read_whole(int fd, uint8_t *at, size_t n)
{
	while (n) {
		ssize_t got = read(fd, at, n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return -SL_E_TRUNCATED;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

int sl_framed_load(const char *path, size_t bytes_max, const void **ret_bytes, size_t *ret_n_bytes,
		   char *why)
{
	void *bytes = MAP_FAILED;
	struct stat status;
	size_t n = 0;
	int error = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || fstat(fd, &status) < 0) {
		error = sl_framed_refuse(why, -errno, "cannot open %s: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(status.st_mode)) {
		error = sl_framed_refuse(why, -SL_E_FORMAT, "%s is not a file", path);
		goto out;
	}
	if (status.st_size < (off_t)sizeof(struct sl_file_header)) {
		error = sl_framed_refuse(why, -SL_E_TRUNCATED, "%s is shorter than a header", path);
		goto out;
	}
	if ((uint64_t)status.st_size > bytes_max) {
		error = sl_framed_refuse(why, -SL_E_LIMIT, "%s has more than %zu bytes", path,
					 bytes_max);
		goto out;
	}
	n = (size_t)status.st_size;
	bytes = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED) {
		error = sl_framed_refuse(why, -errno, "no memory for the %zu bytes of %s", n, path);
		goto out;
	}
	error = read_whole(fd, bytes, n);
	if (!error && mprotect(bytes, n, PROT_READ) < 0)
		error = -errno;
	if (error) {
		sl_framed_refuse(why, error, "cannot read %s: %s", path, sl_error_text(error));
		goto out;
	}
	*ret_bytes = bytes;
	*ret_n_bytes = n;
out:
	if (error && bytes != MAP_FAILED)
		munmap(bytes, n);
	if (fd >= 0)
		close(fd);
	return error;
}

void sl_framed_unload(const void *bytes, size_t n_bytes)
{
	munmap((void *)bytes, n_bytes);
}

static int check_header(const struct sl_file_header *header, size_t n_bytes, enum sl_file_kind kind,
			char *why)
{
	const uint8_t *behind = (const uint8_t *)(header + 1);

	if (memcmp(header->magic, SL_FILE_MAGIC, sizeof(header->magic)) != 0)
		return sl_framed_refuse(why, -SL_E_FORMAT, "does not begin as a Sluice file does");
	if (header->version != SL_FILE_VERSION)
		return sl_framed_refuse(why, -SL_E_VERSION,
					"layout version %u, this reader knows %u", header->version,
					SL_FILE_VERSION);
	if (header->kind != kind)
		return sl_framed_refuse(why, -SL_E_FORMAT, "a file of kind %u, not %u",
					header->kind, kind);
	if (header->bytes > n_bytes)
		return sl_framed_refuse(why, -SL_E_TRUNCATED, "%zu bytes of %llu", n_bytes,
					(unsigned long long)header->bytes);
	if (header->bytes < n_bytes)
		return sl_framed_refuse(why, -SL_E_FORMAT, "%zu bytes too many",
					n_bytes - (size_t)header->bytes);
	if (header->hash != XXH3_64bits(behind, n_bytes - sizeof(*header)))
		return sl_framed_refuse(why, -SL_E_CHECKSUM, "the checksum does not hold");
	if (header->sections > SL_FILE_SECTIONS_MAX ||
	    header->sections * sizeof(struct sl_file_section) > n_bytes - sizeof(*header))
		return sl_framed_refuse(why, -SL_E_BOUNDS, "no room for a table of %u sections",
					header->sections);
	return 0;
}

static int check_section(const struct sl_file_section *section, size_t table_end, size_t n_bytes,
			 const struct sl_framed_known *known, unsigned n_known, char *why)
{
	unsigned i = 0;

	if (section->offset % SL_FILE_ALIGN || section->offset > n_bytes ||
	    section->bytes > n_bytes - section->offset ||
	    (section->bytes && section->offset < table_end))
		return sl_framed_refuse(why, -SL_E_BOUNDS, "section %u does not lie in the file",
					section->id);
	while (i < n_known && known[i].id != section->id)
		i++;
	if (i == n_known)
		return section->required ? sl_framed_refuse(why, -SL_E_VERSION,
							    "section %u is required and not known",
							    section->id)
					 : 0;
	if (section->record_bytes != known[i].record_bytes)
		return sl_framed_refuse(why, -SL_E_VERSION,
					"records of section %u have %u bytes, here %u", section->id,
					section->record_bytes, known[i].record_bytes);
	if (section->bytes != (uint64_t)section->count * section->record_bytes)
		return sl_framed_refuse(why, -SL_E_BOUNDS,
					"section %u does not have the bytes of %u records",
					section->id, section->count);
	return 0;
}

static bool overlap(const struct sl_file_section *a, const struct sl_file_section *b)
{
	return a->bytes && b->bytes && a->offset < b->offset + b->bytes &&
	       b->offset < a->offset + a->bytes;
}

int sl_framed_check(const void *bytes, size_t n_bytes, enum sl_file_kind kind,
		    const struct sl_framed_known *known, unsigned n_known,
		    struct sl_framed *ret_framed, char *why)
{
	const struct sl_file_header *header = bytes;
	const struct sl_file_section *sections = (const struct sl_file_section *)(header + 1);
	size_t table_end;
	int error;

	static_assert(sizeof(*header) % SL_FILE_ALIGN == 0, "the table lies right behind it");
	assert((uintptr_t)bytes % SL_FILE_ALIGN == 0);
	if (n_bytes < sizeof(*header))
		return sl_framed_refuse(why, -SL_E_TRUNCATED, "shorter than a header");
	error = check_header(header, n_bytes, kind, why);
	if (error)
		return error;
	table_end = sizeof(*header) + header->sections * sizeof(*sections);
	for (unsigned i = 0; i < header->sections; i++) {
		error = check_section(&sections[i], table_end, n_bytes, known, n_known, why);
		if (error)
			return error;
		for (unsigned j = 0; j < i; j++) {
			if (sections[i].id == sections[j].id)
				return sl_framed_refuse(why, -SL_E_BOUNDS, "section %u twice",
							sections[i].id);
			if (overlap(&sections[i], &sections[j]))
				return sl_framed_refuse(why, -SL_E_BOUNDS,
							"sections %u and %u overlap",
							sections[j].id, sections[i].id);
		}
	}
	*ret_framed = (struct sl_framed){.bytes = bytes, .header = header, .sections = sections};
	return 0;
}

const struct sl_file_section *sl_framed_find(const struct sl_framed *framed, uint32_t id)
{
	for (unsigned i = 0; i < framed->header->sections; i++)
		if (framed->sections[i].id == id)
			return &framed->sections[i];
	return NULL;
}
