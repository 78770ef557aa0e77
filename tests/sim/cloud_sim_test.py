#!/usr/bin/env python3
"""The simulated clouds from outside: requests made by hand, with Python's own client over TLS."""
import base64
import contextlib
import hashlib
import http.client
import json
import pathlib
import ssl
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from cloud import house, signatures
from cloud.simulator import Cloud

LOCK = "bf0123456789abcdefghij"


def tuya_headers(client, secret, time_ms, method, target, body=b"", token="", nonce="", signed=()):
    path, _, query = target.partition("?")
    url = signatures.sorted_target(path, urllib.parse.parse_qsl(query, keep_blank_values=True))
    headers = {"client_id": client, "t": time_ms, "sign_method": "HMAC-SHA256", **dict(signed), **({"access_token": token} if token else {}),
               **({"nonce": nonce} if nonce else {}), **({"Signature-Headers": ":".join(n for n, _ in signed)} if signed else {})}
    return {**headers, "sign": signatures.tuya(secret, client, time_ms, method, url, body, token, nonce, signed)}


class Client:
    """Speaks to the simulator over TLS as a vendor's customer does."""

    def __init__(self, cloud):
        self.cloud, self.tls = cloud, ssl.create_default_context(cafile=cloud.ca)
        self.account = {name: vendor.account for name, vendor in cloud.vendors.items()}
        self.count = 0

    def send(self, method, target, headers=None, body=b""):
        connection = http.client.HTTPSConnection("localhost", self.cloud.port, timeout=10, context=self.tls)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def json(self, *arguments):
        return json.loads(self.send(*arguments)[2])

    def nonce(self):
        self.count += 1
        return f"nonce-{self.count}"

    def tuya(self, method, target, token="", nonce=None, skew_ms=0, body=b""):
        mine = self.account["tuya"]
        headers = tuya_headers(mine["access_id"], mine["access_secret"], str(int(time.time() * 1000) + skew_ms), method, target, body, token,
                               nonce or self.nonce())
        return self.json(method, target, headers, body)

    def tuya_token(self):
        return self.tuya("GET", "/v1.0/token?grant_type=1")["result"]

    def aqara(self, intent, data, token=True):
        mine, nonce, now = self.account["aqara"], self.nonce(), str(int(time.time() * 1000))
        access = mine["access_token"] if token is True else token
        headers = {"Appid": mine["app_id"], "Keyid": mine["key_id"], "Nonce": nonce, "Time": now, "Content-Type": "application/json",
                   "Sign": signatures.aqara(mine["app_key"], mine["app_id"], mine["key_id"], nonce, now, access), "Accesstoken": access}
        return self.json("POST", "/v3.0/open/api", {k: v for k, v in headers.items() if v}, json.dumps({"intent": intent, "data": data}).encode())

    def utec(self, name, payload, token=None):
        head = {"namespace": "Uhome.Device", "name": name, "messageId": "m-1", "payloadVersion": "1"}
        headers = {"Authorization": f"Bearer {token or self.account['utec']['access_token']}", "Content-Type": "application/json"}
        return self.json("POST", "/action", headers, json.dumps({"header": head, "payload": payload}).encode())

    def generic(self, method, target, body=b"", key=""):
        mine, nonce, now = self.account["generic"], self.nonce(), str(int(time.time()))
        headers = {"X-Key": mine["key_id"], "X-Timestamp": now, "X-Nonce": nonce, "Content-Type": "application/json",
                   "X-Signature": signatures.generic(mine["key_secret"], method, target, now, nonce, body)}
        status, _, answer = self.send(method, target, headers | ({"Idempotency-Key": key} if key else {}), body)
        return status, json.loads(answer)

    def form(self, path, **fields):
        status, _, body = self.send("POST", path, {"Content-Type": "application/x-www-form-urlencoded"}, urllib.parse.urlencode(fields).encode())
        return status, json.loads(body)


