/* The API over its socket, byte by byte where that matters. */
#include "fixture.h"

#include <errno.h>

#include "control/api/api_priv.h"
#include "control/config/config.h"

#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

struct scene {
	struct fixture fixture;
	struct sl_config config;
	struct sl_paths paths;
	struct sl_consumers *consumers;
	struct sl_rulesets *rulesets;
	struct sl_api *api;
	int wake_fd, stop_fd;
	pthread_t thread;
};

static void wake(void *context)
{
	eventfd_write(((struct scene *)context)->wake_fd, 1);
}

static int tick(void *context)
{
	(void)context;
	return 0;
}

static void *run(void *context)
{
	bool ordered;

	sl_api_run(((struct scene *)context)->api, &ordered);
	return NULL;
}

#define TOKEN "0123456789abcdef-token"

static void write_token(struct scene *scene, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/token", scene->fixture.directory);
	assert_int_equal(sl_file_replace(path, text, strlen(text)), 0);
}

static void begin(struct scene *scene)
{
	static const char text[] =
		"channels: [{name: web, protocol: http, listen: \"127.0.0.1:0\"}]\n"
		"api: {listen: \"127.0.0.1:0\", token_file: token}\n";
	static struct sl_problems problems;
	struct sl_rulesets_config rulesets = {
		.program = "/proc/self/exe", .wake = wake, .context = scene};
	struct sl_api_config api = {.tick = tick, .context = scene};
	char why[256] = "";

	memset(scene, 0, sizeof(*scene));
	fixture_open(&scene->fixture);
	write_token(scene, TOKEN "\n");
	assert_int_equal(sl_config_parse(text, sizeof(text) - 1, scene->fixture.directory,
					 &scene->config, &problems),
			 0);
	sl_paths_init(&scene->paths, &scene->config.settings);
	assert_int_equal(sl_directory_make(scene->config.settings.run), 0);
	scene->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	scene->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rulesets.settings = api.settings = &scene->config.settings;
	rulesets.paths = api.paths = &scene->paths;
	api.kafka = &scene->config.kafka;
	api.settings_file = &scene->config;
	assert_int_equal(sl_consumers_open(&scene->config, api.paths, &scene->consumers, why), 0);
	assert_int_equal(sl_rulesets_open(&rulesets, &scene->rulesets, why), 0);
	assert_int_equal(sl_rulesets_start(scene->rulesets), 0);
	api.consumers = scene->consumers;
	api.rulesets = scene->rulesets;
	api.wake_fd = scene->wake_fd;
	api.stop_fd = scene->stop_fd;
	assert_int_equal(sl_api_open(&api, &scene->api, why), 0);
	assert_int_equal(pthread_create(&scene->thread, NULL, run, scene), 0);
}

static void end(struct scene *scene)
{
	eventfd_write(scene->stop_fd, 1);
	pthread_join(scene->thread, NULL);
	sl_api_close(scene->api);
	sl_rulesets_close(scene->rulesets);
	sl_consumers_close(scene->consumers, 0);
	close(scene->wake_fd);
	close(scene->stop_fd);
	fixture_close(&scene->fixture);
}

static int connect_to(struct scene *scene)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = NEVER_S};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(scene->paths.api) < sizeof(address.sun_path));
	strcpy(address.sun_path, scene->paths.api);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static int connect_remotely(struct scene *scene)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval patience = {.tv_sec = NEVER_S};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port =
		htons((uint16_t)atoi(strrchr(scene->api->config.remote_address, ':') + 1));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static char answer[1 << 20];

/* All until the other side closes. */
static const char *hear_all(int fd)
{
	size_t n = 0;
	ssize_t got;

	while ((got = recv(fd, answer + n, sizeof(answer) - 1 - n, 0)) > 0)
		n += (size_t)got;
	answer[n] = 0;
	close(fd);
	return answer;
}

static const char *ask(struct scene *scene, const char *text)
{
	int fd = connect_to(scene);

	say(fd, text);
	return hear_all(fd);
}

