#!/usr/bin/env python3
"""huis beside llama.cpp (and ik_llama.cpp) on the same files, machine and threads.

    bench/versus.py [MODEL.gguf...] [--what speed,alone,logits,long,after] [--peers llama.cpp,ik_llama.cpp]
                    [--rounds N] [--threads N] [--level avx2] [--clock processor] [--json FILE]

In each round every program runs in turn, a fresh process of one repetition each; the first round of a
measure is dropped where it is repeated. Printed: medians, and the median of the rounds' ratios with the
lowest and the highest. A round is repeated, up to five times, when it was disturbed: other programs
had more than a tenth of the machine or the hypervisor more than a fiftieth, the kernel put a program
off its processor over and over, or its ratio is far from the others'. What stays disturbed is marked.

  speed   prefill of 512 tokens, decode of 64 from an empty context, peak memory of the process
  alone   decode with one thread, beside the peers with --threads
  logits  decode computing all logits, as the peers do (elsewhere huis looks for the likeliest token, as
          greedy decoding does)
  long    prefill of 4,096 tokens (slow: see --long-rounds)
  after   decode of 64 after 4,096 tokens (slow as well)

--level avx2 compares with peers built for AVX2 only: class B (no AVX-512, no VNNI), simulated on this
processor. --clock processor counts processor time of one thread instead of the clock on the wall, as the
difference of a run of three and a run of one repetition: for machines that are never idle.

Without files: HUIS_TEST_MODELS. Peers: tools/peers.sh (HUIS_PEERS reuses a build).
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODELS = ["smollm2-135m.gguf", "qwen-0.5b.gguf", "qwen-1.5b.gguf"]
LONG = 4096
DECODE = 64
OTHERS_MAX, STOLEN_MAX, SWITCHES_MAX, SPREAD_MAX = 0.10, 0.02, 40, 0.15
TICK = os.sysconf("SC_CLK_TCK")


class Run:
    """A finished process: its output, what it used, and whether it was disturbed."""

    def __init__(self, command):
        before, start = self.ticks(), time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        # Output is small: it waits in the pipe.
        self.out = child.stdout.read()
        error = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.seconds = time.monotonic() - start
        if child.returncode != 0:
            sys.exit(f"{' '.join(command)}: exit code {child.returncode}\n{error.decode()[-500:]}")
        self.processor_s = usage.ru_utime + usage.ru_stime
        self.peak_bytes = usage.ru_maxrss * 1024
        busy, stolen, everything = (a - b for a, b in zip(self.ticks(), before))
        others = (busy - self.processor_s * TICK) / max(1, everything)
        self.disturbed = (others > OTHERS_MAX or stolen / max(1, everything) > STOLEN_MAX or
                          usage.ru_nivcsw / self.seconds > SWITCHES_MAX)

    @staticmethod
    def ticks():
        """Of the whole machine: busy (stolen time included), stolen, all."""
        with open("/proc/stat") as f:
            fields = [int(x) for x in f.readline().split()[1:9]]
        return sum(fields) - fields[3] - fields[4], fields[7], sum(fields)


class Huis:
    name = "huis"

    def __init__(self, program, level):
        self.program, self.level, self.told = program, level, {}
        self.folder = tempfile.TemporaryDirectory(prefix="versus-", dir=pathlib.Path(program).resolve().parent)
        self.packed = f"{self.folder.name}/model.packed"

    def prepare(self, model):
        """Makes the packed form of a model, as its first use does: the runs map it."""
        subprocess.run([self.program, model, "--pack-to", self.packed], check=True)

    def run(self, model, threads, prefill, decode, depth, repeat, all_logits=False):
        command = [self.program, model, "--packed", self.packed, *["--all-logits"] * all_logits, "--format", "json",
                   "--repeat", str(repeat), "--prefill", str(prefill), "--decode", str(decode), "--depth", str(depth), "--threads", str(threads)]
        run = Run(command + (["--level", self.level] if self.level else []))
        self.told = json.loads(run.out)
        run.figures = [self.told["prefill"]["tokens_per_s"], self.told["decode"]["tokens_per_s"]]
        return run


class LlamaBench:
    """llama.cpp's and ik_llama.cpp's llama-bench."""

    def __init__(self, name, program):
        self.name, self.program, self.is_ik = name, program, name.startswith("ik")

    def run(self, model, threads, prefill, decode, depth, repeat, all_logits=False):
        command = [self.program, "-m", model, "-t", str(threads), "-r", str(repeat), "-o", "json"]
        if depth > 0 and self.is_ik:
            command += ["-p", "0", "-n", "0", "-gp", f"{depth},{decode}"]
        else:
            command += ["-p", str(prefill), "-n", str(decode)] + (["-d", str(depth)] if depth else [])
        # Warming up would double a long prompt, which does not need it.
        run = Run(command + (["-w", "0"] if self.is_ik else ["--no-warmup"]) * (prefill >= LONG))
        run.figures = [0, 0]
        for result in json.loads(run.out):
            run.figures[0 if result["n_gen"] == 0 else 1] = result["avg_ts"]
        return run


class Measure:
    """One kind of run: its name, what the programs are asked, and which figure counts."""

    def __init__(self, name, prefill, decode, depth=0, alone=False, all_logits=False, figures=None):
        self.prefill, self.decode, self.depth = prefill, decode, depth
        self.alone, self.all_logits = alone, all_logits
        self.names = figures or [name, None] if prefill else [None, name]


def measures(options):
    kinds = {
        "speed": [Measure("", options.prefill, options.decode,
                          figures=[f"prefill {options.prefill}", f"decode {options.decode}"])],
        "alone": [Measure(f"decode {options.decode}, one thread beside {options.threads}", 0,
                          options.decode, alone=True)],
        "logits": [Measure(f"decode {options.decode}, all logits", 0, options.decode, all_logits=True)],
        "long": [Measure(f"prefill {LONG}", LONG, 0)],
        "after": [Measure(f"decode {DECODE} after {LONG}", 0, DECODE, depth=LONG)],
    }
    return [m for kind in options.what.split(",") for m in kinds[kind]]


def take(options, program, model, measure):
    threads = 1 if measure.alone and program.name == "huis" else options.threads
    asked = (model, threads, measure.prefill, measure.decode, measure.depth)
    if options.clock == "wall":
        return program.run(*asked, 1, measure.all_logits)
    # Processor time: three repetitions less one leaves two, without loading and warming up.
    figures, disturbed, peak = [0, 0], False, 0
    for i, n in enumerate((measure.prefill, measure.decode)):
        if n > 0:
            part = asked[:2] + ((n, 0) if i == 0 else (0, n)) + asked[4:]
            runs = [program.run(*part, repeat, measure.all_logits) for repeat in (1, 3)]
            figures[i] = 2 * n / max(1e-3, runs[1].processor_s - runs[0].processor_s)
            peak = max(peak, runs[0].peak_bytes)
    runs[0].figures, runs[0].peak_bytes, runs[0].disturbed = figures, peak, disturbed
    return runs[0]


def ratios_of(a_round):
    """Of every figure that counts, huis to the first peer."""
    return [a / b for a, b in zip(a_round[0].figures, a_round[1].figures) if a > 0 and b > 0]


def is_far(a_round, rounds):
    """Whether a round's ratios differ from the medians of all by more than the spread allowed."""
    middle = [statistics.median(r) for r in zip(*map(ratios_of, rounds))]
    return len(rounds) > 2 and any(abs(r / m - 1) > SPREAD_MAX for r, m in zip(ratios_of(a_round), middle))


