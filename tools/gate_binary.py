"""What the gate finds in a finished build: exported symbols and wide instructions."""
import os
import re
import subprocess

# Objects that may hold AVX and later instructions: the wide levels, one static library each.
WIDE_OBJECTS = re.compile(r"libhuis-kernel-(avx2|avxvnni|avx512)\.a\.p/x86_")
# Programs and the library that hold no kernels at all.
NARROW_PROGRAMS = ("huis", "huis-egress", "huis-reader", "libhuis.so")
# VEX and EVEX mnemonics begin with v (but for verr, verw and those of virtual machines); BMI and the
# rest of x86-64-v3 do not. tzcnt is left out: it is what older processors run as bsf.
WIDE = re.compile(
    r"^\s*[0-9a-f]+:\s+(?:(?:lock|rep|repz|repnz|notrack|bnd) )*"
    r"(v(?!er[rw]\b|m(?:call|launch|resume|xo|func|ptr|clear|read|write|run|load|save|mcall))[a-z0-9]+|"
    r"k(?:mov|and|or|xor|not|add|shift|test|unpck)[a-z]+|"
    r"andn|bextr|blsi|blsmsk|blsr|bzhi|mulx|pdep|pext|rorx|sarx|shlx|shrx|lzcnt|movbe)\b.*", re.M)


def disassembly(path):
    return subprocess.run(["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True,
                          check=True).stdout


def wide_instructions(build):
    """Yields (file, instruction) for every wide instruction where none may be."""
    paths = []
    for folder, _, names in os.walk(os.path.join(build, "src")):
        paths += [os.path.join(folder, n) for n in names if n.endswith(".o")]
    paths = [p for p in paths if not WIDE_OBJECTS.search(p)]
    paths += [p for p in (os.path.join(build, n) for n in NARROW_PROGRAMS) if os.path.exists(p)]
    for path in sorted(paths):
        found = WIDE.search(disassembly(path))
        if found:
            yield os.path.relpath(path, build), " ".join(found.group(0).split())


def is_x86(build):
    library = os.path.join(build, "libhuis.so")
    if not os.path.exists(library):
        return False
    header = subprocess.run(["objdump", "-f", library], capture_output=True, text=True).stdout
    return "x86-64" in header


def exported_symbols(library):
    out = subprocess.run(["nm", "-D", "--defined-only", library], capture_output=True, text=True,
                         check=True).stdout
    names = {line.split()[-1].split("@")[0] for line in out.splitlines()}
    return {n for n in names if not re.fullmatch(r"HUIS_[0-9.]+", n)}


def declared_functions(header_text):
    return set(re.findall(r"^HUIS_API\b[^;]*?\b(huis_\w+)\s*\(", header_text, re.M))
