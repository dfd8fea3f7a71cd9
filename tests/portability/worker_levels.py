#!/usr/bin/env python3
"""The worker gives one answer on every processor, each with its own kernels. TAP.

usage: worker_levels.py PROGRAM QEMU CPU=LEVEL ...

PROGRAM (worker_level.c) prints "LEVEL DIGEST"; it runs natively, then as each CPU played by QEMU."""
import subprocess
import sys

LIMIT_S = 150


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    return done.stdout.split() if done.returncode == 0 else ["exit", str(done.returncode)]


def main():
    program, qemu, cpus = sys.argv[1], sys.argv[2], [c.split("=") for c in sys.argv[3:]]
    level, digest = run(program)
    print(f"1..{len(cpus)}\n# natively: {level} {digest}")
    failed = False
    for i, (cpu, expected) in enumerate(cpus, 1):
        got = run(qemu, "-cpu", cpu, program)
        ok = got == [expected, digest]
        print(f"{'ok' if ok else 'not ok'} {i} - as {cpu}: {' '.join(got)}", flush=True)
        failed = failed or not ok
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
