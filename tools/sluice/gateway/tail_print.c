#include "tools/sluice/gateway/tail_print.h"

#include "tools/sluice/gateway/api.h"
#include "tools/sluice/terminal_text.h"

#include <stdlib.h>
#include <string.h>

bool sl_tail_is_record(const json_t *record)
{
	return strcmp(sl_api_text(record, "kind", ""), "missed") != 0;
}

/* "00:12:33.120Z", of the day that it is. */
static void print_time(FILE *to, const json_t *record)
{
	const char *time = sl_api_text(record, "committed", ""), *clock = strchr(time, 'T');
	char text[16] = "";
	size_t n;

	if (clock)
		snprintf(text, sizeof(text), "%.12s", clock + 1);
	n = strcspn(text, "Z");
	text[n] = '\0';
	if (n == 8)
		text[n++] = '.';
	for (; n && n < 12; n++)
		text[n] = '0';
	sl_terminal_put_cell(to, text, 12);
	fputs(n ? "Z " : "  ", to);
}

static void print_kind(FILE *to, const char *kind, int colour, bool colours)
{
	if (colours)
		fprintf(to, "\x1b[%dm", colour);
	sl_terminal_put_cell(to, kind, 8);
	fputs(colours ? "\x1b[0m " : " ", to);
}

static void print_campaign_and_key(FILE *to, const json_t *record)
{
	const char *campaign = sl_api_text(record, "campaign", "?");
	unsigned columns = sl_terminal_columns(campaign);

	sl_terminal_put(to, campaign); /* whole: it may be what is asked for next */
	fprintf(to, "%*s ", columns < 24 ? (int)(24 - columns) : 0, "");
	sl_terminal_put(to, sl_api_text(record, "key", "?"));
}

static void print_match(FILE *to, const json_t *record)
{
	const json_t *data = json_object_get(record, "data");
	char *text = json_object_size(data) ? json_dumps(data, JSON_COMPACT) : NULL;

	print_campaign_and_key(to, record);
	fputs("  ", to);
	sl_terminal_put(to, sl_api_text(record, "send.channel", "?"));
	fputc(' ', to);
	sl_terminal_put(to, sl_api_text(record, "send.template", "?"));
	fputs("  event ", to);
	sl_terminal_put(to, sl_api_text(record, "event.id", "?"));
	fputc(' ', to);
	sl_terminal_put(to, sl_api_text(record, "event.type", ""));
	fputs(" by ", to);
	sl_terminal_put(to, sl_api_text(record, "event.channel", "?"));
	if (text) {
		fputs("  ", to);
		sl_terminal_put(to, text);
	}
	free(text);
}

static void print_decision(FILE *to, const json_t *record)
{
	const char *decision = sl_api_text(record, "decision", "?");
	bool sent = !strcmp(decision, "sent");

	print_campaign_and_key(to, record);
	fputs(sent ? "  " : "  not sent: ", to);
	sl_terminal_put(to, decision);
	fputs("  event ", to);
	sl_terminal_put(to, sl_api_text(record, "event.id", "?"));
}

static void print_refusal(FILE *to, const json_t *record)
{
	sl_terminal_put(to, sl_api_text(record, "channel", "?"));
	fputs("  ", to);
	sl_terminal_put(to, sl_api_text(record, "reason", "?"));
	fputs(": ", to);
	sl_terminal_put(to, sl_api_text(record, "detail", ""));
	fprintf(to, " (byte %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT "): ",
		sl_api_int(record, "offset", 0), sl_api_int(record, "bytes", 0));
	sl_terminal_put(to, sl_api_text(record, "original", ""));
}

static void print_missed(FILE *to, const json_t *record)
{
	json_int_t records = sl_api_int(record, "records", 0),
		   blocks = sl_api_int(record, "blocks", 0);

	fputs("              ", to);
	if (records)
		fprintf(to, "%" JSON_INTEGER_FORMAT " record%s", records, records == 1 ? "" : "s");
	if (records && blocks)
		fputs(" and ", to);
	if (blocks)
		fprintf(to, "%" JSON_INTEGER_FORMAT " block%s of the journal", blocks,
			blocks == 1 ? "" : "s");
	fputs(" left out here: more passes than can be shown; ask for less", to);
}

void sl_tail_print(FILE *to, const json_t *record, bool colours)
{
	const char *kind = sl_api_text(record, "kind", "");

	if (!sl_tail_is_record(record)) {
		print_missed(to, record);
		fputc('\n', to);
		return;
	}
	print_time(to, record);
	if (!strcmp(kind, "match")) {
		print_kind(to, "match", 32, colours);
		print_match(to, record);
	} else if (!strcmp(kind, "decision")) {
		print_kind(to, "decision", 36, colours);
		print_decision(to, record);
	} else if (!strcmp(kind, "refusal")) {
		print_kind(to, "refused", 33, colours);
		print_refusal(to, record);
	} else {
		sl_terminal_put(to, kind);
	}
	fputc('\n', to);
}
