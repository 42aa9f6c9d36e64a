"""A capture file of datagrams, for a wire to read."""
import struct

RECORD_ETHERNET = 1


def sum_16(bytes_):
    total = sum(struct.unpack("!%dH" % (len(bytes_) // 2), bytes_))
    while total > 0xffff:
        total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff


def datagram(number, port, payload):
    """Ethernet, IPv4 and UDP around it; each from an address and a port of its own, so that workers share them."""
    source = struct.pack("!BBH", 10, number >> 16 & 255, number & 0xffff)
    target = bytes([192, 0, 2, 1])
    length = 8 + len(payload)
    udp = struct.pack("!HHHH", 1024 + number * 7919 % 60000, port, length, 0) + payload
    pseudo = source + target + struct.pack("!HH", 17, length) + udp + bytes(length % 2)
    udp = udp[:6] + struct.pack("!H", sum_16(pseudo) or 0xffff) + udp[8:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, number & 0xffff, 0, 64, 17, 0) + source + target
    head = head[:10] + struct.pack("!H", sum_16(head)) + head[12:]
    return bytes(12) + b"\x08\x00" + head + udp


def write(path, port, payloads):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, RECORD_ETHERNET))
        for i, payload in enumerate(payloads):
            packet = datagram(i, port, payload)
            file.write(struct.pack("<IIII", 1750000000 + i // 1000000, i % 1000000, len(packet), len(packet)) + packet)
