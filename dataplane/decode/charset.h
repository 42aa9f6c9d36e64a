/* Texts in other character sets than UTF-8.
 *
 * One handle per worker: glibc keeps a state in it. Opening loads a module of glibc's (gconv) from
 * disk; converting takes no memory. */
#ifndef SL_DECODE_CHARSET_H
#define SL_DECODE_CHARSET_H

#include "base/span.h"

struct sl_charset_reader;

int sl_charset_open(struct sl_charset_reader **ret_reader); /* CP949; -errno */
void sl_charset_close(struct sl_charset_reader *reader);    /* takes NULL */

/* CP949 to UTF-8. 0; -EILSEQ: it is none; -E2BIG: no room. Two bytes become three at most. */
int sl_charset_read(struct sl_charset_reader *reader, struct sl_span text, char *at, size_t room,
		    size_t *ret_bytes);

#endif
