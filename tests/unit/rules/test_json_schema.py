"""The JSON Schemas for editors say what the loader says: examples are valid, what is broken in its structure is
not, what is broken only in a condition is none of their business, and they know the same keys.

usage: test_json_schema.py SLUICE ROOT"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import jsonschema
import yaml

SLUICE = os.path.abspath(sys.argv.pop(1))
ROOT = os.path.abspath(sys.argv.pop(1))
BAD = os.path.join(ROOT, "tests", "data", "rules-bad")

# Broken in a way that a schema can see: the documents of a file that are, from 0; None: the file is no YAML for an
# editor either. Whatever else is broken there, a condition or a date that no calendar has, must be valid.
BROKEN = {
    "keys": {0, 1, 3, 4}, "temporal": {6, 7, 10, 11, 12, 13}, "values": {0, 1}, "step-empty": {0, 1}, "schema-fields": {0}, "schema-types": {0},
    "schema-without-fields": {0},
    "shapes": {0, 1, 2, 3, 4, 6}, "yaml-broken": None, "yaml-deep": {0}, "yaml-features": None, "yaml-syntax": None, "yaml-utf8": None,
}


class Loader(yaml.SafeLoader):
    """YAML 1.2, as editors read it: no times, and true and false only in those words."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), list("tf"))


def read_json(name):
    with open(os.path.join(ROOT, "rules", name)) as file:
        return json.load(file)


def documents(path):
    with open(path, encoding="utf-8") as file:
        return [document for document in yaml.load_all(file, Loader) if document is not None]


