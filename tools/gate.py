#!/usr/bin/env python3
"""The gate: facts that fail (layers, banned calls, headers, exported symbols, wide instructions, format,
field words, cppcheck), and sizes that are printed beside those of code worth imitating, for a person
to judge. `--quiet`: failures only. $BUILD: the build that is looked at (build)."""
import concurrent.futures
import os
import re
import shutil
import statistics
import subprocess
import sys

import gate_binary

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
QUIET = "--quiet" in sys.argv
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
failures = []

# An include points inside its own folder or to one of these (docs/tour.md). "huis" is include/huis.
MAY_USE = {
    "base": {"huis"},
    "tensor": {"base", "huis"},
    "wire": {"base", "huis"},
    "sandbox": {"base", "huis"},
    "kernel": {"tensor", "base", "huis"},
    "format": {"tensor", "base", "huis"},
    "vocab": {"format", "base", "huis"},
    "arch": {"format", "tensor", "base", "huis"},
    "grammar": {"vocab", "base", "huis"},
    "chat": {"vocab", "base", "huis"},
    "engine": {"arch", "vocab", "kernel", "format", "tensor", "base", "huis"},
    "worker": {"engine", "chat", "grammar", "vocab", "arch", "format", "wire", "sandbox", "base",
               "huis"},
    "session": {"wire", "sandbox", "base", "huis"},
    "document": {"base", "huis"},
    "evidence": {"document", "base", "huis"},
    "feature": {"evidence", "document", "base", "huis"},
    "eval": {"evidence", "document", "base", "huis"},
    "policy": {"base", "huis"},
    "store": {"base", "huis"},
    "egress": {"store", "wire", "base", "huis"},
    "service": {"feature", "store", "policy", "document", "evidence", "sandbox", "wire", "base",
                "huis"},
    "cli": {"eval", "feature", "store", "policy", "egress", "document", "evidence", "sandbox", "wire",
            "base", "huis"},
}
# huis-reader is a program of its own: it confines itself and answers over the wire.
PROGRAM_EXTRA = {"src/document/reader_program.c": {"sandbox", "wire"}}

BANNED = (r"strcpy|strcat|stpcpy|strncpy|strncat|sprintf|vsprintf|sscanf|fscanf|scanf|atoi|atol|atof|"
          r"strtok|alloca|system|popen|gets|tmpnam|mktemp|setjmp|longjmp|abort")
HEAP = r"malloc|calloc|realloc|free|strdup|strndup|posix_memalign|aligned_alloc"
HEAP_FILES = {"src/base/memory.c"}
GETENV_FILES = {"src/cli/environment.c"}
# The field's words have one spelling here, in names and comments alike.
WORDS = {
    r"tokeniser": "tokenizer", r"detokeniser": "detokenizer", r"quantiz(?:e[drs]?|ation|ing)": "quantise",
    r"dequantiz\w+": "dequantise", r"kvcache|KVCache|k_v_cache": "kv_cache, KV cache",
    r"pre-fill|pre_fill": "prefill", r"check-?point(?:ing)? of prefix": "prefix checkpoint",
    r"params": "config (from a file), options (from the caller) or limits (from policy)",
}
# The parameters of a Jinja macro are parameters.
WORD_EXCEPTIONS = {("chat", "params")}
# What cppcheck says wrongly: it does not follow which branch an index or a fill belongs to (compilers
# and sanitizers do that better); and single places.
CPPCHECK_BLIND = ("uninitvar", "ctuuninitvar", "arrayIndexOutOfBoundsCond")
CPPCHECK_WRONG = {
    ("src/chat/template_render.c", "autoVariables"): "the scope and what points to it end together",
    ("src/worker/prefill.c", "invalidFunctionArg"): "the sum holds exp(0), so it is at least 1",
}
# jansson's and PCRE2's own results are given back with free().
FREE_OF_LIBRARIES = re.compile(r"/\* free: (\w+) \*/")


def sources(*suffixes):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "src", "include", "bench"],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return sorted(p for p in listed if p.endswith(suffixes) and os.path.exists(f"{ROOT}/{p}"))


def read(path):
    return open(os.path.join(ROOT, path), encoding="utf-8").read()


def without_comments_and_strings(text):
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: "\n" * m.group(0).count("\n") or " ", text, flags=re.S)


def fail(path, line, what):
    failures.append(f"{path}:{line}: {what}")


