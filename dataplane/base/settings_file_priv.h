/* What the readers of settings files share. */
#ifndef SL_BASE_SETTINGS_FILE_PRIV_H
#define SL_BASE_SETTINGS_FILE_PRIV_H

#include "framed_file_priv.h"
#include "sluice/mapping.h"

/* Room for every section there can be, and no more: a settings file is small. */
#define SL_SETTINGS_BYTES_MAX                                                                      \
	(sizeof(struct sl_settings) + SL_CHANNELS_MAX * sizeof(struct sl_channel) +                \
	 SL_WIRES_MAX * sizeof(struct sl_wire) + SL_ANNOUNCED_BYTES + SL_MAPPING_BYTES_MAX +       \
	 65536)

int sl_settings_frame(const void *bytes, size_t n_bytes, struct sl_framed *ret_framed, char *why);

#endif
