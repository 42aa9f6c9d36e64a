/* doctor: what there is to say about the machine that a gateway runs on, or is to run on.
 *
 * - Reads files below `root`, asks the kernel, and writes one file that it has unlinked at once
 *   in `directory`; changes nothing. Takes about a second, most of it for the disk.
 * - What cannot be read is `unknown`, never good: in a container much is hidden.
 * - One thread; findings are added in the order of the checks. */
#ifndef SL_SLUICE_DOCTOR_H
#define SL_SLUICE_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sl_verdict_of_check {
	SL_CHECK_GOOD,
	SL_CHECK_ADVICE, /* it runs, and could run better */
	SL_CHECK_BAD,    /* it does not run, or not as promised */
	SL_CHECK_UNKNOWN,
	SL_CHECK_VERDICTS,
};

struct sl_doctor {
	const char *root;      /* stands before /proc and /sys; "" but in tests */
	const char *directory; /* where the journal lies or will lie */
	unsigned syncs_max;    /* of the disk, tried one after the other */

	/* of the check under way */
	enum sl_verdict_of_check verdict;
	char found[256];
	char change[320]; /* empty: nothing */
};

struct sl_doctor_check {
	const char *name;
	const char *why; /* what it matters for */
	void (*look)(struct sl_doctor *doctor);
};

extern const struct sl_doctor_check sl_doctor_checks[];
extern const size_t sl_n_doctor_checks;

/* {"check","verdict","found","change","why"} of one check. NULL: no memory. */
json_t *sl_doctor_finding(struct sl_doctor *doctor, const struct sl_doctor_check *check);
const char *sl_doctor_verdict_text(enum sl_verdict_of_check verdict);

#endif
