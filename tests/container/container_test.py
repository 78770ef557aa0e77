#!/usr/bin/env python3
"""Starts the built container image as its user would: container_test.py --build DIR --storage DIR --container NAME

buildah's chroot isolation shares network and processes with this machine, so the simulator outside is the stick inside.
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import traceback
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import support  # noqa: E402  (its folder had to be named first)

ENTRYPOINT = "/usr/libexec/lockwright-entrypoint"
USER = 8099
options = None


def buildah(*words):
    return ["buildah", "--root", f"{options.storage}/storage", "--runroot", f"{options.storage}/run", "--storage-driver", "vfs", *words]


def run(*words, folder=None, port=None, read_only=False, flags=()):
    """argv that runs words in the container, as `docker run` would."""
    mounts = ["--volume", f"{folder}:/data{':ro' if read_only else ''}"] if folder else []
    listen = ["--env", f"LOCKWRIGHT_LISTEN=127.0.0.1:{port}"] if port else []
    return buildah("run", "--isolation", "chroot", *mounts, *listen, *flags, options.container, "--", *words)


def descendants(pid):
    children = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            child, rest = status.read_text().split(" ", 1)
            children.setdefault(int(rest.rsplit(")", 1)[1].split()[1]), []).append(int(child))
        except OSError:
            continue  # it ended meanwhile
    found, look = [], [pid]
    while look:
        look = [child for parent in look for child in children.get(parent, [])]
        found += look
    return found


class Container(support.Service):
    """The service in the container; its data folder is this folder's data."""

    def start(self, wait=True):
        self.data.mkdir(exist_ok=True)
        (self.data / "lockwright.json").write_text(json.dumps({k: v for k, v in json.loads(self.config.read_text()).items()
                                                               if k not in ("data_dir", "listen")}))
        support.Process.__init__(self, run(ENTRYPOINT, "serve", folder=self.data, port=self.port),
                                 self.folder / "service.log")
        if wait:
            support.until(self.ready, what="the service to be ready")

    def inside(self):
        """Id of the process lockwright."""
        for pid in descendants(self.popen.pid):
            if pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "lockwright":
                return pid
        raise AssertionError("no process lockwright")

    def kill(self, how=signal.SIGKILL):
        if self.popen.poll() is None:
            os.kill(self.inside(), how)
        return super().kill(how if how != signal.SIGTERM else 0)


@contextlib.contextmanager
def house(pty=False, before=lambda port: None):
    """As support.house, with the service in the container; before: called with the stick's port before it starts."""
    def service(path, adapters, locks):
        before(adapters[0]["port"])
        return Container(path, adapters=adapters, locks=locks)

    with unittest.mock.patch.object(support, "Service", service), support.house(pty=pty) as parts:
        yield parts


def test_image_says_how_to_run_it():
    image = json.loads(subprocess.run(buildah("inspect", "--type", "image", "lockwright"), check=True, capture_output=True).stdout)
    config = image["Docker"]["config"]
    assert config["Entrypoint"] == [ENTRYPOINT] and config["Cmd"] == ["serve"], config
    assert "8099/tcp" in config["ExposedPorts"] and "/data" in config["Volumes"], config
    assert config["Healthcheck"]["Test"] == ["CMD", "lockwright", "doctor", "--alive"], config
    assert "LOCKWRIGHT_LISTEN=0.0.0.0:8099" in config["Env"], config


def test_update_as_its_own_user_and_a_clean_stop():
    with house() as (service, simulator):
        support.adapter_up(service)
        status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{service.inside()}/status").read_text().splitlines())
        assert status["Uid"].split() == [str(USER)] * 4, status["Uid"]
        assert int(status["CapEff"], 16) == 0 and int(status["CapBnd"], 16) == 0 and status["NoNewPrivs"].strip() == "1", status
        assert service.data.stat().st_uid == USER and (service.data / "lockwright.db").stat().st_uid == USER
        image = service.upload(support.small_image(version=0x02000000))
        job = service.post("/api/v1/jobs", {"lock": "front-door", "image": image}).json["id"]
        support.until(lambda: service.job(job)["final"] or simulator.command("press 0") is None, 60, "the update", step=1)
        assert service.job(job)["phase"] == "succeeded", service.job(job)
        healthy = ["env", f"LOCKWRIGHT_DATA_DIR={service.data}", str(support.BUILD / "lockwright"), "doctor", "--alive"]
        assert subprocess.run(healthy, timeout=20).returncode == 0
        assert service.stop() == 0 and "stopped" in service.text(), service.text()
        assert subprocess.run(healthy, timeout=20, capture_output=True).returncode == 1


def test_stick_of_a_group_without_a_name():
    def foreign(port):
        os.chown(port, 0, 54321)
        os.chmod(port, 0o660)

    with house(pty=True, before=foreign) as (service, _):
        support.adapter_up(service)
        groups = next(line for line in pathlib.Path(f"/proc/{service.inside()}/status").read_text().splitlines() if line.startswith("Groups"))
        assert "54321" in groups.split(), groups


def test_folder_that_cannot_be_written_is_named():
    with support.folder() as path:
        (path / "data").mkdir()
        done = subprocess.run(run(ENTRYPOINT, "serve", folder=path / "data", port=1, flags=("--user", "12345")), capture_output=True, timeout=60)
        assert done.returncode != 0 and b"user 12345 cannot write to /data" in done.stderr, done
        done = subprocess.run(run(ENTRYPOINT, "serve", folder=path / "data", port=1, read_only=True), capture_output=True, timeout=60)
        assert done.returncode != 0 and b"/data cannot be given to the user lockwright (8099): mount it writable" in done.stderr, done


def test_other_commands_and_a_start_without_configuration():
    done = subprocess.run(run(ENTRYPOINT, "--version"), capture_output=True, timeout=60)
    assert done.returncode == 0 and done.stdout.startswith(b"lockwright "), done
    with support.folder() as path:
        (path / "data").mkdir()
        process = support.Process(run(ENTRYPOINT, "serve", folder=path / "data", port=1), path / "log")
        try:
            support.until(lambda: process.popen.poll() is not None or "no /data/lockwright.json yet" in process.text(), 30, "the advice")
            assert "no /data/lockwright.json yet" in process.text(), process.text()
        finally:
            for pid in descendants(process.popen.pid):
                os.kill(pid, signal.SIGTERM)
            process.kill(signal.SIGTERM)


def main():
    global options
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--storage", required=True)
    arguments.add_argument("--container", required=True)
    options = arguments.parse_args()
    support.BUILD = options.build.resolve()
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
        except Exception:  # a failing test must not hide the others
            failed += 1
            print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)
        else:
            passed += 1
            print(f"ok    {name}", flush=True)
    print(f"container: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
