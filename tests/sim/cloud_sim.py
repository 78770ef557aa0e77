#!/usr/bin/env python3
"""lock vendors' clouds on loopback: cloud_sim.py [--port N] [--control N] [--speed X] [--locks N] [--journal FILE] [--accounts FOLDER]

Prints one line of JSON when it is ready: {"origin", "control", "ca"}; ends with its standard input or a signal.
--speed makes the locks' own time go faster, so that an update of ten minutes takes seconds. --locks adds that many Tuya
locks. --accounts writes VENDOR.json there, the client's side of each account.
"""
import argparse
import json
import signal
import sys
import threading

from cloud import control, house
from cloud.simulator import Cloud


def arguments():
    parser = argparse.ArgumentParser(prog="cloud_sim.py")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--control", type=int, default=0)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--locks", type=int, default=0)
    parser.add_argument("--journal")
    parser.add_argument("--accounts")
    return parser.parse_args()


def main():
    options = arguments()
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with Cloud(options.speed, options.journal, options.port) as cloud:
        for number in range(options.locks):
            house.tuya(cloud.world, f"bf{number:020d}", f"Lock {number + 1}")
        if options.accounts:
            for vendor in cloud.vendors:
                cloud.account_file(vendor, options.accounts)
        server = control.start(cloud, options.control)
        print(json.dumps({"origin": cloud.origin, "control": f"http://127.0.0.1:{server.server_address[1]}", "ca": cloud.ca}), flush=True)
        threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
        over.wait()


if __name__ == "__main__":
    main()
