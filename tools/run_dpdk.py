"""What `tools/run --dpdk` adds: bank traffic as captures, and wires that read them as a card's port would be read."""
import json
import os
import subprocess
import sys
import time

UDP_PORT, HTTP_PORT = 5140, 80
SERVER = "192.0.2.80"  # of nobody: for documentation
CAPTURE_S = 20         # of traffic, where no end was given
MOST_EVENTS = 2000000  # a capture of about 400 MB
CHANNELS = """  - {name: beacons, protocol: udp, wire: wire0, ports: [%d]}
  - {name: mirror, protocol: mirror, wire: wire1, ports: [%d], rules: [{body: events}]}
dpdk:
  huge_pages: never
wires:
""" % (UDP_PORT, HTTP_PORT)


def capture(options, path, count, *arguments):
    """The last so many events until now as packets; the number that can be read from them."""
    rate = max(1, options.rate // 2)
    begin = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - count / rate))
    done = subprocess.run(
        [os.path.join(options.build, "tools", "sluice-gun"), "--pcap-out", path, "--count", str(count),
         "--rate", str(rate), "--time-from", begin, "--malformed", "0.001", "--json", *arguments],
        stdout=subprocess.PIPE, start_new_session=True, check=True)
    return json.loads(done.stdout)["whole"]


class Wires:
    """A capture of datagrams, and one of HTTP between others; both are in the directory of the gateway."""

    def __init__(self, options, directory):
        self.events = 0
        wanted = min(MOST_EVENTS, options.rate * (options.seconds or CAPTURE_S))
        self.paths = [os.path.join(directory, name + ".pcap") for name in ("wire0", "wire1")]
        # a seed each: no event of one is an event of the other
        for i, arguments in enumerate((("--protocol", "udp", "--target", "%s:%d" % (SERVER, UDP_PORT), "--seed", "1"),
                                       ("--target", "%s:%d" % (SERVER, HTTP_PORT), "--batch", "4", "--seed", "2"))):
            self.events += capture(options, self.paths[i], max(1, wanted // 2), *arguments)

    def settings(self):
        """Behind the channels of sockets. What net_pcap reads it reads once, as fast as it is asked."""
        return CHANNELS + "".join('  - {name: wire%d, device: "net_pcap%d,rx_pcap=%s"}\n' % (i, i, path)
                                  for i, path in enumerate(self.paths))

    def account(self, status):
        """What the channels on wires received, beside what the captures hold; whether that is the same."""
        received = sum(one["received"] for one in status["channels"] if one["channel"] in ("beacons", "mirror"))
        print("captures   %d events, %d received%s" % (self.events, received,
                                                      "" if received == self.events else "  NOT THE SAME"),
              file=sys.stderr, flush=True)
        return received == self.events
