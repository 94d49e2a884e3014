"""The registry through the service SDK: create, get, update, delete, list, bulk, statistics, etags."""

import base64
import unittest

from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import ExportImportDevice
from msrest.exceptions import HttpOperationError

from hub import HOST, HubTestCase, new_key, sas


class Registry(HubTestCase):
    def update(self, device, status, etag=None):
        keys = device.authentication.symmetric_key
        return self.registry.update_device_with_sas(
            device.device_id, etag or device.etag, keys.primary_key, keys.secondary_key, status
        )

    def test_a_device_is_created_with_generated_keys(self):
        device = self.new_device()
        keys = device.authentication.symmetric_key
        self.assertEqual((device.status, device.connection_state), ("enabled", "Disconnected"))
        self.assertEqual(device.authentication.type, "sas")
        self.assertGreaterEqual(len(base64.b64decode(keys.primary_key)), 16)
        self.assertNotEqual(keys.primary_key, keys.secondary_key)
        self.assertTrue(device.generation_id and device.etag)

    def test_a_device_is_created_with_given_keys_and_read_back(self):
        device_id, primary, secondary = self.new_id(), new_key(), new_key()
        created = self.registry.create_device_with_sas(device_id, primary, secondary, "disabled", status_reason="bench")
        read = self.registry.get_device(device_id)
        for device in (created, read):
            keys = device.authentication.symmetric_key
            self.assertEqual((keys.primary_key, keys.secondary_key), (primary, secondary))
            self.assertEqual((device.status, device.status_reason), ("disabled", "bench"))
        self.assertEqual((created.etag, created.generation_id), (read.etag, read.generation_id))

    def test_ids_of_every_allowed_character_work(self):
        device_id = self.new_id() + "-.+%_#*?!(),=@$':"
        self.addCleanup(lambda: self.registry.delete_device(device_id))
        self.assertEqual(self.registry.create_device_with_sas(device_id, None, None, "enabled").device_id, device_id)
        self.assertEqual(self.registry.get_device(device_id).device_id, device_id)
        self.assertEqual(self.registry.get_twin(device_id).device_id, device_id)

    def test_creating_what_exists_is_a_conflict(self):
        device = self.new_device()
        with self.fails_with(409, "DeviceAlreadyExists"):
            self.registry.create_device_with_sas(device.device_id, None, None, "enabled")

    def test_what_does_not_exist_is_not_found(self):
        device_id = self.new_id()
        with self.fails_with(404, "DeviceNotFound"):
            self.registry.get_device(device_id)
        with self.fails_with(404, "DeviceNotFound"):
            self.registry.delete_device(device_id)
        with self.fails_with(404, "DeviceNotFound"):
            self.registry.update_device_with_sas(device_id, "*", new_key(), new_key(), "enabled")
        with self.fails_with(404, "DeviceNotFound"):
            self.registry.get_twin(device_id)

    def test_an_update_needs_the_present_etag(self):
        device = self.new_device()
        disabled = self.update(device, "disabled")
        self.assertEqual(disabled.status, "disabled")
        self.assertNotEqual(disabled.etag, device.etag)
        with self.fails_with(412, "PreconditionFailed"):
            self.update(device, "enabled")
        self.assertEqual(self.registry.get_device(device.device_id).status, "disabled")
        self.assertEqual(self.update(device, "enabled", etag="*").status, "enabled")

    def test_a_deletion_needs_the_present_etag(self):
        device = self.new_device()
        self.update(device, "disabled")
        with self.fails_with(412, "PreconditionFailed"):
            self.registry.delete_device(device.device_id, device.etag)
        self.registry.delete_device(device.device_id, self.registry.get_device(device.device_id).etag)
        with self.fails_with(404, "DeviceNotFound"):
            self.registry.get_device(device.device_id)

    def test_a_device_that_is_created_again_is_another_one(self):
        device = self.new_device()
        self.registry.delete_device(device.device_id)
        again = self.registry.create_device_with_sas(device.device_id, None, None, "enabled")
        self.assertNotEqual(again.generation_id, device.generation_id)
        self.assertEqual(self.registry.get_twin(device.device_id).version, 2)

    def test_an_id_with_a_slash_is_refused(self):
        with self.assertRaises(HttpOperationError) as refused:
            self.registry.create_device_with_sas("invalid/name", None, None, "enabled")
        self.assertEqual(refused.exception.response.status_code, 400)

    def test_devices_are_listed(self):
        ids = {self.new_device().device_id for _ in range(3)}
        listed = self.registry.get_devices(1000)
        self.assertLessEqual(ids, {device.device_id for device in listed})
        self.assertEqual(len(self.registry.get_devices(2)), 2)

    def test_statistics_count_devices(self):
        before = self.registry.get_device_registry_statistics()
        self.new_device(), self.new_device("disabled")
        after = self.registry.get_device_registry_statistics()
        self.assertEqual(after.total_device_count, before.total_device_count + 2)
        self.assertEqual(after.disabled_device_count, before.disabled_device_count + 1)
        connected = self.registry.get_service_statistics().connected_device_count
        self.connected(self.new_device())
        self.assertEqual(self.registry.get_service_statistics().connected_device_count, connected + 1)

    def test_bulk_operations_succeed_and_say_what_failed(self):
        ids = [self.new_id() for _ in range(5)]
        bulk = lambda mode, ids, **more: self.registry.bulk_create_or_update_devices(
            [ExportImportDevice(id=device_id, import_mode=mode, **more) for device_id in ids]
        )
        created = bulk("create", ids, status="enabled", tags={"batch": 1})
        self.assertTrue(created.is_successful, created.errors)
        self.assertEqual(self.registry.get_twin(ids[4]).tags, {"batch": 1})
        again = bulk("create", ids[:2])
        self.assertFalse(again.is_successful)
        self.assertEqual({error.device_id for error in again.errors}, set(ids[:2]))
        self.assertTrue(bulk("update", ids, status="disabled").is_successful)
        self.assertEqual(self.registry.get_device(ids[0]).status, "disabled")
        self.assertTrue(bulk("delete", ids).is_successful)
        with self.fails_with(404):
            self.registry.get_device(ids[0])


class Authorization(HubTestCase):
    def test_a_wrong_key_an_unknown_policy_and_an_expired_token_are_refused(self):
        for name, key in (("iothubowner", new_key()), ("nobody", new_key())):
            text = f"HostName={HOST};SharedAccessKeyName={name};SharedAccessKey={key}"
            with self.subTest(name), self.fails_with(401):
                IoTHubRegistryManager.from_connection_string(text).get_devices(1)
        key = self.hub.connection_string.split("SharedAccessKey=")[1]
        for expires_in_s, status in ((3600, 200), (-3600, 401)):
            token = sas(HOST, key, policy="iothubowner", expires_in_s=expires_in_s)
            self.assertEqual(self.hub.rest("GET", "/devices?top=1", token=token).status_code, status)

    def test_an_error_is_json_and_names_its_code(self):
        response = self.hub.rest("GET", f"/devices/{self.new_id()}")
        self.assertEqual(response.status_code, 404)
        self.assertIn("application/json", response.headers["Content-Type"])
        self.assertEqual(response.headers["iothub-errorcode"], "DeviceNotFound")
        self.assertEqual(set(response.json()), {"Message", "ExceptionMessage"})


if __name__ == "__main__":
    unittest.main()
