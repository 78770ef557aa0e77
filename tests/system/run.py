#!/usr/bin/env python3
"""Runs the system tests: functions named test_* in the files beside this one.

run.py --build DIR [--only WORD] [--kills N]   prints a line per test and a closing count; exit 1 on failure.
"""
import argparse
import importlib
import pathlib
import sys
import time
import traceback

import support


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--kills", type=int, default=25)
    options = arguments.parse_args()
    support.BUILD = options.build.resolve()
    support.KILLS = options.kills
    passed = failed = 0
    for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        for name, test in list(vars(module).items()):
            full = f"{path.stem}.{name}"
            if not name.startswith("test_") or options.only not in full:
                continue
            began = time.monotonic()
            try:
                test()
            except Exception:  # a failing test must not hide the others
                failed += 1
                print(f"FAIL  {full}\n{traceback.format_exc()}", flush=True)
            else:
                passed += 1
                print(f"ok    {full}  {time.monotonic() - began:.1f} s", flush=True)
    print(f"system: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
