"""test_generate.py: huis generate and huis model info, on good models and on hostile ones."""
import json
import os
import random
import sys

import tap
from tap import expect, expect_equal, expect_error, huis, scratch, test_model


def test_streamed_text_and_json_agree():
    model = test_model("smollm2-135m")
    args = ("generate", "--model", model, "--max-tokens", "24", "--quiet")
    text = huis(*args, "Name three colours.")
    expect_equal(text.returncode, 0, text.stderr)
    run = huis(*args, "--format", "json", "Name three colours.")
    result = json.loads(run.stdout)
    expect_equal(text.stdout, result["text"] + "\n")
    expect_equal(result["tool_calls"], [])
    expect(result["finish"] in ("stop", "length"), result)
    for key in ("prompt_tokens", "cached_tokens", "output_tokens", "prefill_tokens_per_s",
                "decode_tokens_per_s"):
        expect(key in result["usage"], key)
    expect(result["usage"]["output_tokens"] <= 24, result)


def test_same_bytes_for_threads_and_seeds():
    model = test_model("smollm2-135m")
    args = ("generate", "--model", model, "--max-tokens", "32", "--quiet", "--temperature", "0.8")
    one = huis(*args, "--seed", "7", "--threads", "1", "Tell a story.").stdout
    two = huis(*args, "--seed", "7", "--threads", "2", "Tell a story.").stdout
    other = huis(*args, "--seed", "8", "Tell a story.").stdout
    expect_equal(one, two, "one and two threads")
    expect(other != one, "another seed, the same text")


def test_words_and_raw():
    model = test_model("smollm2-135m")
    run = huis("generate", "--model", model, "--quiet", "--words", "5", "Describe the sea.")
    expect(len(run.stdout.split()) <= 5, run.stdout)
    run = huis("generate", "--model", model, "--quiet", "--raw", "--max-tokens", "8", "Once upon a")
    expect(run.stdout.startswith(" time"), run.stdout)
    run = huis("generate", "--model", model, "--quiet", "--max-tokens", "4", "-", stdin="Hello.")
    expect_equal(run.returncode, 0, run.stderr)


def test_too_long_prompt_exits_with_6():
    model = test_model("smollm2-135m")
    expect_error(huis("generate", "--model", model, "-", stdin="word " * 20000), 6)


def test_model_info():
    model = test_model("smollm2-135m")
    run = huis("model", "info", "--format", "json", model)
    info = json.loads(run.stdout)
    expect_equal((info["family"], info["quantisation"], info["bytes"], info["supported"]),
                 ("llama", "Q4_1", 98362432, True), info)
    expect(os.path.isabs(info["path"]) and open(info["path"], "rb").read(4) == b"GGUF", info)
    expect_equal(info["sha256"], "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53")
    expect(info["context_length"] > 0 and info["name"], info)


def test_files_that_are_no_models():
    with scratch() as d:
        for name, data in (("empty", b""), ("text", b"hello world" * 100), ("magic", b"GGUF"),
                           ("version", b"GGUF\x01\0\0\0" + bytes(64)), ("zeros", bytes(4096))):
            open(f"{d}/{name}", "wb").write(data)
            expect_error(huis("generate", "--model", f"{d}/{name}", "x"), 3)
            run = huis("model", "info", "--format", "json", f"{d}/{name}")
            info = json.loads(run.stdout)
            expect(not info["supported"] and info["why_not"], info)
        expect_error(huis("generate", "--model", d, "x"), 3)


def test_truncated_and_flipped_models():
    """Never a crash, never a hang: a clear refusal, or (a flip in a weight or a string) an answer."""
    path = test_model("smollm2-135m")
    data = open(path, "rb").read()
    rng = random.Random(5)
    with scratch() as d:
        broken = f"{d}/m.gguf"
        for size in [0, 3, 4, 23, 24, 100, 5000, 1 << 20, len(data) // 2, len(data) - 1]:
            open(broken, "wb").write(data[:size])
            expect_error(huis("generate", "--model", broken, "x"), 3)
        for _ in range(12):
            at = rng.randrange(2000000)
            flipped = bytearray(data)
            flipped[at] ^= 1 << rng.randrange(8)
            open(broken, "wb").write(flipped)
            run = huis("generate", "--model", broken, "--max-tokens", "2", "x")
            expect(run.returncode in (0, 3), f"flip at {at}: {run.returncode}: {run.stderr}")


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