def check_layers():
    edges = set()
    for path in sources(".c", ".h"):
        parts = path.split("/")
        if parts[0] != "src":
            continue
        folder = parts[1]
        allowed = MAY_USE.get(folder, set()) | PROGRAM_EXTRA.get(path, set()) | {folder}
        for n, line in enumerate(read(path).splitlines(), 1):
            m = re.match(r'#include "([a-z0-9_]+)/', line)
            if m and m.group(1) not in allowed:
                fail(path, n, f"{folder} may not include {m.group(1)}")
            elif m and m.group(1) not in (folder, "huis"):
                edges.add((folder, m.group(1)))
    return edges


def check_banned():
    for path in sources(".c", ".h"):
        if not path.startswith("src/"):
            continue
        raw = read(path).splitlines()
        text = without_comments_and_strings(read(path))
        for n, line in enumerate(text.splitlines(), 1):
            for m in re.finditer(rf"(?<![\w.>])({BANNED}|{HEAP}|getenv)\s*\(", line):
                name = m.group(1)
                allowed = (name == "getenv" and path in GETENV_FILES) or (
                    re.fullmatch(HEAP, name) and path in HEAP_FILES) or (
                    name == "free" and FREE_OF_LIBRARIES.search(raw[n - 1]))
                if not allowed:
                    fail(path, n, f"{name}() is banned (docs/tour.md)")


def check_headers():
    """Public headers compile alone as C and as C++; internal ones as C."""
    for path in sources(".h"):
        languages = ["c", "c++"] if path.startswith("include/") else ["c"]
        for language in languages:
            standard = "-std=gnu17" if language == "c" else "-std=c++17"
            compiler = "cc" if language == "c" else "c++"
            if shutil.which(compiler) is None:
                continue
            if "/x86/" in path or "/arm/" in path:
                continue
            run = subprocess.run(
                [compiler, standard, "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Iinclude", "-Isrc",
                 "-I/usr/include/libxml2", "-x", language, path],
                cwd=ROOT, capture_output=True, text=True)
            if run.returncode != 0:
                fail(path, 1, f"does not compile alone as {language}: {run.stderr.splitlines()[0]}")


def check_unique_names():
    seen = {}
    for path in sources(".c", ".h"):
        name = os.path.basename(path)
        # A public header and the internal one of the same subject may share a name.
        if path.startswith("include/"):
            continue
        if name in seen:
            fail(path, 1, f"has the same name as {seen[name]}")
        seen[name] = path


def check_exports():
    library = os.path.join(BUILD, "libhuis.so")
    if not os.path.exists(library):
        return
    exported = gate_binary.exported_symbols(library)
    declared = set()
    for path in sources(".h"):
        if path.startswith("include/"):
            declared |= gate_binary.declared_functions(read(path))
    for name in sorted(exported - declared):
        fail("libhuis.so", 0, f"exports {name}, which no public header declares")
    for name in sorted(declared - exported):
        fail("libhuis.so", 0, f"does not export {name}, which a public header declares")


def check_instructions():
    if gate_binary.is_x86(BUILD):
        for path, instruction in gate_binary.wide_instructions(BUILD):
            fail(path, 0, f"wide instruction outside the kernels: {instruction}")


def check_words():
    for path in sources(".c", ".h"):
        folder = path.split("/")[1]
        for n, line in enumerate(read(path).splitlines(), 1):
            for pattern, better in WORDS.items():
                m = re.search(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])", line)
                if m and (folder, m.group(0)) not in WORD_EXCEPTIONS:
                    fail(path, n, f"{m.group(0)}: say {better}")


def check_cppcheck():
    if shutil.which("cppcheck") is None:
        return
    cache = os.path.join(BUILD, "cppcheck")
    os.makedirs(cache, exist_ok=True)
    run = subprocess.run(
        ["cppcheck", "-j2", "--quiet", "--enable=warning,portability", "--std=c11", "-Iinclude", "-Isrc",
         "--suppress=missingIncludeSystem", *(f"--suppress={name}" for name in CPPCHECK_BLIND),
         f"--cppcheck-build-dir={cache}",
         "--template={file}:{line}: {id}: {message}", "src"], cwd=ROOT, capture_output=True, text=True)
    for path, line, name, message in re.findall(r"^(\S+?):(\d+): (\w+): (.*)$", run.stderr, re.M):
        if (path, name) not in CPPCHECK_WRONG:
            fail(path, line, f"cppcheck: {message} ({name})")


