"""What a device keeps over a lost connection: its subscriptions, although the SDK does not renew them."""

import queue
import threading
import unittest

from azure.iot.device import MethodResponse
from azure.iot.hub.models import CloudToDeviceMethod, Twin, TwinProperties

from hub import PATIENCE_S, HubTestCase, until


class Reconnecting(HubTestCase):
    def setUp(self):
        if self.hub.server is None:
            self.skipTest("the hub was not started here, so it can be neither cut off nor restarted")
        self.device = self.new_device()
        self.client_ = self.client(self.device, connection_retry_interval=1)
        self.states = queue.Queue()
        self.client_.on_connection_state_change = lambda: self.states.put(self.client_.connected)
        self.client_.connect()
        self.await_state(True)
        self.patches = self.desired_of(self.client_)
        self.client_.on_method_request_received = lambda request: self.client_.send_method_response(
            MethodResponse.create_from_method_request(request, 200, request.payload)
        )
        self.works("before")

    def await_state(self, connected):
        while self.states.get(timeout=PATIENCE_S) != connected:
            pass

    def works(self, word):
        """Desired notifications, methods, reports and telemetry all work."""
        device_id = self.device.device_id
        self.registry.update_twin(device_id, Twin(properties=TwinProperties(desired={"word": word})))
        while self.patches.get(timeout=PATIENCE_S).get("word") != word:
            pass
        call = CloudToDeviceMethod(method_name="echo", payload=word, connect_timeout_in_seconds=PATIENCE_S)
        self.assertEqual(self.registry.invoke_device_method(device_id, call).payload, word)
        self.client_.patch_twin_reported_properties({"word": word})
        self.client_.send_message(word)
        self.assertEqual(self.registry.get_twin(device_id).properties.reported["word"], word)

    def test_after_the_network_was_cut(self):
        for word in ("once", "twice"):
            self.hub.server.cut()
            self.await_state(False)
            self.await_state(True)
            self.works(word)

    def test_after_a_restart_of_the_hub(self):
        self.assertEqual(self.hub.server.stop(), 0)
        self.await_state(False)
        self.hub.server.restart()
        self.await_state(True)
        self.works("after the restart")

    def test_after_the_hub_was_killed_nothing_acknowledged_is_lost(self):
        for round_ in range(3):
            self.client_.patch_twin_reported_properties({"round": round_})
            self.hub.server.kill()
            self.await_state(False)
            self.hub.server.restart()
            self.await_state(True)
            self.assertEqual(self.client_.get_twin()["reported"]["round"], round_)
            self.works(f"round {round_}")

    def test_a_message_that_was_not_acknowledged_is_sent_again(self):
        server, outcome, body = self.hub.server, queue.Queue(), "x" * 50_000

        def send():
            try:
                outcome.put(self.client_.send_message(body))
            except Exception as error:  # handed to the test's thread
                outcome.put(error)

        # The hub stands still while the message comes in, and dies before it has read it.
        before = server.bytes_from_devices()
        server.freeze()
        threading.Thread(target=send, daemon=True).start()
        until(lambda: server.bytes_from_devices() - before > len(body))
        server.kill()
        self.await_state(False)
        server.restart()
        self.assertIsNone(outcome.get(timeout=PATIENCE_S))


if __name__ == "__main__":
    unittest.main()
