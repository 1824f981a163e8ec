"""`Browser`: one Chromium of its own, from start to end."""

import json
import os
import shutil
import tempfile
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from selenium import webdriver
from selenium.common.exceptions import (
    NoSuchWindowException,
    SessionNotCreatedException,
    TimeoutException,
    WebDriverException,
)
from selenium.webdriver.common.options import BaseOptions
from urllib3.exceptions import HTTPError

from webagent.browser.find import HOW_TO_GET_ONE, find_browser, find_driver
from webagent.browser.gate import Gate
from webagent.browser.network_errors import network_error, why_not_opened
from webagent.browser.page import PageState, look, open_dialog, screenshot
from webagent.browser.policy import Refused, judge_url
from webagent.browser.settle import CAP, Rest, settle
from webagent.browser.viewport import Viewport
from webagent.browser.watchdog import Watchdog
from webagent.errors import BrowserDied, BrowserNotFound, PageNotOpened
from webagent.settings import Settings
from webagent.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

PAGE_LOAD_TIMEOUT = 20.0
SCRIPT_TIMEOUT = 5.0
_ANSWER_TIMEOUT = 30.0  # above both: past it the driver itself is stuck

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
    "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--hide-crash-restore-bubble",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-pings",
    "--password-store=basic",
    "--use-mock-keychain",
)
_PREFERENCES = {
    "credentials_enable_service": False,
    "profile.password_manager_enabled": False,
    "profile.password_manager_leak_detection": False,
}
# What a browser needs of the environment; keys stay out of it.
_ENVIRONMENT = (
    "PATH HOME USER LANG LANGUAGE TZ DISPLAY WAYLAND_DISPLAY XAUTHORITY XDG_RUNTIME_DIR XDG_SESSION_TYPE "
    "DBUS_SESSION_BUS_ADDRESS FONTCONFIG_PATH FONTCONFIG_FILE SSL_CERT_FILE SSL_CERT_DIR "
    "http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY"
).split()

_BLANK = {"", "about:blank", "data:,"}


