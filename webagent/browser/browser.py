"""`Browser`: one Chromium of its own, from start to end."""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from selenium import webdriver
from selenium.common.exceptions import (
    NoSuchWindowException,
    TimeoutException,
    UnexpectedAlertPresentException,
    WebDriverException,
)
from urllib3.exceptions import HTTPError
from websocket import WebSocketException

from webagent.browser.asked import Asked
from webagent.browser.certificate import Certificate
from webagent.browser.downloads import Downloads
from webagent.browser.egress import Egress, Resolve
from webagent.browser.exchange import Answers
from webagent.browser.find import HOW_TO_GET_ONE
from webagent.browser.gate import Gate
from webagent.browser.interception import Interception
from webagent.browser.launch import launch, short_temporary_folder, start_failed
from webagent.browser.marks import Marks, PageMarks
from webagent.browser.network_errors import NO_PAGE, NOTHING_SHOWN, network_error, why_not_opened
from webagent.browser.page import PageState, decoded, look, open_dialog, screenshot
from webagent.browser.policy import Policy
from webagent.browser.reach import Reach, Refused
from webagent.browser.recover import ANSWER_AT_ONCE, answer_timeout, recover, refresh_contexts
from webagent.browser.settle import CAP, Rest, of_the_page, settle
from webagent.browser.tabs import NewTabs
from webagent.browser.viewport import Viewport
from webagent.browser.watchdog import Watchdog
from webagent.errors import BrowserDied, BrowserNotFound, PageNotOpened
from webagent.settings import Settings
from webagent.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

_LOOKS = 3  # a tab may close, or open a dialog, while it is looked at
_SEEDS = 1 << 30
_BLANK = {"", "about:blank", "data:,"}


