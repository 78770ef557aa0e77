#!/usr/bin/env python3
"""Measures what docs/benchmarks.md reports. Nothing is asserted: numbers of a noisy machine are read, not tested.

run.py --build DIR [--rounds N] [WORD …]   only the measurements whose name has one of the words
"""
import argparse
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))
import support  # noqa: E402  (its folder had to be named first)
import paired  # noqa: E402

ROUNDS = 5
PACE_S = 40
PHASE_S, SETTLE_S, CYCLES = 6, 2, 2  # of a crowd
PACE_POLL = 1  # ms; with radio timing: 60 blocks a second
LONG = ("bench_slow_radio",)  # only by name


def succeeded(job):
    assert job["phase"] == "succeeded" or not job["final"], f"ended early: {json.dumps(job, indent=1)}"
    return job if job["final"] else None


def start_update(service, simulator, data):
    """Returns the job's id as soon as blocks go. Presses again: a first press may only tell where the lock is."""
    support.adapter_up(service)
    image = service.upload(data)
    job = service.post("/api/v1/jobs", {"lock": "front-door", "image": image}).json["id"]
    support.until(lambda: simulator.lock()["blocks"] or not simulator.command("press 0"), 120, "the first block", step=2)
    return job


def update(service, simulator, data, limit=600):
    job = start_update(service, simulator, data)
    # Seldom looked at: what is measured is the update, not the watching.
    return support.until(lambda: succeeded(service.job(job)), limit, "the update", step=0.25)


