#include "decode/charset.h"

#include <errno.h>
#include <iconv.h>

int sl_charset_open(struct sl_charset_reader **ret_reader)
{
	iconv_t handle = iconv_open("UTF-8", "UHC");

	if (handle == (iconv_t)-1)
		return -errno;
	*ret_reader = (struct sl_charset_reader *)handle;
	return 0;
}

void sl_charset_close(struct sl_charset_reader *reader)
{
	if (reader)
		iconv_close((iconv_t)reader);
}
