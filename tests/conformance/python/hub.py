"""The hub under test, started and stopped by the tests themselves.

The SDKs know only the ports 443 and 8883, so the server's HTTPS listener is put on 443 and a small relay on 8883 leads
to its MQTT listener. The relay exists so that a test can cut every device's connection as a network does. When those
ports cannot be had, every test says so and is skipped.

Environment:
  TANDEM_BIN                the server's binary; the debug build of this work tree without it
  TANDEM_CONNECTION_STRING  of a running hub's policy `iothubowner`: then that hub is tested and none is started,
  TANDEM_CA_FILE            with its certificate authority, and tests that cut or restart are skipped
  TANDEM_HUB_HOST           the hub's host name, `localhost` without it
"""

import atexit
import base64
import hashlib
import hmac
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse
import uuid

import requests
from azure.iot.device import IoTHubDeviceClient
from azure.iot.hub import IoTHubRegistryManager

WORK_TREE = pathlib.Path(__file__).parents[3]
HTTPS_PORT = 443
MQTTS_PORT = 8883
API_VERSION = "2021-04-12"
PATIENCE_S = 30
PASSWORD = "correct horse battery"


class Relay:
    """Leads connections on the SDKs' MQTT port to wherever the server listens."""

    def __init__(self, upstream_port):
        self.upstream_port = upstream_port
        self.bytes_from_clients = 0
        self._lock = threading.Lock()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", MQTTS_PORT))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Ends every connection without a word."""
        with self._lock:
            for end in self._open:
                _shut(end)

    def _accept(self):
        while True:
            client, _ = self._listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.upstream_port))
            except OSError:
                client.close()
                continue
            with self._lock:
                self._open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink, source is client), daemon=True).start()

    def _pump(self, source, sink, is_from_client):
        try:
            while data := source.recv(65536):
                if is_from_client:
                    self.bytes_from_clients += len(data)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            _shut(end)
        with self._lock:
            self._open.discard(source)
        source.close()


def _shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Server:
    """A `tandem serve` of our own over a temporary data directory."""

    def __init__(self):
        self._binary = os.environ.get("TANDEM_BIN", str(WORK_TREE / "target/debug/tandem"))
        if not os.access(self._binary, os.X_OK):
            raise unittest.SkipTest(f"there is no server to test: {self._binary} is missing, set TANDEM_BIN")
        for port in (HTTPS_PORT, MQTTS_PORT):
            try:
                socket.create_server(("127.0.0.1", port)).close()
            except OSError as error:
                raise unittest.SkipTest(f"the SDKs need port {port}, which cannot be had: {error}") from error
        self._data_dir = tempfile.mkdtemp(prefix="tandem-conformance-")
        self._process = None
        atexit.register(self._clean_up)
        self._relay = Relay(self.start())

    @property
    def ca_file(self):
        return os.path.join(self._data_dir, "ca.pem")

    def connection_string(self):
        return self._command("connection-string", "--policy", "iothubowner", stdout=subprocess.PIPE).communicate()[0].strip()

    def start(self):
        """Starts the server and returns its MQTT port when it is ready."""
        self._process = self._command(
            "serve",
            *("--console-addr", "127.0.0.1:0"),
            *("--hub-https-addr", f"127.0.0.1:{HTTPS_PORT}"),
            *("--hub-mqtts-addr", "127.0.0.1:0"),
            stdout=subprocess.PIPE,
        )
        for line in self._process.stdout:
            word, _, value = line.partition(" ")
            if word == "console":
                self.console = value.strip()
            if word == "hub-mqtts":
                port = int(value.rsplit(":", 1)[1])
            if word.strip() == "ready":
                threading.Thread(target=self._process.stdout.read, daemon=True).start()
                return port
        raise AssertionError(f"the server ended before it was ready: {self._process.wait()}")

    def restart(self):
        """Starts the server again over its data."""
        self._relay.upstream_port = self.start()

    def kill(self):
        """Ends the server as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self):
        """Asks the server to stop and returns its exit status."""
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(PATIENCE_S)

    def freeze(self):
        """Lets the server stand still; only `kill` ends that."""
        self._process.send_signal(signal.SIGSTOP)

    def cut(self):
        """Ends every device's connection without a word."""
        self._relay.cut()

    def bytes_from_devices(self):
        """How many bytes devices have sent so far."""
        return self._relay.bytes_from_clients

    def _command(self, *arguments, **options):
        environment = {
            **os.environ,
            "TANDEM_DATA_DIR": self._data_dir,
            "TANDEM_HOST_NAME": HOST,
            "TANDEM_ADMIN_PASSWORD": PASSWORD,
        }
        environment.pop("TANDEM_CONNECTION_STRING", None)
        environment.setdefault("TANDEM_LOG", "warn")
        environment.setdefault("TANDEM_SITE", str(WORK_TREE / "target/site-dev"))
        return subprocess.Popen([self._binary, *arguments], env=environment, text=True, **options)

    def _clean_up(self):
        if self._process and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._data_dir, ignore_errors=True)


