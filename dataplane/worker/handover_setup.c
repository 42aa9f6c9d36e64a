/* Memory of the parts. */
#include "worker/worker_priv.h"

#include <stdlib.h>

static size_t part_stride(size_t room)
{
	return (sizeof(struct sl_part) + room + 63) / 64 * 64;
}

static size_t large_room(const struct sl_settings *settings)
{
	return 2 * (size_t)settings->event_bytes + SL_FIELDS_MAX * sizeof(struct sl_value) +
	       (size_t)settings->candidates * sizeof(uint32_t) + (size_t)settings->event_bytes +
	       4096;
}

static void fill_free_list(uint8_t *memory, size_t room, uint32_t n, bool large, unsigned origin,
			   struct sl_part **ret_list)
{
	for (uint32_t i = 0; i < n; i++) {
		struct sl_part *part = (struct sl_part *)(memory + i * part_stride(room));

		part->origin = (uint16_t)origin;
		part->large = large;
		part->room = room;
		part->next = *ret_list;
		*ret_list = part;
	}
}

int sl_handover_new(struct sl_worker *worker)
{
	const struct sl_settings *settings = &worker->engine->config.settings;
	uint32_t n = (uint32_t)settings->partitions_handover;

	if (worker->engine->n_workers == 1)
		return 0; /* nobody to hand to */
	worker->part_memory = aligned_alloc(64, n * part_stride(SL_PART_INLINE));
	worker->large_memory =
		aligned_alloc(64, SL_PARTS_LARGE * part_stride(large_room(settings)));
	worker->tick_parts = calloc(worker->engine->n_workers, sizeof(*worker->tick_parts));
	worker->fans = calloc(n + SL_PARTS_LARGE, sizeof(*worker->fans));
	if (!worker->part_memory || !worker->large_memory || !worker->tick_parts || !worker->fans)
		return -ENOMEM;
	for (uint32_t i = 0; i < n + SL_PARTS_LARGE; i++) {
		worker->fans[i].next = worker->free_fans;
		worker->free_fans = &worker->fans[i];
	}
	for (unsigned i = 0; i < worker->engine->n_workers; i++) {
		worker->tick_parts[i].origin = (uint16_t)worker->index;
		worker->tick_parts[i].watermark_ns = INT64_MIN;
	}
	fill_free_list(worker->part_memory, SL_PART_INLINE, n, false, worker->index,
		       &worker->free_parts);
	fill_free_list(worker->large_memory, large_room(settings), SL_PARTS_LARGE, true,
		       worker->index, &worker->free_large);
	return 0;
}

void sl_handover_free(struct sl_worker *worker)
{
	free(worker->part_memory);
	free(worker->large_memory);
	free(worker->tick_parts);
	free(worker->fans);
	worker->part_memory = worker->large_memory = NULL;
}
