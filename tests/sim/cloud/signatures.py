"""What vendors sign and how; only the standard library, so that no mistake is shared with the program under test."""
import base64
import hashlib
import hmac


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def _hmac(secret, text):
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256)


def same(given, expected):
    return hmac.compare_digest(str(given or "").encode(), expected.encode())


def sorted_target(path, pairs):
    """The path with its query sorted by key, nothing percent-encoded."""
    return path + ("?" + "&".join(f"{key}={value}" for key, value in sorted(pairs, key=lambda pair: pair[0])) if pairs else "")


def tuya(secret, client_id, time_ms, method, url, body=b"", token="", nonce="", signed_headers=()):
    """signed_headers: (name, value) in the order in which Signature-Headers names them."""
    block = "".join(f"{name}:{value}\n" for name, value in signed_headers)
    text = f"{method}\n{_sha256(body)}\n{block}\n{url}"
    return _hmac(secret, f"{client_id}{token}{time_ms}{nonce}{text}").hexdigest().upper()


def aqara(app_key, app_id, key_id, nonce, time_ms, token=""):
    pairs = [("Accesstoken", token)] if token else []
    pairs += [("Appid", app_id), ("Keyid", key_id), ("Nonce", nonce), ("Time", time_ms)]
    text = "&".join(f"{name}={value}" for name, value in pairs) + app_key
    return hashlib.md5(text.lower().encode()).hexdigest()


def switchbot(secret, token, time_ms, nonce):
    return base64.b64encode(_hmac(secret, f"{token}{time_ms}{nonce}").digest()).decode()


def ttlock_password(password):
    return hashlib.md5(password.encode()).hexdigest()


def nuki(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def generic(secret, method, target, seconds, nonce, body):
    return _hmac(secret, "\n".join([method, target, str(seconds), nonce, _sha256(body)])).hexdigest()


def packed24(version):
    """ "3.11.6" as Nuki packs it."""
    major, minor, patch = (int(part) for part in version.split("."))
    return major << 16 | minor << 8 | patch
