"""zigpy-znp and bellows, the drivers of ZHA, on the simulated sticks: run.py IMAGE.

LOCKWRIGHT_SIM names the simulator.
"""
import asyncio
import json
import os
import pathlib
import sys
import tempfile

import bellows.zigbee.application
import zigpy.config
import zigpy.ota
import zigpy.ota.image
import zigpy.ota.providers
import zigpy.types
import zigpy_znp.zigbee.application
from zigpy.zcl import foundation

ZNP = zigpy_znp.zigbee.application.ControllerApplication
EZSP = bellows.zigbee.application.ControllerApplication

EZSP_VERSIONS = ("4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "16", "17", "18", "19")
counts = {"passed": 0, "failed": 0}


def check(what, good):
    counts["passed" if good else "failed"] += 1
    print("PASS" if good else "FAIL", what, flush=True)


class Stick:
    """A running lockwright-sim and its control lines."""

    @classmethod
    async def start(cls, *arguments):
        stick = cls()
        stick.process = await asyncio.create_subprocess_exec(
            os.environ["LOCKWRIGHT_SIM"], *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 20)
        path = (await stick.line()).removeprefix("ready ")
        stick.path = path.replace("tcp://", "socket://")
        return stick

    async def line(self):
        return (await self.process.stdout.readline()).decode().strip()

    async def command(self, text):
        self.process.stdin.write(f"{text}\n".encode())
        return await self.line()

    async def stats(self):
        return json.loads(await self.command("stats"))

    async def stop(self):
        self.process.stdin.close()
        await self.process.wait()


async def started(driver, path):
    application = driver({
        zigpy.config.CONF_DEVICE: {zigpy.config.CONF_DEVICE_PATH: path},
        zigpy.config.CONF_DATABASE: None,
        zigpy.config.CONF_STARTUP_ENERGY_SCAN: False,
        zigpy.config.CONF_TOPO_SCAN_ENABLED: False,
        zigpy.config.CONF_OTA: {zigpy.config.CONF_OTA_ENABLED: False},
    })
    await application.connect()
    await application.start_network()
    return application


async def starts_on(name, driver, *arguments):
    stick = await Stick.start(*arguments)
    try:
        before = await stick.stats()
        application = await started(driver, stick.path)
        network = application.state.network_info
        check(f"{name}: started on channel {network.channel}, PAN 0x{network.pan_id:04X}",
              network.channel == 15 and network.pan_id == 0x4402)
        stats = await stick.stats()
        check(f"{name}: formed no network", not stats["formed_alarm"])
        if driver is EZSP:
            check(f"{name}: wrote nothing, sent nothing forbidden {stats['last_forbidden']}",
                  stats["nv_digest"] == before["nv_digest"] and stats["forbidden"] == 0)
            check(f"{name}: one command at a time", stats["pipelined"] == 0 and stats["gave_up"] == 0)
        await application.disconnect()
    except Exception as error:  # any: it is the result
        check(f"{name}: {type(error).__name__}: {error}", False)
    await stick.stop()


class Joined:
    """Waits for the interview."""

    def __init__(self, application):
        self.device = asyncio.get_running_loop().create_future()
        application.add_listener(self)

    def device_initialized(self, device):
        if not self.device.done():
            self.device.set_result(device)


def limit_s(data):
    return 120 + len(data) / 250  # some 60 ms a block of 50


def with_metadata(image):
    header = image.header
    metadata = zigpy.ota.providers.BaseOtaImageMetadata(
        file_version=header.file_version, manufacturer_id=header.manufacturer_id, image_type=header.image_type)
    return zigpy.ota.OtaImageWithMetadata(metadata=metadata, firmware=image)


async def updates(driver, data, *arguments):
    image, _ = zigpy.ota.image.parse_ota_image(data)
    header = image.header
    lock = (f"mfr={header.manufacturer_id},type={header.image_type},version={header.file_version - 1}"
            ",reboot_ms=1500,short_poll=30")
    stick = await Stick.start("--tcp", "0", "--radio-timing", "--lock", lock, *arguments)
    application = await started(driver, stick.path)
    joined = Joined(application)
    await stick.command("rejoin 0 0x3A5C")
    device = await asyncio.wait_for(joined.device, 60)
    check(f"interview: {device.manufacturer} {device.model}", (device.manufacturer, device.model) == ("Danalock", "V3-BTZBE"))
    # What follows the update (a second interview) is not this test's business.
    update = asyncio.create_task(device.update_firmware(with_metadata(image)))
    status = await asyncio.wait_for(update, limit_s(data))
    check(f"update_firmware: {status!r}", status == foundation.Status.SUCCESS)
    with tempfile.TemporaryDirectory() as directory:
        copy = pathlib.Path(directory) / "received"
        await stick.command(f"received 0 {copy}")
        check("the lock has every byte", copy.read_bytes() == data[:header.image_size])
    stats = await stick.stats()
    check("the lock runs the new version", stats["locks"][0]["version"] == header.file_version)
    check("no network was formed", not stats["formed_alarm"] and stats["pipelined"] == 0)
    await application.disconnect()
    await stick.stop()


async def main():
    data = pathlib.Path(sys.argv[1]).read_bytes()
    await starts_on("3.x.0", ZNP, "--tcp", "0")
    await starts_on("3.x.0 already running", ZNP, "--tcp", "0", "--running")
    await starts_on("3.0.x", ZNP, "--tcp", "0", "--stack", "3.0.x")
    await starts_on("1.2", ZNP, "--tcp", "0", "--stack", "1.2")
    await starts_on("3.x.0 over a PTY", ZNP, "--pty")
    await updates(ZNP, data)
    for version in EZSP_VERSIONS:
        await starts_on(f"EZSP {version}", EZSP, "--tcp", "0", "--stick", "ezsp", "--version", version)
    await starts_on("EZSP 13 over a PTY", EZSP, "--pty", "--stick", "ezsp", "--version", "13")
    await starts_on("EZSP 13 already running", EZSP, "--tcp", "0", "--running", "--stick", "ezsp", "--version", "13")
    for version in ("8", "13", "19"):
        await updates(EZSP, data, "--stick", "ezsp", "--version", version)


async def guarded():
    try:
        await main()
    except Exception as error:
        check(f"unexpected: {type(error).__name__}: {error}", False)

asyncio.run(guarded())
print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(counts["failed"] > 0)
