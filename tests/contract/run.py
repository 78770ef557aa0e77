#!/usr/bin/env python3
"""Asks the running service whatever openapi.yaml allows, and much that it does not: run.py BUILD SCHEMATHESIS

The service has a stick, a lock, an image and a finished job, so that there is something to answer about.
"""
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import yaml  # noqa: E402
import support  # noqa: E402  (its folder had to be named first)


def furnish(service, simulator):
    """An update from beginning to end, and a token to revoke."""
    support.adapter_up(service)
    job = service.post("/api/v1/jobs", {"lock": "front-door", "image": service.upload(support.small_image())}).json["id"]
    simulator.command("press 0")
    service.cli("token", "create", "spare", "--scope", "read")
    service.wait_job(job, lambda job: job["phase"] == "succeeded", 120)


def ask_without_token(service):
    token, service.token = service.token, None
    paths = yaml.safe_load((support.ROOT / "openapi.yaml").read_text())["paths"]
    for path, item in paths.items():
        for method in item.keys() & {"get", "put", "post", "patch", "delete"}:
            if item[method].get("security") != []:
                answer = service.request(method.upper(), path.replace("{id}", "1").replace("{name}", "spare"), {})
                assert answer.status == 401, (method, path, answer.status)
    service.token = token


def main():
    build, schemathesis = sys.argv[1:3]
    support.BUILD = pathlib.Path(build).resolve()
    with support.house() as (service, simulator):
        furnish(service, simulator)
        ask_without_token(service)
        config = pathlib.Path(__file__).with_name("schemathesis.toml")
        status = subprocess.run(
            [schemathesis, "--config-file", config, "run", support.ROOT / "openapi.yaml", "--url", f"http://127.0.0.1:{service.port}"],
            env={**os.environ, "LOCKWRIGHT_TOKEN": service.token}, cwd=service.folder).returncode
        support.adapter_up(service)
        assert service.get("/api/v1/locks").status == 200, "all was asked with a token that worked"
        assert service.stop() == 0
    return status


sys.exit(main())
