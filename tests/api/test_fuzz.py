#!/usr/bin/env python3
"""Control's API asked what its OpenAPI document describes, and nearly that: parameters, bodies, headers and bytes
drawn from the document and then bent. Whatever is asked, the answer is one that is described, is never a 5xx but 503
(or 501, for a transfer coding), and both processes live on.

usage: test_fuzz.py --build BUILD [--seed N] [--requests N]"""
import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "scenario"))

from asker import Asker, Broken, text_of  # noqa: E402
from document import Document, Undescribed  # noqa: E402
from gateway import Gateway, Programs, campaign  # noqa: E402

# what would end the run; asked for with what is refused only
ENDS = ("POST /v1/stop", "POST /v1/drain")
STREAMS = ("GET /v1/tail",)
WORDS = ("", "x", "web", "hits", "0", "1", "-1", "7", "1.5", "99999999999999999999", "true", "null", "한글", "a b", "%",
         "%00", "\x1b[2J", "../../etc/passwd", "'; --", "x" * 300, "2026-11-21T17:00:00Z", "2026-02-31T25:61:61Z",
         "1-48", "0-0", "1-18446744073709551615", "field_missing", "debug", "info", "match,decision", "match,")
HEADERS = (("Accept", "application/json"), ("Accept", "application/openmetrics-text; version=1.0.0;q=0.5,*/*"),
           ("Accept", "x" * 700), ("Content-Type", "text/plain"), ("Authorization", "Bearer x"), ("Expect", "100-continue"),
           ("X", "y" * 900), ("Connection", "close"), ("Host", "a,b"), ("Content-Length", "-1"),
           ("Transfer-Encoding", "chunked"), ("Transfer-Encoding", "gzip"), ("Bad Name", "x"), ("Origin", "http://evil"))
# 501 is what HTTP has for a transfer coding that is not offered: the request's fault, not the server's
STATUSES_OF_A_SERVER = {501, 503}


class Draw:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def one_in(self, n):
        return self.random.randrange(n) == 0

    def word(self):
        return self.random.choice(WORDS)

    def value(self, schema, depth=0):
        """Mostly as the schema says."""
        if depth > 6 or self.one_in(12):
            return self.random.choice([None, True, 0, -1, 1 << 70, 1.5, self.word(), [], {}, [[]], {"x": {}}])
        for choices in ("oneOf", "anyOf"):
            if choices in schema:
                return self.value(self.random.choice(schema[choices]), depth + 1)
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        kind = schema.get("type", "string")
        kind = self.random.choice(kind) if isinstance(kind, list) else kind
        if kind == "object":
            return self.object(schema, depth)
        if kind == "array":
            return [self.value(schema.get("items", {}), depth + 1) for _ in range(self.random.randrange(4))]
        if kind == "integer":
            low, high = schema.get("minimum", -10), schema.get("maximum", 1 << 40)
            return self.random.choice([low, high, low - 1, high + 1, self.random.randint(low, high), 1, 2])
        return {"boolean": self.one_in(2), "null": None, "number": self.random.random()}.get(kind, self.word())

    def object(self, schema, depth):
        made = {}
        for name, one in schema.get("properties", {}).items():
            if name in schema.get("required", ()) or self.one_in(2):
                made[name] = self.value(one, depth + 1)
        if self.one_in(10):
            made[self.word()] = 1
        return made

    def files(self):
        """Of a load, sound or nearly so: what gets as far as the compiler."""
        text = campaign(self.random.choice(["hits", "more", ""]), self.random.choice(['type == "hit"', "amount > 5", "type ==", "true"]))
        cut = self.random.randrange(len(text)) if self.one_in(4) else len(text)
        return {"files": [{"name": self.random.choice(["hits.yaml", "a/b.yml"]), "text": text[:cut]}],
                "dry_run": self.one_in(2)}

    def body(self, operation):
        if operation.body_schema is None:
            return b"" if not self.one_in(6) else self.bytes()
        if self.one_in(8):
            return self.bytes()
        body = self.files() if "files" in operation.body_schema.get("properties", {}) and not self.one_in(3) \
            else self.value(operation.body_schema)
        text = json.dumps(body, ensure_ascii=self.one_in(2)).encode()
        return text[:self.random.randrange(len(text) + 1)] if self.one_in(10) else text

    def bytes(self):
        return bytes(self.random.randrange(256) for _ in range(self.random.randrange(80)))

    def target(self, operation):
        path = operation.path
        for name, parameter in operation.in_path.items():
            value = str(self.value(parameter["schema"])) if not self.one_in(3) else self.random.choice(["1", "2", "1-48"])
            path = path.replace("{%s}" % name, self.quoted(value) or "x")
        query = []
        for name, parameter in operation.query.items():
            if self.one_in(2):
                query.append("%s=%s" % (name, self.quoted(str(self.value(parameter["schema"])))))
        if self.one_in(12):
            query.append(self.quoted(self.word()))
        self.random.shuffle(query)
        return path + ("?" + "&".join(query) if query else "")

    def quoted(self, text):
        plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:" + ("%&=+" if self.one_in(9) else "")
        return "".join(chr(byte) if chr(byte) in plain else "%%%02X" % byte for byte in text.encode())

    def headers(self):
        return [self.random.choice(HEADERS) for _ in range(self.random.randrange(3))] if self.one_in(3) else []

    def bend(self, text):
        """Bytes of a whole request, changed somewhere."""
        at = self.random.randrange(len(text))
        return self.random.choice([
            lambda: text[:at] + bytes([self.random.randrange(256)]) + text[at + 1:],
            lambda: text[:at] + text[at + 1:],
            lambda: text[:at] + self.bytes() + text[at:],
            lambda: text[:at],
        ])()


