"""The language of scenario files: lines into steps.

A step is a word and what follows it. "…" knows the escapes \\r \\n \\t \\0 \\" \\\\ \\xHH, '…' knows none;
`* 1000` repeats the text before it. A step that ends with << goes on with a block of lines, up to a line that is >>.
"""
import re

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", '"': b'"', "\\": b"\\"}
TOKEN = re.compile(r"""
    (?P<space>\s+)
  | "(?P<double>(?:[^"\\]|\\.)*)"
  | '(?P<single>[^']*)'
  | \*\s*(?P<times>[0-9]+)(?=\s|$)
  | (?P<bare>[^\s"']+)
""", re.VERBOSE)


class Step:
    """words: the verb and its arguments as bytes in the end; block: the lines of <<, or None."""

    def __init__(self, path, line, words, block):
        self.path, self.line, self.words, self.block = path, line, words, block

    def __str__(self):
        return "%s:%d: %s" % (self.path, self.line, " ".join(
            word if isinstance(word, str) else repr(word[:60])[1:] for word in self.words))


def unescape(text, where):
    out, at = bytearray(), 0
    while at < len(text):
        c = text[at]
        if c != "\\":
            out += c.encode()
            at += 1
        elif text[at + 1] == "x":
            out.append(int(text[at + 2:at + 4], 16))
            at += 4
        elif text[at + 1] in ESCAPES:
            out += ESCAPES[text[at + 1]]
            at += 2
        else:
            raise SystemExit("%s: unknown escape \\%s" % (where, text[at + 1]))
    return bytes(out)


def words_of(text, where):
    """Bare words stay str, quoted ones become bytes."""
    words, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise SystemExit("%s: cannot read %r" % (where, text[at:]))
        at = match.end()
        if match["space"] is not None:
            continue
        if match["times"] is not None:
            if not words or isinstance(words[-1], str):
                raise SystemExit("%s: * repeats a quoted text" % where)
            words[-1] *= int(match["times"])
            continue
        if match["bare"] is not None:
            if match["bare"].startswith("#"):
                break
            words.append(match["bare"])
            continue
        words.append(unescape(match["double"], where) if match["double"] is not None else match["single"].encode())
    return words


def parse(text, path):
    steps, lines = [], iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        where = "%s:%d" % (path, number)
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        block = None
        if line.rstrip().endswith("<<"):
            line, block = line.rstrip()[:-2], []
            for _, inner in lines:
                if inner.strip() == ">>":
                    break
                block.append(inner)
            else:
                raise SystemExit("%s: this block has no >>" % where)
        steps.append(Step(path, number, words_of(line, where), block))
    return steps
