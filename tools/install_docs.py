#!/usr/bin/env python3
"""Installs man pages and completions; Meson runs it with its build and prefix in the environment."""
import os
import subprocess

build = os.environ["MESON_BUILD_ROOT"]
share = os.path.join(os.environ["MESON_INSTALL_DESTDIR_PREFIX"], "share")


def place(path, data):
    path = os.path.join(share, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


for source, target in (("huis.1", "man/man1/huis.1"), ("huis.fr.1", "man/fr/man1/huis.1")):
    place(target, open(os.path.join(build, "docs", source), "rb").read())
for shell, target in (("bash", "bash-completion/completions/huis"),
                      ("fish", "fish/vendor_completions.d/huis.fish")):
    script = subprocess.run([os.path.join(build, "huis"), "completion", shell], check=True,
                            capture_output=True).stdout
    place(target, script)