class Fuzz:
    def __init__(self, gateway, document, draw):
        self.gateway, self.document, self.draw = gateway, document, draw
        self.asker = Asker(gateway.api, document)
        self.operations = [one for one in document.operations.values() if one.name not in ENDS]
        self.answers = {}

    def count(self, answer):
        if answer.status >= 500 and answer.status not in STATUSES_OF_A_SERVER:
            raise Undescribed("%s" % answer)
        self.answers[answer.status] = self.answers.get(answer.status, 0) + 1

    def ask_described(self):
        operation = self.draw.random.choice(self.operations)
        stream_bytes = 0 if operation.name in STREAMS else 65536
        self.count(self.asker.ask(operation.method, self.draw.target(operation), self.draw.body(operation),
                                  self.draw.headers(), stream_bytes=stream_bytes))

    def ask_another_method(self):
        operation = self.draw.random.choice(list(self.document.operations.values()))
        method = self.draw.random.choice(["PUT", "DELETE", "HEADS", "get", "PATCH"])
        if "%s %s" % (method, operation.path) in self.document.operations:
            return
        self.count(self.asker.ask(method, self.draw.target(operation), self.draw.body(operation)))

    def send_bent(self):
        """No answer is due to half a request, and nothing says which operation a bent one is for."""
        operation = self.draw.random.choice(self.operations)
        text = self.draw.bend(text_of(operation.method, self.draw.target(operation), self.draw.headers(),
                                      self.draw.body(operation)))
        sock = Asker(self.gateway.api)
        if operation.name in STREAMS or b"/v1/stop" in text or b"/v1/drain" in text:
            return
        answer = sock.send_and_leave(text)
        if answer:
            self.count(answer)

    def step(self):
        self.draw.random.choice([self.ask_described] * 6 + [self.ask_another_method, self.send_bent, self.send_bent])()


def look(gateway, pids):
    """Both processes are those that were started."""
    now = gateway.status()["pids"]
    if {name: now[name] for name in ("dataplane", "control")} != pids:
        raise Undescribed("a process died: %s, were %s" % (now, pids))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--requests", type=int, default=400, help="about 30 a second")
    options = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="sluice-api-fuzz-")
    gateway = Gateway(Programs(options.build), directory)
    gateway.settings["limits.rules.kept"] = 3
    print("seed %d" % options.seed)
    try:
        gateway.start()
        gateway.wait_running()
        pids = {name: gateway.ready["pids"][name] for name in ("dataplane", "control")}
        fuzz = Fuzz(gateway, Document(), Draw(options.seed))
        for n in range(options.requests):
            try:
                fuzz.step()
            except (Undescribed, Broken, OSError) as problem:
                print("FAILED at request %d, seed %d: %s: %s" % (n, options.seed, type(problem).__name__, problem))
                print(gateway.log_text()[-2000:])
                return 1
        look(gateway, pids)
        print("%d requests; answers by status: %s" % (options.requests, dict(sorted(fuzz.answers.items()))))
        # a fuzz that never got in would prove nothing
        return 0 if fuzz.answers.get(200, 0) > options.requests // 20 and fuzz.answers.get(400, 0) else 1
    finally:
        gateway.kill_all()
        shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