HOST = os.environ.get("TANDEM_HUB_HOST", "localhost")
_hub = None


class Hub:
    """The hub that all tests of this process share."""

    def __init__(self):
        if "TANDEM_CONNECTION_STRING" in os.environ:
            self.server = None
            self.ca_file = os.environ["TANDEM_CA_FILE"]
            self.connection_string = os.environ["TANDEM_CONNECTION_STRING"]
        else:
            self.server = Server()
            self.ca_file = self.server.ca_file
            self.connection_string = self.server.connection_string()
        self.ca = pathlib.Path(self.ca_file).read_text()
        # What the service SDK's HTTP library trusts.
        os.environ["REQUESTS_CA_BUNDLE"] = self.ca_file
        self.registry = IoTHubRegistryManager.from_connection_string(self.connection_string)

    def rest(self, method, path, body=None, token=None, headers=None):
        """A request of the service surface as it is, for what the SDK cannot express."""
        parts = dict(part.split("=", 1) for part in self.connection_string.split(";"))
        token = token or sas(HOST, parts["SharedAccessKey"], policy=parts["SharedAccessKeyName"])
        separator = "&" if "?" in path else "?"
        return requests.request(
            method,
            f"https://{HOST}{path}{separator}api-version={API_VERSION}",
            json=body,
            headers={"Authorization": token, **(headers or {})},
            verify=self.ca_file,
            timeout=PATIENCE_S,
        )


def hub():
    """The hub, started at first use; skips when there can be none."""
    global _hub
    if _hub is None:
        _hub = Hub()
    return _hub


def sas(resource, key, policy=None, expires_in_s=3600):
    """A token, made by hand so that it can also be wrong."""
    resource, expiry = urllib.parse.quote(resource, safe=""), int(time.time()) + expires_in_s
    to_sign = f"{resource}\n{expiry}".encode()
    signature = base64.b64encode(hmac.new(base64.b64decode(key), to_sign, hashlib.sha256).digest())
    token = f"SharedAccessSignature sr={resource}&sig={urllib.parse.quote(signature, safe='')}&se={expiry}"
    return f"{token}&skn={policy}" if policy else token


def new_key():
    """A random key."""
    return base64.b64encode(os.urandom(32)).decode()


def until(condition):
    """Waits for a condition of the hub that it does not announce."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it did not come to pass")
        time.sleep(0.01)


class HubTestCase(unittest.TestCase):
    """A test with a hub, devices of its own, and clients that are closed afterwards."""

    @classmethod
    def setUpClass(cls):
        try:
            cls.hub = hub()
        except unittest.SkipTest as reason:
            # Every test is skipped by itself, so that each is counted.
            cls.__unittest_skip__, cls.__unittest_skip_why__ = True, str(reason)
            return
        cls.registry = cls.hub.registry

    def new_id(self):
        """An id that no other test uses; its device is deleted afterwards if it exists then."""
        device_id = f"py-{uuid.uuid4()}"
        self.addCleanup(self.hub.rest, "DELETE", f"/devices/{device_id}", headers={"If-Match": "*"})
        return device_id

    def new_device(self, status="enabled"):
        """Registers a device and returns its identity."""
        return self.registry.create_device_with_sas(self.new_id(), None, None, status)

    def client(self, device, key=None, **options):
        """A device client that is not connected yet."""
        key = key or device.authentication.symmetric_key.primary_key
        text = f"HostName={HOST};DeviceId={device.device_id};SharedAccessKey={key}"
        client = IoTHubDeviceClient.create_from_connection_string(text, server_verification_cert=self.hub.ca, **options)
        self.addCleanup(client.shutdown)
        return client

    def connected(self, device, **options):
        """A device client that is connected."""
        client = self.client(device, **options)
        client.connect()
        return client

    def desired_of(self, client):
        """A queue of the desired patches that the client receives from now on."""
        patches = queue.Queue()
        client.on_twin_desired_properties_patch_received = patches.put
        return patches

    def fails_with(self, status, code=None):
        """A context in which the service SDK must raise an HTTP error of this status and code."""
        return _FailsWith(self, status, code)


class _FailsWith:
    def __init__(self, test, status, code):
        self._test, self._status, self._code = test, status, code

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        self._test.assertIsNotNone(error, "the request succeeded")
        response = getattr(error, "response", None)
        if response is None:
            return False
        self._test.assertEqual(response.status_code, self._status, response.text)
        if self._code:
            self._test.assertTrue(response.json()["Message"].startswith(f"ErrorCode:{self._code};"), response.text)
        return True
