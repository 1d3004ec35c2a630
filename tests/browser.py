"""A real Chromium for the tests of the page: the one of this machine, or one that is fetched.

`python -m tests.browser` fetches one if there is none: Debian's package where we are root, else Playwright's own build.
Where neither comes, the tests of the page are skipped, and on CI they fail.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS: Final = ["--disable-dev-shm-usage", "--use-fake-device-for-media-stream"]
"""Containers have little shared memory, and no camera."""


def chromium() -> str | None:
    """The path of a Chromium that runs; None if there is none."""
    with sync_playwright() as playwright:
        fetched = playwright.chromium.executable_path
    found = [path for name in NAMES if (path := shutil.which(name))]
    return next((path for path in [*found, fetched] if _runs(path)), None)


def fetch() -> None:
    """Try what this machine allows, one way after the other, until there is a Chromium."""
    root = os.name == "posix" and os.geteuid() == 0
    playwright = [sys.executable, "-m", "playwright", "install", *(["--with-deps"] if root else []), "chromium"]
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
    debian = [[*apt, "update", "-qq"], [*apt, "install", "-qq", "-y", "--no-install-recommends", "chromium"]]
    ways = [debian, [playwright]] if root and shutil.which("apt-get") else [[playwright]]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for way in ways:
        for command in way:
            subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if chromium():
            return


def _runs(path: str) -> bool:
    if not Path(path).exists():
        return False
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    if not chromium():
        fetch()
    if not chromium():
        sys.stderr.write(
            "There is no Chromium, so the tests of the page are skipped; on Debian: apt-get install chromium\n"
        )
