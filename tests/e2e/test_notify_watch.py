"""test_notify_watch.py: notifications as they pass on a private session bus: followed, served, lost
and found again."""
import json
import os
import random
import signal
import subprocess
import sys
import time

import notify_bus
import tap
from notify_bus import Bus, Watcher, need, wait_for
from tap import Skip, expect, expect_equal, expect_error, huis, scratch

FDO = "org.freedesktop.Notifications"


def test_watching_is_off_until_turned_on():
    with Bus(on=False) as bus:
        for args in ([], ["--serve"], ["--stdin"]):
            run = bus.huis("notify", "watch", *args, input="")
            expect_error(run, 5, "huis notify enable watch")
        expect_error(bus.huis("notify", "watch", "--serve", "--stdin"), 2, "--stdin")


def test_without_a_bus_it_says_what_to_do():
    with Bus() as bus:
        bus.stop()
        for args in ([], ["--serve"]):
            expect_error(bus.huis("notify", "watch", *args), 3, "DBUS_SESSION_BUS_ADDRESS")
        bus.start()


def test_one_watcher_at_a_time():
    with Bus() as bus:
        w = Watcher(bus)
        expect_error(bus.huis("notify", "watch"), 5, "another")
        expect_equal(w.end(), 0)
        w = Watcher(bus, "--serve")  # the lock went with the first
        expect_equal(w.end(signal.SIGINT), 0)
    with Bus() as bus:
        w = Watcher(bus, "--serve")
        other = {**bus.env, "XDG_DATA_HOME": f"{bus.dir}/other"}
        notify_bus.turn_on(other)
        run = subprocess.run([tap.HUIS, "notify", "watch", "--serve"], env=other, capture_output=True, text=True)
        expect_error(run, 5, "another notification server")
        w.end()


# ---- the server ----

def test_the_server_answers_as_the_specification_says():
    with Bus() as bus:
        w = Watcher(bus, "--serve", "--format", "json")
        out = bus.call(FDO, FDO, "GetServerInformation").stdout
        expect("('huis', 'huis', '" in out and "'1.2')" in out, out)
        out = bus.call(FDO, FDO, "GetCapabilities").stdout
        expect("'actions'" in out and "'body-markup'" in out, out)
        first = bus.notify("-a", "Mail", "One", "first")
        second = bus.notify("-a", "Mail", "Two", "second")
        wait_for(lambda: len(bus.records()) == 2, "two records")  # what is replaced at once is not kept
        expect(0 < first < second, (first, second))
        expect_equal(bus.notify("-a", "Mail", "-r", str(first), "One again", "third"), first)
        expect_equal(bus.notify("-a", "Mail", "-r", "77", "Unknown", "its number is kept"), 77)
        run = bus.call(FDO, FDO, "CloseNotification", "4000")
        expect(run.returncode != 0, run.stdout)
        expect_equal(bus.call(FDO, FDO, "CloseNotification", str(second)).returncode, 0)
        wait_for(lambda: len(bus.events()) == 2, "events")
        expect_equal([(e[0], e[1]) for e in bus.events()], [("One", 12), ("Two", 12)])
        expect_equal([r["title"] for r in bus.records()], ["One", "Two", "One again", "Unknown"])
        expect_equal(w.end(), 0)


def test_reasons_of_closing():
    with Bus() as bus:
        w = Watcher(bus, "--serve")
        heard = bus.spawn("gdbus", "monitor", "--session", "--dest", FDO, stdout=open(f"{bus.dir}/heard", "w"))
        text = lambda: open(f"{bus.dir}/heard").read()
        wait_for(lambda: "owned by" in text(), "gdbus monitor")
        expired = bus.notify("-t", "100", "Short", "expires soon")
        wait_for(lambda: f"NotificationClosed (uint32 {expired}, uint32 1)" in text(), "expiry")
        forever = bus.notify("-t", "0", "Long", "never expires")
        critical = bus.notify("-u", "critical", "Fire", "does not expire")
        w.type(f"dismiss {forever}")
        wait_for(lambda: f"NotificationClosed (uint32 {forever}, uint32 2)" in text(), "dismissal")
        bus.call(FDO, FDO, "CloseNotification", str(critical))
        wait_for(lambda: f"NotificationClosed (uint32 {critical}, uint32 3)" in text(), "a call")
        w.type("dismiss 4000")
        w.type("dance")
        wait_for(lambda: w.errors().count("not understood") == 2, "complaints")
        # What expired was only taken from the screen: nobody has seen it, so it is still open.
        wait_for(lambda: len(bus.events()) == 2, "events")
        expect_equal(sorted(e[0] for e in bus.events()), ["Fire", "Long"])
        expect_equal(w.end(), 0)
        heard.kill()