def check_format():
    if shutil.which("clang-format") is None:
        return
    files = [f"{ROOT}/{p}" for p in sources(".c", ".h")]
    run = subprocess.run(["clang-format", "--dry-run", *files], capture_output=True, text=True)
    for path in sorted(set(re.findall(r"^(.*?):\d+:\d+: warning", run.stderr, re.M))):
        fail(os.path.relpath(path, ROOT), 0, "not formatted: run clang-format -i")


def quantiles(values):
    values = sorted(values)
    return (values[len(values) // 2], values[int(len(values) * 0.9)], values[int(len(values) * 0.99)],
            values[-1]) if values else (0, 0, 0, 0)


def function_lengths():
    out = subprocess.run(["ctags", "-x", "--_xformat=%{name}\t%{input}\t%{line}\t%{end}",
                          "--kinds-C=f", "--languages=C", *sources(".c")],
                         cwd=ROOT, capture_output=True, text=True).stdout
    rows = [line.split("\t") for line in out.splitlines()]
    return [(int(r[3]) - int(r[2]) + 1, r[0], r[1]) for r in rows if len(r) == 4 and r[3].isdigit()]


def complexities():
    out = subprocess.run(["pmccabe", *sources(".c")], cwd=ROOT, capture_output=True, text=True).stdout
    return [int(line.split("\t")[0]) for line in out.splitlines() if line.split("\t")[0].isdigit()]


def print_sizes(edges):
    files = {p: read(p) for p in sources(".c", ".h")}
    lines = {p: t.count("\n") for p, t in files.items()}
    comments = sum(m.group(0).count("\n") + 1 for t in files.values()
                   for m in re.finditer(r"/\*.*?\*/|//[^\n]*", t, re.S))
    total = sum(lines.values())
    print(f"{total} lines in {len(files)} files, {100 * comments // max(total, 1)} % comments")
    print("                 median / p90 / p99 / max")
    print("files     huis   %d / %d / %d / %d" % quantiles(lines.values()))
    if shutil.which("ctags") is not None:
        lengths = function_lengths()
        print("functions huis   %d / %d / %d / %d" % quantiles([n for n, _, _ in lengths]))
        print("          Lua    10 / 27 / 62 / 773;  zstd 11 / 59 / 201 / 364;  curl 19 / 77 / 192 / 407")
        print("longest functions: " + ", ".join(f"{name} {n}" for n, name, _ in
                                                 sorted(lengths, reverse=True)[:10]))
    if shutil.which("pmccabe") is not None:
        print("McCabe    huis   %d / %d / %d / %d" % quantiles(complexities()))
        print("          Lua    p90 6, p99 13, max 61;  curl p90 15, p99 35, max 48")
    print("longest files: " + ", ".join(f"{os.path.basename(p)} {n}" for p, n in
                                         sorted(lines.items(), key=lambda x: -x[1])[:10]))
    for what, pattern in (("macros", r"^\s*#\s*define"), ("#if", r"^\s*#\s*if"), ("goto", r"\bgoto\b"),
                          ("TODO", r"\bTODO\b")):
        n = sum(len(re.findall(pattern, t, re.M)) for t in files.values())
        print(f"{what}: {n} ({1000 * n / max(total, 1):.1f} per 1000 lines)")
    options = len(re.findall(r"^    \{OPTION_", read("src/cli/commands.c"), re.M))
    calls = sum(len(re.findall(r"\bgetenv\(", without_comments_and_strings(t))) for t in files.values())
    print(f"options of the command: {options}; calls of getenv: {calls}")
    pages = {n[:-3] for n in os.listdir("docs") if n.endswith(".md")}
    print("modules without a page: " + (", ".join(
        sorted({p.split("/")[1] for p in files if p.startswith("src/")} - pages)) or "none"))
    graph = {}
    for a, b in edges:
        graph.setdefault(a, []).append(b)
    print("modules: " + "; ".join(f"{a} -> {', '.join(sorted(b))}" for a, b in sorted(graph.items())))


def main():
    os.chdir(ROOT)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(check) for check in (check_cppcheck, check_headers, check_instructions,
                                                 check_format)]
        edges = check_layers()
        check_banned()
        check_unique_names()
        check_words()
        check_exports()
        for check in slow:
            check.result()
    if not QUIET:
        print_sizes(edges)
    for failure in sorted(failures):
        print(failure)
    print(f"gate: {len(failures)} failures" if failures else "gate: nothing to object")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
