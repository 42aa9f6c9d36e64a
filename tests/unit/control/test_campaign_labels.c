#include "fixture.h"

#include "base/clock.h"
#include "control/metrics/campaign_labels.h"

#define NAMES 40u

/* A dataplane whose campaigns are c0, c1, … */
struct scene {
	struct sl_campaign_labels labels;
	uint64_t matches[NAMES];
	uint64_t uncounted;
	int64_t life_ns, now_ns;
	uint64_t told[NAMES], told_others; /* by the look before */
};

static struct scene begin(unsigned max)
{
	struct scene scene = {.life_ns = 1, .now_ns = SL_NS_PER_S};

	sl_campaign_labels_init(&scene.labels, max);
	return scene;
}

static int by_matches(const void *left, const void *right)
{
	const struct sl_campaign_count *a = left, *b = right;

	if (a->matches != b->matches)
		return a->matches < b->matches ? 1 : -1;
	return strcmp(a->name, b->name);
}

static const struct sl_campaign_label *label_of(const struct scene *scene, unsigned campaign)
{
	char name[16];

	snprintf(name, sizeof(name), "c%u", campaign);
	for (size_t i = 0; i < scene->labels.n; i++)
		if (scene->labels.at[i].count.name_bytes == strlen(name) &&
		    !memcmp(scene->labels.at[i].count.name, name, strlen(name)))
			return &scene->labels.at[i];
	return NULL;
}

static bool named(const struct scene *scene, unsigned campaign)
{
	const struct sl_campaign_label *label = label_of(scene, campaign);

	return label && label->named;
}

/* Nothing goes down, and everything is told once. */
static void assert_sound(struct scene *scene)
{
	uint64_t told = scene->labels.others, all = scene->uncounted;
	unsigned n = 0;

	assert_true(scene->labels.others >= scene->told_others);
	scene->told_others = scene->labels.others;
	for (unsigned i = 0; i < NAMES; i++) {
		const struct sl_campaign_label *label = label_of(scene, i);
		uint64_t own = label ? label->own : 0; /* shown while it is named */

		assert_true(own >= scene->told[i]);
		scene->told[i] = own;
		told += own;
		all += scene->matches[i];
		n += label && label->named;
	}
	assert_int_equal(told, all);
	assert_int_equal(n, scene->labels.named);
	assert_true(n <= scene->labels.max);
}

static void look(struct scene *scene)
{
	struct sl_campaign_count list[NAMES];
	struct sl_campaign_counts counts = {
		.life_ns = scene->life_ns, .others = scene->uncounted, .at = list};

	for (unsigned i = 0; i < NAMES; i++) {
		if (!scene->matches[i])
			continue;
		list[counts.n] = (struct sl_campaign_count){.matches = scene->matches[i]};
		list[counts.n].name_bytes = (uint32_t)snprintf(
			list[counts.n].name, sizeof(list[counts.n].name), "c%u", i);
		counts.n++;
	}
	qsort(list, counts.n, sizeof(*list), by_matches);
	assert_int_equal(sl_campaign_labels_look(&scene->labels, &counts, scene->now_ns), 0);
	assert_sound(scene);
}

static void all_are_named_while_there_is_room(void **state)
{
	struct scene scene = begin(5);

	(void)state;
	look(&scene);
	for (unsigned i = 0; i < 4; i++) {
		scene.matches[i] = 10 + i;
		look(&scene);
		assert_true(named(&scene, i));
	}
	assert_int_equal(scene.labels.others, 0);
	scene.uncounted = 7;
	scene.matches[4] = 1;
	look(&scene);
	assert_int_equal(scene.labels.named, 5);
	assert_int_equal(scene.labels.others, 7);
	sl_campaign_labels_fini(&scene.labels);
}

static void of_too_many_the_greatest_are_named_by_and_by(void **state)
{
	struct scene scene = begin(16);

	(void)state;
	for (unsigned i = 0; i < NAMES; i++)
		scene.matches[i] = 100 + i;
	look(&scene);
	assert_int_equal(scene.labels.named, 2); /* an eighth */
	assert_true(named(&scene, NAMES - 1));
	assert_true(named(&scene, NAMES - 2));
	scene.now_ns += 59 * SL_NS_PER_S;
	look(&scene);
	assert_int_equal(scene.labels.named, 2);
	/* one that begins late */
	scene.matches[0] = 1000;
	scene.now_ns += SL_NS_PER_S;
	look(&scene);
	assert_int_equal(scene.labels.named, 4);
	assert_true(named(&scene, 0));
	/* what it matched before it was named is told with the others still */
	assert_int_equal(label_of(&scene, 0)->own, 900);
	for (unsigned minute = 0; minute < 20; minute++) {
		for (unsigned i = 0; i < NAMES; i++)
			scene.matches[i] += i * minute;
		scene.now_ns += 60 * SL_NS_PER_S;
		look(&scene);
		assert_true(named(&scene, 0));
		assert_true(named(&scene, NAMES - 1));
	}
	assert_int_equal(scene.labels.named, 16);
	sl_campaign_labels_fini(&scene.labels);
}