def cpu_seconds(pid):
    """To the nanosecond, all threads; the ticks of /proc/PID/stat are too coarse."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def memory(pid):
    status = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return {key: int(status[key].split()[0]) / 1024 for key in ("VmRSS", "RssAnon")}


def show(name, **figures):
    print(f"{name:33} " + "  ".join(f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}" for key, value in figures.items()),
          flush=True)


def times(simulator):
    """[when the request went out by time.monotonic(), its last byte out of the stick to the response's first byte in], microseconds."""
    return json.loads(simulator.command("turnarounds"))


def turnarounds(simulator):
    return [took for _, took in times(simulator)]


@contextlib.contextmanager
def echo_at_work(data, *arguments, poll=20):
    """The bare C program, serving the same image to the same simulator."""
    with support.folder() as path:
        file = path / "image.ota"
        file.write_bytes(data)
        simulator = support.Simulator(path, *arguments, "--lock", f"{support.DANALOCK},short_poll={poll},poll=60,query_s=1")  # the echo notifies nobody
        echo = subprocess.Popen([support.BUILD / "tests" / "bench" / "echo", simulator.port.rsplit(":", 1)[1], file, "63"])
        try:
            time.sleep(1.5)  # the echo starts the stick and registers; measured is what comes after
            simulator.command("press 0")
            support.until(lambda: simulator.lock()["blocks"], 60, "the echo's first block")
            yield simulator
        finally:
            echo.terminate()
            echo.wait()
            simulator.kill()


def one_echo(data):
    with echo_at_work(data) as simulator:
        support.until(lambda: simulator.lock()["blocks"] >= len(data) // 63, 300, "the echo's transfer")
        return turnarounds(simulator)


def one_service(data, *stick, limit=600, **options):
    with support.house(*stick, lock=support.DANALOCK, **options) as (service, simulator):
        before = cpu_seconds(service.popen.pid)
        job = update(service, simulator, data, limit)
        time.sleep(0.3)
        return {"turnarounds": turnarounds(simulator), "cpu": cpu_seconds(service.popen.pid) - before, "job": job,
                "lock": simulator.lock(), **memory(service.popen.pid)}


def bench_turnaround():
    """Block after block, as fast as both can; for the median. Its p99 is bench_pace's."""
    data = support.image().read_bytes()
    ratios, ours, theirs = [], [], []
    for turn in range(ROUNDS):
        order = [lambda: one_echo(data), lambda: one_service(data)["turnarounds"]]
        first, second = order[turn % 2](), order[1 - turn % 2]()  # neither always goes first
        echo, service = (second, first) if turn % 2 else (first, second)
        theirs += echo
        ours += service
        ratios.append(statistics.median(service) / statistics.median(echo))
    show("turnaround, bare C echo (us)", median=float(paired.percentile(theirs, .5)), p99=float(paired.percentile(theirs, .99)), blocks=len(theirs))
    show("turnaround, Lockwright (us)", median=float(paired.percentile(ours, .5)), p99=float(paired.percentile(ours, .99)), blocks=len(ours))
    show_ratios("ratio of the medians", ratios)


def show_ratios(name, values):
    show(name, median=statistics.median(values), least=min(values), most=max(values))


def write_on(service, end, done):
    """Commits once a second, and waits for each: a slow disk is at it all the time."""
    for number in itertools.count():
        if end.wait(1):
            break
        assert service.post("/api/v1/tokens", {"name": f"t{number}", "scope": "read"}).status == 201
        done.append(number)


@contextlib.contextmanager
def side(data, **options):
    """A house whose update has begun and whose service commits all the time: its simulator, and a list that grows with the commits."""
    with support.house(lock=support.DANALOCK, poll=PACE_POLL, timing=True, **options) as (service, simulator):
        start_update(service, simulator, data)
        end, done = threading.Event(), []
        writer = threading.Thread(target=write_on, args=(service, end, done))
        writer.start()
        try:
            yield simulator, done
        finally:
            end.set()
            writer.join()


def bench_pace():
    """At a radio's pace and at the same time: the bare echo, Lockwright twice, and Lockwright on a disk whose fsync takes 2 s.
    The second Lockwright tells what the comparison says of equals."""
    data = support.image().read_bytes()
    slow = {"LD_PRELOAD": str(support.BUILD / "tests" / "bench" / "libslow_fsync.so"), "SLOW_FSYNC_MS": "2000"}
    windows = {"worn": [], "same": [], "good": [], "echo": []}
    commits = dict.fromkeys(windows, 0)
    for _ in range(ROUNDS):
        with contextlib.ExitStack() as stack:
            sides = {"worn": stack.enter_context(side(data, environment=slow)), "same": stack.enter_context(side(data)),
                     "good": stack.enter_context(side(data)),
                     "echo": (stack.enter_context(echo_at_work(data, "--radio-timing", poll=PACE_POLL)), [])}
            witness = stack.enter_context(paired.witness(support.BUILD))
            for _, done in sides.values():
                done.clear()
            span = watched(PACE_S)
            for name, (_, done) in sides.items():
                commits[name] += len(done)
            quiet = witness.seconds()
            for name, (simulator, _) in sides.items():
                windows[name] += paired.windows(times(simulator), quiet, span)
                assert windows[name][-1][1], f"{name} ended early"
    for name, found in windows.items():
        show_pooled(f"at a radio's pace: {name} (us)", found, commits=commits[name])
    for ours, theirs, goal in (("good", "echo", 2), ("same", "echo", 2), ("worn", "good", 2), ("worn", "same", 2), ("same", "good", None)):
        show(f"p99, {ours} to {theirs}", **paired.compare(windows[ours], windows[theirs], together=True, goal=goal))


def show_pooled(name, windows, **more):
    turns = [took for quiet, samples in windows if quiet for took in samples]
    show(name, median=float(paired.percentile(turns, .5)), p99=float(paired.percentile(turns, .99)), most=max(turns, default=0),
         blocks=len(turns), **more)


def bench_cpu_and_memory():
    data = support.image().read_bytes()
    runs = [one_service(data) for _ in range(ROUNDS)]
    show("CPU of one 204,522-byte update (s)", median=statistics.median(run["cpu"] for run in runs))
    for key in ("VmRSS", "RssAnon"):
        show(f"memory after it, {key} (MiB)", median=statistics.median(run[key] for run in runs))


def bench_start():
    times = []
    for _ in range(ROUNDS * 2):
        with support.folder() as path:
            service = support.Service(path)
            service.stop()
            began = time.monotonic()
            service.start(wait=False)
            while not service.ready():
                time.sleep(0.001)
            times.append((time.monotonic() - began) * 1000)
            service.kill()
    show("start to ready (ms)", median=statistics.median(times), most=max(times))


# A lock on a real radio's pace that polls often, so that a run takes minutes: the radio's share of a block is 25 ms.
FAST_POLL = 30


def one_herdsman(folder, poll, *ezsp_version):
    """zigbee-herdsman's own OTA of the same image; with radio timing, without which it loses requests."""
    figures = folder / "figures.json"
    subprocess.run([HERE.parent / "strangers" / "run-herdsman", support.image(), figures, str(poll), *ezsp_version], check=True,
                   stdout=subprocess.DEVNULL, env={**os.environ, "LOCKWRIGHT_SIM": str(support.BUILD / "tests/sim/lockwright-sim")})
    return json.loads(figures.read_text())


def show_radio(name, run):
    lock, turns = run["lock"], run["turnarounds"]
    show(name, total_s=lock["transfer_ms"] / 1000, own_s=lock["own_ms"] / 1000, ratio=lock["transfer_ms"] / lock["own_ms"],
         blocks=lock["blocks"], median_us=float(paired.percentile(turns, .5)), p99_us=float(paired.percentile(turns, .99)))


def bench_herdsman(poll=FAST_POLL):
    """At a real radio's pace: the whole against what the lock and the radio alone need, beside zigbee-herdsman."""
    data = support.image().read_bytes()
    with support.folder() as path:
        show_radio(f"radio, poll {poll} ms: Lockwright", one_service(data, poll=poll, timing=True, limit=3600))
        show_radio(f"radio, poll {poll} ms: herdsman", one_herdsman(path, poll))


def bench_ezsp():
    """The same figures over Silicon Labs sticks: the oldest version that herdsman drives, and the newest."""
    data = support.image().read_bytes()
    for version in ("13", "19"):
        stick = support.ezsp(version)
        runs = [one_service(data, *stick) for _ in range(ROUNDS)]
        turns = [took for run in runs for took in run["turnarounds"]]
        show(f"EZSP {version}, turnaround (us)", median=float(paired.percentile(turns, .5)), p99=float(paired.percentile(turns, .99)), blocks=len(turns))
        show(f"EZSP {version}, CPU (s), memory (MiB)", **{key: statistics.median(run[key] for run in runs) for key in ("cpu", "VmRSS", "RssAnon")})
        with support.folder() as path:
            show_radio(f"EZSP {version}, poll {FAST_POLL} ms: Lockwright", one_service(data, *stick, poll=FAST_POLL, timing=True, limit=3600))
            show_radio(f"EZSP {version}, poll {FAST_POLL} ms: herdsman", one_herdsman(path, FAST_POLL, version))


def bench_slow_radio():
    """The same at the usual poll interval of a lock: 35 minutes."""
    bench_herdsman(250)


PHASES = (None, "active", "final", "waiting", "transferring", "succeeded", "failed", "cancelled")


def answered(service, path, repeats=50):
    """Milliseconds of each answer on one kept-alive connection, and how many rows the last one had."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=30)
    took = []
    for _ in range(repeats):
        began = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {service.token}"})
        response = connection.getresponse()
        body = response.read()
        took.append((time.perf_counter() - began) * 1000)
        assert response.status == 200, body
    connection.close()
    return took, len(next((value for value in json.loads(body).values() if isinstance(value, list)), []))


def history_queries():
    for lock in ("", "lock=front-door-0"):
        for phase in PHASES:
            for cursor in ("", "cursor=500"):
                yield "/api/v1/jobs?" + "&".join(filter(None, (lock, phase and f"phase={phase}", cursor)))
    yield from ("/api/v1/jobs?limit=200", "/api/v1/jobs?limit=200&cursor=500", "/api/v1/jobs?limit=200&phase=final&lock=front-door-0",
                "/api/v1/jobs/5000", "/api/v1/jobs/5000/events")


def bench_history():
    """10,000 jobs and a year's events: each filter of the API, the newest page and a deep one, as a client sees it."""
    for locks, lock_events in ((20, 20), (1, 400)):
        with support.folder() as path:
            service = support.Service(path, adapters=[{"id": "stick", "type": "znp", "port": "tcp://127.0.0.1:9"}])
            service.stop()
            subprocess.run([support.BUILD / "tests/ota/history_fill", service.data / "lockwright.db", "10000", str(locks), "365", str(lock_events)], check=True)
            service.start()
            service.sign_in()
            show(f"{locks} locks: /healthz (ms)", median=statistics.median(answered(service, "/healthz", 200)[0]))
            for query in history_queries():
                took, rows = answered(service, query)
                show(query.removeprefix("/api/v1/"), rows=rows, median_ms=statistics.median(took), p99_ms=float(paired.percentile(took, .99)))
            show(f"{locks} locks: database (MiB)", size=(service.data / "lockwright.db").stat().st_size / 2**20)
            service.kill()


def watched(seconds):
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


def phase(service):
    """A span with 500 WebSocket clients and 1,000 REST requests a second at that service; None: nobody."""
    if not service:
        return watched(PHASE_S)
    argv = [support.BUILD / "tests" / "bench" / "load", str(service.port), service.token, "500", "1000", str(PHASE_S + SETTLE_S)]
    # A house's clients have processors of their own: here they must not take the stick's or the service's.
    with subprocess.Popen(argv, stdout=subprocess.PIPE, preexec_fn=lambda: os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))) as load:
        time.sleep(SETTLE_S)
        span = watched(PHASE_S - SETTLE_S / 2)
        crowd = json.loads(load.communicate()[0])
    show("the crowd itself", **crowd)
    time.sleep(SETTLE_S)
    return span


