#include "decode/charset.h"

#include <errno.h>
#include <iconv.h>

/* A handle is a pointer already. */
static iconv_t handle_of(struct sl_charset_reader *reader)
{
	return (iconv_t)reader;
}

int sl_charset_read(struct sl_charset_reader *reader, struct sl_span text, char *at, size_t room,
		    size_t *ret_bytes)
{
	char *from = (char *)text.at, *to = at;
	size_t left = text.bytes, left_room = room;

	iconv(handle_of(reader), NULL, NULL, NULL, NULL); /* whatever broke off before */
	if (iconv(handle_of(reader), &from, &left, &to, &left_room) == (size_t)-1)
		return left_room < 4 ? -E2BIG : -EILSEQ;
	*ret_bytes = room - left_room;
	return 0;
}