class WithCloud(unittest.TestCase):
    speed = 600

    def setUp(self):
        self.cloud = Cloud(self.speed)
        self.client = Client(self.cloud)

    def tearDown(self):
        self.cloud.close()
        self.assertEqual(self.cloud.errors, [])
        self.assertEqual(self.cloud.world.lock_commands, 0)

    def until(self, condition, what, limit=10):
        end = time.monotonic() + limit
        while not condition():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.01)


class TuyaCloud(WithCloud):
    def firmware(self, token):
        return self.client.tuya("GET", f"/v2.0/cloud/thing/{LOCK}/firmware", token)["result"]

    def test_a_whole_update(self):
        token = self.client.tuya_token()["access_token"]
        before = self.firmware(token)[0]
        self.assertEqual((before["type"], before["current_version"], before["version"], before["upgrade_status"]), (0, "1.0.0", "2.0.0", 1))
        self.assertIs(self.client.tuya("POST", f"/v2.0/cloud/thing/{LOCK}/firmware/0", token)["result"], True)
        self.assertEqual(self.client.tuya("POST", f"/v2.0/cloud/thing/{LOCK}/firmware/0", token)["code"], 1113)
        seen = []

        def done():
            answer = self.client.tuya("GET", f"/v2.0/cloud/thing/{LOCK}/firmware/0/progress", token)["result"]
            seen.append(answer["progress"])
            return answer["upgrade_status"] == 3
        self.until(done, "the end")
        self.assertEqual(seen, sorted(seen))
        self.assertGreater(len(set(seen)), 5)
        self.assertEqual(self.firmware(token)[0]["current_version"], "2.0.0")
        self.assertEqual([e["effect"] for e in self.cloud.triggers("tuya")], [True, False])

    def test_tokens_live_once(self):
        first = self.client.tuya_token()
        second = self.client.tuya("GET", f"/v1.0/token/{first['refresh_token']}")["result"]
        self.assertEqual(self.client.tuya("GET", f"/v1.0/token/{first['refresh_token']}")["code"], 1012)
        self.assertEqual(self.client.tuya("GET", f"/v2.0/cloud/thing/{LOCK}", first["access_token"])["code"], 1010)
        self.assertEqual(self.client.tuya("GET", f"/v2.0/cloud/thing/{LOCK}", "0" * 32)["code"], 1011)
        self.assertTrue(self.client.tuya("GET", f"/v2.0/cloud/thing/{LOCK}", second["access_token"])["success"])
        self.cloud.vendors["tuya"].tokens.expire()
        self.assertEqual(self.client.tuya("GET", f"/v2.0/cloud/thing/{LOCK}", second["access_token"])["code"], 1010)

    def test_nonce_time_client_quota(self):
        self.assertTrue(self.client.tuya("GET", "/v1.0/token?grant_type=1", nonce="once")["success"])
        self.assertEqual(self.client.tuya("GET", "/v1.0/token?grant_type=1", nonce="once")["code"], 1004)
        late = self.client.tuya("GET", "/v1.0/token?grant_type=1", skew_ms=-1200000)
        self.assertEqual(late["code"], 1013)
        self.assertLess(abs(late["t"] - time.time() * 1000), 60000)
        self.client.account["tuya"] = {"access_id": "nobody", "access_secret": "x"}
        self.assertEqual(self.client.tuya("GET", "/v1.0/token?grant_type=1")["code"], 1005)
        self.client.account["tuya"] = self.cloud.vendors["tuya"].account
        self.cloud.vendors["tuya"].quota = 0
        self.assertEqual(self.client.tuya("GET", "/v1.0/token?grant_type=1")["code"], 28841004)

    def test_pages(self):
        for number in range(120):
            house.tuya(self.cloud.world, f"bf{number:020d}", f"Lock {number}")
        token, cursor, found = self.client.tuya_token()["access_token"], "", []
        while True:
            page = self.client.tuya("GET", f"/v1.0/iot-01/associated-users/devices?last_row_key={cursor}&size=50", token)["result"]
            found += [device["id"] for device in page["devices"]]
            cursor = page["last_row_key"]
            if not page["has_more"]:
                break
        self.assertEqual((len(found), len(set(found))), (121, 121))

    def test_the_other_shapes(self):
        token = self.client.tuya_token()["access_token"]
        lock = self.cloud.device("tuya")
        lock.form = {"firmware": "object", "channel_key": "channel"}
        lock.components[0].allowed, lock.components[0].why = False, "battery"
        told = self.firmware(token)
        self.assertEqual((told["channel"], told["can_upgrade"], told["remind"]), (0, False, "battery"))
        self.assertEqual(self.client.tuya("POST", f"/v2.0/cloud/thing/{LOCK}/firmware/0", token)["code"], 2008)
        lock.online = False
        self.assertEqual(self.client.tuya("POST", f"/v2.0/cloud/thing/{LOCK}/firmware/0", token)["code"], 2001)
        self.assertIn("local_key", self.client.tuya("GET", f"/v2.0/cloud/thing/{LOCK}", token)["result"])


