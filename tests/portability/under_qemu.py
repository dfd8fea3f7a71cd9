#!/usr/bin/env python3
"""Runs test programs of a build on another processor, played by qemu-user. TAP: one line a program.

usage: under_qemu.py BUILD QEMU-COMMAND -- TEST[,ARGUMENT...] ...

TEST is a name of Meson's test list; its program must exit with 0. ARGUMENTs follow its own. The first
TEST may be `traps:PROGRAM`: PROGRAM must die of an illegal instruction, or else QEMU-COMMAND allows
what the processor lacks and the other results would prove nothing."""
import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

LIMIT_S = 150


def main():
    cut = sys.argv.index("--")
    build, qemu, wanted = sys.argv[1], sys.argv[2:cut], sys.argv[cut + 1:]
    with open(os.path.join(build, "meson-info", "intro-tests.json"), encoding="utf-8") as f:
        tests = {test["name"]: test for test in json.load(f)}

    def run(item):
        if item.startswith("traps:"):
            done = subprocess.run([*qemu, item[6:]], capture_output=True, text=True, timeout=LIMIT_S)
            ended = done.returncode in (-signal.SIGILL, 128 + signal.SIGILL)
            return ended, f"a wide instruction is illegal (exit {done.returncode})", ""
        name, *arguments = item.split(",")
        test = tests[name]
        environment = {**os.environ, **test["env"]}
        try:
            done = subprocess.run([*qemu, *test["cmd"], *arguments], cwd=test["workdir"] or build,
                                  env=environment, capture_output=True, text=True, errors="replace",
                                  timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return False, name, f"took more than {LIMIT_S} s"
        ok = done.returncode == 0 and "not ok" not in done.stdout
        return ok, name, "" if ok else f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"

    print(f"1..{len(wanted)}", flush=True)
    failed = False
    with ThreadPoolExecutor(2) as pool:
        for i, (ok, name, detail) in enumerate(pool.map(run, wanted), 1):
            print(f"{'ok' if ok else 'not ok'} {i} - {name}")
            print("".join(f"# {line}\n" for line in detail.splitlines()[-20:]), end="", flush=True)
            failed = failed or not ok
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
