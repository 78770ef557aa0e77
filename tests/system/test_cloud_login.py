"""The commands that need no service: profiles, locks of an account, and logins where a person says yes."""
import http.client
import json
import ssl
import subprocess
import urllib.parse

import cloud_support
import support
from cloud.simulator import Cloud
from support import folder


def lockwright(*arguments, **options):
    return subprocess.run([support.BUILD / "lockwright", "cloud", *arguments], capture_output=True, text=True, timeout=60, check=False, **options)


def configuration(path, cloud, vendor):
    """With an account that nobody has logged in to."""
    entry = cloud_support.account(path, cloud, vendor)
    secrets = json.loads(open(entry["credentials"]).read())
    for token in ("access_token", "refresh_token"):
        secrets.pop(token, None)
    with open(entry["credentials"], "w") as file:
        json.dump(secrets, file)
    file = path / "config.json"
    file.write_text(json.dumps({"data_dir": str(path), "adapters": [entry]}))
    return str(file)


def say_yes(cloud, url):
    """As a person in a browser does; returns where the browser is sent to."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, context=ssl.create_default_context(cafile=cloud.ca), timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}")
    answer = connection.getresponse()
    assert answer.status == 302, answer.status
    return answer.getheader("Location")


def log_in(config, vendor, answer_to):
    """Types what answer_to() makes of the lines that were printed so far."""
    with subprocess.Popen([support.BUILD / "lockwright", "cloud", "login", vendor, "--config", config], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        out, _ = process.communicate(answer_to(process), timeout=60)
        return process.returncode, out


def test_a_person_says_yes_in_a_browser_and_the_account_works():
    with folder() as path, Cloud(60) as cloud:
        config = configuration(path, cloud, "utec")
        before = lockwright("locks", "utec", "--config", config)
        assert before.returncode == 1 and "log in" in before.stderr, before.stderr

        def answer(process):
            url = next(line.strip() for line in process.stdout if line.strip().startswith("https://"))
            return say_yes(cloud, url) + "\n"
        status, out = log_in(config, "utec", answer)
        assert status == 0, out
        file = path / "cloud-utec.json"
        assert file.stat().st_mode & 0o777 == 0o600
        after = lockwright("locks", "utec", "--config", config)
        assert after.returncode == 0 and "U-Bolt" in after.stdout, after.stderr


def test_an_address_of_another_login_is_refused():
    with folder() as path, Cloud(60) as cloud:
        config = configuration(path, cloud, "utec")
        status, out = log_in(config, "utec", lambda process: "https://localhost/?code=x&state=forged\n")
        assert status == 1 and "another login" in out, out
        assert not (path / "cloud-utec.json").exists()
        assert not cloud.requests("utec", "token")


def test_a_code_by_mail():
    with folder() as path, Cloud(60) as cloud:
        config = configuration(path, cloud, "aqara")
        status, out = log_in(config, "aqara", lambda process: f"home@lock.example\n{cloud.vendors['aqara'].code}\n")
        assert status == 0, out
        after = lockwright("locks", "aqara", "--config", config)
        assert after.returncode == 0 and "Back door" in after.stdout, after.stderr
        (path / "cloud-aqara.json").unlink()
        status, out = log_in(config, "aqara", lambda process: "home@lock.example\n000000\n")
        assert status == 1 and not (path / "cloud-aqara.json").exists(), out


def test_profiles_are_shown_and_checked():
    shown = lockwright("profiles", "generic").stdout
    with folder() as path:
        file = path / "mine.json"
        file.write_text(shown)
        assert lockwright("check-profile", str(file)).returncode == 0
        assert "starts updates" in lockwright("check-profile", "mine.json", cwd=path).stdout
        file.write_text(shown.replace('"as": "int"', '"as": "float"', 1))
        wrong = lockwright("check-profile", str(file))
        assert wrong.returncode == 1 and "ops.status.out.battery_pct.as" in wrong.stderr, wrong.stderr
    assert all(name in lockwright("profiles").stdout for name in cloud_support.ADDRESS)
