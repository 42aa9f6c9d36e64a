/* Who may ask over TCP: whoever shows the token, from a page that is no stranger's.
 *
 * The token is the first line of a file, read anew for each request, so that it can be changed at
 * any time: 16 to 512 letters, digits and -._~+/=. The file belongs to this process' user or to
 * root; others can neither read nor write it, its group cannot write it. */
#ifndef SL_CONTROL_API_GUARD_PRIV_H
#define SL_CONTROL_API_GUARD_PRIV_H

#include "base/http1.h"
#include "sluice/error.h"

#include <stdbool.h>

#define SL_API_TOKEN_MIN 16u
#define SL_API_TOKEN_MAX 512u

/* 0, or -errno or -SL_E_SETTINGS with a sentence. What is behind the token is zero. */
int sl_api_token_read(const char *path, char ret_token[SL_API_TOKEN_MAX + 1],
		      char ret_why[SL_SENTENCE_BYTES]);

/* Compared in a time that does not depend on where they differ. */
bool sl_api_token_given(const char *path, const struct sl_http_request *request);

/* "localhost", 127.0.0.0/8 or [::1], with or without a port. Another name may be one that a
 * stranger's page made to mean this machine. */
bool sl_api_host_is_loopback(struct sl_span host);

#endif
