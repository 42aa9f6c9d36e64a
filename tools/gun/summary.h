/* What a run came to: progress lines while it lasts, a summary at its end. */
#ifndef SL_GUN_SUMMARY_H
#define SL_GUN_SUMMARY_H

#include "tools/gun/sender.h"

struct sl_gun_totals {
	uint64_t sent, requests, bytes, accepted, matched, duplicates, refused, delivered;
	uint64_t rejected, nonsense, unanswered, retries, unavailable, connections_lost, under_way;
};

void sl_gun_total(const struct sl_sender_job *jobs, uint32_t n_jobs,
		  struct sl_gun_totals *ret_totals);

/* One line on standard error; `before` is of `seconds` ago. */
void sl_gun_show_progress(const struct sl_gun_totals *now, const struct sl_gun_totals *before,
			  double seconds);

/* After the threads have ended. Returns 0, or 1 where something was not answered as it should. */
int sl_gun_summarize(const struct sl_gun_options *options, const struct sl_sender_job *jobs,
		     uint32_t n_jobs, double seconds);

#endif
