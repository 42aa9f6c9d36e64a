/* The terminal as a screen: a page that is drawn again and again, and keys.
 *
 * - Whatever ends the program, the terminal is as it was: sl_screen_close(), also of itself at
 *   exit(); a signal that ends (SIGINT, SIGTERM, SIGHUP, SIGQUIT) is told as an event; one of a
 *   fault restores first. SIGKILL cannot be helped: `reset` does.
 * - Ctrl-Z gives the terminal back until the program goes on.
 * - One thread, one screen. */
#ifndef SL_SLUICE_TOP_SCREEN_H
#define SL_SLUICE_TOP_SCREEN_H

#include <stdint.h>

/* 0 or -errno: standard input and output have to be a terminal. */
int sl_screen_open(void);
void sl_screen_close(void); /* also where it is not open */

void sl_screen_size(unsigned *ret_columns, unsigned *ret_rows);

enum sl_screen_event {
	SL_SCREEN_NOTHING, /* the time is over */
	SL_SCREEN_KEY,
	SL_SCREEN_RESIZED, /* or comes back: it has to be drawn again */
	SL_SCREEN_END,     /* a signal, or the terminal has gone */
};

/* Waits until the moment (CLOCK_MONOTONIC); *ret_key with a key. */
enum sl_screen_event sl_screen_wait(int64_t until_ns, char *ret_key);

/* Draws at once what the bytes say. False: the terminal has gone. */
int sl_screen_write(const char *at, unsigned long bytes);

#endif
