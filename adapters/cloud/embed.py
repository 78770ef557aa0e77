#!/usr/bin/env python3
"""Makes the table of the shipped profiles: embed.py OUTPUT FILE..."""
import pathlib
import sys

output, files = sys.argv[1], sys.argv[2:]
with open(output, "w", encoding="ascii") as f:
    f.write('#include "adapters/cloud/profile_shipped.h"\n\n')
    for i, name in enumerate(files):
        data = pathlib.Path(name).read_bytes()
        f.write(f"static const uint8_t text_{i}[] = {{\n")
        for at in range(0, len(data), 16):
            f.write("\t" + ", ".join(f"0x{byte:02x}" for byte in data[at:at + 16]) + ",\n")
        f.write("};\n")
    f.write("\nconst struct shipped_profile shipped_profiles[] = {\n")
    for i, name in enumerate(files):
        f.write(f'\t{{ "{pathlib.Path(name).stem}", {{ text_{i}, sizeof text_{i} }} }},\n')
    f.write("\t{ 0, { 0, 0 } },\n};\n")
