#!/usr/bin/env python3
"""The service with the options of app/config.yaml behind the ingress stand-in: app_test.py --build DIR"""
import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import traceback

import aiohttp
import yaml

import supervisor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "system"))
import broker  # noqa: E402  (its folder had to be named first)
import support  # noqa: E402

APP = yaml.safe_load((ROOT / "app" / "config.yaml").read_text())
HOME = f"http://172.30.32.1:8123{supervisor.PREFIX}"
USER_PAGE = "http://homeassistant.local:8123"
TOKEN = "given-by-the-supervisor"
LIMIT = aiohttp.ClientTimeout(total=60)


def as_service(simulator, path, **changes):
    """The service as the app's entrypoint starts it: defaults of config.yaml, changed by the user."""
    options = {**APP["options"], "adapters": [support.stick(simulator)], "locks": [support.front_door()], **changes}
    options["firmware"] = {"folders": [str(path / "share")]}  # stands in for /share/lockwright, which need not exist
    environment = {"SUPERVISOR_TOKEN": TOKEN, "LOCKWRIGHT_LISTEN": "0.0.0.0:8099"}
    return support.Service(path, environment=environment, listen="0.0.0.0:8099", **options)


async def through_ingress(method, path, *, origin=None, headers=None, **more):
    async with aiohttp.ClientSession(timeout=LIMIT) as session:
        headers = {"Host": "homeassistant.local:8123", **({"Origin": origin} if origin else {}), **(headers or {})}
        async with session.request(method, f"{HOME}/{path}", headers=headers, **more) as answer:
            return answer.status, await answer.read()


async def update_from_the_panel(simulator):
    status, page = await through_ingress("GET", "")
    assert status == 200 and b"<title>" in page, status
    assert not re.search(rb'(?:src|href)="/', page), "URLs of the page must be relative"
    status, body = await through_ingress("POST", "api/v1/firmware?name=x.ota", data=support.small_image(version=0x02000000), origin=USER_PAGE,
                                         headers={"Content-Type": "application/octet-stream"})
    assert status in (200, 201), body
    status, body = await through_ingress("POST", "api/v1/jobs", json={"lock": "front-door", "image": json.loads(body)["id"]}, origin=USER_PAGE)
    assert status == 202, body
    return await watch(json.loads(body)["id"], simulator)


async def watch(job, simulator):
    """Follows over a WebSocket that starts on a connection which carried requests before; returns the finished job."""
    async with aiohttp.ClientSession(timeout=LIMIT) as session:
        async with session.ws_connect(f"{HOME}/api/v1/events", headers={"Host": "homeassistant.local:8123", "Origin": USER_PAGE}) as events:
            hello = await events.receive_json(timeout=20)
            assert hello["type"] == "hello", hello
            keys = asyncio.create_task(press_keys(simulator))
            try:
                async with asyncio.timeout(60):
                    while (await events.receive_json()).get("phase") != "succeeded":
                        pass
            finally:
                keys.cancel()
    return json.loads((await through_ingress("GET", f"api/v1/jobs/{job}"))[1])


async def press_keys(simulator):
    """The first one may only tell where the lock is."""
    while True:
        simulator.command("press 0")
        await asyncio.sleep(2)


async def refusals():
    status, body = await through_ingress("POST", "api/v1/jobs", json={"lock": "front-door"}, origin="http://evil.example")
    assert status == 403 and json.loads(body)["code"] == "origin_not_allowed", body
    async with aiohttp.ClientSession() as session:  # not the Supervisor: some other container
        for path, wanted in (("/api/v1/locks", 401), ("/healthz", 200)):
            async with session.get(supervisor.APP + path, headers={"X-Remote-User-Name": "anna"}) as answer:
                assert answer.status == wanted, (path, answer.status)
    connector = aiohttp.TCPConnector(local_addr=(supervisor.SUPERVISOR, 0))
    async with aiohttp.ClientSession(connector=connector) as session, session.get(supervisor.APP + "/healthz") as answer:
        assert answer.status < 300, "the watchdog"


