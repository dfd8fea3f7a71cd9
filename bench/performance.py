#!/usr/bin/env python3
"""The table of docs/performance.md: what huis reaches on this machine, beside the goals and the peers.

    bench/performance.py [--minutes 15] [--full] [--rounds 2] [--models FOLDER] [--peers llama.cpp,ik_llama.cpp]

Runs huis-bench and bench/versus.py on the three test models and on random weights in the shape of a 1B
llama (made here, removed at the end), and on AVX2 with peers built for it. Writes the raw figures and
performance.md to build/performance, after each measure, so that what was measured stays when it is
interrupted. What matters most comes first; what does not fit into the minutes is named and left out.
--full: no limit, all shapes, all-logits decoding, decoding after 4,096 tokens, 1.5B on AVX2 (about an
hour). Peers are built before the clock runs (tools/peers.sh, about 8 minutes each the first time).
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BUILD", ROOT / "build")).resolve()
OUT = BUILD / "performance"
FILES = ["smollm2-135m", "qwen-0.5b", "qwen-1.5b"]
SHAPES = ["Q8_0", "Q4_0", "Q4_K_M"]
NAMES = {"smollm2-135m": "SmolLM2-135M Q4_1", "qwen-0.5b": "Qwen2.5-Coder-0.5B Q4_K_M",
         "qwen-1.5b": "Qwen2.5-Coder-1.5B Q4_K_M", "1b-Q4_0": "1B shape Q4_0",
         "1b-Q4_K_M": "1B shape Q4_K_M", "1b-Q8_0": "1B shape Q8_0"}
# Of the design, section 6: at least (a ratio to the peer), by file; class A: AVX-512 with VNNI.
PREFILL_A = {"smollm2-135m": 3.0, "qwen-0.5b": 2.6, "qwen-1.5b": 2.6, "1b-Q4_0": 2.3, "1b-Q4_K_M": 2.6,
             "1b-Q8_0": 3.0}
PREFILL_B = {"smollm2-135m": 3.3, "qwen-0.5b": 2.2, "qwen-1.5b": 1.6}
DECODE = {"smollm2-135m": 1.6, "qwen-0.5b": 1.4}
DECODE_LARGE, ALONE, LONG_A, MEMORY = 1.15, 0.9, 3.0, 0.65
IK_A, IK_B = 1.5, 1.1


class Table:
    """The rows so far, in the file after each part of the work."""

    def __init__(self, options):
        self.options, self.start = options, time.monotonic()
        self.head = ""
        self.lines = ["| what | file | huis | peer | ratio (spread) | goal | |", "|---|---|---|---|---|---|---|"]
        self.after, self.left_out = [], []

    def add(self, what, file, ours, theirs, measured, goal, reached, disturbed=0):
        mark = " (disturbed)" if disturbed else ""
        self.lines.append(f"| {what} | {file} | {ours} | {theirs} | {measured}{mark} | {goal} | "
                          f"{'' if reached is None else 'yes' if reached else '**no**'} |")

    def section(self, title):
        self.lines.append(f"| **{title}** | | | | | | |")

    def has_time(self, what):
        """False, and it is noted: there is none left for another part."""
        minutes = (time.monotonic() - self.start) / 60
        ok = self.options.full or minutes < self.options.minutes
        if not ok:
            self.left_out.append(what)
        return ok

    def text(self):
        minutes = (time.monotonic() - self.start) / 60
        left = f"Left out, no time: {'; '.join(self.left_out)}." if self.left_out else ""
        return "\n".join([self.head, "", *self.lines, "", f"{minutes:.0f} minutes. {left}", "", *self.after])

    def save(self):
        (OUT / "performance.md").write_text(self.text())


def run(*command):
    print("+", *command, file=sys.stderr, flush=True)
    return subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, check=True, cwd=ROOT).stdout


def versus(options, file, what, *more):
    """One file; its raw figures stay in OUT."""
    stem = pathlib.Path(file).stem
    out = OUT / f"{stem}-{what.replace(',', '-')}{'-avx2' if 'avx2' in more else ''}.json"
    command = [sys.executable, ROOT / "bench/versus.py", file, "--what", what, "--peers", options.peers,
               "--rounds", options.rounds, "--long-rounds", options.long_rounds, "--retries",
               options.retries, "--json", out, *more]
    print("+", *command, file=sys.stderr, flush=True)
    subprocess.run([str(c) for c in command], check=True, cwd=ROOT, stdout=sys.stderr)
    return json.loads(out.read_text())


def compare(table, options, file, what, *more):
    name = pathlib.Path(file).stem
    if table.has_time(f"{NAMES.get(name, name)}: {' '.join([what, *more])}"):
        add_rows(table, versus(options, file, what, *more), class_b="avx2" in more)
        table.save()


def goal_of(what, model, class_b):
    """(goal, whether more is better) beside llama.cpp; None: the design names none."""
    if what.startswith("peak memory"):
        return (MEMORY, False) if what.endswith("512") else (None, False)
    if "one thread" in what:
        return ALONE, True
    if what.startswith("prefill 4096"):
        return (PREFILL_B.get(model) if class_b else LONG_A), True
    if what.startswith("prefill"):
        return (PREFILL_B if class_b else PREFILL_A).get(model), True
    if " after " in what or "all logits" in what:
        return None, True
    return DECODE.get(model, DECODE_LARGE), True


def add_rows(table, result, class_b=False):
    """Of one run of versus.py."""
    for model, told in result["models"].items():
        for row in told["rows"]:
            for peer, ratio in row["ratios"].items():
                goal, more = goal_of(row["what"], model, class_b)
                if peer == "ik_llama.cpp":
                    goal = (IK_B if class_b else IK_A) if row["what"] == "prefill 512" else None
                median = ratio["median"]
                reached = None if goal is None else median >= goal if more else median <= goal
                table.add(f"{row['what']}, {row['unit']}, {peer}", NAMES.get(model, model),
                          f"{row['programs']['huis']['median']:.1f}", f"{row['programs'][peer]['median']:.1f}",
                          f"{median:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})",
                          "" if goal is None else f"{'≥' if more else '≤'} {goal}", reached, row["disturbed"])


def add_alone(table, model, told, vnni):
    """What huis-bench says of huis alone."""
    figures = {(m["what"], m["detail"], m["tokens"]): m for m in told["measures"]}
    few = figures["few tokens", "beside one", 4]
    goal = 1.10 if vnni else 1.35
    table.add("checking 4 tokens ÷ decoding one", model, "", "", span(few), f"≤ {goal}", few["median"] <= goal,
              few["disturbed"])
    for (what, detail, _), m in figures.items():
        if (what, detail) == ("load", "from its packed form"):
            table.add("load to ready, ms", model, span(m), "", "", "≤ 20", m["median"] <= 20, m["disturbed"])
        elif (what, detail) == ("first token", "warm beside cold"):
            table.add("first token, warm prefix from disk ÷ cold", model, "", "", span(m), "≤ 0.05",
                      m["median"] <= 0.05, m["disturbed"])
        elif (what, detail) == ("peak memory", "of the worker"):
            table.add("peak memory of the worker, MiB", model, span(m), "", "", "", None, m["disturbed"])
        elif what == "decode together":
            one = figures["decode together", "sequences", 1]["median"]
            table.add(f"decode of {m['tokens']} sequences together, tokens/s", model, span(m), "",
                      f"{m['median'] / one:.2f} of one", "", None, m["disturbed"])
        elif what == "requests together":
            one = figures["requests together", "of one worker", 1]["median"]
            table.add(f"{m['tokens']} requests at once, tokens/s of all", model, span(m), "",
                      f"{m['median'] / one:.2f} of one", "", None, m["disturbed"])
        elif detail == "remembered beside not":
            table.add(f"{what}, remembered ÷ not", model, "", "", span(m), "", None, m["disturbed"])
        elif detail == "read, remembered":
            without = figures[what, "read, nothing remembered", 0]["median"]
            table.add(f"{what}, tokens read", model, span(m), "", f"{m['median'] / without:.2f} of all", "",
                      None, m["disturbed"])


def span(m):
    digits = 3 if m["median"] < 10 else 1
    return f"{m['median']:.{digits}f} ({m['low']:.{digits}f} to {m['high']:.{digits}f})"


def roofline_lines(told):
    lines = ["| what | threads | |", "|---|---|---|"]
    for m in told["measures"]:
        detail = f", {m['detail']}" if m["detail"] else ""
        tokens = f" {m['tokens']}" if m["tokens"] else ""
        lines.append(f"| {m['what']}{tokens}{detail} | {m['threads']} | {span(m)} {m['unit']} |")
    return lines


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--minutes", type=float, default=15)
    p.add_argument("--full", action="store_true")
    p.add_argument("--rounds", type=int, default=2)
    p.add_argument("--long-rounds", type=int, default=1)
    p.add_argument("--retries", type=int, default=2)
    p.add_argument("--peers", default="llama.cpp,ik_llama.cpp")
    p.add_argument("--models", default=os.environ.get("HUIS_TEST_MODELS", ""))
    return p.parse_args()


def build_peers(options, class_b):
    for peer in options.peers.split(","):
        for end in ["", "-avx2"] if class_b else [""]:
            which = {"llama.cpp": "llama", "ik_llama.cpp": "ik"}[peer] + end
            subprocess.run([ROOT / "tools/peers.sh", which], stdout=subprocess.DEVNULL)


def measure_alone(table, file, vnni):
    name = pathlib.Path(file).stem
    if table.has_time(f"{NAMES.get(name, name)}: huis alone"):
        parts = "few,batch,worker" + (",serve" if table.options.full or name == FILES[0] else "")
        told = json.loads(run(BUILD / "huis-bench", file, "--only", parts, "--scratch", OUT,
                              "--prefill", 0, "--decode", 0, "--format", "json"))
        (OUT / f"alone-{name}.json").write_text(json.dumps(told, indent=1))
        add_alone(table, NAMES.get(name, name), told, vnni)
        table.save()


def measure_shape(table, options, mix):
    shape = OUT / f"1b-{mix}.gguf"
    if not table.has_time(f"{NAMES[shape.stem]}: speed"):
        return
    try:
        run(BUILD / "bench/make-shape", shape, mix)
        compare(table, options, shape, "speed")
    finally:
        shape.unlink(missing_ok=True)


def main():
    options = arguments()
    files = [f"{options.models}/{name}.gguf" for name in FILES]
    files = [f for f in files if os.path.exists(f)]
    if not files:
        sys.exit("bench/performance.py: no test models: --models FOLDER or HUIS_TEST_MODELS (tools/test_models.sh)")
    OUT.mkdir(parents=True, exist_ok=True)
    first = json.loads(run(BUILD / "huis-bench", files[-1], "--prefill", 8, "--decode", 1, "--repeat", 1,
                           "--format", "json"))
    build_peers(options, first["level"] != "avx2")
    table = Table(options)
    table.head = (f"{first['cpu']}, {os.cpu_count()} processors, level {first['level']}; {options.rounds} rounds "
                  f"in turns (4,096 tokens: {options.long_rounds}).")
    table.section("beside no peer")
    for f in files:
        measure_alone(table, f, "vnni" in first["level"])
    table.section(f"{first['level']}, {first['threads']} threads")
    for f in files:
        compare(table, options, f, "speed,alone")
    for mix in SHAPES if options.full else SHAPES[:1]:
        measure_shape(table, options, mix)
    for f in files if options.full else files[1:2]:
        compare(table, options, f, "long,after" if options.full else "long")
    if first["level"] != "avx2":
        table.section("AVX2 only, simulated on this processor")
        for f in files if options.full else files[:2]:
            compare(table, options, f, "speed", "--level", "avx2")
    for f in files if options.full else files[1:2]:
        name = pathlib.Path(f).stem
        if table.has_time(f"{NAMES.get(name, name)}: roofline"):
            told = json.loads(run(BUILD / "huis-bench", f, "--roofline", "--format", "json"))
            table.after += [NAMES.get(name, name) + ":", "", *roofline_lines(told), ""]
    if options.full:
        for f in files:
            compare(table, options, f, "logits")
    table.save()
    print(table.text())


if __name__ == "__main__":
    main()
