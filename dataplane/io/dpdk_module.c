/* What the program finds in the module. */
#include "io/dpdk_priv.h"

__attribute__((visibility("default"))) extern const struct sl_dpdk_module sl_dpdk_module;

const struct sl_dpdk_module sl_dpdk_module = {
	.version = SL_DPDK_MODULE_VERSION,
	.ops = &sl_dpdk_ops,
	.open = sl_dpdk_open,
	.close = sl_dpdk_close,
};
