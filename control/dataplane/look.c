#include "control/dataplane/look.h"

#include "control/dataplane/link.h"
#include "sluice/error.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct sl_look {
	const char *socket_path;
	void (*wake)(void *context);
	void *context;
	pthread_t thread;
	bool under_way;     /* the caller's */
	_Atomic bool ended; /* the thread sets it; what is below is the thread's before */
	char key[SL_COMMAND_TEXT_MAX];
	int result;
	struct sl_command_reply reply;
};

int sl_look_new(const char *socket_path, void (*wake)(void *context), void *context,
		struct sl_look **ret_look)
{
	struct sl_look *look = calloc(1, sizeof(*look));

	if (!look)
		return -ENOMEM;
	look->socket_path = socket_path;
	look->wake = wake;
	look->context = context;
	*ret_look = look;
	return 0;
}

void sl_look_free(struct sl_look *look)
{
	if (look && look->under_way)
		pthread_join(look->thread, NULL);
	free(look);
}

static void *run(void *context)
{
	struct sl_look *look = context;
	char why[SL_COMMAND_TEXT_MAX] = "";
	struct sl_link link;
	int e;

	sl_link_init(&link);
	e = sl_link_open(&link, look->socket_path, why);
	if (!e)
		e = sl_link_look(&link, look->key, why);
	look->result = e;
	look->reply = link.latest;
	if (e)
		memcpy(look->reply.text, why, sizeof(why));
	sl_link_close(&link);
	atomic_store(&look->ended, true);
	look->wake(look->context);
	return NULL;
}

int sl_look_ask(struct sl_look *look, const char *key)
{
	int e;

	if (look->under_way)
		return -SL_E_BUSY;
	if (strlen(key) >= sizeof(look->key))
		return -ENAMETOOLONG;
	strcpy(look->key, key);
	atomic_store(&look->ended, false);
	e = pthread_create(&look->thread, NULL, run, look);
	look->under_way = !e;
	return -e;
}

bool sl_look_take(struct sl_look *look, int *ret_result, const char **ret_key,
		  const struct sl_command_reply **ret_reply)
{
	if (!look->under_way || !atomic_load(&look->ended))
		return false;
	pthread_join(look->thread, NULL);
	look->under_way = false;
	*ret_result = look->result;
	*ret_key = look->key;
	*ret_reply = &look->reply;
	return true;
}