def bench_crowd():
    """The same transfer alone, with the crowd at a second Lockwright without a stick, and with the crowd here, in turns.
    The second Lockwright tells what the load costs a machine of two processors anyway."""
    data = support.image().read_bytes()
    windows = {"alone": [], "elsewhere": [], "here": []}
    for _ in range(ROUNDS):
        with support.house(lock=support.DANALOCK, poll=PACE_POLL, timing=True) as (service, simulator), support.folder() as path, \
                paired.witness(support.BUILD) as witness:
            other = support.Service(path)
            other.sign_in()
            start_update(service, simulator, data)
            places = (("alone", None), ("elsewhere", other), ("here", service))
            spans = [(name, phase(place)) for _ in range(CYCLES) for name, place in places]
            turns, quiet = times(simulator), witness.seconds()
            for name, span in spans:
                windows[name] += paired.windows(turns, quiet, span)
                assert windows[name][-1][1], "the transfer ended early"
            other.kill()
    for name, found in windows.items():
        show_pooled(f"crowd: {name} (us)", found)
    for theirs, goal in (("alone", 2), ("elsewhere", None)):
        show(f"p99, crowd here to {theirs}", **paired.compare(windows["here"], windows[theirs], together=False, goal=goal))


def before_others():
    """Nobody else's program delays what is measured, nor the measuring: a fair scheduler lets even the lowest end its 4 ms."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        os.setpriority(os.PRIO_PROCESS, 0, -20)  # of what is not measured
    except PermissionError:
        print("not root: others delay what is measured, and there is no witness", file=sys.stderr)


def main():
    global ROUNDS
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--build", required=True, type=pathlib.Path)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("words", nargs="*")
    options = arguments.parse_args()
    support.BUILD, ROUNDS = options.build.resolve(), options.rounds
    before_others()
    for name, bench in list(globals().items()):
        if name.startswith("bench_") and (any(word in name for word in options.words) or not options.words and name not in LONG):
            bench()


if __name__ == "__main__":
    main()
