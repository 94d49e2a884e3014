"""Connecting: with the right key, and with everything that can be wrong about it."""

import threading
import unittest

import paho.mqtt.client as mqtt
from azure.iot.device import IoTHubDeviceClient, exceptions

from hub import HOST, MQTTS_PORT, PATIENCE_S, HubTestCase, new_key, sas, until

NOT_AUTHORIZED = 5


class Connecting(HubTestCase):
    def test_both_keys_open_the_door(self):
        device = self.new_device()
        keys = device.authentication.symmetric_key
        for key in (keys.primary_key, keys.secondary_key):
            client = self.client(device, key)
            client.connect()
            self.assertTrue(client.connected)
            client.disconnect()
            self.assertFalse(client.connected)

    def test_the_twin_says_whether_a_device_is_connected(self):
        device = self.new_device()
        self.assertEqual(self.registry.get_twin(device.device_id).connection_state, "Disconnected")
        client = self.connected(device)
        self.assertEqual(self.registry.get_twin(device.device_id).connection_state, "Connected")
        client.disconnect()
        until(lambda: self.registry.get_twin(device.device_id).connection_state == "Disconnected")

    def test_a_bad_key_is_refused(self):
        with self.assertRaises(exceptions.CredentialError):
            self.client(self.new_device(), new_key()).connect()

    def test_an_unknown_device_is_refused(self):
        device = self.new_device()
        self.registry.delete_device(device.device_id)
        with self.assertRaises(exceptions.CredentialError):
            self.client(device).connect()

    def test_a_disabled_device_is_refused_until_it_is_enabled(self):
        device = self.new_device("disabled")
        with self.assertRaises(exceptions.CredentialError):
            self.client(device).connect()
        keys = device.authentication.symmetric_key
        self.registry.update_device_with_sas(device.device_id, device.etag, keys.primary_key, keys.secondary_key, "enabled")
        self.assertTrue(self.connected(device).connected)

    def test_a_token_made_elsewhere_is_good_until_it_expires(self):
        device = self.new_device()
        resource, key = f"{HOST}/devices/{device.device_id}", device.authentication.symmetric_key.primary_key
        client = IoTHubDeviceClient.create_from_sastoken(sas(resource, key), server_verification_cert=self.hub.ca)
        self.addCleanup(client.shutdown)
        client.connect()
        self.assertTrue(client.connected)
        client.disconnect()
        # The SDK refuses an expired token by itself, so the hub is asked without it.
        self.assertEqual(self.connack(device, sas(resource, key)), 0)
        self.assertEqual(self.connack(device, sas(resource, key, expires_in_s=-3600)), NOT_AUTHORIZED)

    def test_a_token_for_another_device_is_refused(self):
        device = self.new_device()
        key = device.authentication.symmetric_key.primary_key
        self.assertEqual(self.connack(device, sas(f"{HOST}/devices/somebody-else", key)), NOT_AUTHORIZED)

    def test_a_second_connection_takes_over_from_the_first(self):
        device = self.new_device()
        first = self.client(device, connection_retry=False)
        lost = threading.Event()
        first.on_connection_state_change = lambda: first.connected or lost.set()
        first.connect()
        second = self.connected(device)
        self.assertTrue(lost.wait(PATIENCE_S))
        self.assertTrue(second.connected)
        self.assertEqual(self.registry.get_twin(device.device_id).connection_state, "Connected")

    def test_disabling_or_deleting_a_device_ends_its_connection(self):
        for end in ("disable", "delete"):
            with self.subTest(end):
                device = self.new_device()
                client = self.client(device, connection_retry=False)
                lost = threading.Event()
                client.on_connection_state_change = lambda client=client, lost=lost: client.connected or lost.set()
                client.connect()
                if end == "disable":
                    keys = device.authentication.symmetric_key
                    self.registry.update_device_with_sas(
                        device.device_id, device.etag, keys.primary_key, keys.secondary_key, "disabled"
                    )
                else:
                    self.registry.delete_device(device.device_id)
                self.assertTrue(lost.wait(PATIENCE_S))

    def test_a_client_renews_its_token(self):
        # Renewal comes two minutes before the end, which is a second after the beginning.
        client = self.client(self.new_device(), sastoken_ttl=121)
        states = []
        renewed = threading.Event()

        def changed():
            states.append(client.connected)
            if states[-2:] == [False, True]:
                renewed.set()

        client.on_connection_state_change = changed
        client.connect()
        self.assertTrue(renewed.wait(PATIENCE_S), states)

    def connack(self, device, password):
        """The hub's return code for a plain MQTT CONNECT with this password."""
        client = mqtt.Client(client_id=device.device_id, clean_session=False)
        client.username_pw_set(f"{HOST}/{device.device_id}/?api-version=2021-04-12", password)
        client.tls_set(ca_certs=self.hub.ca_file)
        codes = []
        client.on_connect = lambda _client, _data, _flags, code: codes.append(code)
        client.connect(HOST, MQTTS_PORT)
        until(lambda: client.loop(0.1) is None or codes)
        client.disconnect()
        return codes[0]


if __name__ == "__main__":
    unittest.main()
