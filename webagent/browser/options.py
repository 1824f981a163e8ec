"""What the browser is started with: its flags, its preferences, its environment."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from selenium.webdriver import ChromeOptions
from selenium.webdriver.common.options import BaseOptions

from webagent.browser.egress import NOWHERE
from webagent.settings import Settings

PAGE_LOAD_TIMEOUT = 20.0
SCRIPT_TIMEOUT = 5.0

_TOOLBAR = 143  # height in pixels that a window has above its viewport

_FLAGS = (
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-client-side-phishing-detection",
    "--disable-extensions",
    "--disable-sync",
    "--disable-search-engine-choice-screen",
    "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,CertificateTransparencyComponentUpdater,SpareRendererForSitePerProcess",
    "--disable-breakpad",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--dns-prefetch-disable",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--hide-crash-restore-bubble",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
# No way round the proxy: without the first, loopback and 169.254.x go past it; a name is resolved by it alone.
_ALL_THROUGH_THE_PROXY = ("--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
# Its own calls home, which the user did not ask for; the proxy knows that name.
_CALLS_HOME = (f"--gaia-url=https://{NOWHERE}", f"--component-updater=url-source=https://{NOWHERE}")
_BLOCK = 2
_ASKED_FOR = (
    "bluetooth_guard clipboard file_system_write_guard geolocation hid_guard idle_detection local_fonts "
    "media_stream_camera media_stream_mic midi_sysex notifications payment_handler sensors serial_guard usb_guard "
    "window_placement"
).split()
_PREFERENCES = {
    "credentials_enable_service": False,
    "browser.enable_spellchecking": False,  # its dictionary would be fetched
    "spellcheck.dictionaries": [],
    "profile.password_manager_enabled": False,
    "profile.password_manager_leak_detection": False,
    "webrtc.ip_handling_policy": "disable_non_proxied_udp",
    "dns_over_https.mode": "off",
    "hardware.screen_capture_enabled": False,
    "printing.enabled": False,  # its dialog would cover the page and be in no picture
    # Nobody is there to be asked, and some of the questions take every click until they are answered.
    **{f"profile.default_content_setting_values.{name}": _BLOCK for name in _ASKED_FOR},
}
# What a browser needs of the environment; keys stay out of it.
_ENVIRONMENT = (
    "PATH HOME USER LANG LANGUAGE TZ DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_RUNTIME_DIR XDG_SESSION_TYPE "
    "DBUS_SESSION_BUS_ADDRESS FONTCONFIG_PATH FONTCONFIG_FILE SSL_CERT_FILE SSL_CERT_DIR"
).split()
_TIMEZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,30}(/[A-Za-z0-9_+-]{1,30}){0,2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}")


def launch_options(
    settings: Settings,
    binary: Path | None,
    profile: Path,
    *,
    proxy_port: int,
    sandboxed: bool,
    trusted_key: str | None = None,
    seed: int | None = None,
) -> ChromeOptions:
    """Return the options to start a browser with.

    Args:
        settings: `headed` and `viewport` are obeyed.
        binary: the browser; None leaves it to selenium.
        profile: folder of its profile.
        proxy_port: port on 127.0.0.1 of the proxy that everything goes through.
        sandboxed: with Chromium's own sandbox.
        trusted_key: hash of the one key whose certificate is taken for every server; None: there is no such key.
        seed: where pages' random numbers (`Math.random`) begin; None leaves it to chance.
    """
    options = ChromeOptions()
    for flag in (*_FLAGS, *_CALLS_HOME, *_ALL_THROUGH_THE_PROXY, f"--proxy-server=http://127.0.0.1:{proxy_port}"):
        options.add_argument(flag)
    width, height = settings.viewport
    options.add_argument(f"--window-size={width},{height + _TOOLBAR}")
    options.add_argument(f"--user-data-dir={profile}")
    if not settings.headed:
        options.add_argument("--headless=new")
    if not sandboxed:
        options.add_argument("--no-sandbox")
    if trusted_key is not None:
        options.add_argument(f"--ignore-certificate-errors-spki-list={trusted_key}")
    if seed is not None:
        options.add_argument(f"--js-flags=--random-seed={seed}")
    if binary is not None:
        options.binary_location = str(binary)
    options.page_load_strategy = "eager"
    options.unhandled_prompt_behavior = "ignore"
    options.timeouts = {"pageLoad": int(PAGE_LOAD_TIMEOUT * 1000), "script": int(SCRIPT_TIMEOUT * 1000)}
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": True})
    options.add_experimental_option("prefs", _PREFERENCES)
    # Chromedriver would let pages open any number of tabs; so it is one for each click, as for a person.
    options.add_experimental_option("excludeSwitches", ["disable-popup-blocking"])
    # The driver is on this machine, whatever proxy the environment names. The subclass's method warns.
    BaseOptions.ignore_local_proxy_environment_variables(options)
    return options


def launch_environment(folder: Path, about: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return the environment of the browser and its driver, without any keys; what they leave lies in `folder`.

    Args:
        folder: a private one.
        about: `timezone` and `language` that the browser is to have.
    """
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment |= {name: value for name, value in os.environ.items() if name.startswith("LC_")}
    for name, variable, form in (("timezone", "TZ", _TIMEZONE), ("language", "LANGUAGE", _LANGUAGE)):
        value = (about or {}).get(name)
        if isinstance(value, str) and form.fullmatch(value):
            environment[variable] = value
    environment["PATH"] = os.pathsep.join([str(_no_programs(folder)), environment.get("PATH", os.defpath)])
    # Crash reports, caches and sockets go where they are thrown away with the profile.
    return environment | dict.fromkeys(("TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(folder))


def _no_programs(folder: Path) -> Path:
    """Return a folder, in `folder`, that keeps Chromium on Linux from starting programs for links such as `tel:`.

    It asks xdg-settings whether it is itself what opens such a link, and does nothing where it is. Else it asks with a
    dialog that is in no picture and takes every click on the page, or, of `mailto:`, starts a program right away.
    """
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    for name, does in (("xdg-settings", "echo yes"), ("xdg-open", "exit 0"), ("xdg-email", "exit 0")):
        (programs / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (programs / name).chmod(0o700)
    return programs
