/* sluice doctor: what the machine is like, and what to change. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/doctor/doctor.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/terminal_text.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYNCS_MAX 300u

static const char help[] =
	"Looks at the machine that a gateway runs on, or is to run on, and says what to change and "
	"why."
	"\vIt reads what the kernel tells (cores, memory, limits, clock), asks for an io_uring as "
	"a "
	"worker would, and syncs a small file that it has unlinked, in the directory that the "
	"journal will lie in. It changes nothing and takes a second or two. Run it as the user "
	"whom the gateway will run as: limits are of users.\n\n"
	"good: as it should be. advice: it runs, and could run better. bad: it does not run, or "
	"not as promised. unknown: cannot be seen from here.\n\n"
	"Examples:\n"
	"  sluice doctor --directory /var/lib/sluice\n"
	"  sluice doctor --json | jq -r '.findings[]|select(.verdict==\"bad\").change'\n\n"
	"Exit codes: 0 nothing is bad; 1 something is; 2 used wrongly; 3 there is no such "
	"directory.";

enum { KEY_ROOT = 256 };

static const struct argp_option table[] = {
	{"directory", 'd', "DIR", 0, "where the journal lies or will lie (default .)", 0},
	{"json", 'j', NULL, 0, "JSON on standard output", 0},
	{"root", KEY_ROOT, "DIR", OPTION_HIDDEN, "what stands before /proc and /sys", 0},
	{0},
};

struct arguments {
	struct sl_doctor doctor;
	bool json;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'd':
		arguments->doctor.directory = arg;
		return 0;
	case 'j':
		arguments->json = true;
		return 0;
	case KEY_ROOT:
		arguments->doctor.root = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much; a directory is --directory DIR", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sl_doctor_argp = {table, take, NULL, help, NULL, NULL, NULL};

static void print_line(const char *label, const char *text)
{
	printf("           %-7s", label);
	sl_terminal_put(stdout, text);
	putchar('\n');
}

static void print_finding(const json_t *finding)
{
	const char *verdict = sl_api_text(finding, "verdict", "");

	printf("%-8s   %-12s ", verdict, sl_api_text(finding, "check", ""));
	sl_terminal_put(stdout, sl_api_text(finding, "found", ""));
	putchar('\n');
	if (!*sl_api_text(finding, "change", ""))
		return;
	print_line("change", sl_api_text(finding, "change", ""));
	print_line("why", sl_api_text(finding, "why", ""));
}

static void print_summary(const unsigned *counts)
{
	printf("\n%u good, %u with advice, %u bad, %u unknown\n", counts[SL_CHECK_GOOD],
	       counts[SL_CHECK_ADVICE], counts[SL_CHECK_BAD], counts[SL_CHECK_UNKNOWN]);
}

/* Findings are shown as they come: the disk takes a moment. */
static json_t *examine(struct arguments *arguments, unsigned *ret_counts)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < sl_n_doctor_checks; i++) {
		json_t *finding = sl_doctor_finding(&arguments->doctor, &sl_doctor_checks[i]);

		if (!finding || json_array_append_new(findings, finding)) {
			json_decref(findings);
			return NULL;
		}
		ret_counts[arguments->doctor.verdict]++;
		if (arguments->json)
			continue;
		print_finding(finding);
		fflush(stdout);
	}
	return findings;
}

int sl_cmd_doctor(int argc, char **argv)
{
	struct arguments arguments = {
		.doctor = {.root = "", .directory = ".", .syncs_max = SYNCS_MAX}};
	unsigned counts[SL_CHECK_VERDICTS] = {0};
	json_t *findings, *answer;
	struct stat at;

	argp_parse(&sl_doctor_argp, argc, argv, 0, NULL, &arguments);
	if (stat(arguments.doctor.directory, &at) || !S_ISDIR(at.st_mode)) {
		fprintf(stderr, "sluice doctor: there is no directory %s; make it first\n",
			arguments.doctor.directory);
		return SL_EXIT_FAILED;
	}
	findings = examine(&arguments, counts);
	if (!findings) {
		fputs("sluice doctor: no memory\n", stderr);
		return SL_EXIT_FAILED;
	}
	if (arguments.json) {
		answer = json_pack("{s:o, s:{s:i, s:i, s:i, s:i}}", "findings", findings, "summary",
				   "good", (int)counts[SL_CHECK_GOOD], "advice",
				   (int)counts[SL_CHECK_ADVICE], "bad", (int)counts[SL_CHECK_BAD],
				   "unknown", (int)counts[SL_CHECK_UNKNOWN]);
		sl_api_print(answer);
		json_decref(answer);
	} else {
		print_summary(counts);
		json_decref(findings);
	}
	return counts[SL_CHECK_BAD] ? SL_EXIT_NO : SL_EXIT_DONE;
}