async def test_panel():
    with support.folder() as path:
        simulator = support.Simulator(path, "--lock", f"{support.SIMPLE},poll=2000,short_poll=20")
        service = as_service(simulator, path)
        try:
            async with supervisor.Ingress("anna") as _:
                await refusals()
                job = await update_from_the_panel(simulator)
            assert job["phase"] == "succeeded" and job["requested_by"] == "ingress:anna", job
        except BaseException:
            print(service.text()[-4000:])
            raise
        finally:
            service.kill()
            simulator.kill()


class App:
    """The service as an app without a stick, in a folder that outlives its restarts."""

    def __init__(self, path, **options):
        self.path = path
        self.service = None
        self.options = {**APP["options"], "firmware": {"folders": []}, **options}

    async def start(self, **options):
        self.options.update(options)
        self.service = await asyncio.to_thread(support.Service, self.path, listen="0.0.0.0:8099", **self.options,
                                               environment={"SUPERVISOR_TOKEN": TOKEN, "LOCKWRIGHT_LISTEN": "0.0.0.0:8099"})

    async def stop(self):
        assert await asyncio.to_thread(self.service.stop) == 0

    def file(self):
        return self.path / "data" / "home-assistant.secret"


async def until(condition, limit=30, what="a condition"):
    """The stand-in must be able to answer meanwhile."""
    async with asyncio.timeout(limit):
        while not condition():
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def app(**options):
    with support.folder() as path:
        one = App(path, **options)
        try:
            yield one
        except BaseException:
            print(one.service.text()[-4000:] if one.service else "not started")
            raise
        finally:
            if one.service:
                one.service.kill()


async def status_of(token, method="GET", path="/api/v1/locks", host=None):
    """As Home Assistant's integration asks: by the name that our container has."""
    headers = {"Authorization": f"Bearer {token}", "Host": f"{host or socket.gethostname()}:8099"}
    async with aiohttp.ClientSession(timeout=LIMIT) as session:
        async with session.request(method, supervisor.APP + path, headers=headers, json={} if method == "POST" else None) as answer:
            return answer.status


async def test_offered_to_the_integration_with_a_token_of_its_own():
    async with supervisor.Api(APP, TOKEN) as api, app() as one:
        await one.start()
        await until(lambda: api.told and one.file().exists() and len(one.file().read_text().split()) == 2, what="the offer")
        config = api.told[0]["config"]
        assert config.keys() == {"host", "port", "token"} and config["host"] == socket.gethostname() and config["port"] == 8099, config
        assert await status_of(config["token"]) == 200
        assert await status_of(config["token"], "POST", "/api/v1/tokens") == 403, "it is to update, not to make tokens"
        assert await status_of(config["token"], host="evil.example") == 403
        assert list(api.messages) == [one.file().read_text().split()[1]] and one.file().stat().st_mode & 0o777 == 0o600
        log = one.service.text()
        assert config["token"] not in log and TOKEN not in log and api.refused == 0, log


async def test_each_start_offers_the_same():
    async with supervisor.Api(APP, TOKEN) as api, app() as one:
        for times in range(1, 4):
            await one.start()
            await until(lambda: api.asked.count("POST /discovery") == times, what="the offer")
            await until(lambda: "supervisor=told" in one.service.text().split("listens on")[times], what="the answer")
            await until(lambda: len(one.file().read_text().split()) == 2, what="the file")
            await one.stop()
        assert len(api.told) == 1 and len(api.messages) == 1, "Home Assistant is told once"


async def test_a_revoked_token_is_made_anew_at_the_next_start():
    async with supervisor.Api(APP, TOKEN) as api, app() as one:
        await one.start()
        await until(lambda: api.told, what="the offer")
        await asyncio.to_thread(one.service.cli, "token", "revoke", "homeassistant-app")
        first = api.told[0]["config"]["token"]
        assert await status_of(first) == 401
        await one.stop()
        await one.start()
        await until(lambda: len(api.told) == 2, what="another token")
        second = api.told[1]["config"]["token"]
        assert second != first and len(api.messages) == 1 and await status_of(second) == 200 and await status_of(first) == 401


async def test_taken_back_when_it_is_not_wanted():
    async with supervisor.Api(APP, TOKEN) as api, app() as one:
        await one.start()
        await until(lambda: api.told and len(one.file().read_text().split()) == 2, what="the offer")
        await one.stop()
        await one.start(announce=False)
        await until(lambda: not api.messages and not one.file().exists(), what="the offer to be gone")
        assert await status_of(api.told[0]["config"]["token"]) == 401
        asked = len(api.asked)
        await one.stop()
        await one.start()
        await one.stop()
        assert len(api.asked) == asked + len([a for a in api.asked[asked:] if "mqtt" in a]), "nothing more to say"


