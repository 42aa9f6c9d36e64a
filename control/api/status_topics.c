/* What is known of Kafka's topics, in the status of the sink. */
#include "control/api/status_priv.h"

static void write_problem(struct sl_json *json, const struct sl_kafka_problem *problem)
{
	sl_json_object(json);
	if (problem->topic[0]) {
		sl_json_name(json, "topic");
		sl_json_string(json, problem->topic);
	}
	sl_json_name(json, "problem");
	sl_json_string(json, problem->code);
	sl_json_name(json, "message");
	sl_json_string(json, problem->message);
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
	sl_json_name(json, "topics");
	sl_json_object(json);
	sl_json_name(json, "state");
	sl_json_string(json, states[view.state]);
	sl_json_name(json, "looks");
	sl_json_uint(json, view.looks);
	sl_json_name(json, "topics");
	sl_json_uint(json, view.topics);
	sl_json_name(json, "more");
	sl_json_bool(json, view.more);
	sl_json_name(json, "problems");
	sl_json_uint(json, view.problems);
	sl_json_name(json, "problem");
	sl_json_array(json);
	for (unsigned i = 0; i < view.problems && i < SL_KAFKA_PROBLEMS_SHOWN; i++)
		write_problem(json, &view.shown[i]);
	sl_json_array_end(json);
	sl_json_object_end(json);
}
