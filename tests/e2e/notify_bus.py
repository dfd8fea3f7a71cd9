"""notify_bus.py: a private session bus, and programs on it, for the tests of 'huis notify watch'."""
import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time

import tap
from tap import Skip, expect

PYTHON = "/usr/bin/python3"  # Debian's, which has python3-dbus


def need(*programs):
    for p in programs:
        if shutil.which(p) is None:
            raise Skip(f"no {p} here")


# A session bus that starts no services by itself.
CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>{address}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/><allow user="*"/>{policy}</policy></busconfig>"""


class Bus:
    """dbus-daemon on a socket of its own, with a data directory where watching is on."""

    def __init__(self, on=True, policy=""):
        self.policy = policy
        need("dbus-daemon", "gdbus", "notify-send")
        self.folder = tempfile.TemporaryDirectory(prefix="huis-e2e-bus-")
        self.dir = self.folder.name
        self.address = f"unix:path={self.dir}/bus"
        self.env = {**os.environ, "LC_ALL": "C.UTF-8", "DBUS_SESSION_BUS_ADDRESS": self.address,
                    "XDG_DATA_HOME": f"{self.dir}/data", "XDG_CONFIG_HOME": f"{self.dir}/config"}
        self.daemon = None
        self.others = []
        self.start()
        if on:
            turn_on(self.env)

    def start(self):
        config = f"{self.dir}/bus.conf"
        open(config, "w").write(CONFIG.format(address=self.address, policy=self.policy))
        self.daemon = subprocess.Popen(["dbus-daemon", "--nofork", f"--config-file={config}"], env=self.env,
                                       stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(f"{self.dir}/bus"), "the bus")

    def stop(self):
        self.daemon.kill()
        self.daemon.wait()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.dir}/bus")

    def close(self):
        for p in self.others:
            p.kill()
            p.wait()
        self.stop()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.close()

    def run(self, *args, timeout=60, **more):
        return subprocess.run(args, env=self.env, capture_output=True, text=True, timeout=timeout,
                              **more)

    def server(self):
        """A server for those who notify: huis itself, with a store of its own."""
        env = {**self.env, "XDG_DATA_HOME": f"{self.dir}/server"}
        turn_on(env)
        self.others.append(subprocess.Popen([tap.HUIS, "notify", "watch", "--serve", "--quiet"], env=env,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL))
        wait_for(lambda: self.call("org.freedesktop.Notifications", "org.freedesktop.Notifications",
                                   "GetServerInformation").returncode == 0, "the server")

    def listener(self):
        """The name of a connection that answers nothing, for calls that only have to be seen."""
        out = open(f"{self.dir}/heard", "w+")
        before = set(self.names())
        self.spawn("gdbus", "monitor", "--session", "--dest", "org.freedesktop.Notifications", stdout=out)
        return wait_for(lambda: set(self.names()) - before, "a listener").pop()

    def names(self):
        out = self.call("org.freedesktop.DBus", "org.freedesktop.DBus", "ListNames", path="/").stdout
        own = max((int(n.split(".")[1]) for n in out.split("'") if n.startswith(":")), default=0)
        return [n for n in out.split("'") if n.startswith(":") and n != f":1.{own}"]  # less gdbus itself

    def huis(self, *args, **more):
        return self.run(tap.HUIS, *args, **more)

    def spawn(self, *args, **more):
        p = subprocess.Popen(args, env=self.env, text=True, **more)
        self.others.append(p)
        return p

    def notify(self, *args):
        run = self.run("notify-send", "-p", *args)
        expect(run.returncode == 0, run.stderr)
        return int(run.stdout.split()[0])

    def call(self, destination, interface, member, *args, path="/org/freedesktop/Notifications"):
        return self.run("gdbus", "call", "--session", "--dest", destination, "--object-path", path,
                        "--method", f"{interface}.{member}", *args)

    def python(self, program, *args, timeout=120):
        """Runs a program of Debian's python3, which has dbus."""
        if subprocess.run([PYTHON, "-c", "import dbus"], capture_output=True).returncode != 0:
            raise Skip("no python3-dbus here")
        return self.run(PYTHON, "-c", program, *args, timeout=timeout)

    def records(self):
        """What the store holds, in the order in which it came."""
        with sqlite3.connect(f"file:{self.dir}/data/huis/notifications.db?mode=ro", uri=True) as db:
            db.row_factory = sqlite3.Row
            return [dict(r) for r in db.execute("SELECT * FROM records ORDER BY n")]

    def events(self):
        with sqlite3.connect(f"file:{self.dir}/data/huis/notifications.db?mode=ro", uri=True) as db:
            return db.execute("SELECT r.title, e.kind FROM events e JOIN records r ON r.n = e.record "
                              "ORDER BY e.rowid").fetchall()


def turn_on(env):
    run = subprocess.run([tap.HUIS, "notify", "enable", "watch"], env=env, capture_output=True, text=True)
    expect(run.returncode == 0, run.stderr)


def wait_for(condition, what, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s for {what}")


class Watcher:
    """huis notify watch in the background; its lines are kept."""

    def __init__(self, bus, *args, ready="end with Ctrl-C"):
        self.bus = bus
        self.out = open(f"{bus.dir}/out-{time.monotonic_ns()}", "w+")
        self.err = open(f"{bus.dir}/err-{time.monotonic_ns()}", "w+")
        self.process = bus.spawn(tap.HUIS, "notify", "watch", *args, stdin=subprocess.PIPE,
                                 stdout=self.out, stderr=self.err)
        if ready:
            wait_for(lambda: ready in self.errors() or self.process.poll() is not None, "the watcher")

    def errors(self):
        return open(self.err.name).read()

    def lines(self):
        return open(self.out.name).read().splitlines()

    def items(self):
        """Whole lines of --format json."""
        text = open(self.out.name).read()
        return [json.loads(l) for l in text[:text.rfind("\n") + 1].splitlines()]

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        return self.process.wait(30)