async def test_a_supervisor_that_comes_later_is_told():
    async with app() as one:
        await one.start()
        await until(lambda: "supervisor=not_told" in one.service.text(), what="the first attempt")
        assert one.service.get("/readyz").status == 200
        async with supervisor.Api(APP, TOKEN) as api:
            await until(lambda: api.told, what="the offer")


async def test_a_wrong_token_harms_nobody():
    async with supervisor.Api(APP, "another") as api, app() as one:
        await one.start()
        await until(lambda: api.refused >= 2, what="the refusals")
        await until(lambda: "the Supervisor answers 401" in one.service.text(), what="the line")
        await one.stop()


async def test_a_supervisor_that_hangs_does_not_hold_the_exit():
    async def hang(reader, writer):
        await reader.read(1)
        asked.set()
        await reader.read()  # never an answer
        writer.close()
    asked = asyncio.Event()
    server = await asyncio.start_server(hang, supervisor.SUPERVISOR, 80)
    async with app() as one:
        await one.start()
        await asyncio.wait_for(asked.wait(), 20)
        began = asyncio.get_running_loop().time()
        await one.stop()
        assert asyncio.get_running_loop().time() - began < 5
    server.close()


def with_password(path, name, password):
    """A broker that knows one user."""
    folder = path / name
    folder.mkdir()
    file = folder / "users"
    file.write_text(f"addons:{password}\n")
    subprocess.run(["mosquitto_passwd", "-U", file], check=True)
    return broker.Broker(folder, f"password_file {file}", anonymous=False)


def told_as(one, password):
    return {"host": "127.0.0.1", "port": one.port, "username": "addons", "password": password}


def is_online(one, password):
    client = broker.Mqtt(one.port, "addons", password)
    try:
        support.until(lambda: client.last.get("lockwright/status") == "online", what="the service at the broker")
    finally:
        client.close()


async def test_the_broker_of_home_assistant_is_found_when_it_comes_and_followed_when_it_moves():
    with support.folder() as path:
        first, second = with_password(path, "first", "pass-w0rd-1"), with_password(path, "second", "pass-w0rd-2")
        try:
            async with supervisor.Api(APP, TOKEN) as api, app() as one:
                await one.start()
                await until(lambda: api.asked.count("GET /services/mqtt") == 2, what="the second look")
                assert one.service.text().count("mqtt=none") == 1, one.service.text()
                api.mqtt = told_as(first, "pass-w0rd-1")
                await until(lambda: "mqtt connected" in one.service.text(), what="the connection")
                await asyncio.to_thread(is_online, first, "pass-w0rd-1")
                api.mqtt = told_as(second, "pass-w0rd-2")
                await until(lambda: one.service.text().count("mqtt connected") == 2, 90, "the connection to the other one")
                await asyncio.to_thread(is_online, second, "pass-w0rd-2")
                assert "pass-w0rd" not in one.service.text()
                await one.stop()
        finally:
            first.stop()
            second.stop()


async def test_no_broker_is_looked_for_when_one_is_named_or_none_is_wanted():
    with support.folder() as path:
        other = with_password(path, "other", "pass-w0rd-3")
        own = {"host": "127.0.0.1", "port": other.port, "user": "addons", "password": "pass-w0rd-3"}
        try:
            for mqtt in ({"enabled": False}, "off", own):
                async with supervisor.Api(APP, TOKEN) as api, app(mqtt=mqtt) as one:
                    api.mqtt = {"host": "127.0.0.1", "port": 1, "username": None, "password": None}
                    await one.start()
                    await until(lambda: api.told, what="the offer")  # asked after the broker, if at all
                    assert "GET /services/mqtt" not in api.asked
                    if mqtt is own:
                        await asyncio.to_thread(is_online, other, "pass-w0rd-3")
        finally:
            other.stop()


