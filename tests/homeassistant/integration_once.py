"""No lock twice: with MQTT and the integration at the same service."""
import contextlib
import signal

from broker import Broker, Mqtt
from ha import support, until
from parts import FIRMWARE, add, connected
from support import house, small_image

CONFIG = "homeassistant/device/lockwright_lock_front-door/config"


def shown(ha):
    """Which integrations show the lock's firmware, by entity id, disabled or not."""
    return {entity["entity_id"]: entity["platform"] for entity in ha.command("config/entity_registry/list")
            if entity["entity_id"].startswith("update.")}


def mqtt_devices(ha):
    return {name for device in ha.command("config/device_registry/list") for kind, name in device["identifiers"] if kind == "mqtt"}


@contextlib.contextmanager
def broker_of(ha):
    """A broker that Home Assistant uses, in this and no other test."""
    with support.folder() as path:
        broker = Broker(path)
        entry = ha.add_mqtt(broker.port)
        try:
            yield broker
        finally:
            ha.entry_removed(entry)
            broker.kill()


@contextlib.contextmanager
def shown_by_mqtt(ha):
    """A house whose lock Home Assistant has found by MQTT."""
    with broker_of(ha) as broker, house(mqtt={"host": "127.0.0.1", "port": broker.port}) as (service, simulator):
        support.adapter_up(service)
        service.upload(small_image(20000))
        simulator.command("press 0")
        ha.wait_state(FIRMWARE, "on")
        assert shown(ha) == {FIRMWARE: "mqtt"}, shown(ha)
        yield broker, service, simulator


def test_the_integration_takes_the_place_of_mqtt_and_gives_it_back(ha):
    with shown_by_mqtt(ha) as (broker, service, _):
        spy = Mqtt(broker.port)
        until(lambda: spy.last.get(CONFIG), what="the retained discovery")
        entry = add(ha, service)
        ha.wait_state(FIRMWARE, lambda state: state["attributes"].get("supported_features") == 23)
        assert shown(ha) == {FIRMWARE: "lockwright"}, "once, and automations find it where it was"
        names = {name for name in ha.entities() if "front_door" in name}
        assert names and not any(name.endswith("_2") for name in names), names
        assert mqtt_devices(ha) == {"lockwright_service"}, "the service's own device may stay"
        assert spy.last[CONFIG] == "", spy.last[CONFIG]
        assert [one["id"] for one in service.get("/api/v1/integrations").json["integrations"]] == [entry]
        assert "(token test-admin" in service.cli("doctor"), "who misses the MQTT devices is told why"

        ha.entry_removed(entry)
        until(lambda: shown(ha) == {FIRMWARE: "mqtt"}, 20, f"MQTT's to come back: {shown(ha)}")
        ha.wait_state(FIRMWARE, "on")
        assert service.get("/api/v1/integrations").json["integrations"] == []


def test_no_restart_shows_a_lock_twice(ha):
    with shown_by_mqtt(ha) as (broker, service, _):
        entry = add(ha, service)
        until(lambda: shown(ha) == {FIRMWARE: "lockwright"}, 20, "the integration alone")
        spy = Mqtt(broker.port)
        registry = ha.socket()
        registry.get("subscribe_events", event_type="entity_registry_updated")
        service.kill(signal.SIGKILL)
        service.start()
        ha.wait_state(FIRMWARE, "on")
        until(lambda: spy.last.get("lockwright/status") == "online", what="the service at the broker again")
        until(lambda: spy.last.get("lockwright/service"), what="it to have told all")
        registry.get("get_config")  # brings the events before it
        told = [event["event"]["data"] for event in registry.events if event["type"] == "event"]
        assert not [data for data in told if data["action"] in ("create", "remove")], told

        ha.stop()
        ha.start()
        ha.wait_state(FIRMWARE, "on")
        until(lambda: spy.last.get("homeassistant/status") == "online", 60, "Home Assistant at the broker")
        assert shown(ha) == {FIRMWARE: "lockwright"}, shown(ha)
        assert not [text for topic, text in spy.seen if topic == CONFIG and text], "no discovery of it, not even for a moment"
        ha.entry_removed(entry)
        until(lambda: shown(ha) == {FIRMWARE: "mqtt"}, 20, "MQTT's to come back")


def test_a_service_that_is_away_hears_the_goodbye_later(ha):
    with shown_by_mqtt(ha) as (_, service, _sim):
        entry = add(ha, service)
        until(lambda: shown(ha) == {FIRMWARE: "lockwright"}, 20, "the integration alone")
        service.kill(signal.SIGKILL)
        ha.wait_state(FIRMWARE, "unavailable", 30)
        ha.entry_removed(entry)
        service.start()
        until(lambda: shown(ha) == {FIRMWARE: "mqtt"}, 60, "MQTT's to come back")


def test_a_service_without_mqtt_is_no_different(ha):
    with connected(ha) as (service, _, entry):
        ha.wait_state(FIRMWARE, "on")
        assert [one["id"] for one in service.get("/api/v1/integrations").json["integrations"]] == [entry]
        assert service.request("PUT", f"/api/v1/integrations/{entry}").json["mqtt_devices"] == []


def test_a_disabled_or_revoked_integration_leaves_the_locks_to_mqtt(ha):
    # The last one: the entity ids are still the integration's, so MQTT gets others, and Home Assistant remembers them.
    with shown_by_mqtt(ha) as (_, service, _sim):
        entry = add(ha, service)
        until(lambda: shown(ha) == {FIRMWARE: "lockwright"}, 20, "the integration alone")
        ha.command("config_entries/disable", entry_id=entry, disabled_by="user")
        until(lambda: "lockwright_lock_front-door" in mqtt_devices(ha), 20, "the MQTT device")
        ha.command("config_entries/disable", entry_id=entry, disabled_by=None)
        ha.wait_entry(entry, "loaded")
        until(lambda: mqtt_devices(ha) == {"lockwright_service"}, 20, "the MQTT device to go")
        service.cli("token", "revoke", "test-admin")
        until(lambda: "lockwright_lock_front-door" in mqtt_devices(ha), 20, "the MQTT device")
        ha.entry_removed(entry)
