/* For tests of expressions: parses and types one, and says what came out in a line that a table
 * can hold. */
#ifndef SL_TEST_EXPR_FIXTURE_H
#define SL_TEST_EXPR_FIXTURE_H

#include "rules_fixture.h"

enum expr_how {
	EXPR_PARSED,  /* no types at all */
	EXPR_TYPED,   /* as a campaign's: what fails for every event is a mistake */
	EXPR_EVAL,    /* as eval's: faults are kept, no schema; x is an int, m.n a dyn, s a string,
			 l a list of ints, k a map of strings to ints, t a time */
	EXPR_DYNAMIC, /* the same without static types */
};

/* The tree, "(+ $amount 5)"; or each mistake, "code@column", joined by blanks. Static room.
 *
 * Literals 5 5u 0.5 "a" b"a" true null t12.5 d12.5 type:3; $field @bound variable#slot ?name;
 * (function argument …) (. selected name) [list] {key: value}. */
const char *expr_tree(const char *text, enum expr_how how);

/* The static type, "list(int)"; or the mistakes. Static room. */
const char *expr_type(const char *text, enum expr_how how);

/* Message and hint of the first mistake, "message | hint"; static room. */
const char *expr_words(const char *text, enum expr_how how);

/* rows of {text, expected}, each compared by one of the above; all differences are printed. */
void expr_compare(const char *const rows[][2], size_t n, enum expr_how how,
		  const char *(*describe)(const char *text, enum expr_how how));

#define EXPR_COMPARE(rows, how, describe)                                                          \
	expr_compare(rows, sizeof(rows) / sizeof(rows[0]), how, describe)

#endif
