#include "tests/oracle/history_case.h"

#include "rules/campaign/set_priv.h"
#include "tests/oracle/history_lines.h"

#include <stdlib.h>
#include <string.h>

const char *sl_history_name(const struct sl_history_case *history, unsigned campaign,
			    unsigned rules)
{
	static char name[8];

	/* the last one stays the last by name too: ranks go by it */
	snprintf(name, sizeof(name), "%c%u",
		 rules && campaign + 1 == history->n_campaigns ? 'd' : 'c', campaign);
	return name;
}

static void write_campaign(const struct sl_history_case *history, unsigned i, unsigned rules,
			   FILE *file)
{
	const char *name = sl_history_name(history, i, rules);

	fprintf(file, "---\ncampaign: %s\n%s", name, history->campaigns[i].text);
	if (name[0] == 'd')
		fprintf(file, "renamed_from: c%u\n", i);
	else if (rules == 0 && history->added.text[0] && i + 1 == history->n_campaigns)
		fprintf(file, "renamed_from: d%u\n", i);
}

void sl_history_case_write(const struct sl_history_case *history, unsigned rules, FILE *file)
{
	if (rules)
		fprintf(file, "---\ncampaign: %c0\n%s", SL_HISTORY_ADDED, history->added.text);
	for (unsigned i = history->n_campaigns; rules && i > 0; i--)
		write_campaign(history, i - 1, rules, file);
	for (unsigned i = 0; !rules && i < history->n_campaigns; i++)
		write_campaign(history, i, rules, file);
}

/* Whether an author could load it; types and bounds that were drawn may not fit each other. */
static bool is_loadable(const struct sl_draw_campaign *campaign)
{
	static char text[SL_DRAW_HISTORY_BYTES + 64];
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	const struct sl_diagnostic *list;
	struct sl_rules_set set;
	bool good;

	snprintf(text, sizeof(text), "campaign: c\n%s", campaign->text);
	if (sl_rules_set_load_text(sl_slice_of(sl_draw_history_schema), sl_slice_of(text), NULL,
				   diagnostics, &set))
		sl_oracle_give_up("a campaign", "no memory");
	good = sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) == 0;
	if (!good && getenv("SLUICE_ORACLE_REPLACED") && sl_diagnostics_all(diagnostics, &list))
		fprintf(stderr, "%s: %s\n%s\n", list[0].code, list[0].message, text);
	sl_rules_set_fini(&set);
	sl_diagnostics_free(diagnostics);
	return good;
}

static void draw_campaign(struct sl_draw_campaign *campaign, struct sl_choices *choices,
			  const struct sl_draw_wish *wish, struct sl_history_coverage *coverage)
{
	bool good;

	sl_draw_campaign(choices, wish, campaign);
	good = is_loadable(campaign);
	for (unsigned k = 0; coverage && good && k < SL_DRAWN_KINDS; k++)
		coverage->drawn[k] += campaign->is_drawn[k];
	if (coverage) {
		coverage->n_campaigns++;
		coverage->n_replaced += !good;
	}
	if (!good)
		strcpy(campaign->text, "owner: o\nkind: service\nmatch: type == \"none\"\n"
				       "send: {channel: push, template: T}\n");
}

static void draw_stream(struct sl_history_stream *stream, struct sl_choices *choices,
			const struct sl_draw_wish *wish)
{
	static const unsigned workers[] = {1, 2, 4, 7};

	stream->n = 1 + sl_choose(choices, SL_DRAW_ARRIVALS);
	stream->lateness_ms = 2000 * sl_choose(choices, 4);
	if (wish->decided) {
		stream->workers = workers[sl_choose(choices, 4)];
		stream->reader = sl_choose(choices, stream->workers);
		stream->burst = 1 + sl_choose(choices, 2) * sl_choose(choices, 6);
		stream->on_disk = sl_choose_rarely(choices, 4);
	}
	sl_draw_arrivals(choices, wish, stream->lateness_ms * 1000000ll, stream->n,
			 stream->arrivals);
}

void sl_history_case_draw(struct sl_history_case *history, struct sl_choices *choices,
			  const struct sl_draw_wish *wish, struct sl_history_coverage *coverage)
{
	history->n_campaigns = 1 + sl_choose(choices, SL_DRAW_HISTORY_CAMPAIGNS);
	for (unsigned i = 0; i < history->n_campaigns; i++)
		draw_campaign(&history->campaigns[i], choices, wish, coverage);
	if (wish->reloaded)
		draw_campaign(&history->added, choices, &(struct sl_draw_wish){0}, NULL);
	history->n_streams = 1 + sl_choose(choices, wish->streams);
	for (unsigned i = 0; i < history->n_streams; i++)
		draw_stream(&history->streams[i], choices, wish);
}

uint64_t sl_history_case_size(const struct sl_history_case *history)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < history->n_streams; i++)
		n += history->streams[i].n;
	return n;
}

static void print_arrival(const struct sl_draw_arrival *arrival, uint32_t i)
{
	static const char *const kinds[] = {
		[SL_ARRIVAL_EVENT] = "",          [SL_ARRIVAL_TICK] = "tick ",
		[SL_ARRIVAL_RESTART] = "restart", [SL_ARRIVAL_RELOAD] = "reload",
		[SL_ARRIVAL_CLOCK] = "clock ",
	};

	printf("  e%u %s", i, kinds[arrival->kind]);
	if (arrival->kind == SL_ARRIVAL_EVENT || arrival->kind == SL_ARRIVAL_TICK ||
	    arrival->kind == SL_ARRIVAL_CLOCK)
		printf("%lld.%03lld", (long long)(arrival->time_ns / 1000000000),
		       (long long)(arrival->time_ns / 1000000 % 1000));
	if (arrival->kind == SL_ARRIVAL_EVENT) {
		if (arrival->again)
			printf(" (as e%u)", i - arrival->again);
		printf(" %s %s %s%s %s", arrival->type, arrival->customer,
		       arrival->has_device ? "@" : "", arrival->device, arrival->tag);
		if (arrival->has_amount)
			printf(" amount %lld", (long long)arrival->amount);
		if (arrival->has_rate)
			printf(" rate %g", arrival->rate);
		if (arrival->has_branch)
			printf(" branch %lld", (long long)arrival->branch);
	}
	printf("\n");
}

void sl_history_case_print(const struct sl_history_case *history)
{
	sl_history_case_write(history, 0, stdout);
	if (history->added.text[0])
		printf("what a reload adds:\n%s", history->added.text);
	for (unsigned s = 0; s < history->n_streams; s++) {
		printf("stream %u, lateness %u ms", s, history->streams[s].lateness_ms);
		if (history->streams[s].workers)
			printf(", %u workers, %u reads, %u at once%s", history->streams[s].workers,
			       history->streams[s].reader, history->streams[s].burst,
			       history->streams[s].on_disk ? ", a journal on disk" : "");
		printf("\n");
		for (uint32_t i = 0; i < history->streams[s].n; i++)
			print_arrival(&history->streams[s].arrivals[i], i);
	}
}

unsigned sl_history_coverage_print(const struct sl_history_coverage *coverage, unsigned kinds)
{
	unsigned missing = 0;

	for (unsigned k = 0; k < kinds; k++) {
		printf("%s%s %llu", k ? " " : "", sl_drawn_names[k],
		       (unsigned long long)coverage->drawn[k]);
		missing += coverage->drawn[k] == 0;
	}
	printf("\n");
	return missing;
}
