"""test_cli.py: the contract of the command line: help, exit codes, languages, completion, man."""
import json
import os
import shutil
import subprocess
import sys

import tap
from tap import Skip, expect, expect_equal, expect_error, huis, scratch

COMMANDS = ["summarize", "check", "generate", "model list", "model pull", "model info",
            "model verify", "model remove", "bench", "notify rank", "notify digest",
            "notify watch", "notify list", "notify feedback", "notify rules", "notify explain",
            "notify context", "notify status", "notify enable", "notify disable", "notify set",
            "notify export", "notify purge", "notify timer", "eval summaries", "eval check",
            "eval notifications", "cache list", "cache purge", "doctor", "completion", "man", "help"]


def test_version_and_overview():
    run = huis("--version")
    expect_equal((run.returncode, run.stdout), (0, "huis 0.1.0\n"))
    run = huis("--help")
    expect_equal(run.returncode, 0)
    for name in COMMANDS:
        expect(f"\n  {name} " in run.stdout, f"{name} not in the overview")
    expect_equal(huis().returncode, 2, "no command at all")


def test_every_command_has_help_with_examples():
    for name in COMMANDS:
        for locale, word in (("C.UTF-8", "Examples:"), ("fr_FR.UTF-8", "Exemples :")):
            run = huis(*name.split(), "--help", env={"LC_ALL": locale})
            expect_equal(run.returncode, 0, name)
            expect(word in run.stdout and f"huis {name}" in run.stdout, f"{name}: {run.stdout!r}")
            expect(max(len(l) for l in run.stdout.splitlines()) <= 80,
                   f"{name}: help wider than a terminal")
            expect(not any(l != l.rstrip() for l in run.stdout.splitlines()),
                   f"{name}: spaces at line ends")


def test_a_group_has_help_of_its_own():
    for ask in (["notify", "--help"], ["notify", "-h"], ["help", "notify"]):
        run = huis(*ask)
        expect_equal(run.returncode, 0, str(ask))
        expect("\n  notify rank " in run.stdout and "model pull" not in run.stdout, run.stdout)
    expect_equal(huis("nonsense", "--help").returncode, 2)


def test_usage_errors_exit_with_2():
    for args in (["nonsense"], ["summarize"], ["summarize", "--kind", "poem", "x"],
                 ["summarize", "--words", "0", "x"], ["summarize", "--words", "ten", "x"],
                 ["summarize", "--words"], ["summarize", "--unknown", "x"], ["model"],
                 ["generate", "a", "b"], ["generate", "--temperature", "99", "a"],
                 ["check", "--source", "x"], ["completion", "tcsh"],
                 ["summarize", "--show-source=yes", "x"]):
        expect_error(huis(*args), 2, "--help")


def test_double_dash_ends_options():
    with scratch() as d:
        open(f"{d}/--words", "w").write("Bonjour, ceci est un texte court.")
        run = subprocess.run([tap.HUIS, "summarize", "--mode", "extract", "--", "--words"], cwd=d,
                             capture_output=True, text=True)
        expect_equal((run.returncode, run.stdout), (0, "Bonjour, ceci est un texte court.\n"))


def test_missing_model_exits_with_4():
    with scratch() as d:
        env = {"XDG_DATA_HOME": d, "XDG_CONFIG_HOME": d}
        expect_error(huis("generate", "hello", env=env), 4, "huis model pull")
        expect_error(huis("generate", "--model", "no-such-model", "hello", env=env), 4)
        expect_error(huis("model", "pull", "no-such-model", env=env), 4)
        run = huis("model", "verify", env=env)
        expect_equal((run.returncode, run.stdout, run.stderr), (0, "", "no model is installed\n"))


def test_no_home_goes_on_without_a_model():
    env = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_DATA_HOME")}
    text = "From: a@b.example\nTo: c@d.example\n\n" + "The council met on Monday. " * 12
    run = subprocess.run([tap.HUIS, "summarize", "--kind", "headline", "-"], input=text, env=env, capture_output=True,
                         text=True)
    expect_equal((run.returncode, run.stdout.splitlines()[0]), (0, "The council met on Monday."))
    expect("HOME" in run.stderr, run.stderr)
    run = subprocess.run([tap.HUIS, "generate", "x"], env=env, capture_output=True, text=True)
    expect_error(run, 3, "HOME")


def test_a_limit_names_the_option_that_raises_it():
    run = huis("summarize", "--max-bytes", "10", "-", stdin="More than ten bytes.")
    expect_error(run, 6, "--max-bytes")
    expect("--max-bytes" in huis("summarize", "--help").stdout, "no such option")


def test_a_moved_installation_works():
    if shutil.which("meson") is None:
        raise Skip("no meson")
    with scratch() as d:
        install = subprocess.run(["meson", "install", "-C", tap.BUILD, "--no-rebuild", "--destdir", d],
                                 capture_output=True, text=True)
        expect_equal(install.returncode, 0, install.stderr)
        found = subprocess.run(["find", d, "-name", "huis", "-type", "f", "-perm", "/1", "-path",
                                "*/bin/*"], capture_output=True, text=True).stdout.split()
        expect_equal(len(found), 1, "installed commands")
        mail = "From: a@b.example\nSubject: Test\n\nThe lift is out of order until Friday.\n"
        run = subprocess.run([found[0], "summarize", "--mode", "extract", "-"], input=mail,
                             capture_output=True, text=True)
        expect_equal((run.returncode, run.stdout), (0, "The lift is out of order until Friday.\n"),
                     run.stderr)


def test_model_list_as_json():
    with scratch() as d:
        run = huis("model", "list", "--format", "json", env={"XDG_DATA_HOME": d})
        names = [m["name"] for m in json.loads(run.stdout)["models"]]
        expect_equal(len(names), 5)
        expect("qwen2.5-coder-0.5b-instruct" in names, names)


def test_bash_completion_is_a_script():
    script = huis("completion", "bash").stdout
    check = ('source /dev/stdin <<< "$1"; COMP_WORDS=(huis summarize --ki); COMP_CWORD=2; _huis; '
             'echo "${COMPREPLY[@]}"; COMP_WORDS=(huis summarize --kind ""); COMP_CWORD=3; _huis; '
             'echo "${COMPREPLY[@]}"; COMP_WORDS=(huis mo); COMP_CWORD=1; _huis; echo "${COMPREPLY[@]}"; '
             'COMP_WORDS=(huis cache ""); COMP_CWORD=2; _huis; echo "${COMPREPLY[@]}"')
    run = subprocess.run(["bash", "-c", check, "bash", script], capture_output=True, text=True)
    expect_equal(run.stdout.splitlines(),
                 ["--kind", "tldr key-points headline action-items teaser table digest", "model",
                  "list purge"], run.stderr)


def test_man_page_is_clean():
    page = huis("man").stdout
    expect(page.startswith(".TH HUIS 1"), page[:40])
    if shutil.which("man") is None:
        raise Skip("no man")
    run = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-"], input=page,
                         capture_output=True, text=True, env={**os.environ, "MANWIDTH": "80"})
    expect_equal((run.returncode, run.stderr), (0, ""))


def test_closed_standard_output_is_an_error():
    if not os.path.exists("/dev/full"):
        raise Skip("no /dev/full")
    with open("/dev/full", "w") as full:
        run = subprocess.run([tap.HUIS, "model", "list"], stdout=full, stderr=subprocess.PIPE, text=True)
    expect_equal(run.returncode, 1)
    expect("No space left" in run.stderr, run.stderr)


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