class OtherClouds(WithCloud):
    def test_aqara_refuses_inside_success(self):
        one, two = "lumi.54ef44100065e4a0", "lumi.54ef44100065e4a1"
        self.cloud.device("aqara", two).online = False
        answer = self.client.aqara("write.ota.upgrade", {"dids": [one, two]})
        self.assertEqual((answer["code"], [(r["did"], r["code"]) for r in answer["result"]]), (0, [(two, 602)]))
        self.assertEqual(self.client.aqara("write.ota.upgrade", {"dids": [one] * 101})["code"], 302)
        self.until(lambda: self.client.aqara("query.ota.upgrade", {"dids": [one]})["result"][0]["progress"] == 100, "the end")
        self.assertEqual(self.client.aqara("query.device.info", {"dids": [one]})["result"]["data"][0]["firmwareVersion"], "1.1.0_0001")

    def test_aqara_firmware_is_a_heap(self):
        heap = self.client.aqara("query.ota.firmware", {"model": "aqara.lock.eicn01"})["result"]
        newest = max((entry for entry in heap if entry["state"] == 2), key=lambda entry: int(entry["releaseTime"]))
        self.assertEqual(newest["firmwareVersion"], "1.1.0_0001")
        self.assertNotEqual(heap[-1]["state"], 1)

    def test_aqara_tokens(self):
        self.assertEqual(self.client.aqara("query.device.info", {}, "0" * 32)["code"], 108)
        old = self.cloud.vendors["aqara"].account["refresh_token"]
        self.assertEqual(self.client.aqara("config.auth.refreshToken", {"refreshToken": old}, "")["code"], 0)
        self.assertEqual(self.client.aqara("config.auth.refreshToken", {"refreshToken": old}, "")["code"], 2006)
        self.assertEqual(self.client.aqara("config.auth.getToken", {"authCode": "482915", "account": "a"}, "")["code"], 0)

    def test_utec_tells_no_version(self):
        found = self.client.utec("Discovery", {})
        self.assertEqual((found["header"]["messageId"], found["payload"]["devices"][0]["deviceInfo"]["model"]), ("m-1", "U-Bolt-Pro-WiFi"))
        states = self.client.utec("Query", {"devices": [{"id": "AA12BB34CC56"}]})["payload"]["devices"][0]["states"]
        self.assertIn({"capability": "st.BatteryLevel", "name": "level", "value": 5}, states)
        self.assertNotRegex(json.dumps([found, states]), r"02\.\d\d\.")

    def test_utec_oauth(self):
        mine = self.client.account["utec"]
        self.assertEqual(self.client.utec("Discovery", {}, "0" * 32)["payload"]["error"]["code"], "INVALID_TOKEN")
        asked = urllib.parse.urlencode({"response_type": "code", "client_id": mine["client_id"], "scope": "openapi", "redirect_uri": "http://h/x", "state": "s"})
        status, headers, _ = self.client.send("GET", f"/authorize?{asked}")
        code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers["Location"]).query))
        self.assertEqual((status, code["state"]), (302, "s"))
        client = {"client_id": mine["client_id"], "client_secret": mine["client_secret"]}
        status, pair = self.client.form("/token", grant_type="authorization_code", code=code["code"], redirect_uri="http://h/x", **client)
        self.assertEqual(status, 200)
        self.assertEqual(self.client.form("/token", grant_type="authorization_code", code=code["code"], redirect_uri="http://h/x", **client)[0], 400)
        for verifier, expected in (("the wrong one", 400), ("the verifier", 200)):
            challenge = base64.urlsafe_b64encode(hashlib.sha256(b"the verifier").digest()).decode().rstrip("=")
            _, headers, _ = self.client.send("GET", f"/authorize?{asked}&code_challenge={challenge}&code_challenge_method=S256")
            code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(headers["Location"]).query))["code"]
            status, told = self.client.form("/token", grant_type="authorization_code", code=code, redirect_uri="http://h/x", code_verifier=verifier, **client)
            self.assertEqual(status, expected)
        pair = told
        self.assertEqual(self.client.form("/token", grant_type="refresh_token", refresh_token=pair["refresh_token"], **client)[0], 200)
        again = self.client.form("/token", grant_type="refresh_token", refresh_token=pair["refresh_token"], **client)
        self.assertEqual((again[0], again[1]["error"]), (400, "invalid_grant"))

    def test_nuki(self):
        token = {"Authorization": f"Bearer {self.client.account['nuki']['api_token']}"}
        self.assertEqual(self.client.json("GET", "/smartlock/17938216461", token)["firmwareVersion"], signatures.packed24("3.10.4"))
        self.assertEqual(self.client.json("GET", "/smartlock", token)[0]["smartlockId"], 17938216461)
        self.assertEqual(self.client.send("GET", "/smartlock", {"Authorization": "Bearer x"})[0], 401)

    def test_switchbot_quota_looks_like_a_wrong_token(self):
        mine = self.client.account["switchbot"]

        def status():
            now, nonce = str(int(time.time() * 1000)), self.client.nonce()
            return self.client.send("GET", "/v1.1/devices/C271111EC0AB/status", {
                "Authorization": mine["token"], "t": now, "nonce": nonce, "sign": signatures.switchbot(mine["secret"], mine["token"], now, nonce)})
        code, _, body = status()
        self.assertEqual((code, json.loads(body)["body"]["version"]), (200, "V6.3"))
        self.cloud.vendors["switchbot"].quota = 0
        self.assertEqual(status()[0], 401)

    def test_ttlock(self):
        mine = self.client.account["ttlock"]
        client = {"clientId": mine["client_id"], "clientSecret": mine["client_secret"], "username": mine["username"]}
        self.assertEqual(self.client.form("/oauth2/token", **client, password=mine["password"])[1]["errcode"], 10007)
        token = self.client.form("/oauth2/token", **client, password=signatures.ttlock_password(mine["password"]))[1]["access_token"]
        asked = {"clientId": mine["client_id"], "accessToken": token, "lockId": "2338910"}
        now = int(time.time() * 1000)
        self.assertEqual(self.client.form("/v3/lock/detail", **asked, date=now - 360000)[1]["errcode"], 80000)
        detail = self.client.form("/v3/lock/detail", **asked, date=now)[1]
        self.assertEqual((detail["firmwareRevision"], "adminPwd" in detail), ("6.1.3", True))
        self.assertGreater(len(base64.b64decode(self.client.form("/v3/lock/upgradeCheck", **asked, date=now)[1]["firmwarePackage"])), 200000)
        self.cloud.device("ttlock").asleep = True
        self.assertEqual(self.client.form("/v3/lock/queryOpenState", **asked, date=now)[1]["errcode"], -3035)

    def test_generic_is_idempotent(self):
        path, body = "/v1/devices/lock-1/firmware/upgrade", b'{"component":"main","version":"2.1.0"}'
        first, again = (self.client.generic("POST", path, body, "job-1") for _ in range(2))
        self.assertEqual((first, self.cloud.device("generic").components[0].triggers), (again, 1))
        self.assertEqual(self.client.generic("POST", path, b'{"component":"ble"}', "job-1")[0], 422)
        self.assertEqual(self.client.generic("POST", path, body, "job-2")[1]["error"]["code"], "ALREADY_UPDATING")
        self.until(lambda: self.client.generic("GET", f"/v1/operations/{first[1]['operation_id']}")[1]["state"] == "done", "the end")
        self.cloud.device("generic").battery = 10
        self.assertEqual(self.client.generic("POST", path, b'{"component":"ble"}')[1]["error"]["code"], "LOW_BATTERY")


