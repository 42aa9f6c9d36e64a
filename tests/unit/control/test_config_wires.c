#include "fixture.h"

#include "base/artifact.h"
#include "control/config/config_priv.h"
#include "sluice/error.h"

#define WIRES "wires: [{name: tap0, device: net_null}, {name: tap1, device: \"0000:3b:00.0\"}]\n"

static struct sl_problems problems;
static struct sl_config config;

static int parse(const char *text)
{
	memset(&problems, 0, sizeof(problems));
	memset(&config, 0xee, sizeof(config));
	return sl_config_parse(text, strlen(text), "/etc/sluice", &config, &problems);
}

static void wires_and_their_channels_are_taken(void **state)
{
	char place[SL_CHANNEL_PLACE_BYTES];

	(void)state;
	/* the wires may stand behind the channels that name them */
	assert_int_equal(
		parse("channels:\n"
		      "- {name: beacons, protocol: udp, wire: tap1, ports: [5140]}\n"
		      "- {name: web, protocol: mirror, wire: [tap0, tap1], ports: [80, 8080], "
		      "rules: [{body: events}]}\n"
		      "- {name: api, protocol: http, listen: \"127.0.0.1:0\"}\n"
		      "wires:\n"
		      "- {name: tap0, device: \"net_pcap,rx_pcap=/x.pcap,infinite_rx=1\"}\n"
		      "- {name: tap1, device: \"0000:3b:00.0\", promiscuous: false}\n"
		      "dpdk: {huge_pages: never, arguments: \"--file-prefix x\"}\n"),
		0);
	assert_int_equal(config.settings.wires, 2);
	assert_string_equal(config.wires[0].device, "net_pcap,rx_pcap=/x.pcap,infinite_rx=1");
	assert_int_equal(config.wires[0].promiscuous, 1);
	assert_string_equal(config.wires[1].name, "tap1");
	assert_int_equal(config.wires[1].promiscuous, 0);
	assert_int_equal(config.channels[0].protocol, SL_PROTOCOL_UDP);
	assert_int_equal(config.channels[0].wires, 2);
	assert_int_equal(config.channels[0].n_ports, 1);
	assert_int_equal(config.channels[0].ports[0], 5140);
	assert_int_equal(config.channels[1].protocol, SL_PROTOCOL_MIRROR);
	assert_int_equal(config.channels[1].wires, 3);
	assert_int_equal(config.channels[1].ports[1], 8080);
	assert_int_equal(config.channels[2].wires, 0);
	assert_string_equal(config.settings.dpdk_arguments, "--file-prefix x"); /* no path */
	assert_string_equal(config.settings.dpdk_huge_pages, "never");
	sl_channel_place(&config.channels[1], config.wires, place);
	assert_string_equal(place, "tap0+tap1:80,8080");
}

struct bad {
	const char *text;
	unsigned line, column;
	const char *message;
};

