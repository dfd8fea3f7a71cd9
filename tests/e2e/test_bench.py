"""huis bench: the contract's fields, what is measured when, and what is left behind."""
import json
import os
import signal
import subprocess
import sys
import time

import tap
from tap import HUIS, expect, expect_equal, huis, scratch
from test_prepare import install
from test_pull import environment

CONTRACT = {"cpu": str, "level": str, "threads": int, "model": str, "prefill": dict, "decode": dict,
            "load_ms": float, "peak_rss_bytes": int}


def bench(d, *options):
    run = huis("bench", "--model", "toy", "--repeat", "2", "--format", "json", *options,
               env=environment(d))
    expect_equal((run.returncode, run.stderr), (0, ""))
    result = json.loads(run.stdout)
    for name, kind in CONTRACT.items():
        expect(isinstance(result[name], kind), f"{name}: {result.get(name)}")
    return result


def whats(result):
    return {m["what"] for m in result["measures"]}


def test_prefill_and_decode_alone():
    with scratch() as d:
        install(d)
        result = bench(d, "--prefill", "40", "--decode", "9", "--threads", "2")
        expect_equal((result["threads"], result["model"], result["packed"]), (2, "toy", False))
        expect_equal((result["prefill"]["tokens"], result["decode"]["tokens"]), (40, 9))
        for name in ("prefill", "decode"):
            figure = result[name]
            expect(0 < figure["low"] <= figure["tokens_per_s"] <= figure["high"], str(figure))
            expect_equal(figure["runs"], 2)
        expect_equal(whats(result), {"prefill", "decode"})
        at_depth = bench(d, "--prefill", "0", "--decode", "5", "--depth", "30")
        expect_equal((at_depth["depth"], at_depth["prefill"]["runs"]), (30, 0))
        expect_equal([m["depth"] for m in at_depth["measures"]], [30])


def test_everything():
    with scratch() as d:
        install(d)
        result = bench(d, "--threads", "2")
        expect({"prefill", "decode", "one token", "few tokens"} <= whats(result), str(whats(result)))
        expect_equal([m["tokens"] for m in result["measures"] if m["what"] == "few tokens"],
                     list(range(2, 9)))
        expect_equal([m["tokens"] for m in result["measures"] if m["what"] == "decode together"],
                     [1, 2, 4, 8])
        expect_equal([m["tokens"] for m in result["measures"] if m["what"] == "requests together"],
                     [1, 2, 4, 8])
        expect({1, 2} == {m["threads"] for m in result["measures"] if m["what"] == "decode"}, "threads")
        # The toy's context is too short for the constant prompt, which is said.
        expect("load, memory and prefix" in result["not_measured"], result.get("not_measured"))
        expect_equal([f for f in os.listdir(f"{d}/cache/huis") if f.startswith("bench-")], [])


def test_roofline_and_levels():
    with scratch() as d:
        install(d)
        result = bench(d, "--roofline", "--prefill", "32", "--decode", "8", "--level", "c")
        expect_equal(result["level"], "c")
        expect("read memory" in whats(result), str(whats(result)))
        run = huis("bench", "--model", "toy", "--level", "mmx", env=environment(d))
        expect_equal((run.returncode, run.stdout), (2, ""))
        expect("mmx" in run.stderr, run.stderr)


def test_packed_form_is_used():
    with scratch() as d:
        install(d)
        expect_equal(huis("model", "prepare", "toy", env=environment(d)).returncode, 0)
        expect_equal(bench(d, "--prefill", "8", "--decode", "2")["packed"], True)


def test_worker_of_a_real_model():
    with scratch() as d:
        run = huis("bench", "--model", tap.test_model("smollm2-135m"), "--repeat", "1", "--format", "json",
                   env=environment(d))
        expect_equal((run.returncode, run.stderr), (0, ""))
        result = json.loads(run.stdout)
        expect("not_measured" not in result, result.get("not_measured"))
        figures = {(m["what"], m["detail"]): m["median"] for m in result["measures"]}
        load = figures["load", "from its packed form"]
        expect(0 < load < figures["load", "from the file"], str(figures))
        warm = figures["first token", "warm, from disk"]
        expect(0 < warm < figures["first token", "cold"], str(figures))
        expect(50 < figures["peak memory", "of the worker"] < 500, str(figures))
        for what in ("8 questions on a text", "chat of 8 turns"):
            read = figures[what, "read, nothing remembered"]
            expect(0 < figures[what, "read, remembered"] < read / 3, str(figures))
        expect_equal(os.listdir(f"{d}/cache/huis"), [], "left behind")


def test_interrupt_removes_its_files():
    model = tap.test_model("smollm2-135m")
    with scratch() as d:
        run = subprocess.Popen([HUIS, "bench", "--model", model, "--repeat", "1"],
                               env={**os.environ, **environment(d)}, stdout=subprocess.DEVNULL,
                               start_new_session=True)
        folder = f"{d}/cache/huis"
        while not (os.path.isdir(folder) and os.listdir(folder)):
            expect_equal(run.poll(), None, "ended")
            time.sleep(0.01)
        time.sleep(0.1)
        os.killpg(run.pid, signal.SIGINT)
        expect_equal(run.wait(timeout=30), -signal.SIGINT)
        expect_equal(os.listdir(folder), [], "left behind")


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules[__name__]))
