"""Locks that are reached through their vendor's cloud, here one that only its vendor's app can update: the person is guided."""
import contextlib

from cloud_support import cloud_house, known, part
from ha import until
from parts import add, look

UPDATE = "update.the_utec_lock_firmware"
GUIDE = "button.the_utec_lock_guide_me_through_the_update"
RESULT = "event.the_utec_lock_update_result"


@contextlib.contextmanager
def guided(ha):
    """A lock whose owner was asked to update it in the app; the repair that says how."""
    with cloud_house("utec") as (service, cloud):
        until(lambda: known(service, "utec"), what="what the cloud tells of the lock")
        entry = add(ha, service)
        try:
            state = ha.wait_state(UPDATE, lambda state: state["attributes"].get("supported_features") is not None)
            assert not state["attributes"]["supported_features"] & 1, "no Install that would do nothing"
            ha.call("button", "press", GUIDE)
            yield service, cloud, ha.wait_issue("guide")
        finally:
            ha.entry_removed(entry)


def begin(ha, issue):
    flow = ha.post("/api/repairs/issues/fix", {"handler": "lockwright", "issue_id": issue["issue_id"]})
    assert flow["type"] == "menu" and flow["menu_options"] == ["started", "confirm_version", "cancel"], flow
    return flow


def test_a_guided_update_ends_with_the_version_that_its_owner_read(ha):
    with guided(ha) as (service, cloud, issue):
        words = issue["translation_placeholders"]
        assert "Xthings" in words["app"] and words["steps"].startswith("1. "), words
        look(ha, "guide", "/config/repairs", ["Update The utec lock in"], f"Update The utec lock in {words['app']}", [words["steps"].split("\n")[0][3:]])
        flow = begin(ha, issue)
        ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {"next_step_id": "confirm_version"})
        part(cloud, vendor="utec").installed = "02.20.0002"
        assert ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {"version": "02.20.0002"})["type"] == "create_entry"
        ended = ha.wait_state(RESULT, lambda state: state["attributes"]["event_type"] == "succeeded", 120)["attributes"]
        assert ended["evidence"] == "user_attested" and ended["verified_version"] == "02.20.0002", ended
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")


def test_a_guided_update_may_be_called_off(ha):
    with guided(ha) as (service, _, issue):
        flow = begin(ha, issue)
        assert ha.post(f"/api/repairs/issues/fix/{flow['flow_id']}", {"next_step_id": "cancel"})["type"] == "create_entry"
        ha.wait_state(RESULT, lambda state: state["attributes"]["event_type"] == "cancelled", 60)
        until(lambda: not ha.issues(), 20, "the issue to be withdrawn")
        assert service.get("/api/v1/jobs").json["jobs"][0]["phase"] == "cancelled"
