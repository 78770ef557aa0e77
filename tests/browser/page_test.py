#!/usr/bin/env python3
"""Starts houses (simulated stick and lock or simulated clouds, real service) and lets page.mjs and clouds.mjs use their page as a person would."""
import argparse
import os
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import cloud_support  # noqa: E402  (their folder had to be named first)
import support  # noqa: E402


def press_keys(service, simulator, over):
    """The person at the door: presses a key while the lock is unknown or must wake."""
    while not over.wait(1):
        lock = service.get("/api/v1/locks/front-door").json
        if lock["installed_version"] is None or lock["waiting_for"] == "wake":
            simulator.command("press 0")


def visit(script, options, service, **more):
    """The script in a browser at the service's page; 1: it failed."""
    done = subprocess.run(["node", HERE / script], timeout=300, env={
        **os.environ, "PAGE": f"http://127.0.0.1:{service.port}/", "TOKEN": service.token, "MODULES": options.modules,
        "SCREENSHOTS": options.screenshots, **more})
    return int(bool(done.returncode))


def with_stick(options):
    with support.house(timing=True, poll=40) as (service, simulator), support.folder() as path:
        support.adapter_up(service)
        firmware = path / "sim-lock-2.0.0.0.ota"
        firmware.write_bytes(support.small_image(40000))
        over = threading.Event()
        person = threading.Thread(target=press_keys, args=(service, simulator, over))
        person.start()
        failed = visit("page.mjs", options, service, FIRMWARE=str(firmware))
        over.set()
        person.join()
    return failed


def with_clouds(options):
    """One lock whose cloud updates it, and one of which the cloud tells no version; a simulated minute takes two seconds."""
    with cloud_support.cloud_house("tuya", "utec", speed=30) as (service, _):
        return visit("clouds.mjs", options, service)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--modules", required=True)
    arguments.add_argument("--screenshots", default="")
    arguments.add_argument("--only", default="", choices=["", "stick", "clouds"])
    options = arguments.parse_args()
    support.BUILD = options.build.resolve()
    wanted = [test for name, test in (("stick", with_stick), ("clouds", with_clouds)) if options.only in ("", name)]
    failed = sum(test(options) for test in wanted)
    print(f"browser: {len(wanted) - failed} passed, {failed} failed")
    return failed


sys.exit(main())
