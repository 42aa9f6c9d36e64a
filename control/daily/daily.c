/* Making one, and what there is to say of it. */
#include "control/daily/daily.h"

#include "control/daily/daily_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int sl_daily_new(const struct sl_daily_config *config, struct sl_daily **ret_daily)
{
	struct sl_daily *daily = calloc(1, sizeof(*daily));

	if (!daily)
		return -ENOMEM;
	daily->config = *config;
	daily->fd = -1;
	pthread_mutex_init(&daily->lock, NULL);
	daily->fresh.open = calloc(1, sizeof(*daily->fresh.open));
	daily->packer = ZSTD_createCCtx();
	daily->packed = malloc(sl_block_bytes_max());
	if (!daily->fresh.open || !daily->packer || !daily->packed) {
		sl_daily_free(daily);
		return -ENOMEM;
	}
	*ret_daily = daily;
	return 0;
}

void sl_daily_free(struct sl_daily *daily)
{
	if (!daily)
		return;
	if (daily->fd >= 0)
		close(daily->fd);
	for (uint32_t i = 0; i < daily->n_files; i++)
		sl_daily_open_free(daily->files[i].open);
	free(daily->files);
	sl_daily_open_free(daily->fresh.open);
	ZSTD_freeCCtx(daily->packer);
	free(daily->packed);
	pthread_mutex_destroy(&daily->lock);
	free(daily);
}

void sl_daily_look(struct sl_daily *daily, struct sl_daily_view *ret_view)
{
	struct sl_daily_view view = {0};

	pthread_mutex_lock(&daily->lock);
	for (uint32_t i = 0; i < daily->n_files; i++) {
		const struct sl_daily_file *file = &daily->files[i];

		view.kept += file->records;
		if (file->records && (!view.oldest_ns || file->first_ns < view.oldest_ns))
			view.oldest_ns = file->first_ns;
	}
	view.bytes = daily->bytes;
	view.let_go = daily->let_go;
	view.lost = daily->lost;
	view.damaged = atomic_load_explicit(&daily->damaged, memory_order_relaxed);
	pthread_mutex_unlock(&daily->lock);
	*ret_view = view;
}

void sl_daily_sweep(struct sl_daily *daily, int64_t now_ns)
{
	int64_t first = now_ns / SL_DAILY_DAY_NS - daily->config.days;

	pthread_mutex_lock(&daily->lock);
	for (uint32_t i = daily->n_files; i-- > 0;) {
		const struct sl_daily_file *file = &daily->files[i];
		bool written = file->number == daily->writing;

		if (file->day >= first || (written && daily->busy))
			continue;
		daily->newest_gone |= written;
		sl_daily_drop_file(daily, i);
	}
	pthread_mutex_unlock(&daily->lock);
}
