#include "io/uring_priv.h"

const struct sl_io_ops *sl_io_choose(const char *name, int *ret_refused)
{
	static const struct sl_io_ops *const backends[] = {&sl_io_uring, &sl_io_epoll, &sl_io_mem};
	bool any = strcmp(name, "auto") == 0;
	const struct sl_io_ops *chosen = any ? &sl_io_uring : NULL;
	int refused = 0;

	for (size_t i = 0; i < sizeof(backends) / sizeof(backends[0]); i++)
		if (strcmp(name, backends[i]->name) == 0)
			chosen = backends[i];
	if (chosen == &sl_io_uring)
		refused = sl_io_uring_probe();
	if (any && refused)
		chosen = &sl_io_epoll;
	*ret_refused = refused;
	return chosen;
}
