#!/usr/bin/env python3
"""Turns files into a C table for web.c.

embed.py OUT NAME=FILE ... : NAME is the URL path without its leading slash ("" for the page itself).
Each file becomes bytes, its media type and an ETag (the first 16 hex digits of its SHA-256, quoted).
"""
import hashlib
import pathlib
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".yaml": "application/yaml"}


def table(entries):
    for index, (_, path) in enumerate(entries):
        data = path.read_bytes()
        yield f"static const uint8_t file_{index}[] = {{"
        for at in range(0, len(data), 20):
            yield "\t" + ",".join(str(byte) for byte in data[at:at + 20]) + ","
        yield "};"
    yield "static const struct web_file files[] = {"
    for index, (name, path) in enumerate(entries):
        etag = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        yield (f'\t{{ "/{name}", "{TYPES[path.suffix]}", "\\"{etag}\\"", '
               f"{{ file_{index}, sizeof file_{index} }} }},")
    yield "};"


def main():
    out, *pairs = sys.argv[1:]
    entries = [(name, pathlib.Path(path)) for name, path in (pair.split("=", 1) for pair in pairs)]
    pathlib.Path(out).write_text("\n".join(table(entries)) + "\n", encoding="utf-8")


main()
