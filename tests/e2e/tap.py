"""tap.py: a small TAP runner for end-to-end tests, and helpers to call the built programs."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import traceback

BUILD = os.environ.get("HUIS_BUILD", os.path.join(os.getcwd(), "build"))
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HUIS = os.path.join(BUILD, "huis")
# Tests leave the caller's own cache alone.
CACHE = tempfile.TemporaryDirectory(prefix="huis-e2e-cache-")
os.environ["XDG_CACHE_HOME"] = CACHE.name


class Skip(Exception):
    """Raised by a test that cannot run here; the reason is printed."""


def huis(*args, stdin=None, env=None, timeout=300, raw=False):
    """Runs huis; returns the finished process, text decoded unless raw."""
    full = {**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}
    data = stdin.encode() if isinstance(stdin, str) else stdin
    run = subprocess.run([HUIS, *args], input=data if data is not None else b"", env=full,
                         capture_output=True, timeout=timeout)
    if not raw:
        run.stdout, run.stderr = run.stdout.decode(), run.stderr.decode()
    return run


def expect(condition, message):
    if not condition:
        raise AssertionError(message)


def expect_equal(got, wanted, what=""):
    expect(got == wanted, f"{what}: got {got!r}, wanted {wanted!r}")


def expect_error(run, code, *words):
    """One clear line on standard error, the right exit code, no crash."""
    expect_equal(run.returncode, code, f"exit code ({run.stderr!r})")
    lines = [l for l in run.stderr.splitlines() if l.startswith("huis: ")]
    expect_equal(len(lines), 1, f"error lines in {run.stderr!r}")
    for word in words:
        expect(word in lines[0], f"{word!r} not in {lines[0]!r}")


def scratch():
    return tempfile.TemporaryDirectory(prefix="huis-e2e-")


def test_model(name):
    """Path of a model file, or Skip."""
    path = os.path.join(os.environ.get("HUIS_TEST_MODELS", ""), name + ".gguf")
    if not os.path.exists(path):
        raise Skip(f"no {name}.gguf in HUIS_TEST_MODELS")
    return path


def main(module):
    tests = [(n, f) for n, f in vars(module).items() if n.startswith("test_") and callable(f) and
             f.__module__ == module.__name__]
    print(f"1..{len(tests)}")
    failed = 0
    for i, (name, test) in enumerate(tests, 1):
        title = name[5:].replace("_", " ")
        try:
            test()
            print(f"ok {i} - {title}", flush=True)
        except Skip as reason:
            print(f"ok {i} - {title} # SKIP {reason}", flush=True)
        except Exception:
            failed += 1
            print(f"not ok {i} - {title}")
            print("".join(f"# {l}\n" for l in traceback.format_exc().splitlines()), flush=True)
    return 1 if failed else 0
