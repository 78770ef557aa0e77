#!/usr/bin/env python3
"""The service announces itself through a real Avahi, and another machine hears it: see run."""
import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import sys
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "system"))
import support  # noqa: E402  (its folder had to be named first)

TYPE = "_lockwright._tcp"
PHONE = ""  # main() sets it
# As on a Debian system: nothing is allowed but what Avahi's own file allows.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><deny own="*"/><deny send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
<allow send_destination="org.freedesktop.DBus"/></policy>
<includedir>/etc/dbus-1/system.d</includedir><includedir>/usr/share/dbus-1/system.d</includedir></busconfig>"""
AVAHI = """[server]
host-name={name}
use-ipv6=no
[wide-area]
enable-wide-area=no
[publish]
publish-hinfo=no
publish-workstation=no
"""


def program(name):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert found, f"{name} is not installed: scripts/install-deps --test"
    return found


class Machine:
    """A D-Bus and an Avahi; inside: words before each command that bring it to its network."""

    def __init__(self, folder, name, inside=()):
        self.folder, self.name, self.inside = folder / name, name, list(inside)
        self.folder.mkdir()
        self.path = self.folder / "bus"
        (self.folder / "bus.conf").write_text(BUS.format(path=self.path))
        (self.folder / "avahi.conf").write_text(AVAHI.format(name=name))
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.path}"}
        self.bus = self.avahi = None
        self.browsers = []

    def start_bus(self):
        self.path.unlink(missing_ok=True)
        self.bus = support.Process([program("dbus-daemon"), f"--config-file={self.folder}/bus.conf", "--nofork", "--nopidfile",
                                    "--nosyslog"], self.folder / "bus.log")
        support.until(self.path.exists, what="the bus")

    def start_avahi(self):
        """Its process id file is where the machine's own daemon has its: so it gets a /run of its own."""
        script = (f"mount -t tmpfs tmpfs /run && mkdir /run/avahi-daemon && exec {program('avahi-daemon')} "
                  f"--file={self.folder}/avahi.conf --no-drop-root --no-chroot --no-rlimits")
        self.avahi = support.Process([*self.inside, "unshare", "--mount", "sh", "-c", script], self.folder / "avahi.log",
                                     env=self.environment)
        support.until(lambda: "Server startup complete" in self.avahi.text(), what="Avahi")

    def stop_avahi(self):
        self.avahi.kill(signal.SIGTERM)
        pathlib.Path(self.avahi.log).unlink()

    def stop_bus(self):
        self.bus.kill(signal.SIGTERM)

    def browse(self):
        self.browsers.append(Browser(self))
        return self.browsers[-1]

    def stop(self):
        for process in (*self.browsers, self.avahi, self.bus):
            if process:
                process.kill(signal.SIGTERM)


class Browser(support.Process):
    """What avahi-browse tells: lines that begin with + (there), = (with address and texts) or - (gone)."""

    def __init__(self, machine):
        super().__init__([*machine.inside, program("avahi-browse"), "--resolve", "--parsable", "--no-db-lookup", TYPE],
                         machine.folder / f"browse-{len(machine.browsers)}.log", env=machine.environment)

    def lines(self, sign):
        found = []
        for line in self.text().splitlines():
            fields = line.split(";")
            if fields[0] == sign:
                fields[3] = re.sub(r"\\(\d\d\d)", lambda m: chr(int(m[1])), fields[3])
                found.append(fields)
        return found

    def wait(self, sign, count=1, limit=30):
        support.until(lambda: len(self.lines(sign)) >= count, limit, f"line {count} with {sign} in: {self.text()}")
        return self.lines(sign)[count - 1]


@contextlib.contextmanager
def network(avahi=True, bus=True):
    with support.folder() as path:
        house, phone = Machine(path, "house"), Machine(path, "phone", ["ip", "netns", "exec", PHONE])
        try:
            phone.start_bus()
            phone.start_avahi()
            if bus:
                house.start_bus()
            if avahi:
                house.start_avahi()
            yield path, house, phone
        except BaseException:
            for log in sorted(path.rglob("*.log")):
                print(f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}")
            raise
        finally:
            house.stop()
            phone.stop()


@contextlib.contextmanager
def service(path, house, listen="0.0.0.0:8099", name="service", **more):
    folder = path / name
    folder.mkdir()
    started = support.Service(folder, listen=listen, environment={"DBUS_SYSTEM_BUS_ADDRESS": house.environment["DBUS_SYSTEM_BUS_ADDRESS"]},
                              wait=False, **more)
    try:
        support.until(lambda: logged(started, "listens on"), what="the service")  # perhaps not on 127.0.0.1
        yield started
    finally:
        started.kill()


def logged(one, text):
    return one.text().count(text)


def texts_of(fields):
    return dict(text.split("=", 1) for text in re.findall(r'"([^"]*)"', ";".join(fields[9:])))


