"""Direct methods: payloads of every JSON kind, the device's own statuses, and devices that do not answer."""

import threading
import unittest

from azure.iot.device import MethodResponse
from azure.iot.hub.models import CloudToDeviceMethod

from hub import PATIENCE_S, HubTestCase


class Methods(HubTestCase):
    def setUp(self):
        self.device = self.new_device()
        self.id = self.device.device_id

    def answering(self, answer):
        """A connected device that answers calls with `answer(request)`: a status and a payload."""
        client = self.connected(self.device)
        self.requests = []

        def called(request):
            self.requests.append((request.name, request.payload))
            client.send_method_response(MethodResponse.create_from_method_request(request, *answer(request)))

        client.on_method_request_received = called
        return client

    def invoke(self, payload, name="echo", **times):
        return self.registry.invoke_device_method(
            self.id, CloudToDeviceMethod(method_name=name, payload=payload, **times)
        )

    def test_payloads_travel_both_ways_unchanged(self):
        self.answering(lambda request: (200, request.payload))
        for payload in ("", "text", "ü/+", {}, {"k": "v", "n": {"m": [1]}}, [], [1, "two", None], 0, 42, -1.5, True, False):
            with self.subTest(payload=payload):
                result = self.invoke(payload)
                self.assertEqual((result.status, result.payload), (200, payload))
                self.assertEqual(self.requests[-1], ("echo", payload))

    def test_null_travels_both_ways(self):
        # The SDK turns None into "", so null is sent without it; and so is a body without a payload.
        self.answering(lambda request: (200, None))
        for body in ({"methodName": "echo", "payload": None}, {"methodName": "echo"}):
            with self.subTest(body=body):
                response = self.hub.rest("POST", f"/twins/{self.id}/methods", body)
                self.assertEqual(response.status_code, 200, response.text)
                self.assertEqual(response.json(), {"status": 200, "payload": None})
                self.assertEqual(self.requests[-1], ("echo", None))

    def test_the_devices_status_is_passed_on(self):
        self.answering(lambda request: (int(request.name.removeprefix("status")), {"said": request.name}))
        for status in (200, 299, 404):
            with self.subTest(status=status):
                result = self.invoke("", name=f"status{status}")
                self.assertEqual((result.status, result.payload), (status, {"said": f"status{status}"}))

    def test_calls_to_one_device_run_side_by_side(self):
        self.answering(lambda request: (200, request.payload))
        results = {}
        threads = [
            threading.Thread(target=lambda n=n: results.update({n: self.invoke({"n": n}).payload})) for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(results, {n: {"n": n} for n in range(8)})

    def test_a_device_that_is_not_there_is_an_error(self):
        with self.fails_with(404, "DeviceNotOnline"):
            self.invoke("")
        # Connected, but it never asked for methods.
        client = self.connected(self.device)
        with self.fails_with(404, "DeviceNotOnline"):
            self.invoke("")
        client.disconnect()
        self.registry.delete_device(self.id)
        with self.fails_with(404, "DeviceNotFound"):
            self.invoke("")

    def test_a_call_can_wait_for_the_device_to_connect(self):
        results = []
        caller = threading.Thread(
            target=lambda: results.append(self.invoke("hello", connect_timeout_in_seconds=PATIENCE_S).payload)
        )
        caller.start()
        self.answering(lambda request: (200, request.payload))
        caller.join()
        self.assertEqual(results, ["hello"])

    def test_a_device_that_does_not_answer_runs_into_the_time_limit(self):
        client = self.connected(self.device)
        client.on_method_request_received = lambda request: None
        with self.fails_with(504):
            self.invoke("", response_timeout_in_seconds=5)

    def test_times_out_of_range_are_refused(self):
        with self.fails_with(400, "ArgumentInvalid"):
            self.invoke("", response_timeout_in_seconds=4)


if __name__ == "__main__":
    unittest.main()