class Courses(WithCloud):
    """Where an update leaves its lock."""

    def run_course(self, course, expected, **more):
        lock = self.cloud.device("tuya")
        part = lock.components[0]
        part.course, part.duration_s = course, 60
        part.more.update(more)
        self.cloud.world.trigger(lock, part)
        self.until(lambda: (self.cloud.device("tuya"), part.state, part.told())[1:] == expected, f"{course}: {expected}, not {part}")
        return part

    def test_they_end(self):
        for course, expected, more in (
                ("fails", ("failed", "1.0.0"), {}), ("times_out", ("timed_out", "1.0.0"), {}), ("done_unchanged", ("succeeded", "1.0.0"), {}),
                ("forgotten", ("idle", "1.0.0"), {}), ("never_starts", ("idle", "1.0.0"), {}),
                ("newer_in_between", ("succeeded", "2.0.1"), {"newer": "2.0.1"}), ("offline_in_the_middle", ("succeeded", "2.0.0"), {}),
                ("failed_changed", ("failed", "2.0.0"), {}), ("happy", ("succeeded", "2.0.0"), {})):
            with self.subTest(course):
                self.cloud.device("tuya").components[0].installed = "1.0.0"
                self.cloud.device("tuya").components[0].offered = "2.0.0"
                self.run_course(course, expected, **more)

    def test_stuck(self):
        part = self.run_course("stuck", ("downloading", "1.0.0"))
        self.until(lambda: self.cloud.device("tuya") and part.percent == 42, "42 %")

    def test_a_sleeping_lock_waits(self):
        self.cloud.device("tuya").asleep = True
        self.run_course("happy", ("waiting", "1.0.0"))
        self.cloud.device("tuya").wake()
        self.until(lambda: self.cloud.device("tuya").components[0].told() == "2.0.0", "the update")

    def test_a_cloud_that_lags_behind(self):
        part = self.run_course("happy", ("succeeded", "1.0.0"), stale_s=120)
        self.until(lambda: self.cloud.device("tuya") and part.told() == "2.0.0", "the new version")