def quiet_round(options, programs, model, measure):
    for i in range(options.retries + 1):
        if i > 0:
            time.sleep(1)
        taken = [take(options, p, model, measure) for p in programs]
        if not any(run.disturbed for run in taken):
            break
    return taken


def repeat_rounds(options, programs, model, measure):
    """The rounds, and how many of them stayed disturbed."""
    n = options.long_rounds if max(measure.prefill, measure.depth) >= LONG else options.rounds
    if n > 1:
        quiet_round(argparse.Namespace(**{**vars(options), "retries": 0}), programs, model, measure)
    rounds = [quiet_round(options, programs, model, measure) for _ in range(n)]
    for i in range(n):
        left = options.retries
        while is_far(rounds[i], rounds) and left > 0:
            rounds[i] = quiet_round(options, programs, model, measure)
            left -= 1
    return rounds, sum(any(run.disturbed for run in r) or is_far(r, rounds) for r in rounds)


def spread(values):
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def compare(options, programs, model):
    """One dictionary for each figure, with the memory of the first measure's processes."""
    rows = []
    for measure in measures(options):
        rounds, disturbed = repeat_rounds(options, programs, model, measure)
        columns = [(name, "tokens/s", lambda run, j=j: run.figures[j])
                   for j, name in enumerate(measure.names) if name]
        if measure.prefill and options.clock == "wall":
            columns.append((f"peak memory, prefill {measure.prefill}", "MiB",
                            lambda run: run.peak_bytes / 2**20))
        for name, unit, pick in columns:
            row = {"what": name, "unit": unit, "rounds": len(rounds), "disturbed": disturbed,
                   "programs": {}, "ratios": {}}
            for k, program in enumerate(programs):
                values = [pick(r[k]) for r in rounds]
                row["programs"][program.name] = spread(values)
                if k > 0:
                    row["ratios"][program.name] = spread(
                        [pick(r[0]) / v if v > 0 else 0 for r, v in zip(rounds, values)])
            rows.append(row)
            print_row(row)
    return rows


