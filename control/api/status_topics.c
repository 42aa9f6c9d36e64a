/* What is known of Kafka's topics, in the status of the sink. */
#include "control/api/status_priv.h"
#include "control/json_member.h"

static void write_problem(struct sl_json *json, const struct sl_kafka_problem *problem)
{
	sl_json_object(json);
	if (problem->topic[0]) {
		sl_member_string(json, "topic", problem->topic);
	}
	sl_member_string(json, "problem", problem->code);
	sl_member_string(json, "message", problem->message);
	sl_json_object_end(json);
}

void sl_picture_write_topics(struct sl_json *json, const struct picture *picture)
{
	static const char *const states[] = {
		[SL_KAFKA_TOPICS_NOT_ASKED] = "not_asked",
		[SL_KAFKA_TOPICS_ASKED] = "asked",
		[SL_KAFKA_TOPICS_UNREACHABLE] = "unreachable",
	};
	struct sl_kafka_topics_view view;

	sl_consumers_topics(picture->config->consumers, &view);
	sl_member_object(json, "topics");
	sl_member_string(json, "state", states[view.state]);
	sl_member_uint(json, "looks", view.looks);
	sl_member_uint(json, "topics", view.topics);
	sl_member_bool(json, "more", view.more);
	sl_member_uint(json, "problems", view.problems);
	sl_member_array(json, "problem");
	for (unsigned i = 0; i < view.problems && i < SL_KAFKA_PROBLEMS_SHOWN; i++)
		write_problem(json, &view.shown[i]);
	sl_json_array_end(json);
	sl_json_object_end(json);
}