class Faults(WithCloud):
    def ask(self):
        return self.client.send("GET", "/smartlock", {"Authorization": f"Bearer {self.client.account['nuki']['api_token']}"})

    def test_act_then_close_acts(self):
        token = self.client.tuya_token()["access_token"]
        self.cloud.faults.add("act_then_close", vendor="tuya", op="trigger")
        with self.assertRaises(http.client.HTTPException):
            self.client.tuya("POST", f"/v2.0/cloud/thing/{LOCK}/firmware/0", token)
        self.assertEqual(self.cloud.device("tuya").components[0].triggers, 1)
        self.cloud.faults.add("close_after_read", vendor="tuya", op="trigger")
        with self.assertRaises(http.client.HTTPException):
            self.client.tuya("POST", f"/v2.0/cloud/thing/{LOCK}/firmware/0", token)
        self.assertEqual([e["effect"] for e in self.cloud.triggers("tuya")], [True, False])

    def test_connections_that_end(self):
        self.cloud.faults.add("close_before_read")
        self.assertRaises((http.client.HTTPException, OSError), self.ask)
        self.cloud.faults.add("cut_body")
        self.assertRaises(http.client.IncompleteRead, self.ask)
        self.cloud.silence()
        self.assertRaises(OSError, self.ask)
        self.cloud.listen()
        self.assertEqual(self.ask()[0], 200)

    def test_answers_that_are_wrong(self):
        self.cloud.faults.add("status", status=429, retry_after=120)
        status, headers, _ = self.ask()
        self.assertEqual((status, headers["Retry-After"]), (429, "120"))
        self.cloud.faults.add("status", status=503)
        status, headers, body = self.ask()
        self.assertEqual((status, headers["Content-Type"], headers["Retry-After"]), (503, "text/html", None))
        self.assertIn(b"html-body-canary", body)
        self.cloud.faults.add("wrong_type")
        self.assertEqual(self.ask()[1]["Content-Type"], "text/html")
        self.cloud.faults.add("oversized", size=3 << 20)
        status, headers, body = self.ask()
        self.assertEqual((headers["Content-Length"], len(body) > 3 << 20, "padding" in json.loads(body)), (None, True, True))
        self.cloud.faults.add("deep", depth=500)
        self.assertEqual(self.ask()[2].count(b"["), 500)
        self.cloud.faults.add("redirect", location="https://elsewhere.example/")
        self.assertEqual(self.ask()[1]["Location"], "https://elsewhere.example/")
        self.cloud.faults.add("code", vendor="nuki", code=403)
        self.assertEqual(self.ask()[0], 403)

    def test_skip_and_times(self):
        self.cloud.faults.add("status", status=500, skip=1, times=2)
        self.assertEqual([self.ask()[0] for _ in range(4)], [200, 500, 500, 200])
        self.cloud.faults.add("status", status=500, times=-1)
        self.assertEqual([self.ask()[0] for _ in range(3)], [500] * 3)
        self.cloud.faults.clear()
        self.assertEqual(self.ask()[0], 200)

    def test_certificates(self):
        for name, reason in (("expired", "expired"), ("not-yet", "not yet valid"), ("wrong-host", "Hostname mismatch|not valid for"),
                             ("unknown-ca", "unable to get local issuer|self.signed"), ("old-protocol", "protocol|alert|version")):
            self.cloud.certificate = name
            with self.assertRaisesRegex(ssl.SSLError, reason):
                self.ask()
            self.assertEqual(self.cloud.journal.select(kind="request"), [], name)
        self.cloud.certificate = "good"
        self.assertEqual(self.ask()[0], 200)