async def test_a_backup_of_the_running_app_is_whole():
    """Jobs, locks and tokens, taken file by file while the service writes; and the file alone proves that it was held."""
    with support.folder() as path:
        simulator = support.Simulator(path, "--lock", f"{support.SIMPLE},poll=2000,short_poll=20")
        service = as_service(simulator, path)
        try:
            token = service.sign_in("control")
            job = started_job(service)
            write_much(service)
            hook(service, "backup_pre")
            before = (service.data / "lockwright.db").read_bytes()
            supervisor.back_up(APP, service.data, path / "backup.tar", lambda: write_much(service, 60))
            assert (service.data / "lockwright.db").read_bytes() == before, "the file was written to"
            hook(service, "backup_post")
            write_much(service)
            assert (service.data / "lockwright.db").read_bytes() != before, "it is written to again"
            service.kill()  # not even a clean end
            restored = restored_service(path, service)
            try:
                restored.token = token
                assert restored.get("/api/v1/locks/front-door").json["name"].startswith("Front door"), "the lock"
                assert restored.job(job)["lock"] == "front-door" and restored.get("/api/v1/firmware").json["firmware"], "job and image"
                assert restored.stop() == 0
            finally:
                restored.kill()
        finally:
            service.kill()
            simulator.kill()


def hook(service, name):
    program, *words = shlex.split(APP[name])
    assert program == "lockwright"
    service.cli(*words)


def started_job(service):
    image = service.upload(support.small_image(version=0x02000000))
    answer = service.post("/api/v1/jobs", {"lock": "front-door", "image": image})
    assert answer.status == 202, answer.body
    return answer.json["id"]


def write_much(service, times=400):
    """More than a checkpoint waits for: each one is a commit."""
    for number in range(times):
        answer = service.request("PATCH", "/api/v1/locks/front-door", {"min_battery_percent": 20 + number % 60})
        assert answer.status == 200, answer.body


def restored_service(path, before):
    home = path / "restored"
    home.mkdir()
    supervisor.restore(path / "backup.tar", home)
    names = {file.name for file in (home / "data").rglob("*")}
    assert "lockwright.db" in names and not names & {"control.sock", "lockwright.db-shm", "lockwright.db.lock"}, names
    config = json.loads(before.config.read_text())
    del config["data_dir"]
    return support.Service(home, environment={"SUPERVISOR_TOKEN": TOKEN}, **{**config, "adapters": [], "locks": []})


async def test_a_backup_that_nobody_ends_and_one_of_a_stopped_app():
    async with app() as one:
        await one.start()
        await asyncio.to_thread(one.service.cli, "token", "create", "kept")
        hook(one.service, "backup_pre")
        hook(one.service, "backup_pre")  # the next one, after one that broke off
        await asyncio.to_thread(one.service.cli, "token", "create", "also-kept")
        await one.stop()
        supervisor.back_up(APP, one.service.data, one.path / "backup.tar")
        restored = await asyncio.to_thread(restored_service, one.path, one.service)
        try:
            tokens = restored.cli("token", "list")
            assert "kept" in tokens and "also-kept" in tokens, tokens
        finally:
            restored.kill()


async def test_backup_run_holds_while_a_command_runs():
    async with app() as one:
        await one.start()
        one.service.cli("backup", "run", "true")
        one.service.cli("backup", "run", "sh", "-c", "exit 7", status=7)
        one.service.cli("backup", "run", "/not/there", status=127)
        one.service.cli("backup", status=2)
        log = one.service.text()
        assert log.count("backup=begin") == 3 and log.count("backup=end") == 3, log


def samples(kind):
    """Values that the Supervisor lets through for one type of the schema."""
    found = supervisor.ELEMENT.match(kind)
    if found["list"]:
        return found["list"].split("|")
    if found["kind"] == "float":
        return [4.5]
    if found["kind"] == "int" and found["low"]:
        return [int(found["low"]), int(found["high"])]
    return {"bool": [False, True], "port": [1883], "url": ["http://page"], "int": [1]}.get(found["kind"], ["text"])


