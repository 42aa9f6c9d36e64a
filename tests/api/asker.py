"""Requests to control's API, as they are written, and answers, read strictly."""
import json
import re
import socket

PATIENCE_S = 180  # it never comes
STREAM_BYTES = 65536  # of an answer without an end, this much is enough
STATUS = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) [ -~]*")


class Broken(Exception):
    """What came back is no answer."""


class Answer:
    def __init__(self, asked, status, headers, body):
        self.asked, self.status, self.headers, self.body = asked, status, headers, body

    def json(self):
        return json.loads(self.body.decode("utf-8"))

    def __str__(self):
        return "%s -> %d %r" % (self.asked, self.status, self.body[:200])


def connect(address, patience_s=PATIENCE_S):
    """unix:PATH or HOST:PORT."""
    if address.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(patience_s)
        sock.connect(address[5:])
        return sock
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host.strip("[]"), int(port)), timeout=patience_s)


def text_of(method, target, headers=(), body=b"", host="localhost"):
    lines = ["%s %s HTTP/1.1" % (method, target)]
    names = {name.lower() for name, _ in headers}
    if host is not None and "host" not in names:
        lines.append("Host: " + host)
    lines += ["%s: %s" % pair for pair in headers]
    if (body or method in ("POST", "PUT")) and "content-length" not in names and "transfer-encoding" not in names:
        lines.append("Content-Length: %d" % len(body))
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def read_chunks(received, sock, until_bytes):
    body = b""
    while len(body) < until_bytes:
        while b"\r\n" not in received:
            received += more(sock)
        line, _, received = received.partition(b"\r\n")
        n = int(line, 16)
        while len(received) < n + 2:
            received += more(sock)
        if received[n:n + 2] != b"\r\n":
            raise Broken("a chunk without its end")
        body, received = body + received[:n], received[n + 2:]
        if n == 0:
            break
    return body


def more(sock):
    data = sock.recv(65536)
    if not data:
        raise Broken("closed within an answer")
    return data


def read_answer(sock, asked, stream_bytes=STREAM_BYTES, last=True):
    """`last`: nothing may stand behind it."""
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            received += more(sock)
        head, _, received = received.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        match = STATUS.fullmatch(lines[0])
        if not match:
            raise Broken("%s: not a status line: %r" % (asked, lines[0]))
        if match[1] != b"100":
            break
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(b": ")
        name = name.decode("ascii").lower()
        if not colon or name in headers:
            raise Broken("%s: a header that is none, or twice: %r" % (asked, line))
        headers[name] = value.decode("ascii")
    if headers.get("transfer-encoding") == "chunked":
        return Answer(asked, int(match[1]), headers, read_chunks(received, sock, stream_bytes))
    length = int(headers["content-length"])
    while len(received) < length:
        received += more(sock)
    if last and len(received) > length:
        raise Broken("%s: more than one answer" % asked)
    return Answer(asked, int(match[1]), headers, received[:length])


class Asker:
    """Asks on a connection of its own each time."""

    def __init__(self, address, document=None, token=None):
        self.address, self.document, self.token = address, document, token
        self.seen = set()  # (operation, status)

    def ask(self, method, target, body=b"", headers=(), host="localhost", stream_bytes=STREAM_BYTES):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = list(headers)
        if self.token is not None:
            headers.append(("Authorization", "Bearer " + self.token))
        return self.send(text_of(method, target, headers, body, host), method, target, stream_bytes)

    def can_connect(self):
        """A file of that name does not say so: a process that was killed left it, too."""
        try:
            connect(self.address).close()
        except OSError:
            return False
        return True

    def send_and_leave(self, text):
        """Bytes as they are, and then no more. The answer, or None where none was due."""
        sock = connect(self.address)
        try:
            try:
                sock.sendall(text)
                sock.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError, OSError):
                pass
            return read_answer(sock, repr(text[:200]), 0, last=False)
        except Broken:
            return None
        finally:
            sock.close()

    def send(self, text, method="?", target="?", stream_bytes=STREAM_BYTES):
        """Bytes as they are. The answer, checked against the document where there is one."""
        sock = connect(self.address)
        try:
            try:
                sock.sendall(text)
            except (BrokenPipeError, ConnectionResetError):
                pass  # answered already: it is read below
            answer = read_answer(sock, "%s %s" % (method, target[:200]), stream_bytes)
        finally:
            sock.close()
        if self.document:
            operation = self.document.find(method, target)
            self.document.check(operation, answer)
            if operation:
                self.seen.add((operation.name, answer.status))
        return answer
