"""huis model prepare, and what it changes: the time of loading, never an answer."""
import os
import re
import subprocess
import sys
import tempfile

import tap
from tap import Skip, expect, expect_equal, huis, scratch
from test_pull import environment, installed_path, write_catalogue

TOY_MAKER = os.path.join(os.environ.get("HUIS_BUILD", "build"), "tests/toy/make_toy_model")


def toy_bytes():
    if not os.path.exists(TOY_MAKER):
        raise Skip("make_toy_model is not built")
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([TOY_MAKER, "qwen2", f"{d}/toy.gguf"], check=True)
        with open(f"{d}/toy.gguf", "rb") as f:
            return f.read()


def install(d):
    data = toy_bytes()
    write_catalogue(d, data, [{"kind": "url", "files": [
        {"url": "http://127.0.0.1:9/x", "member": "x", "bytes": len(data), "sha256": "0" * 64}]}])
    os.makedirs(f"{d}/data/huis/models")
    with open(installed_path(d, data), "wb") as f:
        f.write(data)


def packed(d):
    directory = f"{d}/cache/huis/packed"
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


def answer(d, **more):
    run = huis("generate", "--model", "toy", "--max-tokens", "20", "hello",
               env=environment(d, **more))
    expect_equal((run.returncode, run.stderr), (0, ""))
    return run.stdout


def flip(path, at):
    with open(path, "r+b") as f:
        f.seek(at)
        byte = f.read(1)
        f.seek(at)
        f.write(bytes([byte[0] ^ 1]))


