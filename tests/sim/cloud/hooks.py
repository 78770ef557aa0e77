"""What vendors send to their customers' addresses."""
import http.client
import json
import urllib.parse

from . import signatures


def post(url, body, headers):
    """Returns the status."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("POST", parts.path + (f"?{parts.query}" if parts.query else ""), body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def nuki(vendor, url, device, feature="DEVICE_MASTERDATA", tampered=False):
    """Signed over the exact bytes; tampered: one byte is another one on the way."""
    body = json.dumps({"feature": feature, "smartlockId": int(device)}, separators=(",", ":")).encode()
    signature = signatures.nuki(vendor.account["webhook_secret"], body)
    if tampered:
        body = body.replace(b'","', b'", "', 1) if b'","' in body else body.replace(b":", b": ", 1)
    return post(url, body, {"X-Nuki-Signature-SHA256": signature})


def utec(vendor, url, device, bare=False, secret=None):
    """bare: the list alone, as some clients get it."""
    states = [{"id": device, "states": [{"capability": "st.healthCheck", "name": "status", "value": "Online"}]}]
    value = states if bare else {"payload": {"devices": states}}
    return post(url, json.dumps(value).encode(), {"Authorization": f"Bearer {secret or vendor.notify.get('secret', '')}"})
