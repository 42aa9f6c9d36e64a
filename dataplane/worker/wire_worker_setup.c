/* What a worker needs for wires, made where a channel is on one. */
#include "worker/worker_priv.h"

#include <errno.h>
#include <sys/random.h>

static bool has_wires(const struct sl_engine *engine)
{
	for (unsigned i = 0; i < engine->config.n_channels; i++)
		if (engine->config.channels[i].wires)
			return true;
	return false;
}

int sl_wire_plan_new(struct sl_engine *engine)
{
	int error;

	if (!has_wires(engine))
		return 0;
	error = sl_map_plan_new(&engine->config.mapping, &engine->map_plan);
	return error ? error : sl_map_binding_new(engine->map_plan, NULL, &engine->unbound);
}

void sl_wire_plan_free(struct sl_engine *engine)
{
	sl_map_binding_free(engine->unbound);
	sl_map_plan_free(engine->map_plan);
}

int sl_wire_worker_new(struct sl_worker *worker)
{
	const struct sl_engine_config *config = &worker->engine->config;
	const struct sl_settings *settings = &config->settings;
	struct sl_wire_limits limits = {
		.mirror = {.arena_bytes = (size_t)settings->mirror_memory_bytes,
			   .header_bytes = (size_t)settings->http_header_bytes,
			   .body_bytes = (size_t)settings->mirror_body_bytes,
			   .pending = (uint32_t)settings->mirror_pending},
		.event_bytes = (uint32_t)settings->event_bytes,
	};

	if (!worker->engine->map_plan)
		return 0;
	sl_flow_limits_default(&limits.flow);
	limits.flow.flows = (uint32_t)settings->mirror_connections;
	limits.flow.held_bytes = (uint32_t)settings->mirror_held_bytes;
	limits.flow.idle_ns = settings->mirror_idle_ms * SL_NS_PER_MS;
	limits.flow.hole_ns = settings->mirror_hole_ms * SL_NS_PER_MS;
	limits.flow.reorder_ns = settings->mirror_reorder_ms * SL_NS_PER_MS;
	limits.flow.verify_checksums = settings->mirror_checksums;
	if (getrandom(limits.flow.key, sizeof(limits.flow.key), 0) != sizeof(limits.flow.key))
		return -EIO;
	return sl_wire_new(&limits, config->channels, config->n_channels, worker->engine->map_plan,
			   &sl_wire_worker, worker, &worker->wire);
}