#define DAY_NS (24 * 3600 * SL_NS_PER_S)

static void one_that_stopped_makes_room(void **state)
{
	struct scene scene = begin(3);

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		scene.matches[i] = 10;
	look(&scene);
	/* not by being late alone, and not while nobody waits */
	scene.now_ns += DAY_NS;
	scene.matches[1]++;
	scene.matches[2]++;
	look(&scene);
	assert_true(named(&scene, 0));
	scene.matches[5] = 1;
	look(&scene);
	assert_false(named(&scene, 0));
	assert_true(named(&scene, 1));
	assert_true(named(&scene, 2));
	assert_true(named(&scene, 5));
	/* what it matches without a name is told with the others */
	scene.matches[0] = 14;
	look(&scene);
	assert_false(named(&scene, 0));
	assert_int_equal(scene.labels.others, 4);
	/* named again it goes on where it had stopped */
	scene.now_ns += DAY_NS;
	scene.matches[0] = 20;
	scene.matches[1]++;
	scene.matches[5]++;
	look(&scene);
	assert_true(named(&scene, 0));
	assert_false(named(&scene, 2));
	assert_int_equal(label_of(&scene, 0)->own, 16);
	assert_int_equal(scene.labels.others, 4);
	sl_campaign_labels_fini(&scene.labels);
}

/* Of those without a name, one that has not matched for a day does not wait for one. */
static void who_does_not_match_waits_for_nothing(void **state)
{
	struct scene scene = begin(1);

	(void)state;
	scene.matches[0] = 1000;
	look(&scene);
	scene.matches[1] = 500;
	look(&scene);
	scene.now_ns += 2 * DAY_NS;
	scene.matches[2] = 1;
	look(&scene);
	assert_true(named(&scene, 2));
	assert_false(named(&scene, 1));
	sl_campaign_labels_fini(&scene.labels);
}

static void names_outlive_the_dataplane(void **state)
{
	struct scene scene = begin(3);

	(void)state;
	scene.matches[1] = 50;
	scene.matches[2] = 60;
	look(&scene);
	memset(scene.matches, 0, sizeof(scene.matches));
	memset(scene.told, 0, sizeof(scene.told));
	scene.told_others = 0;
	scene.life_ns = 2;
	look(&scene);
	assert_true(named(&scene, 1));
	scene.matches[2] = 4;
	look(&scene);
	assert_int_equal(scene.told[2], 4);
	sl_campaign_labels_fini(&scene.labels);
}

static void no_places_no_names(void **state)
{
	struct scene scene = begin(0);

	(void)state;
	scene.matches[1] = 50;
	look(&scene);
	scene.matches[1] = 70;
	look(&scene);
	assert_int_equal(scene.labels.named, 0);
	assert_int_equal(scene.labels.others, 70);
	sl_campaign_labels_fini(&scene.labels);
}

static void one_that_is_called_like_the_others_is_among_them(void **state)
{
	struct sl_campaign_count list = {.matches = 3, .name_bytes = 7, .name = "_others"};
	struct sl_campaign_counts counts = {.life_ns = 1, .others = 2, .n = 1, .at = &list};
	struct sl_campaign_labels labels;

	(void)state;
	sl_campaign_labels_init(&labels, 10);
	assert_int_equal(sl_campaign_labels_look(&labels, &counts, 1), 0);
	assert_int_equal(labels.named, 0);
	assert_int_equal(labels.others, 5);
	sl_campaign_labels_fini(&labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_are_named_while_there_is_room),
		cmocka_unit_test(of_too_many_the_greatest_are_named_by_and_by),
		cmocka_unit_test(one_that_stopped_makes_room),
		cmocka_unit_test(who_does_not_match_waits_for_nothing),
		cmocka_unit_test(names_outlive_the_dataplane),
		cmocka_unit_test(no_places_no_names),
		cmocka_unit_test(one_that_is_called_like_the_others_is_among_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
