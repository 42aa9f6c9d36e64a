/* What the floor scans for: one question of each campaign, an `||` one on each side, of a regular
 * expression the text that it requires. */
#include "match_wanted.h"

#include <stdarg.h>

struct asking {
	void (*each)(void *context, const struct sl_perf_question *question);
	void *context;
};

__attribute__((format(printf, 4, 5))) static void
ask(const struct asking *asking, const char *path, enum sl_perf_part part, const char *format, ...)
{
	struct sl_perf_question question = {.path = path, .part = part};
	char text[128];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	question.text = text;
	asking->each(asking->context, &question);
}

/* Filed under the type alone, as numbers cannot be scanned for. */
static void ask_type(const struct asking *asking, uint32_t type)
{
	char name[32];

	sl_perf_put_type(type, name, sizeof(name));
	ask(asking, "type", SL_PERF_EQUAL, "%s", name);
}

static void ask_text(const struct asking *asking, const struct sl_perf_wanted *wanted)
{
	uint32_t number = wanted->number;

	switch (wanted->shape) {
	case SL_PERF_SHOP_CONTAINS:
		ask(asking, "merchant", SL_PERF_WITHIN, "no%05u", number);
		break;
	case SL_PERF_PAGE_CONTAINS:
		ask(asking, "page", SL_PERF_WITHIN, "ad=%05u", number);
		break;
	case SL_PERF_PAGE_PREFIX:
		ask(asking, "page", SL_PERF_BEGIN, "/promo/%05u/", number);
		break;
	case SL_PERF_PAGE_SUFFIX:
		ask(asking, "page", SL_PERF_END, "?from=%05u", number);
		break;
	case SL_PERF_PAGE_REGEX:
		ask(asking, "page", SL_PERF_BEGIN, "/event/%05u/", number);
		break;
	case SL_PERF_SHOP_REGEX:
		ask(asking, "merchant", SL_PERF_END, "-%05u", number);
		break;
	default:
		ask_type(asking, wanted->type);
		break;
	}
}

static void ask_one(const struct asking *asking, const struct sl_perf_wanted *wanted)
{
	uint32_t value = wanted->value;

	switch (wanted->shape) {
	case SL_PERF_TWO_EQUAL:
	case SL_PERF_THREE_EQUAL:
	case SL_PERF_NEITHER:
	case SL_PERF_WITH_CHANNEL:
	case SL_PERF_BUT_CHANNEL:
		ask(asking, "product", SL_PERF_EQUAL, "P%05u", value);
		break;
	case SL_PERF_ONE_OF:
		for (uint32_t i = 0; i < 3; i++)
			ask(asking, "product", SL_PERF_EQUAL, "P%05u", value + i);
		break;
	case SL_PERF_TWENTY:
		for (uint32_t i = 0; i < SL_PERF_TWENTY_PRODUCTS; i++)
			ask(asking, "product", SL_PERF_EQUAL, "P%05u",
			    sl_perf_product_of(wanted, i));
		break;
	case SL_PERF_ACCOUNT_RANGE:
		ask(asking, "account", SL_PERF_EQUAL, "110-%06u", value);
		break;
	case SL_PERF_TYPE_RATE:
		ask(asking, "branch", SL_PERF_EQUAL, "B%05u", value);
		break;
	case SL_PERF_EITHER:
		ask(asking, "product", SL_PERF_EQUAL, "P%05u", value);
		ask(asking, "branch", SL_PERF_EQUAL, "B%05u", value);
		break;
	case SL_PERF_ONE_EQUALITY:
		ask_type(asking, 2);
		break;
	default:
		ask_text(asking, wanted);
		break;
	}
}

void sl_perf_each_question(const struct sl_perf_case *what,
			   void (*each)(void *context, const struct sl_perf_question *question),
			   void *context)
{
	const struct asking asking = {.each = each, .context = context};

	for (uint32_t i = 0; i < what->campaigns; i++) {
		struct sl_perf_wanted wanted = sl_perf_wanted_of(what, i);

		ask_one(&asking, &wanted);
	}
}
