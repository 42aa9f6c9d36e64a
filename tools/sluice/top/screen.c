#include "tools/sluice/top/screen.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

static struct {
	volatile sig_atomic_t open;
	bool registered;
	int signals;
	sigset_t before;
	struct termios cooked;
} screen = {.signals = -1};

static const char enter[] = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J";
static const char leave[] = "\x1b[0m\x1b[?25h\x1b[?1049l";
static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

static void write_all(const char *at, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(STDOUT_FILENO, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		at += n;
		bytes -= (size_t)n;
	}
}

static void take(void)
{
	struct termios raw = screen.cooked;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	write_all(enter, sizeof(enter) - 1);
	screen.open = 1;
}

/* Nothing in it that a signal's handler may not do. */
static void give_back(void)
{
	if (!screen.open)
		return;
	screen.open = 0;
	write_all(leave, sizeof(leave) - 1);
	tcsetattr(STDIN_FILENO, TCSANOW, &screen.cooked);
}

static void on_fault(int number)
{
	give_back();
	signal(number, SIG_DFL);
	raise(number);
}

int sl_screen_open(void)
{
	sigset_t wanted;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
	    tcgetattr(STDIN_FILENO, &screen.cooked))
		return -ENOTTY;
	sigemptyset(&wanted);
	for (size_t i = 0; i < 6; i++)
		sigaddset(&wanted,
			  ((const int[]){SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH})[i]);
	if (sigprocmask(SIG_BLOCK, &wanted, &screen.before))
		return -errno;
	screen.signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (screen.signals < 0) {
		sigprocmask(SIG_SETMASK, &screen.before, NULL);
		return -errno;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTTOU, SIG_IGN); /* giving back is not stopped by being in the background */
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		signal(faults[i], on_fault);
	if (!screen.registered)
		atexit(sl_screen_close);
	screen.registered = true;
	take();
	return 0;
}

void sl_screen_close(void)
{
	give_back();
	if (screen.signals < 0)
		return;
	close(screen.signals);
	screen.signals = -1;
	sigprocmask(SIG_SETMASK, &screen.before, NULL);
}

void sl_screen_size(unsigned *ret_columns, unsigned *ret_rows)
{
	struct winsize size;

	*ret_columns = 80;
	*ret_rows = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return;
	if (size.ws_col)
		*ret_columns = size.ws_col < 400 ? size.ws_col : 400;
	if (size.ws_row)
		*ret_rows = size.ws_row < 400 ? size.ws_row : 400;
}

/* As the shell wants it: stopped by the signal, with the terminal as it was. */
static void stop_until_continued(void)
{
	sigset_t stop;

	give_back();
	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL); /* stops here */
	sigprocmask(SIG_BLOCK, &stop, NULL);
	take();
}

static enum sl_screen_event take_signal(void)
{
	struct signalfd_siginfo info;

	if (read(screen.signals, &info, sizeof(info)) != sizeof(info))
		return SL_SCREEN_NOTHING;
	if (info.ssi_signo == SIGTSTP)
		stop_until_continued();
	return info.ssi_signo == SIGTSTP || info.ssi_signo == SIGWINCH ? SL_SCREEN_RESIZED
								       : SL_SCREEN_END;
}

enum sl_screen_event sl_screen_wait(int64_t until_ns, char *ret_key)
{
	for (;;) {
		int64_t left_ms = (until_ns - sl_clock_read(CLOCK_MONOTONIC) + SL_NS_PER_MS - 1) /
				  SL_NS_PER_MS;
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
				       {.fd = screen.signals, .events = POLLIN}};
		int n = poll(fds, 2, left_ms > 0 ? (int)left_ms : 0);
		enum sl_screen_event event;

		if (n < 0 && errno != EINTR)
			return SL_SCREEN_END;
		if (n == 0)
			return SL_SCREEN_NOTHING;
		if (n < 0)
			continue;
		if (fds[1].revents) {
			event = take_signal();
			if (event != SL_SCREEN_NOTHING)
				return event;
		}
		if (!fds[0].revents)
			continue;
		/* 0 with POLLIN: the other end of the terminal has gone */
		if (read(STDIN_FILENO, ret_key, 1) == 1)
			return SL_SCREEN_KEY;
		return SL_SCREEN_END;
	}
}

int sl_screen_write(const char *at, unsigned long bytes)
{
	write_all(at, bytes);
	return isatty(STDOUT_FILENO);
}