# What must look like something, or stand beside something.
FITTING = {"adapters": {"id": "stick", "type": "znp", "port": "/dev/not-there", "baud": 57600, "zigbee2mqtt": "/not/there"},
           "clouds": {"id": "home", "profile": "generic", "region": "global", "origin": "https://localhost:9",
                      "secrets": ["key_id=1", "key_secret=2"]},
           "locks": {"id": "door", "adapter": "stick", "address": "0x0102030405060708", "name": "Door"},
           "firmware": {"deny": "0x1234/0x0001/0x01000000", "indexes": "/share/index.json", "urls": "https://127.0.0.1:9/x.ota", "retractions": "/share/withdrawn.json", "folders": "/share/x", "hosts": "example.org",
                        "proxy": "http://proxy:3128", "ca_file": "/etc/ssl/ca.pem"},
           "mqtt": {"host": "127.0.0.1", "port": 9, "user": "u", "page_url": "http://page", "tls": True, "topic": "locks"},
           "policy": {"window": "02:00-05:00", "time_zone": "Europe/Berlin", "auto_update": "notify"}}
ALONE = {"password_file", "certificate", "key", "ca_file"}  # they name files, which must be there


def all_options():
    """Each option of the schema once, with a value."""
    options = {}
    for section, kinds in APP["schema"].items():
        fitting = FITTING.get(section, {})
        if isinstance(kinds, dict):
            options[section] = {key: [fitting.get(key, samples(kind[0])[0])] if isinstance(kind, list) else fitting.get(key, samples(kind)[-1])
                                for key, kind in kinds.items() if key not in ALONE or section == "firmware"}
        elif isinstance(kinds, list) and isinstance(kinds[0], dict):
            options[section] = [{key: fitting.get(key) or samples(kind)[-1] for key, kind in kinds[0].items()}]
        else:
            options[section] = ["lock.example"] if isinstance(kinds, list) else samples(kinds)[-1]
    return options


def refused_with(path, options):
    """What the service says to options that it does not take."""
    file = path / "options.json"
    file.write_text(json.dumps(options))
    done = subprocess.run([support.BUILD / "lockwright", "serve", "--config", file], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SUPERVISOR_TOKEN": TOKEN, "LOCKWRIGHT_DATA_DIR": str(path / "data"),
                               "LOCKWRIGHT_LISTEN": "127.0.0.1:0"})
    return done.returncode, done.stderr


def as_saved(options):
    return supervisor.checked(APP["schema"], options)


async def test_every_option_arrives():
    """All together start the service, and a wrong value of each is refused by its name: so it is read."""
    options = as_saved(all_options())
    with support.folder() as path:
        service = support.Service(path, environment={"SUPERVISOR_TOKEN": TOKEN}, **options)
        service.sign_in()
        assert service.get("/api/v1/locks/door").json["name"] == "Door"
        assert service.get("/healthz", headers={"Host": "lock.example"}).status == 200
        assert service.get("/readyz", headers={"Host": "lock.example"}).status == 200
        assert service.get("/readyz", headers={"Host": "another.example"}).status == 403
        assert "/share/index.json" in service.get("/api/v1/firmware/sources").body.decode()
        support.until(lambda: "MQTT broker 127.0.0.1:9" in service.text(), what="the named broker to be tried")
        service.kill()
        wrong = {"a": 7}
        for section, kinds in APP["schema"].items():
            keys = kinds if isinstance(kinds, dict) else kinds[0] if isinstance(kinds, list) and isinstance(kinds[0], dict) else None
            for key in keys or [None]:
                broken = json.loads(json.dumps(options))
                if key is None:
                    broken[section] = wrong
                elif isinstance(kinds, dict):
                    broken[section][key] = wrong
                else:
                    broken[section][0][key] = wrong
                status, said = refused_with(path, broken)
                where = re.escape(section) + (r"(\[0\])?\." + re.escape(key) if key else "")
                assert status == 2 and re.search(where + r"(\[0\]|\.a)?: ", said), (section, key, status, said)


# What an app has no say in; what the Supervisor's schema cannot make optional (a section inside a list); and what names files and nets
# for a vendor's cloud.
LEFT_OUT = {"listen", "data_dir", "auth", "mode", "network", "pan_id", "ext_pan_id", "channel", "coordinator", "pinned_version",
            "skipped_version", "priority", "url", "sha256", "sha512",
            "credentials", "allow_private"}


