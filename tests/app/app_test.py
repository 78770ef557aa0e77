#!/usr/bin/env python3
"""The service with the options of app/config.yaml behind the ingress stand-in: app_test.py --build DIR"""
import argparse
import asyncio
import json
import pathlib
import re
import sys
import traceback

import aiohttp
import yaml

import supervisor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "system"))
import support  # noqa: E402  (its folder had to be named first)

APP = yaml.safe_load((ROOT / "app" / "config.yaml").read_text())
HOME = f"http://172.30.32.1:8123{supervisor.PREFIX}"
USER_PAGE = "http://homeassistant.local:8123"
LIMIT = aiohttp.ClientTimeout(total=60)


def as_service(simulator, path, **changes):
    """The service as the app's entrypoint starts it: defaults of config.yaml, changed by the user."""
    options = {**APP["options"], "adapters": [support.stick(simulator)], "locks": [support.front_door()], **changes}
    options["firmware"] = {"folders": [str(path / "share")]}  # stands in for /share/lockwright, which need not exist
    environment = {"SUPERVISOR_TOKEN": "given-by-the-supervisor", "LOCKWRIGHT_LISTEN": "0.0.0.0:8099"}
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


def values_of(kind):
    """What a user may give for one word of the schema."""
    kind = kind.rstrip("?")
    if kind.startswith("list("):
        return kind[5:-1].split("|")
    return {"int": [57600], "bool": [True, False], "str": ["stick"]}.get(kind, ["0x0102030405060708"])


async def test_every_option_is_one_that_the_service_takes():
    adapter = APP["schema"]["adapters"][0]
    for key, kind in adapter.items():
        for value in values_of(kind):
            if key in ("id", "port"):
                continue
            with support.folder() as path:
                one = {"id": "stick", "type": "znp", "port": "/dev/not-there", key: value}
                lock = {"id": "door", "adapter": "stick", "address": "0x0102030405060708", "name": "Door"}
                assert lock.keys() <= APP["schema"]["locks"][0].keys()
                start_with(path, one, lock).kill()


def start_with(path, adapter, lock):
    options = {key: value for key, value in APP["options"].items() if key not in ("adapters", "locks")}
    return support.Service(path, adapters=[adapter], locks=[lock], **options)


async def test_what_the_supervisor_needs_is_there():
    for key in ("name", "version", "slug", "description", "arch"):
        assert APP[key], key
    assert APP["version"] == re.search(r"version: '([^']*)'", (ROOT / "meson.build").read_text())[1]
    assert APP["ingress_port"] == 8099 and APP["ingress_stream"] and not APP["init"]
    assert set(APP["options"]) == set(APP["schema"]), "an option without a schema, or the other way round"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    support.BUILD = arguments.parse_args().build.resolve()
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
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
