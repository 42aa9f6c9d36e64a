/* A stand-in for the dataplane: answers on a command socket what a test tells it to. */
#ifndef SL_TESTS_UNIT_CONTROL_FAKE_DATAPLANE_H
#define SL_TESTS_UNIT_CONTROL_FAKE_DATAPLANE_H

#include "sluice/command.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

struct fake_dataplane {
	pthread_t thread;
	int listen_fd;
	char path[300];
	_Atomic bool stop;
	_Atomic bool silent; /* takes commands and does not answer */
	_Atomic uint64_t ruleset;
	_Atomic int refuse; /* answer to LOAD */
	_Atomic unsigned loads;
	_Atomic uint32_t looks;   /* things that it says a key has */
	_Atomic uint32_t version; /* that it speaks */
};

static inline bool fake_serve(struct fake_dataplane *fake, int fd)
{
	struct sl_command_request request;
	struct sl_command_reply reply;

	if (recv(fd, &request, sizeof(request), MSG_WAITALL) != (ssize_t)sizeof(request))
		return false;
	memset(&reply, 0, sizeof(reply));
	reply.magic = SL_COMMAND_MAGIC;
	reply.version = atomic_load(&fake->version);
	reply.workers = 2;
	reply.pid = getpid();
	reply.listeners = 1;
	strcpy(reply.listener[0].channel, "web");
	strcpy(reply.listener[0].address, "::1");
	reply.listener[0].port = 8080;
	reply.listener[0].protocol = SL_PROTOCOL_HTTP;
	if (request.command == SL_COMMAND_LOAD) {
		unsigned long long number = 0;
		const char *at = strstr(request.text, "/rulesets/");

		if (!access(request.text, R_OK) && at)
			sscanf(at, "/rulesets/%llu/", &number);
		reply.result = number ? atomic_load(&fake->refuse) : -ENOENT;
		if (!reply.result)
			atomic_store(&fake->ruleset, number);
		else
			strcpy(reply.text, "refused by the stand-in");
		atomic_fetch_add(&fake->loads, 1);
	}
	if (request.command == SL_COMMAND_LIVE) {
		reply.slots = request.slots;
		for (uint32_t i = 0; i < request.slots; i++)
			reply.live[i] = 100 + request.slot[i];
	}
	if (request.command == SL_COMMAND_LOOK) {
		reply.looks = atomic_load(&fake->looks);
		reply.looks_all = reply.looks;
		reply.tick_ns = INT64_MIN;
		reply.look[0].kind = SL_COMMAND_LOOK_RUN;
		/* as if it were not terminated */
		memset(reply.look[0].step, 's', sizeof(reply.look[0].step));
		memcpy(reply.look[0].campaign, request.text, SL_COMMAND_NAME_BYTES - 1);
	}
	reply.ruleset = atomic_load(&fake->ruleset);
	while (atomic_load(&fake->silent) && !atomic_load(&fake->stop))
		usleep(1000);
	return send(fd, &reply, sizeof(reply), MSG_NOSIGNAL) == (ssize_t)sizeof(reply);
}

static inline void *fake_run(void *context)
{
	struct fake_dataplane *fake = context;
	struct pollfd fds[2] = {{.fd = fake->listen_fd, .events = POLLIN},
				{.fd = -1, .events = POLLIN}};

	while (!atomic_load(&fake->stop)) {
		if (poll(fds, 2, 10) <= 0)
			continue;
		if (fds[1].revents && !fake_serve(fake, fds[1].fd)) {
			close(fds[1].fd);
			fds[1].fd = -1;
		} else if (fds[0].revents && fds[1].fd < 0) {
			fds[1].fd = accept(fake->listen_fd, NULL, NULL);
		}
	}
	if (fds[1].fd >= 0)
		close(fds[1].fd);
	return NULL;
}

static inline void fake_start(struct fake_dataplane *fake, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	memset(fake, 0, sizeof(*fake));
	snprintf(fake->path, sizeof(fake->path), "%s", path);
	assert_true(strlen(path) < sizeof(address.sun_path));
	strcpy(address.sun_path, fake->path);
	atomic_store(&fake->version, SL_COMMAND_VERSION);
	fake->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fake->listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fake->listen_fd, 8), 0);
	assert_int_equal(pthread_create(&fake->thread, NULL, fake_run, fake), 0);
}

static inline void fake_stop(struct fake_dataplane *fake)
{
	atomic_store(&fake->stop, true);
	pthread_join(fake->thread, NULL);
	close(fake->listen_fd);
	unlink(fake->path);
}

#endif