async def test_no_option_is_forgotten():
    sources = "".join(file.read_text() for file in (ROOT / "server").glob("config*.c"))
    known = set(re.findall(r'\.key = "(\w+)"', sources)) | set(re.findall(r'\{ "mqtt_(\w+)", FIELD_', sources))
    offered = {key for section, kinds in APP["schema"].items()
               for key in [section, *(kinds if isinstance(kinds, dict) else kinds[0] if isinstance(kinds, list) and isinstance(kinds[0], dict) else [])]}
    assert len(known) > 40 and known - offered == LEFT_OUT, (known - offered) ^ LEFT_OUT
    assert offered <= known, offered - known


async def test_every_word_of_a_list_is_taken():
    cases = [(section, key, word) for section, kinds in APP["schema"].items() if isinstance(kinds, dict) for key, kind in kinds.items()
             for word in samples(kind[0] if isinstance(kind, list) else kind) if "list(" in str(kind)]
    adapter = APP["schema"]["adapters"][0]
    cases += [("adapters", key, word) for key in ("type", "flow") for word in samples(adapter[key])]
    cases += [("log_level", None, word) for word in samples(APP["schema"]["log_level"])]
    assert len(cases) > 15, cases
    for section, key, word in cases:
        options = all_options()
        if section == "adapters":
            options[section][0][key] = word
        elif key:
            options[section][key] = [word] if isinstance(APP["schema"][section][key], list) else word
        else:
            options[section] = word
        with support.folder() as path:
            support.Service(path, environment={"SUPERVISOR_TOKEN": TOKEN}, **as_saved(options)).kill()


async def test_options_of_an_earlier_version_are_still_good():
    """Saved before mqtt, policy and the others were there; the Supervisor fills in only whole sections that are missing."""
    saved = {"adapters": [{"id": "stick", "type": "znp", "port": "/dev/not-there", "adopt": True}],
             "locks": [{"id": "door", "adapter": "stick", "address": "0x0102030405060708"}],
             "firmware": {"folders": ["/share/lockwright"]}, "log_level": "info"}
    for options in (saved, as_saved({**APP["options"], **saved}), as_saved(APP["options"])):
        with support.folder() as path:
            service = support.Service(path, environment={"SUPERVISOR_TOKEN": TOKEN}, **options)
            assert "is not known" not in service.text()
            service.kill()


async def test_the_stand_in_refuses_what_the_supervisor_refuses():
    good = all_options()
    assert as_saved(good) == good
    assert as_saved({**good, "unknown": 1}) == good
    for section, key, value in (("policy", "min_lqi", 256), ("policy", "auto_update", "always"), ("mqtt", "port", 0), ("mqtt", "tls", "perhaps"),
                                ("policy", "window", "2-5"), ("policy", "window_days", "mon"), ("policy", "wifi_channels", [15])):
        try:
            as_saved({**good, section: {**good[section], key: value}})
        except supervisor.WrongOptions:
            continue
        raise AssertionError((section, key, value))


async def test_every_option_has_words_for_people():
    words = yaml.safe_load((ROOT / "app" / "translations" / "en.yaml").read_text())
    assert set(words["configuration"]) == set(APP["schema"]) and set(words["network"]) == set(APP["ports"])
    assert all(text["name"] and text["description"] for text in words["configuration"].values())


async def test_what_the_supervisor_needs_is_there():
    for key in ("name", "version", "slug", "description", "arch"):
        assert APP[key], key
    assert APP["version"] == re.search(r"version: '([^']*)'", (ROOT / "meson.build").read_text())[1]
    assert APP["ingress_port"] == 8099 and APP["ingress_stream"] and not APP["init"]
    assert set(APP["options"]) <= set(APP["schema"]), "an option without a schema"
    assert APP["discovery"] == ["lockwright"] and APP["services"] == ["mqtt:want"]
    assert APP["watchdog"] == "http://[HOST]:[PORT:8099]/healthz" and APP["backup"] == "hot"
    assert as_saved(APP["options"]) == APP["options"], "the defaults must be valid"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--only", default="")
    given = arguments.parse_args()
    support.BUILD = given.build.resolve()
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or given.only not in name:
            continue
        try:
            asyncio.run(test())
        except Exception:  # a failing test must not hide the others
            failed += 1
            print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)
        else:
            passed += 1
            print(f"ok    {name}", flush=True)
    print(f"app: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
