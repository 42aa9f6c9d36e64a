#include "control/journal/trouble.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sl_trouble_set(struct sl_trouble *trouble, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	pthread_mutex_lock(&trouble->lock);
	vsnprintf(trouble->text, sizeof(trouble->text), format, arguments);
	trouble->set_ns = sl_clock_read(CLOCK_MONOTONIC);
	trouble->there = true;
	pthread_mutex_unlock(&trouble->lock);
	va_end(arguments);
}

void sl_trouble_clear_before(struct sl_trouble *trouble, int64_t ns)
{
	pthread_mutex_lock(&trouble->lock);
	if (trouble->set_ns < ns)
		trouble->there = false;
	pthread_mutex_unlock(&trouble->lock);
}

void sl_trouble_clear(struct sl_trouble *trouble)
{
	sl_trouble_clear_before(trouble, INT64_MAX);
}

bool sl_trouble_is_there(struct sl_trouble *trouble)
{
	bool there;

	pthread_mutex_lock(&trouble->lock);
	there = trouble->there;
	pthread_mutex_unlock(&trouble->lock);
	return there;
}

void sl_trouble_read(struct sl_trouble *trouble, char ret_text[SL_TROUBLE_BYTES])
{
	pthread_mutex_lock(&trouble->lock);
	memcpy(ret_text, trouble->text, SL_TROUBLE_BYTES);
	if (!trouble->there)
		ret_text[0] = '\0';
	pthread_mutex_unlock(&trouble->lock);
}
