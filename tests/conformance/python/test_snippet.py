"""The snippet that the console displays when a device is enrolled: it runs as it is, beside the displayed authority."""

import html
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import requests

from hub import PASSWORD, PATIENCE_S, HubTestCase


class Snippet(HubTestCase):
    def setUp(self):
        if self.hub.server is None:
            self.skipTest("the console of another hub is not known")
        self.console = self.hub.server.console

    def enrolled(self, device_id, **fields):
        """The page that answers the form, as a browser without scripts sends it."""
        signed_in = requests.post(
            f"{self.console}/session",
            data={"name": "admin", "password": PASSWORD},
            allow_redirects=False,
            timeout=PATIENCE_S,
        )
        # A browser keeps the cookie on loopback without TLS; this client would not.
        cookie = signed_in.headers["Set-Cookie"].split(";")[0]
        answer = requests.post(
            f"{self.console}/provision",
            data={"device-id": device_id, "keys": "made", **fields},
            headers={"Cookie": cookie},
            timeout=PATIENCE_S,
        )
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        return answer.text

    def displayed(self, page, label):
        """The text that stands on the page under this name."""
        found = re.search(rf'<pre[^>]*aria-label="{label}"[^>]*>(.*?)</pre>', page, re.DOTALL)
        self.assertIsNotNone(found, f"{label} is not on the page")
        return html.unescape(re.sub(r"<!.*?>", "", found.group(1)))

    def test_it_connects_reads_what_is_asked_and_reports(self):
        device_id = self.new_id()
        page = self.enrolled(device_id, desired="metering.interval_s = 900")
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "ca.pem").write_text(self.displayed(page, "Certificate of the authority"))
            (folder / "device.py").write_text(self.displayed(page, "Start with Python"))
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "device.py"],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=2 * PATIENCE_S,
            )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("'interval_s': 900", done.stdout)
        reported = self.registry.get_twin(device_id).properties.reported
        self.assertEqual(reported["firmware"], {"version": "1.0.0"})


if __name__ == "__main__":
    unittest.main()
