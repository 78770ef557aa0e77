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

AT_ONCE = 5


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


def tests_of(module, only):
    named = [(f"{module.__name__}.{name}", test) for name, test in vars(module).items() if name.startswith("test_")]
    return [pair for pair in named if only in pair[0]]


def run_all(modules, only):
    """One after another; but what waits more than it works (a module's WAITS) a few at a time."""
    waiting = [pair for module in modules if getattr(module, "WAITS", False) for pair in tests_of(module, only)]
    working = [pair for module in modules if not getattr(module, "WAITS", False) for pair in tests_of(module, only)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(lambda pair: run_test(*pair), reversed(waiting)))  # the longest stand last
    return done + [run_test(*pair) for pair in working]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--kills", type=int, default=25)
    options = arguments.parse_args()
    support.BUILD = options.build.resolve()
    support.KILLS = options.kills
    modules = [importlib.import_module(path.stem) for path in sorted(pathlib.Path(__file__).parent.glob("test_*.py"))]
    results = run_all(modules, options.only)
    passed, failed = results.count(True), results.count(False)
    print(f"system: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
