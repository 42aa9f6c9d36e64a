/* Pieces on disk: a header, then each piece behind its key and length, aligned to 8. */
#include "rules/patterns/cache_file_priv.h"
#include "rules/pieces/pieces_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define PIECES_MAGIC "SLUICEc\n" /* 8 bytes, no terminator */
#define PIECES_BYTES_MAX ((off_t)1 << 32)

struct header {
	char magic[8];
	uint64_t context[2];
	uint64_t bytes; /* of the file */
	uint64_t hash;  /* XXH3-64 of everything behind this header */
	uint64_t pieces;
};

struct entry {
	uint64_t key[2];
	uint32_t bytes;
	uint32_t reserved;
};

static bool map_file(const char *path, struct sl_pieces_file *ret_file, bool *ret_missing)
{
	/* not waiting: what lies there may be a FIFO */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat info;
	void *at = MAP_FAILED;

	*ret_missing = fd < 0 && errno == ENOENT;
	if (fd < 0)
		return false;
	if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
	    info.st_size < PIECES_BYTES_MAX)
		at = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return false;
	*ret_file = (struct sl_pieces_file){.at = at, .bytes = (size_t)info.st_size};
	return true;
}

/* False: damaged. */
static bool take_entries(const struct sl_pieces_file *file, uint64_t n, struct sl_buffer *pieces)
{
	const uint8_t *at = (const uint8_t *)file->at + sizeof(struct header);
	size_t left = file->bytes - sizeof(struct header);

	for (uint64_t i = 0; i < n; i++) {
		struct sl_piece piece = {0};
		struct entry entry;
		size_t bytes;

		if (left < sizeof(entry))
			return false;
		memcpy(&entry, at, sizeof(entry));
		bytes = sizeof(entry) + ((size_t)entry.bytes + 7) / 8 * 8;
		if (bytes > left)
			return false;
		memcpy(piece.key, entry.key, sizeof(piece.key));
		piece.at = at + sizeof(entry);
		piece.bytes = entry.bytes;
		sl_buffer_add(pieces, &piece, sizeof(piece));
		at += bytes;
		left -= bytes;
	}
	return left == 0;
}

enum sl_pieces_state sl_pieces_file_open(const char *path, const uint64_t context[2],
					 struct sl_pieces_file *ret_file, struct sl_buffer *pieces)
{
	size_t before = pieces->bytes;
	struct sl_pieces_file file;
	struct header header;
	bool missing;

	if (!map_file(path, &file, &missing))
		return missing ? SL_PIECES_NONE : SL_PIECES_DAMAGED;
	if (file.bytes < sizeof(header))
		goto damaged;
	memcpy(&header, file.at, sizeof(header));
	if (memcmp(header.magic, PIECES_MAGIC, sizeof(header.magic)) != 0 ||
	    header.bytes != file.bytes)
		goto damaged;
	if (memcmp(header.context, context, sizeof(header.context)) != 0) {
		sl_pieces_file_close(&file);
		return SL_PIECES_FOREIGN;
	}
	if (header.hash != XXH3_64bits((const uint8_t *)file.at + sizeof(header),
				       file.bytes - sizeof(header)) ||
	    !take_entries(&file, header.pieces, pieces))
		goto damaged;
	*ret_file = file;
	return SL_PIECES_SOUND;
damaged:
	pieces->bytes = before;
	sl_pieces_file_close(&file);
	return SL_PIECES_DAMAGED;
}

void sl_pieces_file_close(struct sl_pieces_file *file)
{
	if (file->at)
		munmap(file->at, file->bytes);
	*file = (struct sl_pieces_file){0};
}

static void assemble(const uint64_t context[2], const struct sl_piece *const *pieces, uint32_t n,
		     struct sl_buffer *file)
{
	struct header header = {.context = {context[0], context[1]}, .pieces = n};

	memcpy(header.magic, PIECES_MAGIC, sizeof(header.magic));
	sl_buffer_add(file, &header, sizeof(header));
	for (uint32_t i = 0; i < n; i++) {
		struct entry entry = {.key = {pieces[i]->key[0], pieces[i]->key[1]},
				      .bytes = pieces[i]->bytes};

		sl_buffer_add(file, &entry, sizeof(entry));
		sl_buffer_add(file, pieces[i]->at, pieces[i]->bytes);
		sl_buffer_grow(file, -file->bytes % 8);
	}
	if (file->failed)
		return;
	header.bytes = file->bytes;
	header.hash = XXH3_64bits(file->at + sizeof(header), file->bytes - sizeof(header));
	memcpy(file->at, &header, sizeof(header));
}

bool sl_pieces_file_write(const char *path, const uint64_t context[2],
			  const struct sl_piece *const *pieces, uint32_t n)
{
	struct sl_buffer file = {0};
	bool written;

	assemble(context, pieces, n, &file);
	written = sl_cache_file_write(path, &file);
	sl_buffer_fini(&file);
	return written;
}
