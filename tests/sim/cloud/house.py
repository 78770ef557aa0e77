"""Locks to begin with: one or two of each vendor, all with secrets that must not be seen anywhere."""
import secrets

from .world import Component, Device


def tuya(world, number="bf0123456789abcdefghij", name="Front door", **more):
    return world.add(Device(number, "tuya", name, "keyjup78v54myhan", "jtmspro", components=[
        Component("0", "1.0.0", "2.0.0", "Main Module"), Component("9", "3.1.0", "", "MCU Module")],
        secrets={"local_key": secrets.token_hex(8), "image_signature": secrets.token_hex(16)}, **more))


def aqara(world, number, name):
    return world.add(Device(number, "aqara", name, "aqara.lock.eicn01", parent="lumi1.54ef44000001", components=[
        Component("main", "1.0.0_0012", "1.1.0_0001")]))


def fill(world):
    """Some lock of every vendor."""
    tuya(world)
    aqara(world, "lumi.54ef44100065e4a0", "Back door")
    aqara(world, "lumi.54ef44100065e4a1", "Cellar")
    world.add(Device("AA12BB34CC56", "utec", "U-Bolt", "U-Bolt-Pro-WiFi", components=[Component("main", "02.18.0031", "02.20.0002")]))
    world.add(Device("17938216461", "nuki", "Garden", "Smart Lock Pro", components=[Component("main", "3.10.4", "3.11.6")]))
    world.add(Device("C271111EC0AB", "switchbot", "Shed", "Smart Lock Pro", components=[Component("main", "6.3", "6.5")]))
    world.add(Device("2338910", "ttlock", "Office", "SN9206", components=[Component("main", "6.1.3", "6.2.0")], secrets={
        "adminPwd": secrets.token_hex(12), "lockKey": secrets.token_hex(12), "aesKeyStr": secrets.token_hex(16)}))
    world.add(Device("lock-1", "generic", "Side door", "EX-1", components=[Component("main", "2.0.0", "2.1.0"), Component("ble", "1.0.0", "1.0.1")]))