def test_another_machine_sees_it_with_all_that_home_assistant_reads():
    with network() as (path, house, phone), service(path, house) as one:
        found = phone.browse().wait("=")
        assert found[1:3] == ["cable", "IPv4"] and found[7:9] == ["10.77.0.1", "8099"], found
        assert found[3] == f"Lockwright on {socket.gethostname()}"[:63] and found[6] == "house.local", found
        texts = texts_of(found)
        health = one.get("/healthz").json
        assert texts == {"txtvers": "1", "id": health["id"], "version": health["version"], "api": "1", "path": "/api/v1", "tls": "0",
                         "auth": "bearer", "ingress": "0"}, texts
        assert logged(one, "mdns=announced") == 1, one.text()


def test_it_is_withdrawn_when_it_stops_and_when_it_dies():
    with network() as (path, house, phone):
        ear = phone.browse()
        for count, how in ((1, signal.SIGTERM), (2, signal.SIGKILL)):
            with service(path, house, name=f"service-{count}") as one:
                ear.wait("=", count)
                one.kill(how)
                ear.wait("-", count, limit=10)  # a goodbye, not the end of the record's 75 minutes


def test_on_loopback_nothing_is_announced():
    with network() as (path, house, phone), service(path, house, listen="127.0.0.1:8098", name="quiet") as one, \
            service(path, house, listen="10.77.0.1:8099") as other:
        ear = phone.browse()
        assert ear.wait("=")[8] == "8099"
        support.until(lambda: logged(other, "mdns=announced"), what="the other one's word")
        assert len(ear.lines("+")) == 1, ear.text()
        maps = pathlib.Path(f"/proc/{one.popen.pid}/maps").read_text()
        assert logged(one, "mdns") == 0 and "libsystemd" not in maps, "it shall not even ask"


def test_only_where_it_listens():
    with network() as (path, house, _phone), service(path, house, listen="10.77.1.1:8099") as one:
        ear = house.browse()
        assert ear.wait("=")[1] == "garden"
        support.until(lambda: logged(one, "mdns=announced"), what="the word")
        assert {line[1] for line in ear.lines("+")} == {"garden"}, ear.text()


def test_announced_again_when_avahi_restarts():
    with network() as (path, house, phone), service(path, house) as one:
        ear = phone.browse()
        ear.wait("=")
        house.stop_avahi()
        ear.wait("-", limit=10)
        house.start_avahi()
        assert ear.wait("=", 2)[8] == "8099"
        assert logged(one, "mdns=announced") == 2 and logged(one, "mdns=gone") == 1, one.text()


def test_announced_again_when_the_bus_restarts():
    with network() as (path, house, phone), service(path, house) as one:
        ear = phone.browse()
        ear.wait("=")
        house.stop_bus()
        house.avahi.kill(signal.SIGTERM)  # it ends with its bus
        house.start_bus()
        house.start_avahi()
        support.until(lambda: logged(one, "mdns=announced") == 2, 40, "the second announcement")
        assert ear.wait("=", 2)[8] == "8099"


def test_a_name_that_is_taken_becomes_another():
    with network() as (path, house, phone), service(path, house, listen="10.77.0.1:8098", name="first") as one:
        ear = phone.browse()
        taken = ear.wait("=")[3]
        with service(path, house, name="second") as two:
            support.until(lambda: logged(two, "mdns=announced"), what="the second one")
            ear.wait("=", 2)
            names = {line[8]: line[3] for line in ear.lines("=")}
            assert names["8098"] == taken and names["8099"] != taken and names["8099"].startswith(taken[:20]), names
            assert logged(one, "mdns=announced") == 1, "the first one keeps its name"


def test_without_avahi_one_line_and_its_coming_is_noticed():
    with network(avahi=False) as (path, house, phone), service(path, house) as one:
        support.until(lambda: logged(one, "mdns=none"), what="the line")
        assert one.get("/readyz").status == 200 and logged(one, "mdns") == 1, one.text()
        house.start_avahi()
        assert phone.browse().wait("=")[8] == "8099"


def test_without_a_bus_one_line():
    with network(avahi=False, bus=False) as (path, house, _phone), service(path, house) as one:
        support.until(lambda: logged(one, "mdns=none"), what="the line")
        assert one.get("/readyz").status == 200 and logged(one, "mdns") == 1, one.text()
        assert one.stop() == 0


def test_a_bus_that_says_nothing_harms_nobody():
    with network(avahi=False, bus=False) as (path, house, _phone), socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(house.path))
        deaf.listen()
        with service(path, house) as one:
            peer, _ = deaf.accept()
            with peer:
                assert one.get("/readyz").status == 200
                assert one.stop() == 0


def test_who_does_not_want_it_is_not_announced():
    with network() as (path, house, phone), service(path, house, announce=False, listen="10.77.0.1:8098", name="quiet") as one, \
            service(path, house):
        ear = phone.browse()
        assert ear.wait("=")[8] == "8099"
        assert len(ear.lines("+")) == 1 and logged(one, "mdns") == 0, ear.text()


def main():
    global PHONE
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--phone", required=True)
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    support.BUILD, PHONE = given.build.resolve(), given.phone
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or given.only not in name:
            continue
        try:
            test()
        except Exception:  # a failing test must not hide the others
            failed += 1
            print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)
        else:
            passed += 1
            print(f"ok    {name}", flush=True)
    print(f"mdns: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
