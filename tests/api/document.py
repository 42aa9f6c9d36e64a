"""The OpenAPI document, as tests use it: its operations, and what an answer to each has to look like."""
import copy
import os
import re

import jsonschema
import yaml

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "control", "api", "openapi.yaml")
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
# what stands before any route is looked for, or where none is found
EVERYWHERE = {400, 401, 403, 404, 405, 408, 413, 417, 431, 501}


class Undescribed(Exception):
    """An answer that the document does not describe."""


def close(schema, inside_all_of=False):
    """The schema as a test wants it: members that are not described are faults. Others may meet new ones."""
    if isinstance(schema, list):
        return [close(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {}
    for name, value in schema.items():
        if name in ("example", "examples", "enum", "const", "default"):
            closed[name] = value
        elif name == "properties":
            closed[name] = {member: close(one) for member, one in value.items()}
        elif name == "allOf":
            closed[name] = [close(one, True) for one in value]
        else:
            closed[name] = close(value)
    is_object = "properties" in closed or "allOf" in closed
    if is_object and not inside_all_of and "additionalProperties" not in closed:
        closed["unevaluatedProperties"] = False
    return closed


class Operation:
    def __init__(self, method, path, item, parameters):
        self.method, self.path = method.upper(), path
        self.name = "%s %s" % (self.method, path)
        self.summary = item["summary"]
        self.query = {one["name"]: one for one in parameters if one["in"] == "query"}
        self.in_path = {one["name"]: one for one in parameters if one["in"] == "path"}
        self.body = item.get("requestBody")
        self.responses = {int(status): one for status, one in item["responses"].items()}
        self.is_open = item.get("security") == [{}]
        self.pattern = re.compile(re.sub(r"\\{[a-z]+\\}", "[^/?]+", re.escape(path)))

    @property
    def body_schema(self):
        return self.body["content"]["application/json"]["schema"] if self.body else None


class Document:
    def __init__(self):
        with open(PATH, encoding="utf-8") as file:
            self.whole = yaml.safe_load(file)
        self.operations = {}
        for path, item in self.resolve(self.whole["paths"]).items():
            for method in METHODS:
                if method in item:
                    one = Operation(method, path, item[method],
                                    item.get("parameters", []) + item[method].get("parameters", []))
                    self.operations[one.name] = one
        self.error = self.validator(self.resolve(self.whole["components"]["schemas"]["Error"]))

    def resolve(self, node, depth=0):
        """With every $ref replaced by what it names; none of them is part of itself."""
        if depth > 60:
            raise ValueError("a $ref that is part of itself")
        if isinstance(node, list):
            return [self.resolve(item, depth + 1) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            assert set(node) == {"$ref"}, "%r has neighbours" % node["$ref"]
            at = self.whole
            for part in node["$ref"].removeprefix("#/").split("/"):
                at = at[part]
            return self.resolve(copy.deepcopy(at), depth + 1)
        return {name: self.resolve(value, depth + 1) for name, value in node.items()}

    @staticmethod
    def validator(schema):
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(close(schema))

    def find(self, method, target):
        """The operation that a request is for, or None. Literal paths stand before those with parameters."""
        path = target.split("?")[0]
        found = [one for one in self.operations.values() if one.method == method and one.pattern.fullmatch(path)]
        return min(found, key=lambda one: one.path.count("{")) if found else None

    def check(self, operation, answer):
        """Raises Undescribed where the answer is not as the document says."""
        if operation is None or (answer.status not in operation.responses and answer.status in EVERYWHERE):
            if answer.status not in EVERYWHERE:
                raise Undescribed("%s: nothing describes it" % answer)
            self.fits(self.error, answer)
            return
        if answer.status not in operation.responses:
            raise Undescribed("%s: %s has no answer %d" % (answer, operation.name, answer.status))
        described = operation.responses[answer.status]
        for name, header in described.get("headers", {}).items():
            if header.get("required") and name.lower() not in answer.headers:
                raise Undescribed("%s: without the header %s" % (answer, name))
        content = described["content"]
        kind = answer.headers.get("content-type", "").split(";")[0]
        if kind not in {name.split(";")[0] for name in content}:
            raise Undescribed("%s: its content is %r" % (answer, kind))
        if kind == "application/json":
            self.fits(self.validator(content[kind]["schema"]), answer)

    @staticmethod
    def fits(validator, answer):
        try:
            validator.validate(answer.json())
        except ValueError as problem:
            raise Undescribed("%s: %s" % (answer, problem)) from None
        except jsonschema.ValidationError as problem:
            raise Undescribed("%s: at %s: %s" % (answer, "/".join(map(str, problem.absolute_path)) or "the top",
                                                 problem.message[:300])) from None
