/* Random regular expressions and texts, small and full of what is special: for their oracle. The
 * same seed draws the same. Only what RE2 and PCRE2 mean the same by is drawn. */
#ifndef SL_TESTS_ORACLE_DRAW_REGEX_H
#define SL_TESTS_ORACLE_DRAW_REGEX_H

#include <stddef.h>
#include <stdint.h>

#define SL_DRAW_PATTERN_BYTES 512u
#define SL_DRAW_SUBJECT_BYTES 512u

/* 0 to n - 1. */
uint32_t sl_draw_number(uint64_t *seed, uint32_t n);
/* Terminated; how many bytes there are before. */
uint32_t sl_draw_pattern(uint64_t *seed, char ret_pattern[SL_DRAW_PATTERN_BYTES]);
/* Valid UTF-8; may contain 0. For some patterns without the letters that only folding makes ASCII:
 * under (?i) RE2 counts them to \w and to [:alpha:], PCRE2 does not. */
uint32_t sl_draw_subject(uint64_t *seed, const char *pattern,
			 char ret_subject[SL_DRAW_SUBJECT_BYTES]);

#endif
