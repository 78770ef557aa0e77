#!/usr/bin/env python3
"""custom_components/lockwright in a real Home Assistant, on the real service and a simulated lock.

integration_test.py --build DIR --root DIR --modules DIR [--only WORD] [--screenshots DIR]; one Home Assistant lives through all tests.
"""
import argparse
import pathlib
import sys
import time
import traceback

import ha as driver
import hub
import integration_edges
import integration_first
import integration_many
import integration_once
import integration_paths
import integration_repairs
from ha import support

COVERAGE = 95  # percent, at least: what Home Assistant asks for at silver
MODULES = (integration_first, integration_paths, integration_edges, integration_repairs, integration_many, integration_once)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--root", required=True, type=pathlib.Path)
    arguments.add_argument("--modules", required=True)
    arguments.add_argument("--screenshots", default="")
    arguments.add_argument("--only", default="")
    options = arguments.parse_args()
    support.BUILD = options.build.resolve()
    passed = failed = 0
    with support.folder() as folder:
        driver.ROOT = options.root.resolve()
        ha = hub.Hub(folder)
        ha.modules, ha.screenshots = options.modules, options.screenshots
        try:
            for name, test in [item for module in MODULES for item in vars(module).items()]:
                if not name.startswith("test_") or options.only not in name:
                    continue
                began = time.monotonic()
                try:
                    test(ha)
                    passed += 1
                    print(f"ok    {name}  {time.monotonic() - began:.1f} s", flush=True)
                except Exception:
                    failed += 1
                    print(f"FAILED {name}\n{traceback.format_exc()}\n--- Home Assistant's log\n{ha.text()[-4000:]}", flush=True)
            print(f"integration: {passed} passed, {failed} failed")
            if not options.only and not ha.coverage(COVERAGE):
                failed += 1
        finally:
            ha.remove()
    return 1 if failed else 0


sys.exit(main())
