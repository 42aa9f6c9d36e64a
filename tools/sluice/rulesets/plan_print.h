/* `sluice check --explain-plan`: where each campaign of a directory is filed. */
#ifndef SL_SLUICE_RULESETS_PLAN_PRINT_H
#define SL_SLUICE_RULESETS_PLAN_PRINT_H

#include "rules/rules.h"

/* The command's exit code. Diagnostics go where sl_verdict_print() sends them. */
int sl_plan_print(const char *directory, const struct sl_rules_options *options, bool as_json);

#endif