def mentioned(source, name):
    """The array `name` of the loader: ("key", …) as they stand there."""
    with open(os.path.join(ROOT, "rules", "campaign", source)) as file:
        found = re.search(re.escape(name) + r"\[\]\s*=\s*\{(.*?)\};", file.read(), re.S)
    if not found:
        raise AssertionError("%s has no %s any more: this test has to learn where its keys are" % (source, name))
    return found[1]


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.campaign_schema, cls.schema_schema = read_json("campaign.schema.json"), read_json("schema.schema.json")
        for schema in (cls.campaign_schema, cls.schema_schema):
            jsonschema.Draft202012Validator.check_schema(schema)
        cls.campaign = jsonschema.Draft202012Validator(cls.campaign_schema)
        cls.schema = jsonschema.Draft202012Validator(cls.schema_schema)

    def validator(self, path):
        return self.schema if os.path.basename(path).startswith("schema") else self.campaign

    def test_the_command_prints_them(self):
        for which, name in (("campaign", "campaign.schema.json"), ("bank", "schema.schema.json")):
            with open(os.path.join(ROOT, "rules", name), "rb") as file:
                self.assertEqual(subprocess.run([SLUICE, "schema", which], stdout=subprocess.PIPE).stdout, file.read())

    def test_examples_are_valid(self):
        paths = [path for path in glob.glob(os.path.join(ROOT, "rules", "examples", "**", "*.yaml"), recursive=True)
                 if not path.endswith(".test.yaml")]
        self.assertGreater(len(paths), 8)
        for path in paths:
            for document in documents(path):
                self.assertEqual([str(error.message) for error in self.validator(path).iter_errors(document)], [], path)

    def test_broken_ones_are_not(self):
        paths = glob.glob(os.path.join(BAD, "*.yaml"))
        self.assertGreater(len(paths), 25)
        seen = set()
        for path in sorted(paths):
            name = os.path.basename(path)[:-len(".yaml")]
            seen.add(name)
            try:
                found = documents(path)
            except (yaml.YAMLError, UnicodeDecodeError):
                self.assertIsNone(BROKEN.get(name), path)
                continue
            broken = {i for i, document in enumerate(found) if not self.validator(path).is_valid(document)}
            self.assertEqual(broken, BROKEN.get(name, set()), path)
        self.assertLessEqual(set(BROKEN), seen)

    def test_the_same_keys_of_campaigns(self):
        for array, schema in (("campaign_keys", self.campaign_schema),
                              ("valid_keys", self.campaign_schema["properties"]["valid"]),
                              ("limit_keys", self.campaign_schema["properties"]["limit"]),
                              ("times_keys", self.campaign_schema["$defs"]["step"]["properties"]["times"]["oneOf"][1]),
                              ("send_keys", self.campaign_schema["properties"]["send"])):
            known = dict(re.findall(r'\{"(\w+)",\s*(true|false)\}', mentioned("keys.c", array)))
            self.assertTrue(known)
            offered = {key: "false" if value == {"$ref": "#/$defs/later"} else "true"
                       for key, value in schema["properties"].items()}
            self.assertEqual(offered, known, array)
            self.assertIs(schema["additionalProperties"], False)

    def test_the_same_words_of_steps(self):
        step = self.campaign_schema["$defs"]["step"]
        keys = [key for key in step["properties"]]
        words = re.findall(r'"(\w+)"', mentioned("match.c", "*const words")) + \
            re.findall(r'"(\w+)"', mentioned("schema.c", "*const words"))
        self.assertEqual(sorted(step["propertyNames"]["not"]["enum"] + keys), sorted(words))
        reserved = re.findall(r'"(\w+)"', mentioned("schema.c", "*const words"))
        pattern = self.schema_schema["properties"]["fields"]["propertyNames"]["pattern"]
        self.assertEqual(sorted(re.search(r"\?!\((.*?)\)", pattern)[1].split("|")), sorted(reserved))

    def test_the_same_keys_of_the_schema(self):
        with open(os.path.join(ROOT, "rules", "campaign", "schema.c")) as file:
            known = [set(re.findall(r'"(\w+)"', one)) for one in re.findall(r"known\[\] = \{(.*?)\}", file.read())]
        field = self.schema_schema["$defs"]["field"]["properties"]
        self.assertEqual(sorted(map(sorted, known)), sorted([sorted(self.schema_schema["properties"]), sorted(field)]))
        types = re.findall(r'\{"(\w+)", SL_TYPE', mentioned("schema.c", "types"))
        roles = re.findall(r'\{"(\w+)", SL_ROLE', mentioned("schema.c", "roles"))
        self.assertEqual(sorted(self.schema_schema["$defs"]["type"]["enum"]), sorted(types))
        self.assertEqual(sorted(field["role"]["enum"]), sorted(roles))

    def codes(self, campaign):
        with tempfile.TemporaryDirectory() as directory:
            with open(os.path.join(directory, "schema.yaml"), "w") as file:
                file.write("fields: {id: {type: string, role: id}, type: string, customer: {type: string, role: key}}\n")
            with open(os.path.join(directory, "a.yaml"), "w") as file:
                json.dump(campaign, file)  # JSON is YAML
            done = subprocess.run([SLUICE, "check", directory, "--json"], capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return {json.loads(line)["code"] for line in done.stdout.splitlines()} if done.returncode else set()

    def test_the_loader_agrees(self):
        """Not by reading its source, but by asking it."""
        good = {"campaign": "a", "kind": "service", "match": 'type == "x"'}
        self.assertEqual(self.codes(good), set())
        for key, value in self.campaign_schema["properties"].items():
            codes = self.codes({**good, key: "x"})
            self.assertNotIn("unknown_key", codes, key)
            self.assertEqual("not_yet" in codes, value == {"$ref": "#/$defs/later"}, key)
        cases = [
            good, {**good, "valid": {}}, {**good, "valid": {"from": "2026-01-01"}},
            {**good, "valid": {"from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00.5+09:00"}},
            {**good, "valid": {"from": "2026-1-1"}}, {**good, "valid": {"form": "2026-01-01"}}, {**good, "valid": "2026"},
            {**good, "match": []}, {**good, "match": [{}]}, {**good, "match": [{"a": "true"}]}, {**good, "match": True},
            {**good, "match": [{"a": 'type == "a"'}, {"b": 'type == "b"', "within": "1d"}]},
            {**good, "match": [{"a": 'type == "a"'}, {"b": 'type == "b"', "within": "1 day"}]},
            {**good, "match": [{"a": 'type == "a"'}, {"not": 'type == "b"', "within": "1h30m"}]},
            {**good, "match": [{"a": 'type == "a"'}, {"not": 'type == "b"', "within": "1h", "times": 2}]},
            {**good, "match": [{"a": 'type == "a"', "window": "1d", "count": 3}]},
            {**good, "match": [{"a": 'type == "a"', "window": {"calendar": "day"}, "having": "count() > 3"}]},
            {**good, "match": [{"a": 'type == "a"', "window": {"calendar": "days"}, "count": 3}]},
            {**good, "match": [{"a": 'type == "a"', "window": "1d"}]}, {**good, "match": [{"a": 'type == "a"', "count": 3}]},
            {**good, "match": [{"a": 'type == "a"', "times": {"from": 2}, "until": 'type == "b"', "within": "1d"}]},
            {**good, "match": [{"a": 'type == "a"', "times": {"to": 2}, "within": "1d"}]},
            {**good, "match": {"any": [[{"a": 'type == "a"'}], [{"b": 'type == "b"'}]]}},
            {**good, "match": {"all": [[{"a": 'type == "a"'}], [{"b": 'type == "b"'}]]}},
            {**good, "match": {"all": [[{"a": 'type == "a"'}], [{"b": 'type == "b"'}]], "within": "1d"}},
            {**good, "limit": {"per_customer": 1, "per": "7d"}}, {**good, "limit": {"per_customer": 1}},
            {**good, "limit": {"per_customer": 65, "per": "7d"}}, {**good, "exclusive": "a", "priority": -3},
            {**good, "exclusive": "a", "priority": 1.5}, {**good, "exclusive": "a b"},
            {**good, "match": [{"Upper": "true"}]}, {**good, "match": {"a": "true"}}, {**good, "match": ""},
            {**good, "campaign": "a b"}, {**good, "campaign": ""}, {**good, "campaign": "x" * 129}, {**good, "campaign": 7},
            {**good, "owner": ""}, {**good, "owner": ["a"]}, {**good, "owner": "x" * 257}, {**good, "description": {}},
            {**good, "kind": "notice"}, {**good, "unknown": 1},
            {**good, "send": {"channel": "push"}}, {**good, "send": {"channel": "push", "template": "T"}},
            {**good, "send": {"channel": "push", "template": "T", "data": {"a": "id", "b": 5, "c": True, "d": 1.5}}},
            {**good, "send": {"channel": "push", "template": "T", "data": {"a": [1]}}},
            {**good, "send": {"channel": "push", "template": "T", "data": []}},
            {**good, "send": {"channel": "a b", "template": "T"}}, {**good, "send": "push"},
            {"campaign": "a", "kind": "service"}, {"campaign": "a", "match": "true"}, ["a"],
        ]
        for case in cases:
            codes = self.codes(case)
            self.assertEqual(self.campaign.is_valid(case), not codes, (case, codes))


if __name__ == "__main__":
    unittest.main()