static const struct bad bads[] = {
	{"wires: []\n", 1, 8, "wires is a list of at least one wire"},
	{"wires: [{name: a}]\n", 1, 9, "this wire has no device"},
	{"wires: [{device: net_null}]\n", 1, 9, "this wire has no name"},
	{"wires: [{name: a, device: \"net_null x\"}]\n", 1, 27,
	 "device: \"net_null x\" is none: at most 239 characters, no spaces"},
	{"wires: [{name: a, device: --vdev}]\n", 1, 27,
	 "device: \"--vdev\" is none: at most 239 characters, no spaces"},
	{"wires: [{name: a, device: net_null, speed: 1}]\n", 1, 37, "a wire has no key \"speed\""},
	{"wires: [{name: a, device: net_null, promiscuous: 1}]\n", 1, 50,
	 "promiscuous is either true or false"},
	{"wires: [{name: a/b, device: net_null}]\n", 1, 16,
	 "name: 1 to 31 letters, digits, '.', '_' or '-'"},
	{"wires: [{name: a, device: net_null}, {name: a, device: b}]\n", 1, 38,
	 "two wires are named \"a\""},
	{"wires: [{name: a, device: net_null}, {name: b, device: net_null}]\n", 1, 38,
	 "two wires are the device \"net_null\""},
	{WIRES "channels: [{name: w, protocol: mirror, wire: tap2, ports: [80], rules: [{body: "
	       "events}]}]\n",
	 2, 46, "wire: there is no wire \"tap2\""},
	{WIRES "channels: [{name: w, protocol: mirror, ports: [80], rules: [{body: events}]}]\n", 2,
	 12, "this channel has no wire"},
	{WIRES "channels: [{name: w, protocol: udp, wire: tap0}]\n", 2, 12,
	 "this channel has no ports"},
	{WIRES "channels: [{name: w, protocol: mirror, listen: \"1.1.1.1:1\", rules: [{body: "
	       "events}]}]\n",
	 2, 12, "a channel has a socket or is on wires, not both"},
	{WIRES "channels: [{name: w, protocol: http, wire: tap0, ports: [80]}]\n", 2, 12,
	 "wire and ports are for channels of protocol mirror or udp"},
	{WIRES "channels: [{name: w, protocol: udp, wire: tap0, ports: [80, 0]}]\n", 2, 61,
	 "ports: a number from 1 to 65535 is wanted here"},
	{WIRES "channels: [{name: w, protocol: udp, wire: tap0, ports: [80, 80]}]\n", 2, 61,
	 "ports: 80 stands here twice"},
	{WIRES "channels: [{name: w, protocol: udp, wire: tap0, ports: [1,2,3,4,5,6,7,8,9]}]\n", 2,
	 73, "ports: more than 8"},
	{WIRES "channels:\n- {name: v, protocol: udp, wire: tap0, ports: [80]}\n"
	       "- {name: w, protocol: udp, wire: tap1, ports: [81, 80]}\n",
	 4, 3, "channel \"v\" has port 80 already"},
	{WIRES "channels: [{name: w, protocol: udp, wire: tap0, ports: [80], acknowledge: true}]\n",
	 2, 12, "acknowledge is for channels of protocol tcp"},
	{WIRES "channels: [{name: w, protocol: udp, wire: tap0, ports: [80]}]\n"
	       "dpdk: {huge_pages: often}\n",
	 3, 20, "dpdk.huge_pages says neither"},
};

static void mistakes_have_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		assert_int_equal(parse(bads[i].text), -SL_E_SETTINGS);
		if (strcmp(problems.list[0].message, bads[i].message) != 0 ||
		    problems.list[0].line != bads[i].line ||
		    problems.list[0].column != bads[i].column)
			fail_msg("%s: told %u:%u %s", bads[i].text, problems.list[0].line,
				 problems.list[0].column, problems.list[0].message);
	}
}

/* The same port of TCP and of UDP are two things. */
static void a_port_may_be_of_both_protocols(void **state)
{
	(void)state;
	assert_int_equal(parse(WIRES
			       "channels:\n- {name: v, protocol: udp, wire: tap0, ports: [80]}\n"
			       "- {name: w, protocol: mirror, wire: tap0, ports: [80], rules: "
			       "[{body: events}]}\n"),
			 0);
}

static void a_channel_alone_needs_no_list_of_wires(void **state)
{
	static const char text[] =
		"{name: web, protocol: mirror, wire: tap0, ports: [80], rules: [{body: events}]}\n";
	char path[] = "/tmp/sluice-channel-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	memset(&problems, 0, sizeof(problems));
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(sl_config_load_channel(path, &config, &problems, NULL), 0);
	unlink(path);
	assert_int_equal(config.settings.wires, 1);
	assert_int_equal(config.channels[0].wires, 1);
	assert_string_equal(config.wires[0].name, "tap0");
}

static void the_dataplane_reads_what_was_written(void **state)
{
	char path[] = "/tmp/sluice-settings-XXXXXX", why[SL_SENTENCE_BYTES];
	struct sl_channel channels[SL_CHANNELS_MAX];
	struct sl_wire wires[SL_WIRES_MAX];
	struct sl_settings settings;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(
		parse(WIRES "channels: [{name: w, protocol: udp, wire: tap1, ports: [80]}]\n"), 0);
	assert_int_equal(sl_config_write(&config, path), 0);
	assert_int_equal(sl_settings_read(path, &settings, channels, why), 0);
	assert_int_equal(settings.wires, 2);
	assert_int_equal(channels[0].wires, 2);
	assert_int_equal(sl_settings_read_wires(path, wires, why), 0);
	assert_string_equal(wires[1].device, "0000:3b:00.0");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wires_and_their_channels_are_taken),
		cmocka_unit_test(mistakes_have_their_place),
		cmocka_unit_test(a_port_may_be_of_both_protocols),
		cmocka_unit_test(a_channel_alone_needs_no_list_of_wires),
		cmocka_unit_test(the_dataplane_reads_what_was_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
