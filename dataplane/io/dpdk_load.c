#include "io/dpdk.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096u

static void *open_beside_program(void)
{
	char path[PATH_BYTES];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(SL_DPDK_MODULE) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	strcpy(slash ? slash + 1 : path, SL_DPDK_MODULE);
	return access(path, R_OK) ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

int sl_dpdk_load(const struct sl_dpdk_module **ret_module, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_dpdk_module *module;
	const char *error;
	void *library;

	dlerror();
	library = open_beside_program();
	error = dlerror();
	if (!library && !error) {
		library = dlopen(SL_MODULES "/" SL_DPDK_MODULE, RTLD_NOW | RTLD_LOCAL);
		error = dlerror();
	}
	if (!library) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "there are wires, and DPDK cannot be loaded: %s. Install it (packages "
			 "librte-eal23, librte-ethdev23 and the card's driver, librte-net-…)",
			 error ? error : "no " SL_DPDK_MODULE);
		return -SL_E_NOT_OFFERED;
	}
	module = dlsym(library, SL_DPDK_MODULE_SYMBOL);
	if (!module || module->version != SL_DPDK_MODULE_VERSION) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 SL_DPDK_MODULE " is of another version than this program: install both "
					"from one package");
		return -SL_E_VERSION;
	}
	*ret_module = module; /* the library stays for as long as the process */
	return 0;
}
