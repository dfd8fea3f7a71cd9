#!/usr/bin/env python3
"""embed.py INPUT OUTPUT FUNCTION HEADER: a C file whose FUNCTION returns INPUT's bytes as a span."""
import sys

source, output, function, header = sys.argv[1:]
data = open(source, "rb").read()
with open(output, "w", encoding="ascii") as out:
    out.write(f'#include "{header}"\n\nstatic const char DATA[] =\n')
    for line in data.splitlines(keepends=True):
        text = "".join(
            chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in line)
        out.write(f'    "{text}"\n')
    out.write(f"    ;\n\nspan {function}(void)\n{{\n")
    out.write(f"    return span_from(DATA, sizeof(DATA) - 1);\n}}\n")
