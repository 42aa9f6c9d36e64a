"""Directories of campaigns to compile, load and swap: made from a seed, the same everywhere.

The mix is that of `match`: equalities of two and three fields, ranges, contains and prefix, half of the campaigns
under five popular types, over the fields of the sample schema. Names say which version wrote them, so that a match
tells which rule set was in force."""
import os
import random
import shutil

POPULAR = ("login", "page.view", "card.payment", "transfer.out", "atm.withdrawal")
CHANNELS = ("mobile", "web", "card", "atm", "branch")
PER_FILE = 100


def condition(draw, values):
    popular = draw.random() < 0.5
    kind = draw.choice(POPULAR) if popular else "svc%02d.act%d" % (draw.randrange(20), draw.randrange(10))
    value = draw.randrange(values)
    what = draw.randrange(10)
    if what < 3:
        rest = 'product == "P%05d"' % value
    elif what < 5:
        rest = 'product == "P%05d" && channel == "%s"' % (value, draw.choice(CHANNELS))
    elif what < 7:
        rest = 'account == "110-%06d" && amount > %d' % (value, 2000000 + draw.randrange(1000000))
    elif what == 7:
        rest = 'merchant.contains("no%05d")' % value
    elif what == 8:
        rest = 'page.startsWith("/promo/%05d/")' % value
    else:
        rest = 'branch == "B%05d" && rate > 8.25' % value
    return 'type == "%s" && %s' % (kind, rest)


def write(directory, schema, campaigns, seed, extra=""):
    """A whole rule set in `directory`; `extra` is the text of further campaigns."""
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    shutil.copy(schema, os.path.join(directory, "schema.yaml"))
    draw = random.Random(seed)
    for first in range(0, campaigns, PER_FILE):
        with open(os.path.join(directory, "c%05d.yaml" % (first // PER_FILE)), "w") as file:
            for number in range(first, min(first + PER_FILE, campaigns)):
                file.write("---\ncampaign: c%05d\nkind: service\nmatch: |\n  %s\n" %
                           (number, condition(draw, campaigns // 4 + 1)))
    if extra:
        with open(os.path.join(directory, "extra.yaml"), "w") as file:
            file.write(extra)