class Browser:
    """A Chromium or Chrome with a temporary profile, driven through selenium.

    Args:
        settings: what it obeys are `headed`, `viewport`, `browser_path`, `driver_path`, and what is said of hosts and
            domains.
        routes: see `webagent.browser.egress.Egress`.
        resolve: likewise.
        archive: answers in place of the network: nothing is connected to.

    Attributes:
        egress: the proxy that all its connections go through.
        downloads: what pages have it download, which is refused until a folder is named.
        driver: the real driver; what may not be trusted gets one from `gate.attach`.
        gate: the judged way to this browser.
        binary, version, driver_version: what runs.
        sandboxed: False where Chromium's own sandbox had to be left out (root, or no user namespaces).
        managed: whether policies of ours could be put where browsers look for them, see `webagent.browser.managed`.
    """

    driver: webdriver.Chrome
    gate: Gate
    downloads: Downloads
    binary: Path
    version: str
    driver_version: str
    sandboxed: bool
    managed: bool

    def __init__(
        self,
        settings: Settings,
        *,
        routes: Mapping[str, str] | None = None,
        resolve: Resolve | None = None,
        archive: Answers | None = None,
    ) -> None:
        self._settings = settings
        self.reach = Reach(
            allow_host=settings.allow_host, allow_domain=settings.allow_domain, block_domain=settings.block_domain
        )
        self.policy = Policy(self.reach, allow_scripts=settings.allow_scripts, upload_dirs=settings.upload_dir)
        self._certificate: Certificate | None = None
        self._interception: Interception | None = None
        self._about: Mapping[str, Any] = {}
        if archive is not None or (settings.record and settings.record_network):
            self._certificate = Certificate()
            self._interception = Interception(self._certificate, archive)
            self._about = archive.about if archive is not None else {"seed": secrets.randbelow(_SEEDS) + 1}
        self.egress = Egress(self.reach, routes=routes, resolve=resolve, interception=self._interception)
        self._viewport = Viewport(*settings.viewport)
        self._watchdog: Watchdog | None = None
        self._folder: Path | None = None
        self._known: set[str] = set()  # tabs, as of the last look

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
            assert self.process_group and self._watchdog is not None
            self._folder = short_temporary_folder() / f"webagent-{secrets.token_hex(8)}"
            self._watchdog.remove_at_end(self._folder)  # told before it is there: this process may be killed between
            self._folder.mkdir(mode=0o700)
        return Path(tempfile.mkdtemp(dir=self._folder))

    def start(self) -> Self:
        """Start the browser and return it.

        Raises:
            BrowserNotFound: there is none, or browser and driver do not fit each other.
            BrowserDied: it could not be started.
        """
        if hasattr(self, "driver"):
            return self
        screens = ("DISPLAY", "WAYLAND_DISPLAY")
        if self._settings.headed and sys.platform == "linux" and not any(os.environ.get(name) for name in screens):
            raise BrowserNotFound("there is no screen to show the browser on (DISPLAY is not set): leave out --headed")
        try:
            self.egress.start()
            self._launch()
            self._prepare()
        except BaseException as error:
            self.close()
            if isinstance(error, WebDriverException):
                raise start_failed(error) from error
            if isinstance(error, OSError | HTTPError | WebSocketException):
                raise BrowserDied(f"the browser could not be started ({one_line(error)}): {HOW_TO_GET_ONE}") from error
            raise
        return self

    def close(self) -> None:
        """End the browser, its driver and what else runs in its process group. May be called at any time, and twice."""
        if hasattr(self, "downloads"):
            self.downloads.close()
            del self.downloads
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
        self.egress.close()

    def open(self, url: str) -> None:
        """Open `url` in the current tab and wait for its document.

        Raises:
            PageNotOpened: it did not open as a page.
            BrowserDied: the browser is gone.
        """
        said = f"{one_line(url)} was not opened"
        try:
            url = self.policy.judge_url(url)
            self.dismiss_dialog()
            before = self._document()
            self.gate.moved(self.driver.current_window_handle)
            self.driver.get(url)
        except Refused as refusal:
            raise PageNotOpened(f"{said}: {refusal}") from refusal
        except UnexpectedAlertPresentException:
            return  # the page greets with a dialog
        except TimeoutException as error:
            if self._document() in (before, None):
                raise PageNotOpened(f"{said}: {self._why_not(url) or why_not_opened(error)}") from error
        except WebDriverException as error:
            self._raise_if_dead()
            raise PageNotOpened(f"{said}: {self._why_not(url) or why_not_opened(error)}") from error
        except HTTPError as error:
            raise BrowserDied("the browser ended while it opened the first page: run the task again") from error
        if url.strip() not in _BLANK and "#" not in url and before is not None and self._document() == before:
            raise PageNotOpened(f"{said}: {NO_PAGE}")
        if why := self._error_page():
            raise PageNotOpened(f"{said}: {why}")

    def _document(self) -> object:
        """Return what tells the current tab's document from the one before it; None where that cannot be told."""
        try:
            return self.driver.execute_script("return performance.timeOrigin")
        except (WebDriverException, HTTPError):
            return None

    def _error_page(self) -> str | None:
        """Return why Chromium shows an error page of its own, None where it shows a page."""
        try:
            address, text = self.driver.execute_script("return [document.URL, document.body?.innerText ?? '']")
        except (WebDriverException, HTTPError, TypeError, ValueError):
            return None  # a dialog is open, or the page is in the way: there is one
        if not str(address).startswith("chrome-error:"):
            return None
        return self._why_not() or network_error(str(text)) or one_line(text, 160) or NOTHING_SHOWN

    def _why_not(self, url: str | None = None) -> str | None:
        """Return why the connection failed that was to bring the current page, or `url`; None where that went well."""
        try:
            return self.egress.why(self.driver.current_url) or (self.egress.why(url) if url else None)
        except (WebDriverException, HTTPError):
            return self.egress.why(url) if url else None

    def about(self) -> dict[str, Any]:
        """Return what a replay of its network needs to know of this browser, see `Answers.about`."""
        script = "return [Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.language]"
        try:
            timezone, language = self.driver.execute_script(script)
        except (WebDriverException, HTTPError, TypeError, ValueError):
            return {"seed": self._about.get("seed")}
        return {"seed": self._about.get("seed"), "timezone": str(timezone), "language": str(language)}

    def forget_cache(self) -> bool:
        """Have what pages load asked for anew, whatever is kept of it; return False where the tab is in the way."""
        try:
            self.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
        except (WebDriverException, HTTPError):  # a dialog is open, or the tab is gone or hangs
            return False
        return True

    def is_blank(self) -> bool:
        """Return whether no page has been opened in the current tab."""
        try:
            return self.driver.current_url in _BLANK
        except UnexpectedAlertPresentException:
            return False

    def settle(self, cap: float = CAP) -> Rest:
        """Wait until the page rests, at most `cap` seconds. See `webagent.browser.settle.settle`."""
        return settle(self.driver, cap)

    def screenshot(self) -> "Image":
        """Return a picture of exactly the viewport."""
        picture = decoded(screenshot(self.driver))
        if picture.size != (self._viewport.width, self._viewport.height):
            self._viewport.apply(self.driver, again=True)
            picture = decoded(screenshot(self.driver))
        return picture

    def look(self) -> PageState:
        """Wait until the page rests and return what is to see of it.

        A tab that was closed is left for the last one, and a tab that hangs or crashed is replaced by an empty one.

        Raises:
            BrowserDied: the browser is gone.
        """
        for _ in range(_LOOKS):
            try:
                return self._look()
            except HTTPError:
                break
            except WebDriverException as error:
                # A tab closed, or a dialog opened just now; what stays wrong shows again.
                if isinstance(error, TimeoutException):
                    if not of_the_page(error):
                        break
                    refresh_contexts(self.driver)
        try:
            if recover(self.driver, self.gate.tab, self._known):
                return self._look()
            self.gate.moved(self.driver.current_window_handle)
            self.gate.pictured(None)
            self._viewport.apply(self.driver)
            return PageState(hung=True, url=self.driver.current_url, tabs=len(self.driver.window_handles))
        except (WebDriverException, HTTPError, OSError, ValueError) as error:
            raise BrowserDied("the browser crashed or was closed: run the task again") from error

    def find_marks(self, marks: Marks) -> PageMarks:
        """Number anew what can be used of the page in view, and return it; the driver stays in its frame."""
        left = self.gate.leave_frame()
        try:
            return marks.find(self.driver)
        finally:
            if left:
                self.gate.return_to_frame()

    def dismiss_dialog(self) -> str | None:
        """Dismiss the dialog that is open and return its text; None if there is none."""
        text = open_dialog(self.driver)
        if text is not None:
            self.driver.switch_to.alert.dismiss()
        return text

    def _raise_if_dead(self) -> None:
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
            with answer_timeout(self.driver, ANSWER_AT_ONCE):
                tab = self.driver.current_window_handle
        except NoSuchWindowException:
            tab = (self.driver.window_handles or [""])[-1]
            self.driver.switch_to.window(tab)
        tab = self._new_tabs.follow(tab)
        if tab != self.gate.tab:
            self.gate.moved(tab)
        self._known = set(self.driver.window_handles)
        if (dialog := open_dialog(self.driver)) is not None:  # all that follows would wait for it
            return PageState(dialog=dialog, tabs=len(self._known))
        self._viewport.apply(self.driver)
        left = self.gate.leave_frame()
        state = look(self.driver, hear=self._asked.hear)
        if state.hung:
            raise TimeoutException("the page's script does not answer")
        if state.picture is not None and state.picture.size != (self._viewport.width, self._viewport.height):
            self._viewport.apply(self.driver, again=True)
            state = look(self.driver, hear=self._asked.hear)
        if left and state.dialog is None:
            self.gate.return_to_frame()
        if state.picture is not None:
            self.gate.pictured(state.view)
        why = self.egress.why(state.url) if state.error is not None else None
        return replace(
            state,
            new_tabs=self._new_tabs.news(),
            asked=self._asked.news(),
            error=why or state.error,
            refused=tuple(self.egress.new_refusals()),
            downloads=tuple(map(str, self.downloads.news())),
        )

    def _launch(self) -> None:
        launched = launch(
            self._settings,
            folder=self.temporary_folder,
            group=self.process_group,
            proxy_port=self.egress.port,
            trusted_key=self._certificate.spki if self._certificate is not None else None,
            about=self._about,
        )
        self.driver, self.binary = launched.driver, launched.binary
        self.sandboxed, self.managed = launched.sandboxed, launched.managed

    def _ports(self) -> list[int]:
        """Return the ports on which chromedriver and the browser listen for who drives them."""
        devtools = str(self.driver.capabilities["goog:chromeOptions"]["debuggerAddress"])
        return [self.driver.service.port, int(devtools.rpartition(":")[2])]

    def _prepare(self) -> None:
        capabilities = self.driver.capabilities
        self.version = str(capabilities["browserVersion"])
        self.driver_version = str(capabilities["chrome"]["chromedriverVersion"]).split(" ")[0]
        try:
            self._leave_start_page()
        except WebDriverException as error:
            if "loading status" not in (error.msg or ""):  # of a start page that is being replaced just now
                raise
            self._leave_start_page()
        self.reach.close_ports(self.egress.port, *self._ports())
        self.egress.open()
        # The start page's requests never end; the first look would wait for them.
        self.driver.execute("getLog", {"type": "performance"})
        self.downloads = Downloads(self.driver, self.temporary_folder(), self._settings.download_limit * 1_000_000)
        self.gate = Gate(self.driver, self._viewport, self.policy, self._error_page)
        self._new_tabs = NewTabs(self.driver, self.gate)
        self._asked = Asked()

    def _leave_start_page(self) -> None:
        """Open an empty page: a profile of its own begins with the browser's start page."""
        self._viewport.apply(self.driver)
        self.driver.get("about:blank")