def flip_middle(path):
    """Of the weights, which begin at 2 MiB: what lies before the border is filled up with nothing."""
    flip(path, ((2 << 20) + os.path.getsize(path)) // 2)


def flip_last(path):
    flip(path, os.path.getsize(path) - 1)


def cut_short(path):
    os.truncate(path, os.path.getsize(path) // 2)


def append(path):
    with open(path, "ab") as f:
        f.write(b"more")


def test_prepare_verify_doctor_remove():
    with scratch() as d:
        install(d)
        expect(b"huis model prepare" in huis("doctor", env=environment(d)).stdout.encode(), "remedy")
        run = huis("model", "prepare", env=environment(d))
        expect_equal((run.returncode, run.stderr), (0, ""))
        expect("toy: ready" in run.stdout, run.stdout)
        expect_equal(len(packed(d)), 1, "files")
        path = f"{d}/cache/huis/packed/{packed(d)[0]}"
        expect_equal(os.stat(path).st_mode & 0o777, 0o600, "mode")
        inode = os.stat(path).st_ino
        expect_equal(huis("model", "prepare", "toy", env=environment(d)).returncode, 0)
        expect_equal(os.stat(path).st_ino, inode, "made once")
        expect("in the cache" in huis("doctor", env=environment(d)).stdout, "doctor")
        expect_equal(huis("model", "verify", "toy", env=environment(d)).stderr, "")
        for damage in (flip_middle, flip_last, cut_short, append):
            damage(path)
            run = huis("model", "verify", "toy", env=environment(d))
            expect_equal(run.returncode, 0)
            expect("deleted" in run.stderr, (damage.__name__, run.stderr))
            expect_equal(packed(d), [], "after verify")
            expect_equal(huis("model", "prepare", "toy", env=environment(d)).returncode, 0)
            expect_equal(len(packed(d)), 1, "again")
            expect_equal(huis("model", "verify", "toy", env=environment(d)).stderr, "")
        expect_equal(huis("model", "remove", "toy", env=environment(d)).returncode, 0)
        expect_equal(packed(d), [], "after remove")


def test_prepare_of_what_is_not_installed():
    with scratch() as d:
        write_catalogue(d, b"x", [{"kind": "url", "files": [
            {"url": "http://127.0.0.1:9/x", "member": "x", "bytes": 1, "sha256": "0" * 64}]}])
        run = huis("model", "prepare", "no-such", env=environment(d))
        expect_equal(run.returncode, 4)
        expect_equal(huis("model", "prepare", env=environment(d)).stderr.count("\n"), 1)


def test_answers_are_the_same():
    with scratch() as d:
        install(d)
        first = answer(d)
        expect_equal(len(packed(d)), 1, "made at the end of the first run")
        expect_equal(answer(d), first)
        expect_equal(answer(d, XDG_CACHE_HOME="/proc/none"), first)
        levels = re.search(r"levels ([a-z0-9, ]+)", huis("doctor", env=environment(d)).stdout)[1].split(", ")
        expect_equal(levels[-1], "c")
        for level in ("avx512vnni", "avxvnni", "avx2", "neon", "c"):
            run = huis("generate", "--model", "toy", "--max-tokens", "20", "--level", level, "hello",
                       env=environment(d))
            if level in levels:
                expect_equal((run.returncode, run.stderr, run.stdout), (0, "", first), level)
            else:
                expect_equal((run.returncode, run.stdout), (2, ""), level)
                expect(", ".join(levels) in run.stderr, run.stderr)


def test_a_model_by_path():
    with scratch() as d:
        install(d)
        path = f"{d}/by path.gguf"
        with open(path, "wb") as f:
            f.write(toy_bytes())

        def run():
            told = huis("generate", "--model", path, "--max-tokens", "20", "hello", env=environment(d))
            expect_equal((told.returncode, told.stderr), (0, ""))
            return told.stdout

        first = run()
        expect_equal([name.split("-")[0] for name in packed(d)], ["path"])
        made = f"{d}/cache/huis/packed/{packed(d)[0]}"
        inode = os.stat(made).st_ino
        expect_equal(run(), first)
        expect_equal(os.stat(made).st_ino, inode, "made once")
        os.utime(path)  # it may have changed
        expect_equal(run(), first)
        expect(os.stat(made).st_ino != inode, "made again in the same place")
        expect_equal(len(packed(d)), 1)
        expect_equal(answer(d), first)
        expect_equal(len(packed(d)), 2, "one by name, one by path")


def test_stale_forms_make_room():
    with scratch() as d:
        install(d)
        answer(d)
        good = packed(d)[0]
        layout = good.rsplit("-", 1)[1]
        directory = f"{d}/cache/huis/packed"
        stale = [f"{good.rsplit('-', 1)[0]}-1.packed", f"{'ab' * 32}-{layout}", f"path-12-1.packed.part"]
        kept = [f"path-34-{layout}"]
        for name in stale + kept:
            with open(f"{directory}/{name}", "wb") as f:
                f.write(b"x")
        # Nine GiB that take no room, used longest ago.
        with open(f"{directory}/path-56-{layout}", "wb") as f:
            f.truncate(9 << 30)
        os.utime(f"{directory}/path-56-{layout}", (1, 1))
        answer(d)
        expect_equal(len(packed(d)), 6, "nothing goes when nothing is written")
        os.unlink(f"{directory}/{good}")
        answer(d)
        expect_equal(packed(d), sorted(kept + [good]))


def test_a_full_disk_costs_speed_only():
    if os.geteuid() != 0:
        raise Skip("a small file system needs root")
    with scratch() as d:
        install(d)
        first = answer(d, XDG_CACHE_HOME="/proc/none")
        os.mkdir(f"{d}/cache")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "huis-test", f"{d}/cache"],
                          capture_output=True).returncode != 0:
            raise Skip("tmpfs cannot be mounted here")
        try:
            expect_equal(answer(d), first)
            expect_equal(packed(d), [], "files")
            run = huis("model", "prepare", "toy", env=environment(d))
            expect_equal(run.returncode, 1)
            expect_equal(run.stderr.count("\n"), 1, run.stderr)
            subprocess.run(["mount", "-o", "remount,ro", f"{d}/cache"], check=True)
            expect_equal(answer(d), first)
        finally:
            subprocess.run(["umount", f"{d}/cache"], check=True)


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules[__name__]))
