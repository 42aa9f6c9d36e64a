/* Taking and returning the memory of what triggers remember. */
#include "states_priv.h"
#include "touch_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define BYTES_MAX (15ull << 30) /* of blocks that 31 bits name */
#define ROOM_BYTES (256u << 10) /* of one condition, as in the matcher */
#define ROOM_STEPS 100000u

static bool take_rooms(struct sl_states *states)
{
	states->chunks = calloc(sl_keys_chunks(states->memory_bytes), sizeof(*states->chunks));
	states->interns = calloc(1, sizeof(*states->interns));
	states->live = calloc(LIVE_PLACES, sizeof(*states->live));
	states->memories = calloc(SL_SEQUENCES_MAX, sizeof(*states->memories));
	states->fires = calloc(SL_STATE_FIRES_MAX, sizeof(*states->fires));
	states->told_list = calloc(TOLD_MAX, sizeof(*states->told_list));
	states->changes = calloc(SL_STATE_CHANGES_MAX, sizeof(*states->changes));
	states->staged = calloc(STAGED_MAX, sizeof(*states->staged));
	states->arena = aligned_alloc(64, ARENA_BYTES);
	states->scratch = malloc(RECORD_BYTES_MAX);
	states->key_copy = malloc(RECORD_BYTES_MAX);
	return states->chunks && states->interns && states->live && states->memories &&
	       states->fires && states->told_list && states->changes && states->staged &&
	       states->arena && states->scratch && states->key_copy &&
	       sl_program_room_new(ROOM_BYTES, ROOM_STEPS, &states->room) == 0;
}

static bool take_memory(struct sl_states *states)
{
	uint8_t *at = mmap(NULL, states->memory_bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return false;
	states->memory = at;
	madvise(at, states->memory_bytes, MADV_HUGEPAGE);
	return true;
}

int sl_states_touch(const struct sl_states *states, const _Atomic bool *stop)
{
	return sl_touch(states->memory, states->memory_bytes, stop);
}

int sl_states_new(uint64_t bytes, struct sl_states **ret_states)
{
	struct sl_states *states;

	if (bytes < SL_STATES_BYTES_MIN || bytes > BYTES_MAX)
		return -SL_E_LIMIT;
	states = calloc(1, sizeof(*states));
	if (!states)
		return -ENOMEM;
	states->memory_bytes = bytes / CHUNK_BYTES * CHUNK_BYTES;
	if (!take_memory(states) || !take_rooms(states)) {
		sl_states_free(states);
		return -ENOMEM;
	}
	sl_keys_init(&states->keys, states->memory, states->memory_bytes, states->chunks);
	*ret_states = states;
	return 0;
}

void sl_states_free(struct sl_states *states)
{
	if (!states)
		return;
	if (states->memory)
		munmap(states->memory, states->memory_bytes);
	sl_program_room_free(states->room);
	free(states->chunks);
	free(states->interns);
	free(states->live);
	free(states->memories);
	free(states->fires);
	free(states->told_list);
	free(states->changes);
	free(states->staged);
	free(states->arena);
	free(states->scratch);
	free(states->key_copy);
	free(states);
}

void sl_states_prefetch(const struct sl_states *states, const uint64_t *hashes, unsigned n)
{
	sl_keys_prefetch(&states->keys, hashes, n);
}