static void expect(struct scene *scene, const char *text, const char *begins)
{
	const char *got = ask(scene, text);

	if (strncmp(got, begins, strlen(begins)) != 0)
		print_error("%s -> %s\n", text, got);
	assert_memory_equal(got, begins, strlen(begins));
}

#define CLOSE "Host: x\r\nConnection: close\r\n\r\n"

static void routes(void **state)
{
	struct scene scene;
	mode_t before = umask(0022);
	struct stat st;

	(void)state;
	begin(&scene);
	umask(before);
	assert_int_equal(stat(scene.paths.api, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640); /* to connect is to write: the owner only */
	expect(&scene, "GET /healthz HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	expect(&scene, "GET /readyz HTTP/1.1\r\n" CLOSE, "HTTP/1.1 503 ");
	expect(&scene, "GET /v1/status HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	expect(&scene, "GET /healthz?probe=1 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	expect(&scene, "GET /v1/status?x=1 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400 ");
	assert_non_null(strstr(answer, "no parameter \\\"x\\\" here"));
	expect(&scene, "GET /v1 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	assert_non_null(strstr(answer, "\"/v1/rulesets/{version}/sources\""));
	expect(&scene, "GET /v1/rulesets/current HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ");
	expect(&scene, "GET /nothing HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ");
	expect(&scene, "PUT /v1/rulesets HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 ");
	assert_non_null(strstr(answer, "Allow: GET, POST\r\n"));
	expect(&scene, "GET /v1/rulesets/rollback HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405 ");
	assert_non_null(strstr(answer, "Allow: POST\r\n"));
	expect(&scene, "GET /v1/rulesets HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	assert_non_null(strstr(answer, "{\"rulesets\":[]}"));
	expect(&scene, "GET /v1/rulesets/7 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ");
	assert_non_null(strstr(answer, "version 7 is not kept"));
	expect(&scene, "GET /v1/rulesets/7/sources?from=3 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ");
	assert_non_null(strstr(answer, "version 7 is not kept"));
	expect(&scene, "GET /v1/rulesets/7/sources?from=x HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400 ");
	assert_non_null(strstr(answer, "a whole number from 0"));
	/* no numbers of versions: nothing is at these paths */
	expect(&scene, "GET /v1/rulesets/07 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ");
	assert_non_null(strstr(answer, "nothing at this path"));
	expect(&scene, "GET /v1/rulesets/1111111111111111111 HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ");
	assert_non_null(strstr(answer, "nothing at this path"));
	expect(&scene, "GET /v1/rulesets/7/ HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404 ");
	assert_non_null(strstr(answer, "nothing at this path"));
	expect(&scene, "POST /v1/rulesets/rollback HTTP/1.1\r\n" CLOSE, "HTTP/1.1 411 ");
	expect(&scene, "POST /v1/rulesets/rollback HTTP/1.1\r\nContent-Length: 70000\r\n" CLOSE,
	       "HTTP/1.1 413 ");
	expect(&scene, "POST /v1/rulesets/rollback HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "{}",
	       "HTTP/1.1 404 ");
	assert_non_null(strstr(answer, "no version before the one in force"));
	expect(&scene, "POST /v1/rulesets HTTP/1.1\r\n" CLOSE, "HTTP/1.1 411 ");
	expect(&scene, "POST /v1/rulesets HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" CLOSE,
	       "HTTP/1.1 411 ");
	expect(&scene, "POST /v1/rulesets HTTP/1.1\r\nContent-Length: 999999999999\r\n" CLOSE,
	       "HTTP/1.1 413 ");
	expect(&scene, "POST /v1/status HTTP/1.1\r\nContent-Length: 70000\r\n" CLOSE,
	       "HTTP/1.1 413 ");
	expect(&scene, "GARBAGE\r\n\r\n", "HTTP/1.1 400 ");
	expect(&scene, "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n" CLOSE,
	       "HTTP/1.1 400 ");
	end(&scene);
}

static void requests_in_pieces_and_in_a_row(void **state)
{
	static const char text[] =
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
		"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
		"GET /healthz HTTP/1.1\r\n" CLOSE;
	struct scene scene;
	const char *at;
	int fd;

	(void)state;
	begin(&scene);
	at = ask(&scene, text);
	assert_non_null(at = strstr(at, "HTTP/1.1 200"));
	assert_non_null(at = strstr(at + 1, "HTTP/1.1 404"));
	assert_non_null(at = strstr(at + 1, "HTTP/1.1 200"));
	fd = connect_to(&scene);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		assert_int_equal(send(fd, text + i, 1, MSG_NOSIGNAL), 1);
	at = hear_all(fd);
	assert_non_null(at = strstr(at, "HTTP/1.1 200"));
	assert_non_null(at = strstr(at + 1, "HTTP/1.1 404"));
	assert_non_null(at = strstr(at + 1, "HTTP/1.1 200"));
	end(&scene);
}

static void status_without_a_dataplane(void **state)
{
	struct scene scene;
	json_t *root;
	int ready, adds_up;
	const char *of_dataplane;

	(void)state;
	begin(&scene);
	ask(&scene, "GET /v1/status HTTP/1.1\r\n" CLOSE);
	root = json_loads(strstr(answer, "\r\n\r\n") + 4, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_int_equal(json_unpack(root, "{s:b, s:{s:s}, s:{s:b}}", "ready", &ready, "dataplane",
				     "state", &of_dataplane, "ledger", "adds_up", &adds_up),
			 0);
	assert_false(ready);
	assert_true(adds_up);
	assert_string_equal(of_dataplane, "absent");
	assert_int_equal(json_array_size(json_object_get(root, "sinks")), 1);
	assert_int_equal(json_array_size(json_object_get(root, "stages")), SL_STAGE_COUNT);
	assert_non_null(json_object_get(json_object_get(root, "campaigns"), "others"));
	json_decref(root);
	end(&scene);
}

/* Alive and ready are two things; why it is not ready is said in both places. */
static void readiness_names_what_is_missing(void **state)
{
	static const char *const asked[] = {"GET /readyz HTTP/1.1\r\n" CLOSE,
					    "GET /v1/status HTTP/1.1\r\n" CLOSE};
	const char *setting, *path, *message;
	struct scene scene;
	json_t *root, *why;
	int ready;

	(void)state;
	begin(&scene);
	snprintf(scene.config.settings.rules, sizeof(scene.config.settings.rules),
		 "/nonexistent/rules");
	expect(&scene, "GET /healthz HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	for (unsigned i = 0; i < 2; i++) {
		ask(&scene, asked[i]);
		root = json_loads(strstr(answer, "\r\n\r\n") + 4, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(root);
		assert_int_equal(json_unpack(root, "{s:b, s:o, s:[{s:s, s:s, s:s}]}", "ready",
					     &ready, "not_ready", &why, "problems", "setting",
					     &setting, "path", &path, "message", &message),
				 0);
		assert_false(ready);
		assert_int_equal(json_array_size(why), 3);
		assert_string_equal(setting, "rules");
		assert_string_equal(path, "/nonexistent/rules");
		assert_non_null(strstr(message, "does not exist"));
		json_decref(root);
	}
	end(&scene);
}

/* Nobody is loading: a load is looked at, and not one. */
static bool is_free(struct scene *scene)
{
	ask(scene, "POST /v1/rulesets HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "{}");
	return !strncmp(answer, "HTTP/1.1 400 ", 13);
}

/* The load that is being received is the only one; who lets go of it lets others. */
static void one_load_at_a_time(void **state)
{
	struct scene scene;
	int fd;

	(void)state;
	begin(&scene);
	fd = connect_to(&scene);
	say(fd, "POST /v1/rulesets HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
		"10\r\n\r\n");
	assert_true(recv(fd, answer, sizeof(answer), 0) > 0); /* it was taken up */
	assert_memory_equal(answer, "HTTP/1.1 100 ", 13);
	expect(&scene, "POST /v1/rulesets HTTP/1.1\r\nContent-Length: 2\r\n" CLOSE "{}",
	       "HTTP/1.1 409 ");
	close(fd);
	EVENTUALLY(is_free(&scene));
	end(&scene);
}

static void a_load_that_nobody_waits_for(void **state)
{
	struct scene scene;
	int fd;

	(void)state;
	begin(&scene);
	fd = connect_to(&scene);
	say(fd, "POST /v1/rulesets HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
	close(fd);
	EVENTUALLY(is_free(&scene));
	end(&scene);
}

static void connections_are_bounded(void **state)
{
	int fds[SL_API_CONNECTIONS_MAX + 10];
	struct scene scene;

	(void)state;
	begin(&scene);
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX + 10; i++)
		fds[i] = connect_to(&scene); /* the last ones wait in the backlog */
	for (unsigned i = 0; i < 10; i++)
		close(fds[i]);
	say(fds[SL_API_CONNECTIONS_MAX + 9], "GET /healthz HTTP/1.1\r\n" CLOSE);
	assert_memory_equal(hear_all(fds[SL_API_CONNECTIONS_MAX + 9]), "HTTP/1.1 200 ", 13);
	for (unsigned i = 10; i < SL_API_CONNECTIONS_MAX + 9; i++)
		close(fds[i]);
	end(&scene);
}

/* All places taken by peers that say nothing, or never come to an end: the one that asks gets its
 * answer, for the one that was silent longest is let go. */
static void silent_peers_shut_nobody_out(void **state)
{
	int fds[SL_API_CONNECTIONS_MAX], again[SL_API_CONNECTIONS_MAX];
	struct scene scene;

	(void)state;
	begin(&scene);
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX; i++)
		fds[i] = connect_to(&scene);
	expect(&scene, "GET /healthz HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	assert_int_equal(recv(fds[0], answer, 1, 0), 0); /* the oldest of them */
	assert_int_equal(recv(fds[1], answer, 1, MSG_DONTWAIT), -1);
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX; i++) {
		again[i] = connect_to(&scene);
		say(again[i], "GET /healthz HTTP/1.1\r\n");
	}
	expect(&scene, "GET /healthz HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX; i++) {
		close(fds[i]);
		close(again[i]);
	}
	end(&scene);
}

static const char *ask_remotely(struct scene *scene, const char *headers)
{
	char text[1024];
	int fd = connect_remotely(scene);

	snprintf(text, sizeof(text), "GET /v1 HTTP/1.1\r\nConnection: close\r\n%s\r\n", headers);
	say(fd, text);
	return hear_all(fd);
}

#define HOST "Host: localhost\r\n"

static void tcp_needs_the_token_and_a_loopback_host(void **state)
{
	static const char *const refused[] = {
		HOST,
		HOST "Authorization: Bearer x" TOKEN "\r\n",
		HOST "Authorization: Bearer " TOKEN "x\r\n",
		HOST "Authorization: Bearer\r\n",
		HOST "Authorization: Basic " TOKEN "\r\n",
		HOST "Authorization: " TOKEN "\r\n",
	};
	struct scene scene;
	int fd;

	(void)state;
	begin(&scene);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_memory_equal(ask_remotely(&scene, refused[i]), "HTTP/1.1 401 ", 13);
		assert_non_null(strstr(answer, "WWW-Authenticate: Bearer"));
	}
	ask_remotely(&scene, HOST "Authorization: bearer " TOKEN "\r\n");
	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	ask_remotely(&scene, "Host: evil.example\r\nAuthorization: Bearer " TOKEN "\r\n");
	assert_memory_equal(answer, "HTTP/1.1 403 ", 13);
	fd = connect_remotely(&scene);
	say(fd, "GET /healthz HTTP/1.1\r\nConnection: close\r\n" HOST "\r\n");
	assert_memory_equal(hear_all(fd), "HTTP/1.1 200 ", 13);
	/* another token from now on */
	write_token(&scene, "another-token-of-16\n");
	ask_remotely(&scene, HOST "Authorization: Bearer " TOKEN "\r\n");
	assert_memory_equal(answer, "HTTP/1.1 401 ", 13);
	ask_remotely(&scene, HOST "Authorization: Bearer another-token-of-16\r\n");
	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	/* too open a file lets nobody in */
	write_token(&scene, "");
	ask_remotely(&scene, HOST "Authorization: Bearer \r\n");
	assert_memory_equal(answer, "HTTP/1.1 401 ", 13);
	end(&scene);
}

/* Whoever is not let in says as much as it likes: the refusal still arrives. */
static void a_refusal_arrives_whatever_is_still_being_said(void **state)
{
	static char body[1 << 20];
	struct scene scene;
	int fd;

	(void)state;
	begin(&scene);
	memset(body, 'x', sizeof(body) - 1);
	fd = connect_remotely(&scene);
	say(fd, "POST /v1/rulesets HTTP/1.1\r\n" HOST "Content-Length: 1048575\r\n\r\n");
	say(fd, body);
	assert_memory_equal(hear_all(fd), "HTTP/1.1 401 ", 13);
	end(&scene);
}

static void remote_peers_take_no_local_place(void **state)
{
	int fds[SL_API_REMOTE_MAX + 8];
	struct scene scene;

	(void)state;
	begin(&scene);
	for (unsigned i = 0; i < SL_API_REMOTE_MAX + 8; i++)
		fds[i] = connect_remotely(&scene);
	ask_remotely(&scene, HOST "Authorization: Bearer " TOKEN "\r\n");
	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX; i++)
		assert_true(!scene.api->connections[i].remote || scene.api->connections[i].fd < 0);
	expect(&scene, "GET /healthz HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	for (unsigned i = 0; i < SL_API_REMOTE_MAX + 8; i++)
		close(fds[i]);
	end(&scene);
}

/* A probe needs no token, and may announce a body that never comes. */
static void half_requests_shut_nobody_out(void **state)
{
	int fds[SL_API_REMOTE_MAX];
	struct scene scene;

	(void)state;
	begin(&scene);
	for (unsigned i = 0; i < SL_API_REMOTE_MAX; i++) {
		fds[i] = connect_remotely(&scene);
		say(fds[i], "GET /healthz HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nx");
	}
	ask_remotely(&scene, HOST "Authorization: Bearer " TOKEN "\r\n");
	assert_memory_equal(answer, "HTTP/1.1 200 ", 13);
	for (unsigned i = 0; i < SL_API_REMOTE_MAX; i++)
		close(fds[i]);
	end(&scene);
}

/* poll() refuses more entries than descriptors are allowed, and used to be given all there may be.
 */
static void few_descriptors_are_enough(void **state)
{
	struct rlimit before, few;
	struct scene scene;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = SL_API_CONNECTIONS_MAX / 2, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	begin(&scene);
	expect(&scene, "GET /healthz HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 ");
	end(&scene);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes),
		cmocka_unit_test(requests_in_pieces_and_in_a_row),
		cmocka_unit_test(status_without_a_dataplane),
		cmocka_unit_test(readiness_names_what_is_missing),
		cmocka_unit_test(one_load_at_a_time),
		cmocka_unit_test(a_load_that_nobody_waits_for),
		cmocka_unit_test(connections_are_bounded),
		cmocka_unit_test(silent_peers_shut_nobody_out),
		cmocka_unit_test(tcp_needs_the_token_and_a_loopback_host),
		cmocka_unit_test(a_refusal_arrives_whatever_is_still_being_said),
		cmocka_unit_test(remote_peers_take_no_local_place),
		cmocka_unit_test(half_requests_shut_nobody_out),
		cmocka_unit_test(few_descriptors_are_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
