#include "io/dpdk.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096u

/* From the program's own place, wherever all of it was installed. */
static void *open_from(const char *directory)
{
	char path[PATH_BYTES];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	slash = strrchr(path, '/');
	n = slash ? slash + 1 - path : 0;
	if ((size_t)snprintf(path + n, sizeof(path) - (size_t)n, "%s" SL_DPDK_MODULE, directory) >=
	    sizeof(path) - (size_t)n)
		return NULL;
	return access(path, R_OK) ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
}

int sl_dpdk_load(const struct sl_dpdk_module **ret_module, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_dpdk_module *module;
	const char *error;
	void *library;

	dlerror();
	library = open_from("");
	if (!library)
		library = open_from("../" SL_MODULES "/");
	error = dlerror();
	if (!library && !error) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "there are wires, and no " SL_DPDK_MODULE
			 " beside this program: install the package, or build the whole tree");
		return -SL_E_NOT_OFFERED;
	}
	if (!library) {
		snprintf(
			ret_why, SL_SENTENCE_BYTES,
			"there are wires, and DPDK cannot be loaded: %.100s. Install librte-eal23, "
			"librte-ethdev23, librte-bus-vdev23 and the card's librte-net-…",
			error);
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
