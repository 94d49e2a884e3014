"""The twin from the device's side: get, report, be told what is desired."""

import unittest

from azure.iot.device.exceptions import ClientError, ServiceError
from azure.iot.hub.models import Twin, TwinProperties

from hub import PATIENCE_S, HubTestCase


class DeviceTwin(HubTestCase):
    def setUp(self):
        self.device = self.new_device()
        self.id = self.device.device_id

    def desire(self, desired):
        return self.registry.update_twin(self.id, Twin(properties=TwinProperties(desired=desired)))

    def test_a_new_twin_is_empty_at_version_one(self):
        twin = self.connected(self.device).get_twin()
        self.assertEqual(twin, {"desired": {"$version": 1}, "reported": {"$version": 1}})

    def test_a_device_sees_desired_and_reported_without_metadata(self):
        self.desire({"a": {"b": 1}})
        client = self.connected(self.device)
        client.patch_twin_reported_properties({"c": [1, 2]})
        twin = client.get_twin()
        self.assertEqual(twin["desired"], {"a": {"b": 1}, "$version": 2})
        self.assertEqual(twin["reported"], {"c": [1, 2], "$version": 2})

    def test_reported_patches_merge_and_null_removes(self):
        client = self.connected(self.device)
        client.patch_twin_reported_properties({"network": {"type": "lte", "rssi": -90}, "firmware": "1.0"})
        client.patch_twin_reported_properties({"network": {"rssi": -80}, "firmware": None})
        reported = self.registry.get_twin(self.id).properties.reported
        self.assertEqual(reported["network"], {"type": "lte", "rssi": -80})
        self.assertNotIn("firmware", reported)
        self.assertEqual(reported["$version"], 3)
        self.assertIn("$lastUpdated", reported["$metadata"]["network"]["rssi"])

    def test_a_patch_that_is_not_allowed_is_refused_and_changes_nothing(self):
        client = self.connected(self.device)
        for patch in ({"$version": 7}, {"a.b": 1}, {"a": {"b c": 1}}, {"long": "x" * 40_000}):
            with self.subTest(patch=str(patch)[:40]):
                with self.assertRaises(ClientError) as refused:
                    client.patch_twin_reported_properties(patch)
                self.assertIsInstance(refused.exception.__cause__, ServiceError)
                self.assertIn("400", str(refused.exception.__cause__))
        self.assertEqual(client.get_twin()["reported"], {"$version": 1})

    def test_a_change_of_desired_is_announced(self):
        client = self.connected(self.device)
        patches = self.desired_of(client)
        self.desire({"telemetry": {"interval_s": 30}})
        self.assertEqual(patches.get(timeout=PATIENCE_S), {"telemetry": {"interval_s": 30}, "$version": 2})
        self.desire({"telemetry": {"interval_s": None, "level": "warn"}})
        self.assertEqual(
            patches.get(timeout=PATIENCE_S), {"telemetry": {"interval_s": None, "level": "warn"}, "$version": 3}
        )

    def test_asking_for_the_same_again_is_announced_again(self):
        patches = self.desired_of(self.connected(self.device))
        for version in (2, 3):
            self.desire({"a": 1})
            self.assertEqual(patches.get(timeout=PATIENCE_S), {"a": 1, "$version": version})

    def test_a_replacement_is_announced_with_null_for_what_is_gone(self):
        self.desire({"old": 1, "kept": 2})
        patches = self.desired_of(self.connected(self.device))
        self.registry.replace_twin(self.id, Twin(properties=TwinProperties(desired={"kept": 2, "new": 3})))
        patch = patches.get(timeout=PATIENCE_S)
        self.assertEqual((patch["old"], patch["new"], patch["$version"]), (None, 3, 3))

    def test_what_was_missed_while_offline_arrives_on_return(self):
        client = self.connected(self.device)
        # The SDK subscribes to twin responses with the first get, and fetches the twin after every connect by itself.
        client.get_twin()
        patches = self.desired_of(client)
        self.desire({"a": 1})
        self.assertEqual(patches.get(timeout=PATIENCE_S)["$version"], 2)
        client.disconnect()
        self.desire({"a": 2})
        self.desire({"b": 3})
        client.connect()
        patch = patches.get(timeout=PATIENCE_S)
        self.assertEqual(patch, {"a": 2, "b": 3, "$version": 4})

    def test_reports_leave_the_etag_alone(self):
        before = self.registry.get_twin(self.id)
        self.connected(self.device).patch_twin_reported_properties({"a": 1})
        after = self.registry.get_twin(self.id)
        self.assertEqual((after.etag, after.version), (before.etag, before.version + 1))


if __name__ == "__main__":
    unittest.main()
