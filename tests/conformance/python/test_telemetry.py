"""Telemetry: every message is acknowledged once the hub has it."""

import concurrent.futures
import unittest

from azure.iot.device import Message

from hub import HubTestCase


class Telemetry(HubTestCase):
    def test_messages_are_acknowledged(self):
        client = self.connected(self.new_device())
        for body in ("text", '{"temperature": 21.5}', "", "x" * 200_000):
            # Returns with the acknowledgment, and raises without it.
            client.send_message(body)

    def test_properties_of_all_kinds_are_taken(self):
        client = self.connected(self.new_device())
        message = Message('{"v": 1}', message_id="m/1", content_encoding="utf-8", content_type="application/json")
        message.correlation_id = "c 1&2=3"
        message.custom_properties["plain"] = "value"
        message.custom_properties["a/b c"] = "ü+%/&="
        message.custom_properties["empty"] = ""
        client.send_message(message)

    def test_many_messages_at_once_are_all_acknowledged(self):
        client = self.connected(self.new_device())
        with concurrent.futures.ThreadPoolExecutor(10) as threads:
            sent = [threads.submit(client.send_message, f"message {n}") for n in range(100)]
            for one in sent:
                one.result(timeout=60)

    def test_a_message_moves_the_time_of_the_last_activity(self):
        device = self.new_device()
        before = self.registry.get_twin(device.device_id).last_activity_time
        self.connected(device).send_message("here")
        self.assertGreater(self.registry.get_twin(device.device_id).last_activity_time, before)


if __name__ == "__main__":
    unittest.main()
