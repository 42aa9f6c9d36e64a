"""sluice capture: an HTTP conversation, packed by hand, through a channel's rules.

usage: test_capture.py SLUICE"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

SLUICE = sys.argv[1]
CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2])
SYN, ACK, FIN, PSH = 2, 16, 1, 8
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

CHANNEL = """
name: web
protocol: mirror
wire: tap0
ports: [80]
rules:
- path: /apply/{product}
  where: {query.step: 2, cookie.CUST: "*"}
  fields: {type: {constant: loan.apply}, customer: cookie.CUST, product: path.product,
           amount: form.amount, time: time}
- {path: /api/events, body: events}
"""
SCHEMA = """
schema: bank
fields:
  id: {type: string, role: id, required: true}
  time: {type: time, role: time}
  type: {type: string, role: type, required: true}
  customer: {type: string, role: key, required: true}
  product: string
  amount: int
"""


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Talk:
    """One connection, packet by packet."""

    def __init__(self):
        self.sequence = {True: 1000, False: 5000}
        self.packets = []
        for by_client, flags in ((True, SYN), (False, SYN | ACK), (True, ACK)):
            self.send(by_client, flags)

    def send(self, by_client, flags, data=b""):
        source, target = (CLIENT, SERVER) if by_client else (SERVER, CLIENT)
        ports = (4000, 80) if by_client else (80, 4000)
        tcp = struct.pack(">HHIIBBHHH", *ports, self.sequence[by_client], self.sequence[not by_client],
                          0x50, flags, 65535, 0, 0) + data
        pseudo = source + target + struct.pack(">BBH", 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack(">H", checksum(pseudo + tcp)) + tcp[18:]
        head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0, source, target)
        self.packets.append(head[:10] + struct.pack(">H", checksum(head)) + head[12:] + tcp)
        self.sequence[by_client] += len(data) + (1 if flags & (SYN | FIN) else 0)

    def ask(self, head, body, reply=OK):
        self.send(True, ACK | PSH, head + b"\r\nHost: b\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        self.send(False, ACK | PSH, reply)

    def write(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
            for i, packet in enumerate(self.packets):
                file.write(struct.pack("<IIII", 1795220000, i, len(packet), len(packet)) + packet)


def run(*arguments, status=0):
    done = subprocess.run([SLUICE, "capture", *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == status, (arguments, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def main():
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        pcap, channel, schema = directory / "a.pcap", directory / "web.yaml", directory / "schema.yaml"
        channel.write_text(CHANNEL)
        schema.write_text(SCHEMA)
        talk = Talk()
        talk.ask(b"POST /apply/L1?step=2 HTTP/1.1\r\nCookie: CUST=C00012345", b"amount=0500")
        talk.ask(b"POST /api/events HTTP/1.1\r\nContent-Type: application/json",
                 b'[{"id":"1","type":"x","customer":"C2"},{"id":"2","type":7}]')
        talk.ask(b"GET /other HTTP/1.1", b"")
        talk.ask(b"POST /apply/L2?step=2 HTTP/1.1\r\nCookie: CUST=C2", b"", b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        talk.send(True, FIN | ACK)
        talk.write(pcap)

        with_schema = run("--pcap", str(pcap), "--channel", str(channel), "--schema", str(schema))
        again = run("--pcap", str(pcap), "--channel", str(channel), "--schema", str(schema))
        assert with_schema == again, "the same capture gives the same ids"
        first, second, refused, last = with_schema
        assert first["channel"] == "web" and len(first["event"].pop("id")) == 32, first
        assert first["event"] == {"time": "2026-11-21T00:13:20.000003Z", "type": "loan.apply", "customer": "C00012345",
                                  "product": "L1", "amount": 500}, first
        assert second["event"] == {"id": "1", "type": "x", "customer": "C2"}, second
        assert refused["refused"]["reason"] == "field_type", refused
        assert refused["refused"]["text"] == '{"id":"#","type":#}', refused
        summary = last["summary"]
        assert (summary["events"], summary["unmapped"], summary["declined"]) == (2, 1, 1), summary
        assert summary["refused"] == {"field_type": 1} and summary["losses"] == 0, summary
        assert summary["packets"] == summary["used"] + sum(summary["ignored"].values()) + sum(summary["drops"].values())

        without = run("--pcap", str(pcap), "--channel", str(channel), "--requests")
        assert [line["event"] for line in without if "event" in line][0]["amount"] == "0500", without
        assert sum("method" in line for line in without) == 4, without

        # Of a connection of which a packet is missing the other requests come; their replies passed while the hole
        # was waited for, so that no status of them was seen.
        del talk.packets[3]
        talk.write(pcap)
        summary = run("--pcap", str(pcap), "--channel", str(channel))[-1]["summary"]
        assert (summary["requests"], summary["gaps"], summary["losses"]) == (3, 1, 1), summary

        channel.write_text(CHANNEL.replace("cookie.CUST, product", "cooky.CUST, product"))
        run("--pcap", str(pcap), "--channel", str(channel), status=1)
        run("--pcap", str(pcap), "--schema", str(schema), status=2)
    print("capture: all as it should be")


main()
