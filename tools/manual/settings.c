/* sluice.yaml(5), from the table of settings. */
#include "tools/manual/page.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* When a change takes effect. */
#define LIVE "a reload (SIGHUP to sluice-control) is enough"
#define CONTROL "sluice-control has to start again"
#define DATAPLANE "sluice-dataplane has to start again"
#define BOTH "both processes have to start again"

static void put(FILE *to, const char *path, const char *form, const char *otherwise,
		const char *text, const char *when)
{
	fputs("*", to);
	sl_page_text(to, path, strlen(path));
	fprintf(to, "*: %s, ", form);
	if (*otherwise) {
		fputs("default ", to);
		sl_page_text(to, otherwise, strlen(otherwise));
	} else {
		fputs("empty by default", to);
	}
	fputs("\n\t", to);
	sl_page_text(to, text, strlen(text));
	fprintf(to, ". After a change %s.\n\n", when);
}

static void put_int(FILE *to, const char *path, int64_t otherwise, int64_t min, int64_t max,
		    const char *unit, const char *text, const char *when)
{
	char form[128], number[32];

	snprintf(form, sizeof(form), "%s%s%" PRId64 " to %" PRId64,
		 strcmp(unit, "count") != 0 ? unit : "", strcmp(unit, "count") != 0 ? ", " : "",
		 min, max);
	snprintf(number, sizeof(number), "%" PRId64, otherwise);
	put(to, path, form, number, text, when);
}

static const char head[] =
	"sluice.yaml(5) \"\" \"Sluice\"\n\n# NAME\n\nsluice.yaml - settings of a gateway\n\n"
	"# DESCRIPTION\n\n"
	"A YAML file that both processes of a gateway are started by. A dotted name below is "
	"nesting: *limits.http.headers* is *headers* in *http* in *limits*. What is left out has "
	"its default; a name that is not known is a mistake, with its place. Relative paths are "
	"meant from the directory of this file.\n\n"
	"Numbers of bytes may be written as 64KiB, 256MiB or 1GiB, times as 500ms, 10s or 5m.\n\n"
	"*sluice-control \\--config* _FILE_ *\\--convert* _/dev/null_ says whether the file is "
	"right; *sluice settings* shows what is in effect in a gateway that runs, and where it "
	"comes from.\n\n"
	"# EXAMPLE\n\n```\n"
	"data: /var/lib/sluice\n"
	"run: /run/sluice\n"
	"rules: /etc/sluice/rules\n"
	"journal:\n"
	"  bytes: 1GiB\n"
	"sink:\n"
	"  kafka:\n"
	"    topic: campaign.{channel}\n"
	"    properties:\n"
	"      bootstrap.servers: kafka-1:9092,kafka-2:9092\n"
	"channels:\n"
	"  - {name: web, protocol: http, listen: \"127.0.0.1:18080\"}\n"
	"  - {name: core, protocol: tcp, listen: \"127.0.0.1:18081\", acknowledge: true}\n"
	"```\n\n"
	"# CHANNELS\n\n"
	"*channels* is a list of where events come from, each with:\n\n"
	"*name*\n\tHow it is called in counters and records.\n\n"
	"*protocol*\n\thttp: POST /v1/events with JSON or NDJSON. tcp: a JSON object a line. udp: "
	"JSON "
	"objects in datagrams, a line each. mirror: HTTP between others, seen on wires.\n\n"
	"*listen*\n\tAddress and port; port 0 is any free one.\n\n"
	"*wire*, *ports*\n\tIn place of *listen*, for udp and mirror: one of the *wires* or a list "
	"of them, and at most eight ports. What comes from there and goes to or from one of them "
	"is "
	"this channel's; no other of its protocol may have it.\n\n"
	"*acknowledge*\n\ttcp: answer each line once what it led to is on disk.\n\n"
	"*lateness*\n\tHow much later than a younger one an event may come and still count for "
	"campaigns that remember: a duration, at most 7d; without it none.\n\n"
	"*loss_rate*\n\tOf channels that nobody repeats for: which part of what comes in a second "
	"may be lost, as 0.1% or 0.001 (as without it). Where more is, a match that says of that "
	"second that something did not come is not sent: *withheld: capture loss*, see "
	"*sluice-campaign*(5).\n\n"
	"*silence*\n\tHow long nothing may come. After that, up to the next event, something may "
	"have been lost, as above; without it however long.\n\n"
	"*fields*\n\tThe fields of the schema that this channel sends, as in \\[id, time, type, "
	"customer, device.os\\]; without it the channel may fill every field. Where every channel "
	"has "
	"it, *sluice check \\--config* and *sluice load* warn of a campaign that uses a field "
	"which "
	"none of them names, and where one of them names a field that the schema lacks. Nothing "
	"else: events are not judged by it, the gateway takes fields that a channel did not "
	"announce. After a change a reload (SIGHUP to sluice-control) is enough, unless another "
	"key of "
	"a channel changed with it.\n\n"
	"*check_duplicates*\n\tWhether an event whose id came before is a duplicate: true "
	"without it, but false for channels on wires.\n\n"
	"# RULES OF A MIRROR\n\n"
	"A channel of protocol mirror has *rules*; the first that fits a request makes an event of "
	"it, and one that none fits is none.\n\n```\n"
	"  - name: web\n"
	"    protocol: mirror\n"
	"    wire: [tap0, tap1]\n"
	"    ports: [80]\n"
	"    rules:\n"
	"    - method: POST\n"
	"      path: /loan/{product}/apply\n"
	"      where: {form.step: start, cookie.CUST: \"*\"}\n"
	"      fields:\n"
	"        type: {constant: loan.apply.start}\n"
	"        customer: cookie.CUST\n"
	"        product: path.product\n"
	"    - {path: /api/events, body: events}\n"
	"```\n\n"
	"*method*, *host*, *path*\n\tWhat is asked first. *host: \"\\*.bank.example\"* is all "
	"below it. In a path {name} and \\* end at a slash, \\*\\* at the end takes all.\n\n"
	"*where*, *without*\n\tSources and the values that they may have, a \\* at the end for "
	"whatever begins so; sources that must not be there.\n\n"
	"*fields*\n\tWhat the schema's fields are filled from: a source, or {constant: VALUE}. "
	"Values become what the schema wants, where their text allows.\n\n"
	"*id*\n\tFields whose values are the event's id; without it, or with none of them filled, "
	"the place in the stream is.\n\n"
	"*body*\n\tfields: one event of a request. each: one of each element or line of a JSON "
	"body. events: the body holds events as they are.\n\n"
	"Beside the rules: *charset* utf-8 or cp949, *status* the statuses that make events "
	"(\\[2xx\\] without it), *status_unseen* event or none.\n\n"
	"The sources:\n\n";

