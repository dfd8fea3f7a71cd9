"""test_notify_list.py: records from standard input, the live view on a terminal, timed digests."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import notify_bus
import tap
from tap import Skip, expect, expect_equal, expect_error, huis, scratch


def record(i, **fields):
    base = {"id": f"r{i}", "app": "Mail", "title": f"Title {i}", "body": f"Body {i}",
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
    return json.dumps({**base, **fields}, ensure_ascii=False)


def home(d):
    env = {"XDG_DATA_HOME": f"{d}/data", "XDG_CONFIG_HOME": f"{d}/config",
           "DBUS_SESSION_BUS_ADDRESS": f"unix:path={d}/nobody"}
    notify_bus.turn_on({**os.environ, **env})
    return env


def listed(env):
    run = huis("notify", "list", "--format", "json", env=env)
    expect_equal(run.returncode, 0, run.stderr)
    return json.loads(run.stdout)["notifications"]


class Terminal:
    """huis notify list on a pseudo-terminal; what it wrote is kept."""

    def __init__(self, env, rows=24, columns=80, locale="C.UTF-8"):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update({"LC_ALL": locale, "TERM": "xterm-256color", **env})
            os.execv(tap.HUIS, [tap.HUIS, "notify", "list"])
        self.resize(rows, columns)
        self.text = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.2):
        data = b""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    data += os.read(self.fd, 65536)
                except OSError:
                    break
        self.text += data.decode("utf-8", "replace")
        return self.text

    def see(self, words, keys=b"", seconds=10):
        """Presses keys and waits until `words` are drawn."""
        self.text = ""
        if keys:
            os.write(self.fd, keys)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if words in self.read(0.1):
                return self.text
        raise AssertionError(f"{words!r} was not drawn: {self.text[-2000:]!r}")

    def end(self, keys=b"q"):
        if keys:
            os.write(self.fd, keys)
        self.read(0.5)
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def test_records_from_standard_input():
    with scratch() as d:
        env = home(d)
        lines = [record(1, title="Rent", body="due <b>today</b>"), "not json", record(2), "", record(2),
                 record(3, app=""), record(4, body="x" * 200000)]
        run = huis("notify", "watch", "--stdin", "--format", "json", stdin="\n".join(lines), env=env)
        expect_equal(run.returncode, 0, run.stderr)
        expect_equal([json.loads(l)["id"] for l in run.stdout.splitlines()], ["r1", "r2", "r4"])
        for n in (2, 5, 6):
            expect(f"line {n} is no notification" in run.stderr, run.stderr)
        items = {i["id"]: i for i in listed(env)}
        expect_equal(sorted(items), ["r1", "r2", "r4"])
        expect_equal(items["r1"]["body"], "due today")
        expect_equal(len(items["r4"]["body"]), 65536)
        expect(all(i["reasons"] and i["rank"] >= 1 for i in items.values()), items)
        run = huis("notify", "watch", "--stdin", stdin="nonsense\n", env=env)
        expect_equal(run.returncode, 3, run.stderr)
        run = huis("notify", "watch", "--stdin", "--quiet", stdin="", env=env)
        expect_equal((run.returncode, run.stdout, run.stderr), (0, "", ""))


def test_invalid_bytes_and_endless_lines():
    with scratch() as d:
        env = home(d)
        data = (b'{"id":"a","app":"\xff\xfe","title":"\xc3","time":"2026-11-24T10:00:00Z"}\n' +
                b"[" * (17 * 1024 * 1024) + b"\n" + record(9).encode() + b"\n")
        run = huis("notify", "watch", "--stdin", stdin=data, env=env)
        expect_equal(run.returncode, 0, run.stderr)
        expect("line 2" in run.stderr, run.stderr)
        expect("r9" in [i["id"] for i in listed(env)], listed(env))


def test_lines_are_kept_as_they_come():
    with scratch() as d:
        env = home(d)
        p = subprocess.Popen([tap.HUIS, "notify", "watch", "--stdin", "--format", "json"], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True, env={**os.environ, **env})
        p.stdin.write(record(1) + "\n" + record(2)[:20])
        p.stdin.flush()
        expect_equal(json.loads(p.stdout.readline())["id"], "r1")
        p.send_signal(signal.SIGKILL)
        p.wait()
        expect_equal([i["id"] for i in listed(env)], ["r1"])


RECORDED = {  # what each source sends, in short
    "ntfy": (["-f", "ntfy.jq"], [
        {"id": "a1", "time": 1795551600, "event": "message", "topic": "backup", "title": "Disk full",
         "message": "/home has 2 % left", "priority": 5, "actions": [{"action": "view", "label": "Open"}]},
        {"id": "a2", "time": 1795551600, "event": "keepalive", "topic": "backup"}]),
    "gotify": (["--argjson", "apps", '{"5":"Backup"}', "-f", "gotify.jq"], [
        {"id": 25, "appid": 5, "message": "Finished in 12 min", "title": "Nightly", "priority": 2,
         "date": "2026-11-24T19:36:10.5045044+01:00"},
        {"id": 26, "appid": 6, "message": "x", "title": "y", "priority": 9, "date": "2026-11-24T19:36:10Z"}]),
    "matrix": (["-f", "matrix.jq"], [{"next_batch": "s1", "rooms": {"join": {
        "!r:example.org": {
            "state": {"events": [{"type": "m.room.name", "content": {"name": "Choir"}}]},
            "timeline": {"events": [
                {"type": "m.room.message", "sender": "@ines:example.org", "event_id": "$e1",
                 "origin_server_ts": 1795551600123, "content": {"msgtype": "m.text", "body": "Rehearsal at 7"}},
                {"type": "m.reaction", "sender": "@x:y", "event_id": "$e2", "origin_server_ts": 1}]}},
        "!q:example.org": {"timeline": {"events": [
            {"type": "m.room.encrypted", "sender": "@bo:example.org", "event_id": "$e3",
             "origin_server_ts": 1795551601000, "content": {}}]}}}}}, {"next_batch": "s2"}]),
    "apprise": (["--arg", "app", "Heating", "-f", "apprise.jq"], [
        {"version": "1.0", "title": "", "message": "The cellar is at 3 degrees", "attachments": [],
         "type": "warning"}]),
}
WANTED = {"ntfy": [("backup", "Disk full", 2)], "gotify": [("Backup", "Nightly", 0), ("app 6", "y", 2)],
          "matrix": [("Matrix", "Choir", None), ("Matrix", "@bo:example.org", None)],
          "apprise": [("Heating", None, 1)]}


def test_adapters_on_recorded_messages():
    if shutil.which("jq") is None:
        raise Skip("no jq here")
    folder = f"{tap.SOURCE}/docs/examples/notify"
    with scratch() as d:
        env = home(d)
        for name, (args, messages) in RECORDED.items():
            run = subprocess.run(["jq", "-c", *args], cwd=folder, capture_output=True, text=True,
                                 input="".join(json.dumps(m) + "\n" for m in messages))
            expect_equal((run.returncode, run.stderr), (0, ""), name)
            records = [json.loads(l) for l in run.stdout.splitlines()]
            expect_equal([(r["app"], r.get("title"), r.get("urgency")) for r in records], WANTED[name], name)
            kept = huis("notify", "watch", "--stdin", stdin=run.stdout, env=env)
            expect_equal(kept.returncode, 0, kept.stderr)
            expect("is no notification" not in kept.stderr, f"{name}: {kept.stderr}")


def test_the_mail_adapter():
    with scratch() as d:
        env = home(d)
        mail = ("From: Jo Lind <jo@example.org>\nTo: me@example.org\nSubject: =?utf-8?q?Rendez-vous_d=C3=A9plac=C3=A9?=\n"
                "Date: Tue, 24 Nov 2026 10:00:00 +0100\nMessage-ID: <1@example.org>\n"
                "Content-Type: text/plain; charset=utf-8\n\nBonjour,\n\nLe rendez-vous de demain passe à 16 h, salle 3.\n")
        for name, text in (("a", mail), ("b", "no header at all\n")):
            open(f"{d}/{name}.eml", "w").write(text)
        run = subprocess.run([sys.executable, f"{tap.SOURCE}/docs/examples/notify/mail.py", f"{d}/a.eml", f"{d}/b.eml"],
                             env={**os.environ, **env, "HUIS": tap.HUIS}, capture_output=True, text=True)
        expect_equal(run.returncode, 0, run.stderr)
        first = json.loads(run.stdout.splitlines()[0])
        expect_equal((first["sender"], first["title"], first["time"]),
                     ("Jo Lind", "Rendez-vous déplacé", "2026-11-24T10:00:00+01:00"))
        expect("16 h" in first["body"], first)
        expect_equal(huis("notify", "watch", "--stdin", stdin=run.stdout, env=env).returncode, 0)


def test_the_list_as_text_holds_no_escape():
    with scratch() as d:
        env = home(d)
        evil = "\x1b]0;x\x07\x1b[2J\u202eevil\u200b\x9b31m\r\nnext"
        huis("notify", "watch", "--stdin", stdin=record(1, title=evil, body=evil, app="A" + evil, sender=evil), env=env)
        for args in (["--quiet"], []):
            run = huis("notify", "list", *args, env=env)
            expect_equal(run.returncode, 0, run.stderr)
            expect("evil" in run.stdout, run.stdout)
            for c in "\x1b\x07\u202e\u200b\x9b\r":
                expect(c not in run.stdout, f"{c!r} in {run.stdout!r}")
            expect_equal(len(run.stdout.splitlines()), 2)  # the item, and why


def test_the_live_view():
    with scratch() as d:
        env = home(d)
        lines = [record(1, app="Chat", sender="Ada", title="Ada", body="I am at the door, can you open? " * 9),
                 record(2, title="Weekly \x1b[31mnews\u202e", body="nothing new"), record(3, title="Été", body="plage")]
        huis("notify", "watch", "--stdin", stdin="\n".join(lines), env=env)
        t = Terminal(env)
        t.see("3 notifications")
        t.see("id r1", b"\r")
        t.see("Class: ", b"e")
        t.see("/été_", "/été".encode())
        text = t.see("plage", b"\r")
        expect("Weekly" not in text.split("\x1b[1;1H")[-1], text)
        t.see("2 notifications", b"\x1b")  # the opened one is done with
        t.resize(40, 120)
        t.see("\x1b[40;1H")
        t.resize(3, 10)
        t.see("too small")
        t.resize(24, 80)
        t.see("nothing new")
        before = [i["id"] for i in listed(env)]
        # What comes in while one looks is shown.
        huis("notify", "watch", "--stdin", stdin=record(4, title="Fresh one"), env=env)
        t.see("Fresh one")
        t.see("noted: higher", b"\x1b[Bu")
        t.see("noted: lower", b"n")
        t.see("dismissed", b"\x1b[Hd")
        t.see("2 notifications")
        whole = t.text
        expect_equal(t.end(), 0)
        expect_equal(len(listed(env)), len(before))
        # Only the view's own sequences reached the terminal.
        for sequence in re.findall(r"\x1b[^a-zA-Z]*[a-zA-Z]", whole):
            expect(re.fullmatch(r"\x1b\[[0-9;]*[mHKJ]", sequence), f"{sequence!r} was sent")
        expect("\u202e" not in whole and "\x9b" not in whole, "hidden characters were sent")


def test_the_terminal_is_given_back():
    with scratch() as d:
        env = home(d)
        for how in (b"q", b"\x03", signal.SIGTERM, signal.SIGHUP):
            t = Terminal(env, locale="fr_FR.UTF-8")
            t.see("aucune notification")
            if not isinstance(how, bytes):
                os.kill(t.pid, how)
            expect_equal(t.end(how if isinstance(how, bytes) else b""), 0)
            expect("\x1b[?1049l" in t.text and "\x1b[?25h" in t.text, f"{how}: {t.text!r}")


def test_no_color_is_honoured():
    with scratch() as d:
        env = {**home(d), "NO_COLOR": "1"}
        huis("notify", "watch", "--stdin", stdin=record(1), env=env)
        t = Terminal(env)
        t.see("Title 1")
        expect(not re.search(r"\x1b\[[0-9;]*3[0-7]m", t.text), t.text)
        expect_equal(t.end(), 0)


def test_timed_digests():
    with scratch() as d:
        env = home(d)
        expect_equal(huis("notify", "timer", env=env).stdout, "off\n")
        run = huis("notify", "timer", "enable", "--at", "07:15,19:00", env=env)
        expect_equal(run.returncode, 0, run.stderr)
        expect("systemctl --user" in run.stderr, run.stderr)  # nobody answers on this bus
        timer = open(f"{d}/config/systemd/user/huis-digest.timer").read()
        expect("OnCalendar=*-*-* 07:15:00\nOnCalendar=*-*-* 19:00:00\n" in timer and "WantedBy=timers.target" in timer, timer)
        service = open(f"{d}/config/systemd/user/huis-digest.service").read()
        expect(f'ExecStart="{os.path.realpath(tap.HUIS)}" notify digest --desktop --quiet\n' in service, service)
        expect_equal(huis("notify", "timer", "show", env=env).stdout, "07:15\n19:00\n")
        printed = huis("notify", "timer", "print", env=env).stdout
        expect("OnCalendar=*-*-* 08:00:00" in printed and "ExecStart=" in printed, printed)
        expect_equal(huis("notify", "timer", "disable", env=env).returncode, 0)
        expect_equal(os.listdir(f"{d}/config/systemd/user"), [])
        for bad in ("24:00", "8:00", "08:00,", "08:60", "", "noon", ",".join(["08:00"] * 13)):
            expect_error(huis("notify", "timer", "enable", "--at", bad, env=env), 2, "--at")
        expect_error(huis("notify", "timer", "dance", env=env), 2, "enable")


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules[__name__]))
