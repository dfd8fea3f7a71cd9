"""test_deaths.py: model pull killed again and again, and on a disk that is full."""
import glob
import os
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
import tap
from tap import HUIS, Skip, expect, expect_equal, expect_error, huis, scratch
from test_pull import DATA, Server, environment, installed_path, url_source, write_catalogue

N_KILLS = int(os.environ.get("HUIS_KILLS", "200"))


def visible(directory):
    return [p for p in glob.glob(f"{directory}/data/huis/models/*") if os.path.isfile(p)]


def test_killed_pulls_leave_nothing_half():
    rng = random.Random(1)
    n_finished = 0
    with scratch() as d:
        server = Server({"/toy.gguf": DATA})
        write_catalogue(d, DATA, [url_source(server, DATA)])
        env = {**os.environ, **environment(d)}
        for i in range(N_KILLS):
            run = subprocess.Popen([HUIS, "model", "pull", "--yes", "--quiet", "toy"], env=env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   start_new_session=True)
            time.sleep(rng.uniform(0, 0.08))
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            for path in visible(d):
                expect_equal(path, installed_path(d, DATA), "visible file")
                expect_equal(open(path, "rb").read() == DATA, True, f"whole after kill {i}")
                n_finished += 1
                os.remove(path)
        # A helper whose parent died ends by itself and lets go of the partial file.
        for _ in range(50):
            run = huis("model", "pull", "--yes", "toy", env=environment(d))
            if run.returncode == 0:
                break
            time.sleep(0.1)
        expect_equal(run.returncode, 0, run.stderr)
        expect_equal(open(installed_path(d, DATA), "rb").read() == DATA, True, "content")
        server.close()
    print(f"# {N_KILLS} kills, {n_finished} pulls were faster")


def test_full_disk_is_one_line_and_no_model():
    if os.geteuid() != 0:
        raise Skip("a small file system needs root")
    with scratch() as d:
        os.mkdir(f"{d}/data")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "huis-test", f"{d}/data"],
                          capture_output=True).returncode != 0:
            raise Skip("tmpfs cannot be mounted here")
        try:
            server = Server({"/toy.gguf": DATA})
            write_catalogue(d, DATA, [url_source(server, DATA)])
            run = huis("model", "pull", "--yes", "toy", env=environment(d))
            expect(run.returncode in (1, 6), f"exit {run.returncode}: {run.stderr}")
            expect_error(run, run.returncode)
            expect_equal(visible(d), [], "visible files")
            server.close()
        finally:
            subprocess.run(["umount", f"{d}/data"], check=True)


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules[__name__]))
