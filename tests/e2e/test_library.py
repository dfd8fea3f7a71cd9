"""libhuis as a stranger meets it: headers, symbols, an installed copy found by pkg-config, and the
example of the documentation, built against that and run."""
import glob
import os
import re
import shutil
import subprocess
import sys

from tap import BUILD, SOURCE, Skip, expect, expect_equal, main, scratch

HEADERS = sorted(glob.glob(os.path.join(SOURCE, "include", "huis", "*.h")))
LIBRARY = os.path.join(BUILD, "libhuis.so")
TOY = os.path.join(BUILD, "tests", "toy", "make_toy_model")


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


def compile_alone(compiler, standard, language):
    include = os.path.join(SOURCE, "include")
    for header in HEADERS:
        text = f"#include <huis/{os.path.basename(header)}>\n"
        got = run(compiler, f"-std={standard}", "-pedantic", "-Wall", "-Wextra", "-Werror",
                  "-fsyntax-only", "-I", include, "-x", language, "-", input=text)
        expect_equal(got.returncode, 0, f"{header}: {got.stderr}")


def find_compiler(*names):
    for name in names:
        if shutil.which(name):
            return name
    raise Skip(f"none of {', '.join(names)} is installed")


def test_headers_compile_alone_in_c():
    compiler = find_compiler("cc", "gcc", "clang")
    expect(len(HEADERS) >= 5, "no headers")
    compile_alone(compiler, "c99", "c")
    compile_alone(compiler, "c17", "c")


def test_headers_compile_alone_in_cpp():
    compile_alone(find_compiler("c++", "g++", "clang++"), "c++17", "c++")


def test_headers_include_only_the_basics():
    for header in HEADERS:
        with open(header, encoding="utf-8") as file:
            for name in re.findall(r"#include [<\"](.*)[>\"]", file.read()):
                expect(name in ("stdint.h", "stddef.h", "stdbool.h") or name.startswith("huis/"),
                       f"{header} includes {name}")


def declared_functions():
    names = set()
    for header in HEADERS:
        with open(header, encoding="utf-8") as file:
            names |= set(re.findall(r"HUIS_API [^;(]*?\b(huis_\w+)\(", file.read()))
    return names


def test_exports_are_the_declared_functions():
    lines = run("nm", "-D", "--defined-only", LIBRARY).stdout.splitlines()
    exported = {line.split()[-1].split("@")[0] for line in lines} - {"HUIS_0"}
    expect(len(exported) > 15, f"exports: {exported}")
    expect_equal(exported, declared_functions(), "exported symbols")


def test_soname_and_libraries():
    text = run("readelf", "-d", LIBRARY).stdout
    expect("[libhuis.so.0]" in text, "soname")
    for name in re.findall(r"NEEDED.*\[(.*)\]", text):
        for banned in ("pcre2", "seccomp", "gmime", "xml2", "curl", "sqlite"):
            expect(banned not in name, f"libhuis needs {name}")


def test_library_does_not_touch_its_host():
    """No output, exit, environment or signal handler: what a library must leave alone."""
    text = run("nm", "-D", "--undefined-only", LIBRARY).stdout
    used = {line.split()[-1].split("@")[0] for line in text.splitlines()}
    banned = {"printf", "puts", "putchar", "exit", "_exit", "abort", "getenv", "secure_getenv",
              "setenv", "putenv", "signal", "sigaction", "system", "popen", "chdir", "fork",
              "stdout", "stderr", "perror", "syslog", "setlocale", "__printf_chk"}
    expect_equal(used & banned, set(), "banned calls")


def install(root):
    got = run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root)
    expect_equal(got.returncode, 0, f"meson install: {got.stdout} {got.stderr}")
    files = [os.path.join(d, f) for d, _, names in os.walk(root) for f in names]
    return {os.path.relpath(f, root) for f in files}


def find_one(files, root, name):
    hits = [f for f in files if os.path.basename(f) == name]
    expect_equal(len(hits), 1, f"installed {name}")
    return os.path.join(root, hits[0])


def test_example_builds_by_pkg_config_and_runs():
    if not shutil.which("pkg-config"):
        raise Skip("pkg-config is not installed")
    with scratch() as root:
        files = install(root)
        expect(any("libexec/huis/huis-worker" in f for f in files), f"no worker in {files}")
        expect(any("libexec/huis/huis-reader" in f for f in files), f"no reader in {files}")
        pc_file = find_one(files, root, "huis.pc")
        env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(pc_file),
               "PKG_CONFIG_SYSROOT_DIR": root}
        flags = run("pkg-config", "--cflags", "--libs", "huis", env=env).stdout.split()
        expect("-lhuis" in flags, f"flags: {flags}")
        expect_equal(run("pkg-config", "--modversion", "huis", env=env).stdout.strip(), "0.1.0")
        program = os.path.join(root, "ask")
        source = os.path.join(SOURCE, "docs", "examples", "ask.c")
        got = run("cc", "-std=c17", "-pedantic", "-Wall", "-Wextra", "-Werror", source, *flags,
                  "-o", program)
        expect_equal(got.returncode, 0, got.stderr)
        # The worker is looked for beside the program first: it may not be where it will be.
        shutil.copy(find_one(files, root, "huis-worker"), root)
        run_example(program, os.path.dirname(find_one(files, root, "libhuis.so.0.1.0")), root)


def run_example(program, library_directory, root):
    model = os.path.join(root, "toy.gguf")
    expect_equal(run(TOY, "llama", model).returncode, 0, "toy model")
    # Short enough to be its own summary: the toy model reads bytes, and has room for few.
    text = "The plumber repaired the leak. The bill is 340 euros, and the landlord pays it."
    env = {**os.environ, "LD_LIBRARY_PATH": library_directory}
    got = subprocess.run([program, model, "Who pays?"], input=text.encode(), capture_output=True,
                         env=env, timeout=120)
    expect_equal(got.returncode, 0, got.stderr)
    expect(got.stdout.startswith(b"In short: " + text.encode()), got.stdout)
    expect(len(got.stdout) > len(text) + 20, f"no answer in {got.stdout}")
    missing = subprocess.run([program, "/nonexistent.gguf"], input=b"x", capture_output=True,
                             env=env, timeout=120)
    expect_equal(missing.returncode, 1)
    expect(b"/nonexistent.gguf" in missing.stderr, missing.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.modules[__name__]))
