#include "base/artifact.h"

void sl_settings_default(struct sl_settings *ret_settings)
{
	*ret_settings = (struct sl_settings){
		.version = SL_SETTINGS_VERSION,
#define SL_INT(field, path, value, min, max, unit, when, doc) .field = (value),
#define SL_BOOL(field, path, value, when, doc) .field = (value),
#define SL_TEXT(field, path, value, when, doc) .field = value,
#include "sluice/settings.def"
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT
	};
}
