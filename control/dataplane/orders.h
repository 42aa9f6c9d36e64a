/* orders: a command to the dataplane that takes its time, drain or stop, on a thread and a link of
 * its own: what else is asked of it goes on meanwhile.
 *
 * One order at a time. All functions but the thread's are called by one thread; freeing breaks off
 * an order under way, which the dataplane then carries out all the same. */
#ifndef SL_CONTROL_DATAPLANE_ORDERS_H
#define SL_CONTROL_DATAPLANE_ORDERS_H

#include "sluice/command.h"

#include <stdbool.h>

struct sl_orders;

/* `wake` is called on the other thread when an order has ended. */
int sl_orders_new(const char *socket_path, void (*wake)(void *context), void *context,
		  struct sl_orders **ret_orders);
void sl_orders_free(struct sl_orders *orders); /* takes NULL */

/* SL_COMMAND_DRAIN or SL_COMMAND_STOP. -SL_E_BUSY: another one is under way. */
int sl_orders_give(struct sl_orders *orders, enum sl_command what);

/* The order under way, 0: none. */
enum sl_command sl_orders_under_way(const struct sl_orders *orders);

/* Once an order has ended: which, and how: 0, the dataplane's answer, or why it could not be asked,
 * with a sentence. False: none has. */
bool sl_orders_take(struct sl_orders *orders, enum sl_command *ret_what, int *ret_result,
		    char ret_why[SL_COMMAND_TEXT_MAX]);

#endif
