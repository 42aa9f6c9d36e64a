/* Compiled patterns on disk: a file for each class, library and CPU, and the one before it. A file
 * that is not sound is as good as none; it is written anew. */
#include "rules/patterns/cache_file_priv.h"
#include "rules/patterns/patterns_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define CACHE_MAGIC "SLUICEp\n" /* 8 bytes, no terminator */
#define CACHE_VERSION 1u
#define CACHE_BYTES_MAX ((off_t)1 << 32)

struct cache_header {
	char magic[8];
	uint32_t version;
	uint32_t databases;
	uint64_t patterns;
	uint64_t machine;     /* hash of library and CPU */
	uint64_t blobs_bytes; /* behind databases and hashes */
	uint64_t hash;        /* XXH3-64 of everything behind this header */
};

static uint64_t machine_hash(const struct sl_patterns *machine)
{
	uint64_t parts[3] = {XXH3_64bits(machine->version, strlen(machine->version)),
			     machine->cpu_features, machine->cpu_tune};

	return XXH3_64bits(parts, sizeof(parts));
}

static bool path_of(const char *cache, const struct sl_patterns *machine,
		    enum sl_database_class class, bool before, char path[PATH_MAX])
{
	static const char *const names[] = {[SL_DATABASE_LITERAL] = "literal",
					    [SL_DATABASE_CHEAP] = "cheap",
					    [SL_DATABASE_DEAR] = "dear"};

	return snprintf(path, PATH_MAX, "%s/%s%s-%016llx.patterns", cache, names[class],
			before ? "-before" : "",
			(unsigned long long)machine_hash(machine)) < PATH_MAX;
}

/* NULL: nothing that could be used. */
static uint8_t *read_all(const char *path, size_t *ret_bytes)
{
	/* not waiting: what lies there may be a FIFO */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	uint8_t *bytes = NULL;
	struct stat info;
	size_t n = 0;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size < CACHE_BYTES_MAX)
		bytes = malloc((size_t)info.st_size + 1);
	while (bytes && n < (size_t)info.st_size) {
		ssize_t got = read(fd, bytes + n, (size_t)info.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	*ret_bytes = n;
	return bytes;
}

static bool take(const uint8_t *bytes, size_t n, const struct sl_patterns *machine,
		 struct sl_pattern_base *base)
{
	struct cache_header header;
	const struct sl_pattern_database *databases;
	uint64_t patterns = 0, blobs = 0, rest;

	if (n < sizeof(header))
		return false;
	memcpy(&header, bytes, sizeof(header));
	rest = n - sizeof(header);
	if (memcmp(header.magic, CACHE_MAGIC, sizeof(header.magic)) != 0 ||
	    header.version != CACHE_VERSION || header.machine != machine_hash(machine) ||
	    header.patterns > rest || header.blobs_bytes > rest ||
	    header.databases * sizeof(struct sl_pattern_database) +
			    header.patterns * 2 * sizeof(uint64_t) + header.blobs_bytes !=
		    rest ||
	    header.hash != XXH3_64bits(bytes + sizeof(header), rest))
		return false;
	bytes += sizeof(header);
	sl_buffer_add(&base->databases, bytes, header.databases * sizeof(*databases));
	bytes += header.databases * sizeof(*databases);
	sl_buffer_add(&base->hashes, bytes, header.patterns * 2 * sizeof(uint64_t));
	sl_buffer_add(&base->blobs, bytes + header.patterns * 2 * sizeof(uint64_t),
		      header.blobs_bytes);
	if (base->databases.failed || base->hashes.failed || base->blobs.failed)
		return false;
	databases = (const struct sl_pattern_database *)base->databases.at;
	for (uint32_t i = 0; i < header.databases; i++) {
		if (databases[i].bytes > header.blobs_bytes - blobs)
			return false;
		blobs += (databases[i].bytes + 7) / 8 * 8;
		if (blobs > header.blobs_bytes)
			return false;
		patterns += databases[i].patterns;
	}
	return patterns == header.patterns && blobs == header.blobs_bytes;
}

int sl_patterns_cache_read(const char *cache, const struct sl_patterns *machine,
			   enum sl_database_class class, bool before,
			   struct sl_pattern_base *ret_base)
{
	struct sl_pattern_base base = {0};
	char path[PATH_MAX];
	uint8_t *bytes;
	size_t n;

	*ret_base = base;
	if (!path_of(cache, machine, class, before, path))
		return 0;
	bytes = read_all(path, &n);
	if (!bytes)
		return 0;
	if (take(bytes, n, machine, &base))
		*ret_base = base;
	else
		sl_pattern_base_fini(&base);
	free(bytes);
	return 0;
}

void sl_patterns_cache_exchange(const char *cache, const struct sl_patterns *machine,
				enum sl_database_class class)
{
	char path[PATH_MAX], before[PATH_MAX];

	if (path_of(cache, machine, class, false, path) &&
	    path_of(cache, machine, class, true, before))
		renameat2(AT_FDCWD, path, AT_FDCWD, before, RENAME_EXCHANGE);
}

void sl_patterns_cache_write(const char *cache, const struct sl_patterns *machine,
			     enum sl_database_class class, const struct sl_pattern_base *base)
{
	struct cache_header header = {
		.version = CACHE_VERSION,
		.databases = (uint32_t)(base->databases.bytes / sizeof(struct sl_pattern_database)),
		.patterns = base->hashes.bytes / (2 * sizeof(uint64_t)),
		.machine = machine_hash(machine),
		.blobs_bytes = base->blobs.bytes,
	};
	struct sl_buffer file = {0};
	char path[PATH_MAX], before[PATH_MAX];

	mkdir(cache, 0700); /* if it is there, or cannot be, opening a file will tell */
	if (!path_of(cache, machine, class, false, path) ||
	    !path_of(cache, machine, class, true, before))
		return;
	memcpy(header.magic, CACHE_MAGIC, sizeof(header.magic));
	sl_buffer_grow(&file, sizeof(header));
	sl_buffer_add(&file, base->databases.at, base->databases.bytes);
	sl_buffer_add(&file, base->hashes.at, base->hashes.bytes);
	sl_buffer_add(&file, base->blobs.at, base->blobs.bytes);
	if (!file.failed) {
		header.hash = XXH3_64bits(file.at + sizeof(header), file.bytes - sizeof(header));
		memcpy(file.at, &header, sizeof(header));
		rename(path, before);
	}
	sl_cache_file_write(path, &file);
	sl_buffer_fini(&file);
}
