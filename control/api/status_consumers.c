/* Of GET /v1/status: sinks, checkpointer, quarantine and archive, each with how far behind it is.
 */
#include "base/clock.h"
#include "control/api/status_priv.h"
#include "control/archive/archive.h"
#include "control/json_member.h"
#include "control/quarantine/quarantine.h"
#include "control/recorder/recorder.h"
#include "sluice/error.h"

static void write_consumer(struct sl_json *json, const struct picture *picture,
			   const char *settled_name, const struct sl_consumer_view *view)
{
	uint64_t end = picture->consumers.end;

	sl_member_uint(json, settled_name, view->settled);
	sl_member_uint(json, "position", view->position);
	sl_member_uint(json, "lag_blocks", end > view->position ? end - view->position : 0);
	sl_json_name(json, "lag_seconds");
	sl_json_double(json, sl_consumer_lag_s(view, sl_clock_read(CLOCK_REALTIME)));
	sl_member_uint(json, "errors", view->errors);
	sl_member_uint(json, "damaged_blocks", view->damaged);
	if (view->stuck)
		sl_member_string(json, "stuck", sl_error_text(view->stuck));
	if (view->trouble[0])
		sl_member_string(json, "trouble", view->trouble);
}

static void write_sinks(struct sl_json *json, const struct picture *picture)
{
	const struct sl_consumers_view *view = &picture->consumers;
	const char *servers;

	sl_member_array(json, "sinks");
	if (view->sink) {
		sl_json_object(json);
		sl_member_string(json, "kind", "file");
		sl_member_string(json, "path", picture->config->settings->sink_path);
		write_consumer(json, picture, "forwarded", &view->sink_file);
		sl_json_object_end(json);
	}
	if (view->kafka) {
		servers = sl_property(picture->config->kafka, "bootstrap.servers");
		sl_json_object(json);
		sl_member_string(json, "kind", "kafka");
		sl_member_string(json, "servers", servers ? servers : "");
		sl_member_string(json, "topic", picture->config->settings->kafka_topic);
		write_consumer(json, picture, "forwarded", &view->sink_kafka);
		sl_member_uint(json, "dead_letters", view->dead_letters);
		sl_picture_write_topics(json, picture);
		sl_json_object_end(json);
	}
	sl_json_array_end(json);
}

static void write_daily(struct sl_json *json, const struct sl_daily_view *view)
{
	sl_member_uint(json, "kept", view->kept);
	sl_member_uint(json, "bytes", view->bytes);
	sl_member_uint(json, "let_go", view->let_go);
	sl_member_uint(json, "lost", view->lost);
	sl_member_uint(json, "damaged", view->damaged);
	if (view->oldest_ns)
		sl_member_time(json, "oldest", view->oldest_ns);
}

static void write_quarantine(struct sl_json *json, const struct picture *picture)
{
	struct sl_quarantine_view view;

	sl_quarantine_look(sl_consumers_quarantine(picture->config->consumers), &view);
	sl_member_object(json, "quarantine");
	sl_member_uint(json, "kept", view.kept);
	sl_member_uint(json, "bytes", view.bytes);
	sl_member_uint(json, "let_go", view.let_go);
	sl_member_uint(json, "lost", view.lost);
	if (view.oldest_ns) {
		sl_member_time(json, "oldest", view.oldest_ns);
	}
	write_consumer(json, picture, "written", &picture->consumers.quarantine);
	sl_json_object_end(json);
}

static void write_archive(struct sl_json *json, const struct picture *picture)
{
	struct sl_daily_view view;

	sl_daily_look(sl_archive_daily(sl_consumers_archive(picture->config->consumers)), &view);
	sl_member_object(json, "archive");
	write_daily(json, &view);
	write_consumer(json, picture, "written", &picture->consumers.archive);
	sl_json_object_end(json);
}

/* Nothing where nothing is recorded. */
static void write_recorder(struct sl_json *json, const struct picture *picture)
{
	struct sl_daily_view view;

	if (!picture->consumers.recording)
		return;
	sl_daily_look(sl_recorder_daily(sl_consumers_recorder(picture->config->consumers)), &view);
	sl_member_object(json, "record");
	write_daily(json, &view);
	write_consumer(json, picture, "written", &picture->consumers.recorder);
	sl_json_object_end(json);
}

void sl_picture_write_consumers(struct sl_json *json, const struct picture *picture)
{
	write_sinks(json, picture);
	sl_member_object(json, "checkpoint");
	write_consumer(json, picture, "folded", &picture->consumers.checkpoint);
	sl_json_object_end(json);
	write_quarantine(json, picture);
	write_archive(json, picture);
	write_recorder(json, picture);
}
