"""test_cache.py: huis cache, and a second summary that need not read its instruction again."""
import json
import os
import re
import sys

import tap
from tap import expect, expect_equal, expect_error, huis, scratch, test_model

DIALOGUE = "\n".join(["Ann: Is the boat still for sale?", "Bob: Yes, but only until Sunday.",
                      "Ann: Then I come on Saturday with my brother to look at it.", "Bob: Fine, bring boots."])


def listed(env):
    run = huis("cache", "list", "--format", "json", env=env)
    expect_equal(run.returncode, 0, run.stderr)
    return json.loads(run.stdout)


def make_files(d):
    for kind, name, size in (("prefix", "one", 100), ("packed", "two", 200)):
        os.makedirs(f"{d}/huis/{kind}", mode=0o700)
        with open(f"{d}/huis/{kind}/{name}", "wb") as f:
            f.write(bytes(size))


def contents(d):
    folder = f"{d}/huis/prefix"
    return {name: open(f"{folder}/{name}", "rb").read() for name in os.listdir(folder)}


def test_nothing_is_listed_and_purged():
    with scratch() as d:
        env = {"XDG_CACHE_HOME": d}
        expect_equal(listed(env), {"files": [], "bytes": 0})
        run = huis("cache", "purge", "--yes", env=env)
        expect_equal((run.returncode, run.stdout), (0, ""), run.stderr)
        expect_equal(os.listdir(d), [], "made by looking")


def test_files_of_both_kinds_are_listed_and_purged():
    with scratch() as d:
        env = {"XDG_CACHE_HOME": d}
        make_files(d)
        found = listed(env)
        expect_equal(found["bytes"], 300)
        expect_equal(sorted((f["kind"], f["file"], f["bytes"], f["model"]) for f in found["files"]),
                     [("packed", "two", 200, None), ("prefix", "one", 100, None)])
        # A packed file is named by the SHA-256 of its model.
        model = json.loads(huis("model", "list", "--format", "json").stdout)["models"][0]
        os.rename(f"{d}/huis/packed/two", f"{d}/huis/packed/{model['sha256']}-1.packed")
        expect_equal([f["model"] for f in listed(env)["files"] if f["kind"] == "packed"], [model["name"]])
        for f in found["files"]:
            expect(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", f["used"]), f["used"])
        expect("2 files, 300 B" in huis("cache", "list", env=env).stdout, "no total")
        expect_error(huis("cache", "purge", env=env), 5, "--yes")
        expect_equal(listed(env)["bytes"], 300, "after a purge that was not agreed to")
        expect_equal(huis("cache", "purge", "--yes", env=env).returncode, 0)
        expect_equal(listed(env), {"files": [], "bytes": 0})


def test_a_folder_of_others_is_refused():
    with scratch() as d:
        make_files(d)
        os.chmod(f"{d}/huis/prefix", 0o755)
        expect_error(huis("cache", "list", env={"XDG_CACHE_HOME": d}), 5, "chmod 700")


def test_an_instruction_is_read_once():
    model = test_model("smollm2-135m")
    with scratch() as d:
        env = {"XDG_CACHE_HOME": d}
        runs = [json.loads(huis("summarize", "--mode", "hybrid", "--format", "json", "--model", model, "-",
                                stdin=DIALOGUE, env=env).stdout) for _ in range(2)]
        expect_equal(runs[0]["text"], runs[1]["text"], "the summary")
        expect(runs[1]["usage"]["cached_tokens"] > runs[0]["usage"]["cached_tokens"] + 31, f"{runs}")
        everything = listed(env)["files"]
        files = [f for f in everything if f["kind"] == "prefix"]
        expect(files and all(f["model"] for f in files), f"{everything}")
        expect_equal([f["kind"] for f in everything if f not in files], ["packed"], "besides prefixes")
        for f in files:
            expect_equal(os.stat(f"{d}/huis/prefix/{f['file']}").st_mode & 0o777, 0o600)
        # Of another text the same files come, to the last byte: nothing of a text is in them.
        kept = contents(d)
        huis("cache", "purge", "--yes", env=env)
        huis("summarize", "--mode", "hybrid", "--model", model, "-", env=env,
             stdin=DIALOGUE.replace("boat", "old piano").replace("Sunday", "the end of May"))
        again = contents(d)
        expect(set(kept) & set(again), f"no file in common: {list(kept)} {list(again)}")
        for name in set(kept) & set(again):
            expect(kept[name] == again[name], f"{name} depends on the text")


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