def print_row(row):
    text = f"  {row['what']:<34} {row['programs']['huis']['median']:9.1f}"
    for name, ratio in row["ratios"].items():
        text += (f" {row['programs'][name]['median']:9.1f} {ratio['median']:6.2f}x "
                 f"({ratio['low']:.2f} to {ratio['high']:.2f})")
    if row["disturbed"]:
        text += f"  [{row['disturbed']} of {row['rounds']} disturbed]"
    print(text, flush=True)


def peer_programs(options):
    """llama-bench of each peer; one that cannot be had is left out, and that is said."""
    found = []
    for name in options.peers.split(","):
        which = {"llama.cpp": "llama", "ik_llama.cpp": "ik"}[name] + ("-avx2" if options.level == "avx2" else "")
        made = subprocess.run([ROOT / "tools/peers.sh", which], stdout=subprocess.PIPE, text=True)
        if made.returncode == 0:
            found.append(LlamaBench(name, str(pathlib.Path(made.stdout.split()[-1]) / "llama-bench")))
        else:
            print(f"{name} could not be built: left out", flush=True)
    if not found:
        sys.exit("bench/versus.py: no peer")
    return found


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("models", nargs="*")
    p.add_argument("--what", default="speed,alone,logits,long")
    p.add_argument("--peers", default="llama.cpp")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--prefill", type=int, default=512)
    p.add_argument("--decode", type=int, default=DECODE)
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--long-rounds", type=int, default=1)
    p.add_argument("--retries", type=int, default=5, help="of a disturbed round")
    p.add_argument("--clock", choices=["wall", "processor"], default="wall")
    p.add_argument("--level")
    p.add_argument("--json", help="write the figures to this file as well")
    build = pathlib.Path(os.environ.get("BUILD", ROOT / "build"))
    p.add_argument("--huis", default=str(build / "huis-bench"))
    return p


def main():
    options = parser().parse_args()
    if options.clock == "processor":
        options.threads = 1 # threads that wait for another spin
    folder = pathlib.Path(os.environ.get("HUIS_TEST_MODELS", "."))
    models = options.models or [str(folder / m) for m in MODELS if (folder / m).exists()]
    if not models:
        sys.exit("bench/versus.py: name model files or set HUIS_TEST_MODELS")
    ours = Huis(options.huis, options.level)
    programs = [ours, *peer_programs(options)]
    result = {"options": vars(options), "models": {}}
    for model in models:
        ours.prepare(model)
        told = ours.run(model, options.threads, 8, 1, 0, 1) and ours.told
        if not result["models"]:
            result |= {"cpu": told["cpu"], "level": told["level"]}
            unit = "tokens/s" if options.clock == "wall" else "tokens a second of processor time"
            print(f"{told['cpu']}, {os.cpu_count()} processors, level {told['level']}, {options.threads} "
                  f"threads, {options.rounds} rounds in turns, {unit}")
            if options.level == "avx2":
                print("Class B (AVX2 only), simulated: the peers are built without AVX-512 and VNNI. A "
                      "real such processor has other ports, caches and memory.")
            print("  huis, " + ", ".join(p.name for p in programs[1:]) + ": median, ratio (spread)")
        print(f"{pathlib.Path(model).name} ({told['quantisation']})", flush=True)
        result["models"][pathlib.Path(model).stem] = {
            "quantisation": told["quantisation"], "rows": compare(options, programs, model)}
        if options.json:
            pathlib.Path(options.json).write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
