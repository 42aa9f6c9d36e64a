"""A client's connection, byte by byte: replies are read as strictly as the gateway reads requests."""
import re
import select
import socket
import struct

from gateway import READY_S, Failure

ASK_AGAIN_S = 5
STATUS = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) [ -~]*")


def is_refused(gateway):
    """Asks with what is no event, so that nothing is taken: 503 under backpressure, else 400. One that came
    just before has its refusal written down, and no answer until there is room: then it is asked again."""
    try:
        client = Client(gateway.connect("web", ASK_AGAIN_S))
    except OSError:
        return False
    try:
        client.send(b"POST /v1/events HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 2\r\n\r\n{}")
        client.read_reply()
    except Failure:
        return False
    finally:
        client.close()
    if client.status == 503 and "retry-after" not in client.headers:
        raise Failure("503 without Retry-After: %r" % client.body)
    return client.status == 503


class Client:
    def __init__(self, sock):
        self.socket = sock
        self.received = b""
        self.status = None
        self.headers = {}
        self.body = b""

    def send(self, data):
        try:
            if self.socket.type == socket.SOCK_DGRAM:
                self.socket.send(data)  # also where there is nothing in it
            else:
                self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was answered and closed already; what it said is still read
        except socket.timeout:
            raise Failure("the gateway does not read") from None

    def send_some(self, data):
        """As much as goes without waiting; how much that was."""
        sent = 0
        self.socket.setblocking(False)
        try:
            while sent < len(data):
                sent += self.socket.send(data[sent:sent + 65536])
        except BlockingIOError:
            pass
        finally:
            self.socket.settimeout(READY_S)
        return sent

    def more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        except socket.timeout:
            raise Failure("no answer in time; so far %r" % self.received[:200]) from None
        self.received += data
        return bool(data)

    def until(self, end):
        while end not in self.received:
            if not self.more():
                raise Failure("closed where %r was expected; so far %r" % (end, self.received[:200]))
        text, _, self.received = self.received.partition(end)
        return text

    def read_reply(self, head_only=False):
        lines = self.until(b"\r\n\r\n").split(b"\r\n")
        match = STATUS.fullmatch(lines[0])
        if not match:
            raise Failure("not a status line: %r" % lines[0])
        self.status, self.headers, self.body = int(match[1]), {}, b""
        for line in lines[1:]:
            name, colon, value = line.partition(b": ")
            name = name.lower().decode("latin-1")
            if not colon or name in self.headers:
                raise Failure("a header that is none, or twice: %r" % line)
            self.headers[name] = value
        if self.status == 100:
            return
        length = int(self.headers["content-length"])
        while not head_only and len(self.received) < length:
            if not self.more():
                raise Failure("closed within a body")
        if not head_only:
            self.body, self.received = self.received[:length], self.received[length:]

    def expect_closed(self):
        if self.received or self.more():
            raise Failure("not closed, but %r" % self.received[:200])

    def expect_silence(self, seconds):
        ready, _, _ = select.select([self.socket], [], [], seconds)
        if self.received or (ready and self.more()):
            raise Failure("not silent: %r" % self.received[:200])

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()
