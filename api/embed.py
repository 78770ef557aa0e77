#!/usr/bin/env python3
"""Makes a C array of a file: embed.py FILE SYMBOL OUTPUT; SYMBOL_size beside it."""
import sys

source, symbol, output = sys.argv[1:]
with open(source, "rb") as f:
    data = f.read()
with open(output, "w", encoding="ascii") as f:
    f.write(f'#include "api/{symbol.split("_")[0]}.h"\n\nconst uint8_t {symbol}[] = {{\n')
    for at in range(0, len(data), 16):
        f.write("\t" + ", ".join(f"0x{byte:02x}" for byte in data[at:at + 16]) + ",\n")
    f.write(f"}};\nconst size_t {symbol}_size = sizeof {symbol};\n")
