#include "control/dataplane/orders.h"

#include "control/dataplane/link.h"
#include "sluice/error.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct sl_orders {
	const char *socket_path;
	void (*wake)(void *context);
	void *context;
	pthread_t thread;
	enum sl_command what; /* 0: none; the caller's, and constant while the thread runs */

	pthread_mutex_t lock; /* of what is below */
	struct sl_link link;
	bool breaking_off;
	bool ended;
	int result;
	char why[SL_COMMAND_TEXT_MAX];
};

int sl_orders_new(const char *socket_path, void (*wake)(void *context), void *context,
		  struct sl_orders **ret_orders)
{
	struct sl_orders *orders = calloc(1, sizeof(*orders));

	if (!orders)
		return -ENOMEM;
	orders->socket_path = socket_path;
	orders->wake = wake;
	orders->context = context;
	sl_link_init(&orders->link);
	pthread_mutex_init(&orders->lock, NULL);
	*ret_orders = orders;
	return 0;
}

void sl_orders_free(struct sl_orders *orders)
{
	if (!orders)
		return;
	if (orders->what) {
		pthread_mutex_lock(&orders->lock);
		orders->breaking_off = true;
		if (orders->link.fd >= 0)
			shutdown(orders->link.fd, SHUT_RDWR);
		pthread_mutex_unlock(&orders->lock);
		pthread_join(orders->thread, NULL);
	}
	pthread_mutex_destroy(&orders->lock);
	free(orders);
}

static int carry_out(struct sl_orders *orders, char why[SL_COMMAND_TEXT_MAX])
{
	struct sl_link link;
	int e;

	sl_link_init(&link);
	e = sl_link_open(&link, orders->socket_path, why);
	if (e)
		return e;
	pthread_mutex_lock(&orders->lock);
	orders->link.fd = link.fd; /* to be shut down by who does not wait */
	e = orders->breaking_off ? -ECANCELED : 0;
	pthread_mutex_unlock(&orders->lock);
	if (!e)
		e = sl_link_drain(&link, orders->what == SL_COMMAND_STOP, why);
	pthread_mutex_lock(&orders->lock);
	orders->link.fd = -1;
	pthread_mutex_unlock(&orders->lock);
	sl_link_close(&link);
	return e;
}

static void *run(void *context)
{
	struct sl_orders *orders = context;
	char why[SL_COMMAND_TEXT_MAX] = "";
	int result = carry_out(orders, why);

	pthread_mutex_lock(&orders->lock);
	orders->result = result;
	memcpy(orders->why, why, sizeof(why));
	orders->ended = true;
	pthread_mutex_unlock(&orders->lock);
	orders->wake(orders->context);
	return NULL;
}

int sl_orders_give(struct sl_orders *orders, enum sl_command what)
{
	int e;

	if (orders->what)
		return -SL_E_BUSY;
	orders->what = what;
	orders->ended = false;
	e = pthread_create(&orders->thread, NULL, run, orders);
	if (e)
		orders->what = 0;
	return -e;
}

enum sl_command sl_orders_under_way(const struct sl_orders *orders)
{
	return orders->what;
}

bool sl_orders_take(struct sl_orders *orders, enum sl_command *ret_what, int *ret_result,
		    char ret_why[SL_COMMAND_TEXT_MAX])
{
	bool ended;

	if (!orders->what)
		return false;
	pthread_mutex_lock(&orders->lock);
	ended = orders->ended;
	pthread_mutex_unlock(&orders->lock);
	if (!ended)
		return false;
	pthread_join(orders->thread, NULL);
	*ret_what = orders->what;
	*ret_result = orders->result;
	memcpy(ret_why, orders->why, sizeof(orders->why));
	orders->what = 0;
	return true;
}
