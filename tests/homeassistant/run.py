#!/usr/bin/env python3
"""Runs test_* of scenes.py, in order, with one broker, one service with a simulated lock and one Home Assistant."""
import argparse
import pathlib
import sys
import time
import traceback

import ha
import scenes


FIRST = "test_the_devices_appear"  # all others stand on it


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--root", required=True, type=pathlib.Path)
    arguments.add_argument("--modules", required=True)
    arguments.add_argument("--screenshots", default="")
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    ha.support.BUILD = options.build.resolve()
    ha.ROOT = options.root.resolve()
    passed = failed = 0
    with scenes.world() as world:
        world.modules, world.screenshots = options.modules, options.screenshots
        for name, test in list(vars(scenes).items()):
            if not name.startswith("test_") or (options.only not in name and name != FIRST):
                continue
            began = time.monotonic()
            try:
                test(world)
            except Exception:  # a failing test must not hide the others
                failed += 1
                print(f"FAIL  {name}\n{traceback.format_exc()}", flush=True)
                if name == FIRST:
                    break
            else:
                passed += 1
                print(f"ok    {name}  {time.monotonic() - began:.1f} s", flush=True)
        if failed:
            print(f"--- service log\n{world.service.text()[-3000:]}\n--- Home Assistant's log\n{world.ha.text()[-5000:]}")
    print(f"homeassistant: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