static const char behind_sources[] =
	"# KAFKA\n\n"
	"*sink.kafka.properties* takes any property of librdkafka, as it is; a gateway with "
	"*bootstrap.servers* among them sends to Kafka.\n\n"
	"# WIRES\n\n"
	"*wires* is a list of network ports that are read past the kernel, by DPDK, which has to "
	"be "
	"installed; nothing is ever sent there. Each has:\n\n"
	"*name*\n\tHow channels and counters call it.\n\n"
	"*device*\n\tA card's PCI address, 0000:3b:00.0, bound to vfio-pci; or a driver and its "
	"arguments: net_af_packet,iface=eth1 reads an interface of the kernel's, "
	"net_pcap,rx_pcap=FILE a capture file, once from the start of the dataplane.\n\n"
	"*promiscuous*\n\tfalse: only packets to the card itself are taken; without it all are.\n\n"
	"With wires a worker looks for packets all the time: see *dpdk.nap_us*.\n\n"
	"# SETTINGS\n\n";

static const struct {
	const char *name;
	bool named;
	const char *doc;
} sources[] = {
#define SL_MAP_SOURCE(name, text, named, doc) {text, named, doc},
#include "sluice/map_sources.def"
#undef SL_MAP_SOURCE
};

void sl_page_settings(FILE *to)
{
	fputs(head, to);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		fprintf(to, "*%s%s*\n\t", sources[i].name, sources[i].named ? "NAME" : "");
		sl_page_text(to, sources[i].doc, strlen(sources[i].doc));
		fputs("\n\n", to);
	}
	fputs(behind_sources, to);
#define SL_INT(field, path, otherwise, min, max, unit, when, help)                                 \
	put_int(to, path, otherwise, min, max, unit, help, when);
#define SL_BOOL(field, path, otherwise, when, help)                                                \
	put(to, path, "true or false", (otherwise) ? "true" : "false", help, when);
#define SL_TEXT(field, path, otherwise, when, help) put(to, path, "text", otherwise, help, when);
#include "sluice/settings.def"
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT
	fputs("# SEE ALSO\n\n*sluice*(1), *sluice-campaign*(5), *sluice-control*(8), "
	      "*sluice-dataplane*(8)\n",
	      to);
}