class Browser:
    """A Chromium or Chrome with a temporary profile, driven through selenium.

    Args:
        settings: `headed`, `viewport`, `browser_path` and `driver_path` are obeyed.

    Attributes:
        driver: the real driver; what may not be trusted gets one from `gate.attach`.
        gate: the judged way to this browser.
        binary, version, driver_version: what runs.
        sandboxed: False where Chromium's own sandbox had to be left out (root, or no user namespaces).
    """

    driver: webdriver.Chrome
    gate: Gate
    binary: Path
    version: str
    driver_version: str
    sandboxed: bool

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._viewport = Viewport(*settings.viewport)
        self._watchdog: Watchdog | None = None
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process_group(self) -> int:
        """The process group that ends with this browser; workers are started in it. Starts the watchdog."""
        if self._watchdog is None:
            self._watchdog = Watchdog()
        return self._watchdog.group

    def temporary_folder(self) -> Path:
        """Return a new empty folder, removed when the browser ends."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="webagent-", dir=_short_temporary_folder()))
            assert self.process_group and self._watchdog is not None
            self._watchdog.remove_at_end(self._folder)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def start(self) -> Self:
        """Start the browser and return it.

        Raises:
            BrowserNotFound: there is none, or browser and driver do not fit each other.
            BrowserDied: it could not be started.
        """
        try:
            as_root = hasattr(os, "geteuid") and os.geteuid() == 0
            if as_root:  # Chromium refuses to run its sandbox as root
                self._launch(sandboxed=False)
            else:
                try:
                    self._launch(sandboxed=True)
                except SessionNotCreatedException as error:
                    if "sandbox" not in str(error) and "crashed" not in str(error) and "exited" not in str(error):
                        raise
                    self._launch(sandboxed=False)
            self._prepare()
        except BaseException as error:
            self.close()
            if isinstance(error, WebDriverException):
                raise _start_failed(error) from error
            if isinstance(error, OSError | HTTPError):
                raise BrowserDied(f"the browser could not be started ({one_line(error)}): {HOW_TO_GET_ONE}") from error
            raise
        return self

    def close(self) -> None:
        """End the browser, its driver and what else runs in its process group. May be called at any time, and twice."""
        if self._watchdog is not None:
            # Killed rather than asked: it is faster, it cannot hang, and the profile is thrown away.
            self._watchdog.close()
            self._watchdog = None
        if hasattr(self, "driver"):
            self.driver.command_executor.close()  # type: ignore[union-attr]
            process = self.driver.service.process
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
            del self.driver.service.process  # its finaliser would try to stop it
            del self.driver
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def open(self, url: str) -> None:
        """Open `url` in the current tab and wait for its document.

        Raises:
            PageNotOpened: it did not open as a page.
            BrowserDied: the browser is gone.
        """
        try:
            judge_url(url)
            self.driver.get(url)
        except Refused as refusal:
            raise PageNotOpened(f"{one_line(url)} was not opened: {refusal}") from refusal
        except TimeoutException as error:
            if self.is_blank():
                raise PageNotOpened(f"{one_line(url)} was not opened: {why_not_opened(error)}") from error
        except WebDriverException as error:
            self.raise_if_dead(error)
            raise PageNotOpened(f"{one_line(url)} was not opened: {why_not_opened(error)}") from error
        except HTTPError as error:
            raise BrowserDied("the browser ended while it opened the first page: run the task again") from error
        if self.is_blank() and url.strip() not in _BLANK:
            raise PageNotOpened(f"{one_line(url)} was not opened: it is a download or an empty reply, not a page")
        if why := self._error_page():
            raise PageNotOpened(f"{one_line(url)} was not opened: {why}")

    def _error_page(self) -> str | None:
        """Return why Chromium shows an error page of its own, None where it shows a page."""
        try:
            address, text = self.driver.execute_script("return [document.URL, document.body?.innerText ?? '']")
        except WebDriverException:
            return None  # a dialog is open: there is a page behind it
        if not str(address).startswith("chrome-error:"):
            return None
        return network_error(str(text)) or one_line(text, 160)

    def is_blank(self) -> bool:
        """Return whether no page has been opened in the current tab."""
        return self.driver.current_url in _BLANK

    def settle(self, cap: float = CAP) -> Rest:
        """Wait until the page rests, at most `cap` seconds. See `webagent.browser.settle.settle`."""
        return settle(self.driver, cap)

    def screenshot(self) -> "Image":
        """Return a picture of exactly the viewport."""
        picture = screenshot(self.driver)
        if picture.size != (self._viewport.width, self._viewport.height):
            self._viewport.apply(self.driver, again=True)
            picture = screenshot(self.driver)
        return picture

    def look(self) -> PageState:
        """Wait until the page rests and return what is to see of it.

        A tab that was closed is left for the last one, and a tab that hangs or crashed is replaced by an empty one.

        Raises:
            BrowserDied: the browser is gone.
        """
        try:
            return self._look()
        except (WebDriverException, HTTPError) as error:
            self.raise_if_dead(error)
            self._replace_tab()
            return PageState(hung=True, url=self.driver.current_url, tabs=len(self.driver.window_handles))

    def dismiss_dialog(self) -> str | None:
        """Dismiss the dialog that is open and return its text; None if there is none."""
        text = open_dialog(self.driver)
        if text is not None:
            self.driver.switch_to.alert.dismiss()
        return text

    def raise_if_dead(self, cause: BaseException) -> None:
        """Return if the driver and the browser still run.

        Raises:
            BrowserDied: they do not.
        """
        try:
            _ = self.driver.window_handles
        except (WebDriverException, HTTPError) as error:
            raise BrowserDied("the browser crashed or was closed: run the task again") from error

    def _look(self) -> PageState:
        try:
            _ = self.driver.current_window_handle
        except NoSuchWindowException:
            self.driver.switch_to.window(self.driver.window_handles[-1])
        self._viewport.apply(self.driver)
        left = self.gate.leave_frame()
        state = look(self.driver)
        if state.hung:
            raise TimeoutException("the page's script does not answer")
        if state.picture is not None and state.picture.size != (self._viewport.width, self._viewport.height):
            self._viewport.apply(self.driver, again=True)
            state = look(self.driver)
        if left and state.dialog is None:
            self.gate.return_to_frame()
        return state

    def _replace_tab(self) -> None:
        """Put an empty tab in the place of the current one, without asking the page: it may never answer."""
        address = self.driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
        stuck = self.driver.current_window_handle

        def devtools(method: str, path: str) -> bytes:
            request = urllib.request.Request(f"http://{address}/json/{path}", method=method)
            with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310
                return bytes(reply.read())

        fresh = json.loads(devtools("PUT", "new?about:blank"))["id"]
        devtools("GET", f"close/{stuck}")
        self.driver.switch_to.window(fresh)
        self._viewport.apply(self.driver)

    def _launch(self, *, sandboxed: bool) -> None:
        settings = self._settings
        profile = self.temporary_folder()
        options = webdriver.ChromeOptions()
        for flag in _FLAGS:
            options.add_argument(flag)
        width, height = settings.viewport
        options.add_argument(f"--window-size={width},{height + _TOOLBAR}")
        options.add_argument(f"--user-data-dir={profile}")
        if not settings.headed:
            options.add_argument("--headless=new")
        if not sandboxed:
            options.add_argument("--no-sandbox")
        binary = find_browser(settings.browser_path)
        if binary is not None:
            options.binary_location = str(binary)
        options.page_load_strategy = "eager"
        options.unhandled_prompt_behavior = "ignore"
        options.timeouts = {"pageLoad": int(PAGE_LOAD_TIMEOUT * 1000), "script": int(SCRIPT_TIMEOUT * 1000)}
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        options.add_experimental_option("perfLoggingPrefs", {"enableNetwork": True, "enablePage": False})
        options.add_experimental_option("prefs", _PREFERENCES)
        # The driver is on this machine, whatever proxy the environment names. The subclass's method warns.
        BaseOptions.ignore_local_proxy_environment_variables(options)
        driver = find_driver(settings.driver_path)
        if driver is None:
            os.environ.setdefault("SE_AVOID_STATS", "true")  # Selenium Manager would report its use to a third party
        service = webdriver.ChromeService(
            str(driver) if driver else None,
            env=self._environment(profile),
            popen_kw={"process_group": self.process_group},
        )
        self.driver = webdriver.Chrome(options=options, service=service)
        self.driver.command_executor.client_config.timeout = _ANSWER_TIMEOUT  # type: ignore[union-attr]
        self.sandboxed = sandboxed
        self.binary = binary or Path(options.binary_location)

    def _prepare(self) -> None:
        capabilities = self.driver.capabilities
        self.version = str(capabilities["browserVersion"])
        self.driver_version = str(capabilities["chrome"]["chromedriverVersion"]).split(" ")[0]
        self._viewport.apply(self.driver)
        self.driver.get("about:blank")  # a profile of its own begins with the browser's start page
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "deny"})
        self.gate = Gate(self.driver, self._viewport)

    def _environment(self, folder: Path) -> dict[str, str]:
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment |= {name: value for name, value in os.environ.items() if name.startswith("LC_")}
        # Crash reports, caches and sockets go where they are thrown away with the profile.
        return environment | dict.fromkeys(("TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"), str(folder))


def _short_temporary_folder() -> str:
    # Chromium makes a socket below it, and a socket's path may have about a hundred characters.
    usual = tempfile.gettempdir()
    return "/tmp" if len(usual) > 40 and os.access("/tmp", os.W_OK) else usual  # noqa: S108 - mkdtemp makes it private


def _start_failed(error: WebDriverException) -> BrowserNotFound | BrowserDied:
    message = (error.msg or "").partition("\n")[0].strip()
    if "only supports" in message or "This version of" in message:
        return BrowserNotFound(
            f"browser and driver do not fit each other ({one_line(message)}): install a chromedriver of the browser's "
            "version, or take the one on PATH away so that Selenium Manager fetches one"
        )
    if "DISPLAY" in message or "headed" in message:
        return BrowserNotFound("there is no screen to show the browser on: leave out --headed")
    if any(sign in message for sign in ("Unable to obtain", "cannot find", "no chrome binary", "Unable to locate")):
        return BrowserNotFound(f"no browser could be started ({one_line(message)}): {HOW_TO_GET_ONE}")
    return BrowserDied(f"the browser could not be started ({one_line(message)}): see webagent doctor")
