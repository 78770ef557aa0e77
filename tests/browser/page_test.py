#!/usr/bin/env python3
"""Starts a house (simulated stick and lock, real service) and lets page.mjs use its page as a person would."""
import argparse
import os
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import support  # noqa: E402  (its folder had to be named first)


def press_keys(service, simulator, over):
    """The person at the door: presses a key while the lock is unknown or must wake."""
    while not over.wait(1):
        lock = service.get("/api/v1/locks/front-door").json
        if lock["installed_version"] is None or lock["waiting_for"] == "wake":
            simulator.command("press 0")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--modules", required=True)
    arguments.add_argument("--screenshots", default="")
    options = arguments.parse_args()
    support.BUILD = options.build.resolve()
    with support.house(timing=True, poll=40) as (service, simulator), support.folder() as path:
        support.adapter_up(service)
        firmware = path / "sim-lock-2.0.0.0.ota"
        firmware.write_bytes(support.small_image(40000))
        over = threading.Event()
        person = threading.Thread(target=press_keys, args=(service, simulator, over))
        person.start()
        done = subprocess.run(["node", HERE / "page.mjs"], timeout=300, env={
            **os.environ, "PAGE": f"http://127.0.0.1:{service.port}/", "TOKEN": service.token, "FIRMWARE": str(firmware),
            "MODULES": options.modules, "SCREENSHOTS": options.screenshots})
        over.set()
        person.join()
    print(f"browser: {1 - bool(done.returncode)} passed, {int(bool(done.returncode))} failed")
    return done.returncode


sys.exit(main())
