#!/usr/bin/env python3
"""huis beside llama.cpp on the same files, machine and threads: bench/versus.py [MODEL.gguf...]

Runs huis-bench and llama-bench in turns, one repetition each, drops the first round, and prints
medians, spreads and the ratio of each pair's figures. A run during which other processes used the
processors for more than a tenth of the time is repeated up to five times, then marked.

Without files: HUIS_TEST_MODELS. The peer: tools/peers.sh (HUIS_PEERS reuses a build).
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ["smollm2-135m.gguf", "qwen-0.5b.gguf", "qwen-1.5b.gguf"]
DISTURBED = 0.10


def busy_ticks():
    """Processor ticks of the whole machine: (busy, all). Time stolen by neighbours counts as busy."""
    fields = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    idle = fields[3] + fields[4]
    return sum(fields) - idle, sum(fields)


def run(command):
    """Output, and the share of the machine that others used meanwhile."""
    busy, total = busy_ticks()
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy_after, total_after = busy_ticks()
    used = (after.ru_utime + after.ru_stime - own.ru_utime - own.ru_stime) * os.sysconf("SC_CLK_TCK")
    return json.loads(out), (busy_after - busy - used) / max(1, total_after - total)


def huis(options, model):
    command = [options.huis, model, "--format", "json", "--repeat", "1", "--prefill",
               str(options.prefill), "--decode", str(options.decode), "--threads",
               str(options.threads)]
    result, others = run(command + (["--level", options.level] if options.level else []))
    return (result["prefill"]["tokens_per_s"], result["decode"]["tokens_per_s"]), others, result


def peer(options, model):
    result, others = run([options.peer, "-m", model, "-t", str(options.threads), "-p",
                          str(options.prefill), "-n", str(options.decode), "-r", "1", "-o", "json"])
    prefill = next(r["avg_ts"] for r in result if r["n_gen"] == 0)
    decode = next(r["avg_ts"] for r in result if r["n_prompt"] == 0)
    return (prefill, decode), others, result


def quiet_run(measure, options, model):
    for i in range(options.retries + 1):
        if i > 0:
            time.sleep(1)
        figures, others, result = measure(options, model)
        if others <= DISTURBED:
            return figures, False, result
    return figures, True, result


def compare(options, model):
    pairs, disturbed = [], 0
    for i in range(options.rounds + 1):
        ours, bad_ours, result = quiet_run(huis, options, model)
        theirs, bad_theirs, _ = quiet_run(peer, options, model)
        if i > 0:
            pairs.append((ours, theirs))
            disturbed += bad_ours or bad_theirs
    return pairs, disturbed, result


def line(name, ours, theirs):
    ratios = sorted(a / b for a, b in zip(ours, theirs))
    return (f"  {name:<14} {statistics.median(ours):9.1f} {statistics.median(theirs):9.1f}   "
            f"{statistics.median(ratios):5.2f}x  ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--decode", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--retries", type=int, default=5, help="of a disturbed run")
    parser.add_argument("--level")
    build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
    parser.add_argument("--huis", default=str(build / "huis-bench"))
    parser.add_argument("--peer")
    options = parser.parse_args()
    if options.peer is None:
        bin_folder = subprocess.run([ROOT / "tools/peers.sh"], stdout=subprocess.PIPE, check=True,
                                    text=True).stdout.split()[-1]
        options.peer = str(pathlib.Path(bin_folder) / "llama-bench")
    folder = pathlib.Path(os.environ.get("HUIS_TEST_MODELS", "."))
    models = options.models or [str(folder / m) for m in MODELS if (folder / m).exists()]
    if not models:
        sys.exit("bench/versus.py: name model files or set HUIS_TEST_MODELS")
    for i, model in enumerate(models):
        pairs, disturbed, result = compare(options, model)
        if i == 0:
            print(f"{result['cpu']}, {os.cpu_count()} processors, level {result['level']}, "
                  f"{options.threads} threads, {options.rounds} rounds in turns, tokens/s")
            print(f"  {'':<14} {'huis':>9} {'llama.cpp':>9}   ratio: median of the pairs (spread)")
        mark = f"  [{disturbed} of {options.rounds} pairs disturbed by other processes]"
        print(f"{pathlib.Path(model).name} ({result['quantisation']})" + (mark if disturbed else ""))
        for j, name in enumerate((f"prefill {options.prefill}", f"decode {options.decode}")):
            print(line(name, [p[0][j] for p in pairs], [p[1][j] for p in pairs]), flush=True)


main()