def test_actions_reach_notify_send():
    with Bus() as bus:
        w = Watcher(bus, "--serve")
        with open(f"{bus.dir}/heard", "w") as out:
            bus.spawn("gdbus", "monitor", "--session", "--dest", FDO, stdout=out)
        wait_for(lambda: "owned by" in open(f"{bus.dir}/heard").read(), "gdbus monitor")
        sender = bus.spawn("notify-send", "-p", "-A", "yes=Yes, please", "-A", "no=No", "Tea", "now?",
                           stdout=subprocess.PIPE)
        number = 1  # notify-send keeps back what it prints until it ends
        wait_for(bus.records, "the question")
        w.type(f"action {number} maybe")
        w.type(f"action {number} yes token-1")
        expect_equal(sender.stdout.read().split(), ["1", "yes"])
        expect_equal(sender.wait(10), 0)
        heard = wait_for(lambda: "ActionInvoked" in open(f"{bus.dir}/heard").read()
                         and open(f"{bus.dir}/heard").read(), "the signal")
        expect(heard.index(f"ActivationToken (uint32 {number}, 'token-1')") <
               heard.index(f"ActionInvoked (uint32 {number}, 'yes')"), heard)
        wait_for(lambda: bus.events() == [("Tea", 1)], "opened, not dismissed")
        waiting = bus.spawn("notify-send", "-p", "--wait", "Wait", "for me", stdout=subprocess.PIPE)
        number = 2
        wait_for(lambda: len(bus.records()) == 2, "the one that waits")
        bus.call(FDO, FDO, "CloseNotification", str(number))
        expect_equal(waiting.wait(10), 0)
        expect_equal(w.end(), 0)


def test_a_libnotify_program():
    client = f"{tap.BUILD}/tests/e2e/notify-client"
    if not os.path.exists(client):
        raise Skip("notify-client was not built (libnotify-dev)")
    with Bus() as bus:
        w = Watcher(bus, "--serve", "--format", "json")
        p = bus.spawn(client, stdout=subprocess.PIPE)
        expect_equal(p.stdout.readline(), "shown\n")
        last = wait_for(lambda: [r for r in bus.records() if "very" in r["title"]], "the record")[0]
        expect_equal((last["app"], last["category"], last["urgency"]), ("Kitchen", "device", 2))
        w.type("action 1 off")
        expect_equal(p.stdout.readline(), "action off\n")
        expect_equal(p.stdout.readline(), "closed 2\n")
        expect_equal(p.wait(10), 0)
        expect_equal(w.end(), 0)


def test_what_does_not_interrupt_waits():
    with Bus() as bus:
        w = Watcher(bus, "--serve", "--format", "json")
        bus.notify("-a", "Shop", "Sale!", "50 % off everything, only today")
        bus.notify("-a", "Lena", "-c", "im.received", "Your sign-in code is 492 113", "Valid for 10 minutes")
        items = wait_for(w.items, "a line")
        expect_equal([i["class"] for i in items], ["critical"])
        expect(all(i["interrupt"] for i in items), items)
        expect("492" not in json.dumps(items), "a code must not be printed")
        expect_equal(len(bus.records()), 2)
        w.end()


