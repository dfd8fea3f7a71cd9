#!/usr/bin/env python3
"""The compiler left in the products the instructions that make them fast, and no others. TAP.

usage: instructions.py avx512=ARCHIVE-OR-PROGRAM avxvnni=... avx2=... [neon=...]

gcc 12 splits a broadcast from memory off vpdpbusd unless it is written out; without {vex} the assembler
takes a form that AVX-VNNI lacks; a call or a spilled loop would leave few products."""
import re
import subprocess
import sys

LEAST = 500  # products of all formats and widths; there are thousands


def disassemble(path, objdump="objdump"):
    """[(bytes, instruction)] of a program, or of the product's object in an archive."""
    out = subprocess.run([objdump, "-d", "-w", path], capture_output=True, text=True, check=True).stdout
    files = re.split(r"^(\S+):\s+file format .*$", out, flags=re.M)
    parts = list(zip(files[1::2], files[2::2]))
    text = "".join(body for name, body in parts if len(parts) == 1 or "matmul" in name)
    rows = re.findall(r"^\s*[0-9a-f]+:\t([0-9a-f ]+?)\s*\t(.*)$", text, re.M)
    return [(code.replace(" ", ""), instruction) for code, instruction in rows]


def products(rows, name):
    return [row for row in rows if re.search(rf"\b{name}\b", row[1])]


def check_avx512(path):
    found = products(disassemble(path), "vpdpbusd")
    split = [i for _, i in found if "{1to16}" not in i]
    return not split and len(found) >= LEAST, f"{len(found)} vpdpbusd, {len(split)} with a broadcast apart"


def check_avxvnni(path):
    rows = disassemble(path)
    found = products(rows, "vpdpbusd")
    foreign = [i for code, i in rows if code.startswith("62") or "zmm" in i]
    bad = [i for code, i in found if not code.startswith("c4")]
    return not bad and not foreign and len(found) >= LEAST, \
        f"{len(found)} vpdpbusd, {len(bad)} not in VEX form, {len(foreign)} instructions of AVX-512"


def check_avx2(path):
    rows = disassemble(path)
    found = products(rows, "vpmaddubsw")
    foreign = [i for code, i in rows if code.startswith("62") or "zmm" in i or "vpdpbusd" in i]
    return not foreign and len(found) >= LEAST, \
        f"{len(found)} vpmaddubsw, {len(foreign)} instructions of later levels"


def check_neon(path):
    found = products(disassemble(path, "aarch64-linux-gnu-objdump"), "sdot")
    split = [i for _, i in found if not re.search(r"\.4b\[[0-3]\]", i)]
    return not split and len(found) >= LEAST, f"{len(found)} sdot, {len(split)} not by element"


def main():
    checks = {"avx512": check_avx512, "avxvnni": check_avxvnni, "avx2": check_avx2, "neon": check_neon}
    given = [argument.split("=", 1) for argument in sys.argv[1:]]
    failed = False
    print(f"1..{len(given)}")
    for i, (level, path) in enumerate(given, 1):
        ok, detail = checks[level](path)
        print(f"{'ok' if ok else 'not ok'} {i} - {level}: {detail}", flush=True)
        failed = failed or not ok
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
