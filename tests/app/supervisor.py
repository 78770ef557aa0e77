"""A stand-in for Home Assistant's ingress (Core and Supervisor in one) and for the Supervisor's API, with aiohttp as both use it.

Written from what the two are documented to do: a path with a token, requests from 172.30.32.2 over kept connections, the user in
headers, the browser's host in X-Forwarded-Host, hop-by-hop headers dropped, WebSockets without extensions.
"""
import asyncio
import pathlib
import re
import secrets
import tarfile

import aiohttp
from aiohttp import hdrs, web

SUPERVISOR = "172.30.32.2"
APP = "http://172.30.33.5:8099"
PREFIX = "/api/hassio_ingress/the-ingress-token"
NOT_PASSED = {hdrs.CONTENT_LENGTH, hdrs.CONTENT_ENCODING, hdrs.TRANSFER_ENCODING, hdrs.CONNECTION, hdrs.HOST,
              hdrs.SEC_WEBSOCKET_EXTENSIONS, hdrs.SEC_WEBSOCKET_PROTOCOL, hdrs.SEC_WEBSOCKET_VERSION, hdrs.SEC_WEBSOCKET_KEY,
              "X-Remote-User-Id", "X-Remote-User-Name", "X-Remote-User-Display-Name"}


def passed_on(headers):
    return {name: value for name, value in headers.items() if name not in NOT_PASSED}


class Ingress:
    def __init__(self, user):
        self.user = user
        self.session = None

    async def __aenter__(self):
        connector = aiohttp.TCPConnector(local_addr=(SUPERVISOR, 0))
        self.session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        application = web.Application(client_max_size=16 << 20)
        application.router.add_route("*", PREFIX + "/{path:.*}", self.handle)
        self.runner = web.AppRunner(application)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "172.30.32.1", 8123)
        await site.start()
        return self

    async def __aexit__(self, *_):
        await self.runner.cleanup()
        await self.session.close()

    def headers(self, request):
        return {**passed_on(request.headers), "X-Ingress-Path": PREFIX, "X-Forwarded-For": request.remote,
                "X-Forwarded-Host": request.host, "X-Forwarded-Proto": "http", "X-Remote-User-Id": "0123abcd",
                "X-Remote-User-Name": self.user, "X-Remote-User-Display-Name": self.user.title()}

    async def handle(self, request):
        url = f"{APP}/{request.match_info['path']}"
        url += f"?{request.query_string}" if request.query_string else ""
        if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            return await self.websocket(request, url)
        body = request.content if request.method == "POST" else await request.read()  # ingress_stream
        async with self.session.request(request.method, url, headers=self.headers(request), data=body, allow_redirects=False) as answer:
            return web.Response(status=answer.status, headers=passed_on(answer.headers), body=await answer.read())

    async def websocket(self, request, url):
        outside = web.WebSocketResponse(autoping=False)
        await outside.prepare(request)
        async with self.session.ws_connect(url, headers=self.headers(request), autoping=False, autoclose=False) as inside:
            done, waiting = await asyncio.wait([asyncio.create_task(relay(outside, inside)), asyncio.create_task(relay(inside, outside))],
                                               return_when=asyncio.FIRST_COMPLETED)
            for task in waiting:
                task.cancel()
        return outside


async def relay(source, sink):
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await sink.send_bytes(message.data)
        elif message.type is aiohttp.WSMsgType.PING:
            await sink.ping(message.data)
        elif message.type is aiohttp.WSMsgType.PONG:
            await sink.pong(message.data)