class Program(unittest.TestCase):
    """cloud_sim.py as a program of its own, steered by its control port."""

    def control(self, path, told=None):
        data = None if told is None else json.dumps(told).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.ready['control']}/_sim/{path}", data), timeout=10) as answer:
            return json.loads(answer.read())

    def ask(self):
        """The status of a question without a token."""
        try:
            urllib.request.urlopen(f"{self.ready['origin']}/smartlock", timeout=10, context=ssl.create_default_context(cafile=self.ready["ca"]))
        except urllib.error.HTTPError as error:
            with error:
                return error.code

    def test_it_runs_and_obeys(self):
        program = subprocess.Popen([sys.executable, pathlib.Path(__file__).with_name("cloud_sim.py"), "--speed", "60", "--locks", "3"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        with contextlib.ExitStack() as stack:
            stack.enter_context(program)   # closes its pipes: it ends with its input
            self.ready = json.loads(program.stdout.readline())
            self.assertEqual(self.ask(), 401)
            self.control("device", {"vendor": "tuya", "battery": 12, "component": {"id": "0", "course": "stuck"}})
            self.control("fault", {"do": "status", "status": 503})
            self.assertEqual(self.ask(), 503)
            locks = [d for d in self.control("state")["devices"] if d["vendor"] == "tuya"]
            self.assertEqual((len(locks), locks[0]["battery"], locks[0]["components"][0]["course"]), (4, 12, "stuck"))
            self.assertEqual([e["status"] for e in self.control("journal?since=0")], [401, 503])
            self.assertIn(self.control("accounts")["tuya"]["access_secret"], self.control("canaries"))
            for wrong in ({"do": "nothing"}, {"vendor": "none"}):
                with self.assertRaises(urllib.error.HTTPError) as refused:
                    self.control("fault" if "do" in wrong else "device", wrong)
                refused.exception.close()
                self.assertEqual(refused.exception.code, 422)
        self.assertEqual(program.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
