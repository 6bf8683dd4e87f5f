"""Debian's chromium without a window, and what it says about a page."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
)


@contextmanager
def chromium(profile: Path) -> Iterator[Any]:
    """Start chromium with a fresh profile; skip, and say why, where it cannot be."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed (ibspec[test])")
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        lacking = " and ".join(
            name for name, path in (("chromium", browser), ("chromedriver", driver)) if path is None
        )
        pytest.skip(f"{lacking} not found: apt-get install chromium chromium-driver brings them")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    try:
        chrome.set_page_load_timeout(60)
        yield chrome
    finally:
        chrome.quit()


def open_page(chrome: Any, page: Path, *, width: int = 1280, height: int = 900) -> None:
    """Open a file at that width, and forget what was logged before."""
    chrome.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    for kind in ("browser", "performance"):
        chrome.get_log(kind)
    chrome.get(page.as_uri())


def complaints(chrome: Any) -> list[str]:
    """What the console said."""
    return [entry["message"] for entry in chrome.get_log("browser")]


def requests(chrome: Any) -> list[str]:
    """Addresses that the page asked for, `data:` apart."""
    messages = [json.loads(entry["message"])["message"] for entry in chrome.get_log("performance")]
    asked = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    return [address for address in asked if not address.startswith("data:")]


def overflow(chrome: Any) -> int:
    """By how many pixels the page is wider than the window."""
    pixels: int = chrome.execute_script(
        "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return pixels


BROKEN_ANCHORS = """
return [...document.querySelectorAll('a[href^="#"]')].map((a) => decodeURIComponent(a.hash.slice(1)))
  .filter((id) => !document.getElementById(id))"""


def broken_anchors(chrome: Any) -> list[str]:
    """Links inside the page that lead nowhere."""
    found: list[str] = chrome.execute_script(BROKEN_ANCHORS)
    return found
