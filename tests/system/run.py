#!/usr/bin/env python3
"""Runs the system tests: functions named test_* in the files beside this one.

run.py --build DIR [--only WORD] [--kills N]   prints a line per test and a closing count; exit 1 on failure.
"""
import argparse
import concurrent.futures
import importlib
import pathlib
import sys
import time
import traceback

import support


def run_test(full, test):
    """Returns whether it passed; a failing test must not hide the others."""
    began = time.monotonic()
    try:
        test()
    except Exception:
        print(f"FAIL  {full}\n{traceback.format_exc()}", flush=True)
        return False
    print(f"ok    {full}  {time.monotonic() - began:.1f} s", flush=True)
    return True


def run_module(path, only):
    """One after another, or, where a module says AT_ONCE, as many at a time: they wait more than they work."""
    module = importlib.import_module(path.stem)
    tests = [(f"{path.stem}.{name}", test) for name, test in vars(module).items() if name.startswith("test_") and only in f"{path.stem}.{name}"]
    with concurrent.futures.ThreadPoolExecutor(getattr(module, "AT_ONCE", 1)) as pool:
        return list(pool.map(lambda pair: run_test(*pair), tests))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--kills", type=int, default=25)
    options = arguments.parse_args()
    support.BUILD = options.build.resolve()
    support.KILLS = options.kills
    results = [done for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py")) for done in run_module(path, options.only)]
    passed, failed = results.count(True), results.count(False)
    print(f"system: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
