/* Operating errors as numbers and sentences.
 *
 * Every function that can fail returns 0 or a negative number: an errno negated, or -SL_E… from
 * errors.def. sl_error_text() never fails and never allocates; the text lives as long as the
 * program (for an errno: until the thread's next call). */
#ifndef SLUICE_ERROR_H
#define SLUICE_ERROR_H

#include <string.h>

/* Room of a sentence for people, where a function that fails gives one (ret_why). */
#define SL_SENTENCE_BYTES 256u

enum sl_error {
#define SL_ERROR(name, number, text) SL_E_##name = (number),
#include "sluice/errors.def"
#undef SL_ERROR
};

static inline const char *sl_error_text(int error)
{
	switch (error < 0 ? -error : error) {
#define SL_ERROR(name, number, text)                                                               \
	case (number):                                                                             \
		return text;
#include "sluice/errors.def"
#undef SL_ERROR
	default:
		return strerror(error < 0 ? -error : error);
	}
}

#endif
