"""A headless Chromium, spoken to in the DevTools protocol over a pipe: no driver, no network."""

import functools
import json
import os
import select
import shutil
import subprocess
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
QUIET += ("--disable-component-update", "--disable-sync", "--no-first-run", "--remote-debugging-pipe")


@functools.cache
def chromium():
    """Where a Chromium is that runs (a package may be a mere stub), or None."""
    return next((path for path in map(shutil.which, NAMES) if path and _runs(path)), None)


def _runs(path):
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class Browser:
    """One tab. `events` collects what the browser reports: console, exceptions, requests."""

    def __init__(self, profile):
        theirs, self.write = os.pipe()
        self.read, ours = os.pipe()
        # Chromium takes commands from descriptor 3 and answers on 4, each message ended by a zero byte.
        shell = f'exec "$@" 3<&{theirs} 4>&{ours} 2>/dev/null'
        command = ["bash", "-c", shell, "bash", chromium(), *QUIET, f"--user-data-dir={profile}", "about:blank"]
        self.process = subprocess.Popen(command, pass_fds=(theirs, ours))
        os.close(theirs)
        os.close(ours)
        self.buffer, self.last, self.session, self.events = b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """Send a command and return its result."""
        self.last += 1
        message = {"id": self.last, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        return self._until(lambda m: m.get("id") == self.last)["result"]

    def open(self, path, width=1280, height=900, scheme="light"):
        """Open a file at a size and in a colour scheme; returns the seconds until it had loaded."""
        scale = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **scale)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        start = time.monotonic()
        self.call("Page.navigate", url=path.resolve().as_uri())
        self._until(lambda m: m.get("method") == "Page.loadEventFired")
        return time.monotonic() - start

    def ask(self, expression):
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def reported(self, *methods):
        """The events of these methods so far."""
        return [m for m in self.events if m.get("method") in methods]

    def close(self):
        """End the browser."""
        self.process.terminate()
        self.process.wait(10)
        os.close(self.write)
        os.close(self.read)

    def _until(self, wanted, limit=60):
        deadline = time.monotonic() + limit
        while True:
            while b"\0" in self.buffer:
                line, _, self.buffer = self.buffer.partition(b"\0")
                message = json.loads(line)
                self.events.append(message)
                if wanted(message):
                    assert "error" not in message, message
                    return message
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.read], [], [], left)[0]:
                raise TimeoutError("the browser gave no answer")
            data = os.read(self.read, 1 << 20)
            if not data:
                raise ConnectionError("the browser ended")
            self.buffer += data
