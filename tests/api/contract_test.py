#!/usr/bin/env python3
"""The contract is the truth: contract_test.py OPENAPI API_C VIEWS

- openapi.yaml and the route table of api.c have the same operations, in the same order;
- each answer that the VIEWS program prints is one that openapi.yaml describes: status, media type, every required
  member, every type, and no member that is not described;
- so is each message of the event stream, and every kind of message occurs.
"""
import json
import re
import subprocess
import sys

import yaml

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}
failures = []


def is_type(value, name):
    if name == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "number":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, TYPES[name])


class Contract:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.document = yaml.safe_load(file)

    def resolve(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in item:
                if method in ("get", "put", "post", "delete", "patch"):
                    yield f"{method.upper()} {path}"

    def members(self, schema):
        schema = self.resolve(schema)
        found = dict(schema.get("properties", {}))
        for part in schema.get("allOf", []):
            found.update(self.members(part))
        return found

    def errors(self, value, schema, where="", closed=True):
        """All that is wrong; closed: members must be described."""
        schema = self.resolve(schema)
        wanted = schema.get("type")
        names = [wanted] if isinstance(wanted, str) else wanted
        if names and not any(is_type(value, name) for name in names):
            return [f"{where}: {value!r} is no {wanted}"]
        out = []
        if "const" in schema and value != schema["const"]:
            out.append(f"{where}: {value!r} is not {schema['const']!r}")
        if "enum" in schema and value not in schema["enum"]:
            out.append(f"{where}: {value!r} is none of {schema['enum']}")
        if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            out.append(f"{where}: {value!r} is not like {schema['pattern']}")
        if is_type(value, "number") and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            out.append(f"{where}: {value!r} is out of range")
        for part in schema.get("allOf", []):
            out += self.errors(value, part, where, closed=False)
        for word, enough in (("anyOf", lambda n: n >= 1), ("oneOf", lambda n: n == 1)):
            tried = [self.errors(value, part, where) for part in schema.get(word, [])]
            if tried and not enough(sum(not each for each in tried)):
                out.append(f"{where}: fits {word} wrongly: {min(tried, key=len)[:3]}")
        if isinstance(value, dict):
            out += self.object_errors(value, schema, where, closed)
        if isinstance(value, list) and "items" in schema:
            for index, item in enumerate(value):
                out += self.errors(item, schema["items"], f"{where}/{index}")
        return out

    def object_errors(self, value, schema, where, closed):
        out = [f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value]
        known = self.members(schema)
        for name, item in value.items():
            if name in schema.get("properties", {}):
                out += self.errors(item, schema["properties"][name], f"{where}/{name}")
            elif closed and known and name not in known:
                out.append(f"{where}: {name} is not described")
        return out

    def response(self, route, status):
        method, path = route.split(" ")
        responses = self.document["paths"][path][method.lower()]["responses"]
        found = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        return self.resolve(found) if found else None


def table_of(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    text = text[text.index("routes[] = {"):text.index("};")]
    for macro, method, pattern in re.findall(r'(GET|DELETE|POST|WITH_BODY|\{)\s*\(?\s*(?:"([A-Z]+)", )?"(/[^"]*)"', text):
        yield f"{method or macro} {pattern}"


def check_answer(contract, answer):
    label = f"{answer['route']} -> {answer['status']}"
    response = contract.response(answer["route"], answer["status"])
    if response is None:
        return [f"{label} is not described"]
    content = response.get("content", {})
    media = answer["type"].split(";")[0]
    if not content:
        return [] if answer["body"] is None else [f"{label}: no body is described"]
    if media not in content and "*/*" not in content:
        return [f"{label}: {media} is not described"]
    if not media.endswith("json"):
        return []
    return [f"{label} {error}" for error in contract.errors(answer["body"], content[media]["schema"])]


def main():
    contract = Contract(sys.argv[1])
    described, served = list(contract.operations()), list(table_of(sys.argv[2]))
    if described != served:
        failures.append(f"only described: {set(described) - set(served)}; only served: {set(served) - set(described)}; "
                        "or another order")
    lines = [json.loads(line) for line in subprocess.run(sys.argv[3], check=True, capture_output=True,
                                                         text=True).stdout.splitlines()]
    seen, kinds = set(), set()
    for line in lines:
        if "route" in line:
            seen.add(line["route"])
            failures.extend(check_answer(contract, line))
        else:
            kinds.add(line["message"]["type"])
            failures.extend(contract.errors(line["message"], {"$ref": "#/components/schemas/StreamMessage"}, "stream"))
    if seen != set(served):
        failures.append(f"never asked: {set(served) - seen}")
    if kinds != {"hello", "resync", "snapshot", "event", "progress", "pong", "error"}:
        failures.append(f"kinds of messages: {kinds}")
    for failure in failures:
        print(failure)
    print(f"{len(served)} routes, {len(lines)} answers and messages, {len(failures)} failures")
    return 1 if failures else 0


sys.exit(main())
