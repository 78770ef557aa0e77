"""A stand-in for Home Assistant's ingress: Core and Supervisor in one, with aiohttp as both use it.

Written from what the two are documented to do: a path with a token, requests from 172.30.32.2 over kept connections, the user in
headers, the browser's host in X-Forwarded-Host, hop-by-hop headers dropped, WebSockets without extensions.
"""
import asyncio

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