class Api:
    """The Supervisor's own API, as an app sees it at http://supervisor: its token, its envelope, its refusals."""

    def __init__(self, config, token, slug="local_lockwright"):
        self.config, self.token, self.slug = config, token, slug
        self.mqtt = None  # what an MQTT app has told
        self.messages = {}  # uuid: {"service", "config"}
        self.told = []  # each message that Home Assistant got
        self.asked = []  # method and path of every request that was let in
        self.refused = 0

    async def __aenter__(self):
        application = web.Application(middlewares=[self.guard])
        application.router.add_get("/services/mqtt", self.get_mqtt)
        application.router.add_post("/discovery", self.post_discovery)
        application.router.add_delete("/discovery/{uuid}", self.delete_discovery)
        self.runner = web.AppRunner(application)
        await self.runner.setup()
        await web.TCPSite(self.runner, SUPERVISOR, 80).start()
        return self

    async def __aexit__(self, *_):
        await self.runner.cleanup()

    @web.middleware
    async def guard(self, request, handler):
        if request.headers.get(hdrs.AUTHORIZATION) != f"Bearer {self.token}":
            self.refused += 1
            raise web.HTTPUnauthorized()
        self.asked.append(f"{request.method} {request.path}")
        return await handler(request)

    @staticmethod
    def ok(data=None):
        return web.json_response({"result": "ok", "data": data or {}})

    @staticmethod
    def error(status, message):
        return web.json_response({"result": "error", "message": message}, status=status)

    async def get_mqtt(self, _request):
        roles = dict(role.split(":") for role in self.config.get("services", []))
        if roles.get("mqtt") not in ("want", "need", "provide"):
            return self.error(403, "No access to mqtt service!")
        if not self.mqtt:
            return self.error(400, "Service not enabled")
        return self.ok({"addon": "core_mosquitto", "protocol": "3.1.1", "ssl": False, **self.mqtt})

    async def post_discovery(self, request):
        body = await request.json()
        if set(body) != {"service", "config"} or not isinstance(body["config"], dict):
            return self.error(400, "not a discovery message")
        if body["service"] not in self.config.get("discovery", []):
            return self.error(403, "Add-ons must list services they provide via discovery in their config!")
        for uuid, message in self.messages.items():
            if message["service"] == body["service"]:
                if message["config"] != body["config"]:
                    message["config"] = body["config"]
                    self.told.append(body)
                return self.ok({"uuid": uuid})
        uuid = secrets.token_hex(16)
        self.messages[uuid] = body
        self.told.append(body)
        return self.ok({"uuid": uuid})

    async def delete_discovery(self, request):
        if not self.messages.pop(request.match_info["uuid"], None):
            return self.error(404, "Discovery message not found")
        return self.ok()


class WrongOptions(ValueError):
    """What the Supervisor does not let a user save."""


ELEMENT = re.compile(r"^(?:(?P<kind>bool|email|url|port|str|password|int|float)(?:\((?P<low>-?[0-9.]*),(?P<high>-?[0-9.]*)\))?"
                     r"|device(?:\(.*\))?|match\((?P<match>.*)\)|list\((?P<list>.+)\))\??$")


def checked(schema, value, path="options"):
    """The options as they end up in /data/options.json: by the types of config.yaml's schema."""
    if isinstance(schema, list):
        if not isinstance(value, list):
            raise WrongOptions(f"{path}: not a list")
        return [checked(schema[0], one, path) for one in value]
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            raise WrongOptions(f"{path}: not a dictionary")
        known = {key: checked(schema[key], one, f"{path}.{key}") for key, one in value.items() if key in schema}  # others are dropped
        for key, kind in schema.items():
            kind = kind[0] if isinstance(kind, list) and kind else kind
            if key not in known and not (isinstance(kind, str) and kind.endswith("?")):
                raise WrongOptions(f"{path}.{key}: missing")
        return known
    return checked_element(schema, value, path)


def checked_element(kind, value, path):
    found = ELEMENT.match(kind)
    if not found:
        raise WrongOptions(f"{path}: no such type {kind}")
    try:
        if value is None:
            raise ValueError("nothing")
        if found["kind"] in ("int", "port", "float"):
            value = float(value) if found["kind"] == "float" else int(value)
            low, high = found["low"] or (1 if found["kind"] == "port" else value), found["high"] or (65535 if found["kind"] == "port" else value)
            if not float(low) <= value <= float(high):
                raise ValueError("out of range")
        elif found["kind"] == "bool":
            if not isinstance(value, bool):
                raise ValueError("neither true nor false")
        elif found["match"]:
            if not re.match(found["match"], str(value)):
                raise ValueError("no match")
        elif found["list"] and str(value) not in found["list"].split("|"):
            raise ValueError("not in the list")
    except (TypeError, ValueError) as err:
        raise WrongOptions(f"{path}: {err}") from err
    return value


def excluded(config, name):
    return any(pathlib.PurePath(name).match(pattern) for pattern in config["backup_exclude"])


def back_up(config, data, archive, pause=lambda: None):
    """The data folder into a tar file, file by file, as a hot backup does; pause() between two of them."""
    with tarfile.open(archive, "w") as tar:
        for file in sorted(data.rglob("*"), reverse=True):  # the log before the file: any order must do
            name = pathlib.PurePath("data", file.relative_to(data))
            if not excluded(config, name) and (file.is_file() or file.is_dir()):
                tar.add(file, arcname=str(name), recursive=False)
                pause()


def restore(archive, folder):
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else tar.extractall(folder)
