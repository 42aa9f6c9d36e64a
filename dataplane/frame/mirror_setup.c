/* The memory of the mirror's HTTP. */
#include "frame/mirror_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

int sl_mirror_new(const struct sl_mirror_limits *limits, struct sl_mirror **ret_mirror)
{
	struct sl_mirror *mirror;
	int error;

	if (limits->header_bytes < 64 || limits->pending < 1)
		return -SL_E_LIMIT;
	mirror = calloc(1, sizeof(*mirror));
	if (!mirror)
		return -ENOMEM;
	mirror->limits = *limits;
	mirror->http = (struct sl_http_limits){
		.header_bytes = limits->header_bytes,
		.headers = SL_HTTP_HEADERS_MAX,
		.body_bytes = UINT64_MAX, /* it is read past, whatever its length */
	};
	error = sl_assembly_new(limits->arena_bytes, &mirror->assembly);
	if (error) {
		free(mirror);
		return error;
	}
	*ret_mirror = mirror;
	return 0;
}

void sl_mirror_free(struct sl_mirror *mirror)
{
	if (!mirror)
		return;
	sl_assembly_free(mirror->assembly);
	free(mirror);
}

const struct sl_mirror_counts *sl_mirror_counts(const struct sl_mirror *mirror)
{
	return &mirror->counts;
}

size_t sl_mirror_used(const struct sl_mirror *mirror)
{
	return sl_assembly_used(mirror->assembly);
}
