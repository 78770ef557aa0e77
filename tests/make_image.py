#!/usr/bin/env python3
"""Writes a small well-formed OTA image for a lock that does not exist.

make_image.py FILE [--size N] [--version 0x02000000] [--manufacturer 0x1234] [--type 0x0001]
"""
import argparse
import pathlib
import struct


def image(size=48000, version=0x02000000, manufacturer=0x1234, image_type=0x0001, header=b"Simulated lock"):
    payload = bytes((at * 7 + (at >> 8)) & 0xFF for at in range(size - 62))
    head = struct.pack("<IHHHHHIH32sI", 0x0BEEF11E, 0x0100, 56, 0, manufacturer, image_type, version, 2, header, size)
    return head + struct.pack("<HI", 0, len(payload)) + payload


def main():
    def number(text):
        return int(text, 0)
    arguments = argparse.ArgumentParser()
    arguments.add_argument("file", type=pathlib.Path)
    arguments.add_argument("--size", type=number, default=48000)
    arguments.add_argument("--version", type=number, default=0x02000000)
    arguments.add_argument("--manufacturer", type=number, default=0x1234)
    arguments.add_argument("--type", type=number, default=0x0001)
    options = arguments.parse_args()
    options.file.write_bytes(image(options.size, options.version, options.manufacturer, options.type))


if __name__ == "__main__":
    main()
