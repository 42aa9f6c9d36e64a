/* For tests of rules: a schema, rule sets from texts, directories that go away again. */
#ifndef SL_TEST_RULES_FIXTURE_H
#define SL_TEST_RULES_FIXTURE_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/plan/plan_priv.h"

extern const char test_schema[];

/* One campaign named "c" with this condition, written as a YAML block. */
struct sl_rules_set *load_condition(const char *condition, struct sl_diagnostics *diagnostics);
struct sl_rules_set *load_texts(const char *schema, const char *campaigns,
				struct sl_diagnostics *diagnostics);
void free_set(struct sl_rules_set *set);

/* The whole list as people see it; ends with free(). */
char *format_all(const struct sl_diagnostics *diagnostics);

/* The codes in order, "unknown_field syntax"; static room. */
const char *codes_of(const struct sl_diagnostics *diagnostics);

/* A new directory, and files in it; paths in static room that the next call with it overwrites. */
void make_directory(char ret_path[64]);
void write_file(const char *directory, const char *name, const char *text);
void remove_directory(const char *path);

#endif
