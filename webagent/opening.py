"""The page a run begins on, put into memory, so that the first request shows it."""

import time
from contextlib import suppress

from selenium.common.exceptions import UnexpectedAlertPresentException
from smolagents.memory import ActionStep
from smolagents.monitoring import Timing

from webagent.browser import Browser
from webagent.browser.reach import Refused
from webagent.callbacks import Screenshot
from webagent.errors import ConfigurationError, PageNotOpened
from webagent.fence import Fence
from webagent.session.format import PageRecord
from webagent.task import named_url, web_url
from webagent.text import one_line

_AGAIN = (
    "The run was interrupted here and goes on now, in a new Python: the variables of the steps before are gone, and so "
    "is what was typed into pages and not sent."
)


class Opening:
    """Opens the page that a run begins on, and sees what is there.

    Args:
        browser: opens it.
        screenshot: sees it.
        fence: put around what the page says.
    """

    def __init__(self, browser: Browser, screenshot: Screenshot, fence: Fence) -> None:
        self._browser, self._screenshot, self._fence = browser, screenshot, fence

    def first(self, text: str, url: str | None, *, named: bool) -> ActionStep | None:
        """Return what memory holds of the page that a task begins on; None where no page is open.

        Args:
            text: the task; the one url that it names is opened where `url` is None.
            url: the page that was asked for.
            named: the user gave `url` just now: a private host is meant.

        Raises:
            PageNotOpened: the page that was asked for did not open. One that the task's text names may fail.
        """
        lines = self._dialog()
        first = url or named_url(text)
        try:
            if url and named:
                self._browser.egress.name_start_page(url)
            if first:
                self._open(first)
            elif self._browser.is_blank():
                return None
        except PageNotOpened as error:
            if url:
                raise
            lines.append(f"{self._fence.around(one_line(error, 400))}.")
        return self._seen(lines)

    def again(self, last: PageRecord) -> ActionStep:
        """Return what memory holds of the page that a run was on when it stopped, which is opened anew.

        Raises:
            PageNotOpened: it may not be opened, as the user has not said that it may; others are told to the model.
        """
        self._dialog()
        lines = [_AGAIN]
        try:
            url = web_url(last.url or "about:blank")
            if not self._browser.is_blank() or not url.startswith("about:"):
                self._open(url)
        except (PageNotOpened, ConfigurationError) as error:
            if isinstance(error.__cause__, Refused):
                raise
            lines.append(f"The page could not be opened again: {self._fence.around(one_line(error, 400))}.")
        else:
            lines.append("The page that was open last was opened anew by its address.")
        step = self._seen(lines)
        page = self._screenshot.latest
        if (page.url, page.title) != (last.url, last.title):
            was = self._fence.around(one_line(f"{last.title or 'no title'}, {last.url or 'no address'}", 500))
            step.observations = f"{step.observations}\nIt is not as it was, which was: {was}"
        return step

    def _open(self, url: str) -> None:
        with suppress(UnexpectedAlertPresentException):  # a page is open, and greets with a dialog
            self._browser.open(url)

    def _dialog(self) -> list[str]:
        if (said := self._browser.dismiss_dialog()) is None:
            return []
        said = self._fence.around(one_line(said))
        return [f'The dialog "{said}" was left open before this task and has been dismissed.']

    def _seen(self, lines: list[str]) -> ActionStep:
        picture, seen = self._screenshot.observe()
        now = time.time()
        return ActionStep(
            step_number=0,
            timing=Timing(now, now),
            observations="\n".join([*lines, *seen]),
            observations_images=[picture] if picture else None,
        )