def test_the_digest_comes_as_a_notification():
    with Bus() as bus:
        w = Watcher(bus, "--serve")
        expect("nothing to tell" in bus.huis("notify", "digest", "--desktop").stderr, "an empty digest was sent")
        bus.notify("-a", "School", "Trip", "The class trip <i>leaves</i> tomorrow at 8 & comes back at 6.")
        wait_for(bus.records, "the record")
        run = bus.huis("notify", "digest", "--desktop")
        expect_equal((run.returncode, run.stdout), (0, ""), run.stderr)
        wait_for(lambda: any("1 open notifications" in l and "trip" in l.lower() for l in w.lines()), "the digest")
        expect_equal(len(bus.records()), 1)  # it is not recorded itself
        w.end()
        expect_error(bus.huis("notify", "digest", "--desktop"), 3, "notification server")
        bus.stop()
        expect_error(bus.huis("notify", "digest", "--desktop"), 3, "session bus")
        bus.start()


# ---- the monitor ----

def dunst(bus):
    need("dunst", "Xvfb")
    read, write = os.pipe()
    x = bus.spawn("Xvfb", "-displayfd", str(write), "-screen", "0", "800x600x24", pass_fds=[write],
                  stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as line:  # to its end: the server writes twice
        display = line.readline().strip()
    expect(display and x.poll() is None, "Xvfb did not start")
    bus.env["DISPLAY"] = f":{display}"
    bus.spawn("dunst", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: bus.call(FDO, FDO, "GetServerInformation").returncode == 0, "dunst")


def test_a_real_server_is_followed():
    with Bus() as bus:
        dunst(bus)
        w = Watcher(bus, "--format", "json")
        bus.notify("-a", "notify-send", "-h", "string:desktop-entry:org.example.Post", "-c", "email.arrived",
                   "-u", "low", "Letter", "from <b>Jo</b> &amp; co")
        number = bus.notify("-a", "Chat", "-c", "im.received", "Ada", "are you there?")
        wait_for(lambda: len(w.items()) == 2, "two lines")
        bus.notify("-a", "Chat", "-c", "im.received", "-r", str(number), "Ada", "are you there? hello?")
        items = wait_for(lambda: len(w.items()) == 3 and w.items(), "three lines")
        expect_equal(items[0]["app"], "Post")
        expect_equal(items[1]["sender"], "Ada")
        gone = bus.notify("-a", "Clock", "Alarm", "07:00")
        bus.call(FDO, FDO, "CloseNotification", str(gone))
        wait_for(lambda: ("Alarm", 12) in bus.events(), "closed by a call")
        bus.run("dunstctl", "close")
        wait_for(lambda: any(e[1] == 11 for e in bus.events()), "dismissed by the person")
        expect(("Ada", 12) in bus.events(), bus.events())  # replaced
        rows = bus.records()
        expect_equal([r["urgency"] for r in rows[:2]], [0, 1])
        expect_equal(rows[0]["body"], "from <b>Jo</b> &amp; co")
        expect_equal(w.end(), 0)


def test_gtk_copies_and_nonsense():
    with Bus() as bus:
        bus.server()
        shell = bus.listener()
        w = Watcher(bus, "--format", "json")
        # As GNOME's helper does: the same call once more, to the shell.
        words = ["Post", "uint32 0", "", "Parcel", "at the door", "@as []", "@a{sv} {}", "@i -1"]
        expect_equal(bus.call(FDO, FDO, "Notify", *words).returncode, 0)
        bus.call(shell, FDO, "Notify", *words)
        wait_for(lambda: len(w.items()) == 1, "one line")
        # GTK's own interface.
        gtk = "org.gtk.Notifications"
        bus.call(shell, gtk, "AddNotification", "org.gnome.Calendar", "e1",
                 "{'title': <'Dentist'>, 'body': <'in 10 minutes'>, 'priority': <'urgent'>}",
                 path="/org/gtk/Notifications")
        wait_for(lambda: len(w.items()) == 2, "two lines")
        bus.call(shell, gtk, "RemoveNotification", "org.gnome.Calendar", "e1", path="/org/gtk/Notifications")
        wait_for(lambda: ("Dentist", 12) in bus.events(), "removed")
        # Another signature, no text, and a body of a megabyte.
        bus.call(FDO, FDO, "Notify", "only one")
        run = bus.python("""
import dbus
b = dbus.SessionBus()
o = b.get_object("org.freedesktop.Notifications", "/org/freedesktop/Notifications", introspect=False)
i = "org.freedesktop.Notifications"
def send(sig, *args):
    try:
        o.get_dbus_method("Notify", i)(*args, signature=sig)
    except dbus.DBusException:
        pass
send("us", dbus.UInt32(1), "x")
send("susssasa{sv}i", "App", dbus.UInt32(0), "", "", "", [], {}, -1)
send("susssasa{sv}i", "App", dbus.UInt32(0), "", "Big", "é" * 600000, [], {"urgency": dbus.String("high"),
     "image-data": dbus.Struct((1, 1, 4, True, 8, 4, dbus.ByteArray(b"0" * 1000000)), signature="iiibiiay")}, -1)
""")
        expect_equal(run.returncode, 0, run.stderr)
        big = wait_for(lambda: [r for r in bus.records() if r["title"] == "Big"], "the large one")[0]
        expect(60000 < len(big["body"].encode()) <= 65536, len(big["body"]))
        # Our own digest is not recorded again.
        bus.call(FDO, FDO, "Notify", "huis", "0", "", "Digest", "3 things", "[]", "{'x-huis-digest': <true>}", "@i -1")
        bus.notify("-a", "Last", "The end", "of it")
        wait_for(lambda: [r for r in bus.records() if r["title"] == "The end"], "the last")
        expect_equal([r["title"] for r in bus.records()], ["Parcel", "Dentist", "Big", "The end"])
        expect_equal(w.end(), 0)
        note = w.errors().splitlines()[-1]
        expect("1 copies" in note and "3 malformed" in note, note)


def test_plasma_is_followed_where_the_bus_forbids_monitoring():
    with Bus(policy='<deny send_interface="org.freedesktop.DBus.Monitoring"/>') as bus:
        run = bus.huis("notify", "watch", timeout=40)
        expect_error(run, 5, "--serve", "policy")
        if subprocess.run([notify_bus.PYTHON, "-c", "import dbus, gi"], capture_output=True).returncode != 0:
            raise Skip("no python3-dbus and python3-gi here")
        bus.spawn(notify_bus.PYTHON, "-c", FAKE_PLASMA)
        wait_for(lambda: bus.call(FDO, "org.kde.NotificationManager", "Ping").returncode == 0, "Plasma")
        w = Watcher(bus, "--format", "json")
        expect("Plasma" in w.errors(), w.errors())
        expect_equal(bus.call(FDO, FDO, "Notify", "KMail", "0", "", "Letter", "from Jo", "[]", "{}", "@i -1").returncode, 0)
        items = wait_for(w.items, "a line")
        expect_equal((items[0]["app"], items[0]["title"]), ("KMail", "Letter"))
        bus.call(FDO, "org.kde.NotificationManager", "CloseAs", "41", "2")
        wait_for(lambda: ("Letter", 11) in bus.events(), "dismissed")
        # Somebody else may not tell us of notifications.
        for n in bus.names():
            bus.call(n, "org.kde.NotificationWatcher", "Notify", "9", "Fake", "0", "", "Forged", "", "[]", "{}", "@i -1",
                     path="/NotificationWatcher")
        time.sleep(0.3)
        expect_equal([r["title"] for r in bus.records()], ["Letter"])
        expect_equal(w.end(), 0)


FAKE_PLASMA = """
import dbus, dbus.service, dbus.mainloop.glib
from gi.repository import GLib
dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
N, M, W = "org.freedesktop.Notifications", "org.kde.NotificationManager", "org.kde.NotificationWatcher"
watchers = []
class Server(dbus.service.Object):
    @dbus.service.method(N, "susssasa{sv}i", "u")
    def Notify(self, app, replaces, icon, title, body, actions, hints, timeout):
        for w in watchers:
            bus.get_object(w, "/NotificationWatcher", introspect=False).Notify(dbus.UInt32(41), app, replaces, icon, title,
                body, dbus.Array(actions, signature="s"), dbus.Dictionary(hints, signature="sv"), timeout,
                dbus_interface=W, signature="ususssasa{sv}i", reply_handler=lambda: None, error_handler=print)
        return 41
    @dbus.service.method(M, "", "")
    def Ping(self): pass
    @dbus.service.method(M, "", "", sender_keyword="sender")
    def RegisterWatcher(self, sender=None): watchers.append(sender)
    @dbus.service.method(M, "uu", "")
    def CloseAs(self, number, reason): self.NotificationClosed(number, reason)
    @dbus.service.signal(N, "uu")
    def NotificationClosed(self, number, reason): pass
name = dbus.service.BusName(N, bus)
server = Server(bus, "/org/freedesktop/Notifications")
GLib.MainLoop().run()
"""


def test_a_flood_is_counted_and_memory_bounded():
    with Bus() as bus:
        bus.server()
        w = Watcher(bus, "--quiet", ready=None)
        time.sleep(0.7)
        run = bus.python("""
import dbus, sys
b = dbus.SessionBus()
for i in range(int(sys.argv[1])):
    m = dbus.lowlevel.MethodCallMessage("org.freedesktop.Notifications", "/org/freedesktop/Notifications",
                                        "org.freedesktop.Notifications", "Notify")
    m.append("Flood", dbus.UInt32(0), "", "Item %d" % i, "x" * 200, [], {}, -1, signature="susssasa{sv}i")
    m.set_no_reply(True)
    b.send_message(m)
b.flush()
""".replace("import dbus, sys", "import dbus, dbus.lowlevel, sys"), "20000")
        expect_equal(run.returncode, 0, run.stderr)
        bus.run("notify-send", "-a", "Anna", "Still there?", "me too")
        wait_for(lambda: any(r["title"] == "Still there?" for r in bus.records()), "the quiet one", 60)
        peak = int([l for l in open(f"/proc/{w.process.pid}/status") if l.startswith("VmHWM")][0].split()[1])
        sanitized = b"__asan_init" in open(tap.HUIS, "rb").read()  # keeps what was freed
        expect(peak < 64 * 1024 or sanitized, f"{peak} KiB")
        expect_equal(w.end(), 0)
        rows = bus.records()
        kept = [r for r in rows if r["title"].startswith("Item ")]
        counted = sum(int(r["title"].split()[0]) for r in rows if r["source"] == "huis")
        expect_equal(len(kept) + counted, 20000, "kept and counted")
        expect(100 <= len(kept) <= 400, len(kept))


def test_the_bus_goes_away_and_comes_back():
    with Bus() as bus:
        bus.server()
        w = Watcher(bus)
        bus.run("notify-send", "-a", "A", "Before", "one")
        wait_for(lambda: len(bus.records()) == 1, "the first")
        bus.stop()
        wait_for(lambda: "went away" in w.errors(), "the loss")
        time.sleep(0.6)
        bus.start()
        wait_for(lambda: "is back" in w.errors(), "the return")
        bus.server()
        bus.run("notify-send", "-a", "A", "After", "two")
        wait_for(lambda: len(bus.records()) == 2, "the second")
        expect_equal(w.end(), 0)


def test_killed_at_any_moment_nothing_shown_is_lost():
    rng = random.Random(7)
    with Bus() as bus:
        bus.server()
        shown = set()
        for _ in range(8):
            w = Watcher(bus, "--format", "json")
            for i in range(12):
                bus.spawn("notify-send", "-a", f"App {i}", f"Title {i}", "text", stderr=subprocess.DEVNULL)
            time.sleep(rng.uniform(0.02, 0.4))
            w.end(signal.SIGKILL)
            shown |= {i["id"] for i in w.items()}
        kept = {r["id"] for r in bus.records()}
        expect(shown, "nothing was shown at all")
        expect_equal(shown - kept, set(), "shown and lost")


if __name__ == "__main__":
    sys.exit(tap.main(sys.modules[__name__]))
