"""After each step: wait until the page rests, attach its picture, say where the browser is."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.effects import changes, scroll
from webagent.browser.page import PageState, look
from webagent.errors import BrowserDied
from webagent.fence import Fence
from webagent.marks_drawing import draw, legend
from webagent.text import clean, one_line
from webagent.tools.place import HOW_TO_ANSWER

if TYPE_CHECKING:
    from PIL.Image import Image
    from smolagents import CodeAgent
    from smolagents.memory import ActionStep

    from webagent.browser.marks import PageMarks

_MOST_REFUSALS = 3
UNCHANGED = "Nothing visible has changed: the last picture still shows the page."
_UNCHANGED_TEXT = "Nothing visible has changed."


class Screenshot:
    """Attaches what the page shows to the step, unless it shows what the last attached picture shows.

    Args:
        look_at: a plain selenium driver of a Chromium, or a function that returns the state of the page.
        dismiss_dialog: closes the dialog that is open; without it a dialog that nobody answers stays.
        deeds: tells in words what the last step's code did to the page; its words may be a page's.
        acted: tells whether the last step did anything to the browser; an answer that did not needs no new picture.
        fence: put around what the page says; None leaves it as it is.
        vision: attach pictures. False for a model that cannot see: it is told the page's text alone.
        page_text: characters of the page's visible text that are told.
        marks: finds what can be used of the page in view, which is numbered in the picture; None leaves it as it is.

    Attributes:
        latest: the page as it was last seen.
        unchanged: the last step left the page looking as before.
        stopped: the last step did not come to its end, and the run is over: it was interrupted, or the model failed.
        failure: why the page could not be seen any more; None as long as it can.
    """

    def __init__(
        self,
        look_at: WebDriver | Callable[[], PageState],
        *,
        dismiss_dialog: Callable[[], str | None] | None = None,
        deeds: Callable[[], Sequence[str]] = tuple,
        acted: Callable[[], bool] = lambda: True,
        fence: Fence | None = None,
        vision: bool = True,
        page_text: int = 0,
        marks: "Callable[[], PageMarks] | None" = None,
    ) -> None:
        self._marks = marks
        self._fence, self._vision, self._page_text = fence, vision, page_text
        self._look: Callable[[], PageState] = (lambda: look(look_at)) if isinstance(look_at, WebDriver) else look_at
        self._dismiss = dismiss_dialog
        self._acted, self._deeds = acted, deeds
        self._asked: str | None = None
        self._attached: Image | None = None
        self.latest = PageState()
        self.unchanged = False
        self.stopped = False
        self.failure: BrowserDied | None = None
        self._outside: BaseException | None = None

    def __call__(self, memory_step: "ActionStep", agent: "CodeAgent") -> None:
        """Look, and write what is seen into the step."""
        acted = self._acted()
        # smolagents finishes a step as well when something is on its way out through it: the failure of the model
        # (there is no reply then), or what stops the run, which nothing may hold up.
        self.stopped = memory_step.model_output_message is None or (
            sys.exception() is not self._outside and not isinstance(sys.exception(), Exception)
        )
        if self.stopped:
            return
        if memory_step.is_final_answer and not acted:
            self.unchanged = True
            return
        did = self._deeds()
        try:
            picture, lines = self.observe()
        except BrowserDied as error:
            self.failure = error
            agent.interrupt_switch = True
            picture, lines = None, [f"The browser is gone: {error}"]
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the model is told and the run goes on
            picture, lines = None, [f"The page could not be seen: {self._fenced(str(error))}"]
        if did:
            lines.insert(0, f"Did: {self._fenced('; '.join(did), 500)}.")
        memory_step.observations = "\n".join([*filter(None, [memory_step.observations]), *lines])
        memory_step.observations_images = [picture] if picture is not None else None

    def begin(self, outside: BaseException | None = None, *, reset: bool = True) -> None:
        """Begin a run.

        Args:
            outside: the exception that is being handled where the run begins; it does not stop the run.
            reset: the memory is fresh, and the next picture is attached whatever was attached before.
        """
        self._outside, self.stopped, self.failure = outside, False, None
        self.latest = PageState()
        if reset:
            self._attached = self._asked = None

    def observe(self) -> "tuple[Image | None, list[str]]":
        """Look at the page; return its picture (None: there is none, or it shows nothing new) and what to say of it.

        Raises:
            BrowserDied: the browser is gone.
        """
        state = self._look()
        lines: list[str] = []
        if state.dialog is not None and state.dialog == self._asked and self._dismiss is not None:
            lines.append(
                f'The dialog "{self._fenced(state.dialog)}" was not answered, or came back, and has been dismissed.'
            )
            self._dismiss()
            state = self._look()
        self._asked = state.dialog
        before, self.latest = self.latest, state
        self.unchanged = False
        if state.dialog is not None:
            lines.append(
                f'A dialog is open and covers the page: "{self._fenced(state.dialog)}". Answer it with {HOW_TO_ANSWER}.'
            )
            return None, lines
        if state.hung:
            lines.append(
                "The tab did not answer any more and was replaced by an empty one. Open a page with go_to(url)."
            )
            self._attached = None
            return None, lines
        lines += _new_tabs(*state.new_tabs, state.tabs)
        lines += [f"{asked}." for asked in state.asked]
        tab = f" (tab {state.tab} of {state.tabs})" if state.tabs > 1 else ""
        shown = self._fenced(f"{one_line(state.title, 100) or 'no title'}, {one_line(state.url, 300)}", 500)
        lines.append(f"Page: {shown}{tab}")
        if state.error is not None:
            lines.append(f"The page did not open: {self._fenced(state.error, 300)}.")
        lines += [f"Not connected to: {self._fenced(refusal, 200)}." for refusal in _others(state)]
        lines += [f"Download: {self._fenced(download, 300)}." for download in state.downloads]
        if state.kind == "application/pdf":
            lines.append("This page is a PDF: read_page() gives its text, read_page(page=3) from a page on.")
        lines += [f"{what}: {self._fenced(text, 400)}." for what, text in changes(before, state)]
        if (left := scroll(state)) is not None:
            lines.append(left)
        if self._page_text and state.text:
            lines.append(self._told_text(before.text, state.text))
        if state.picture is not None and self._attached is not None and _same(self._attached, state.picture):
            self.unchanged = True
            lines.append(UNCHANGED if self._vision else _UNCHANGED_TEXT)
            return None, lines
        self._attached = state.picture
        if self._marks is None or state.picture is None:
            return state.picture if self._vision else None, lines
        found = self._marks()
        listed = legend(found) or "none"
        lines.append(f"Marks: {self._fence.around(listed) if self._fence is not None else listed}")
        return draw(state.picture, found) if self._vision else None, lines

    def _told_text(self, before: str, now: str) -> str:
        if before == now:
            return "Text: as it was."
        shown = clean(now[: self._page_text])
        more = len(now) - self._page_text
        rest = f"\n{more:,} more characters of text." if more > 0 else ""
        return f"Text: {self._fence.around(shown) if self._fence is not None else shown}{rest}"

    def _fenced(self, text: str, limit: int = 200) -> str:
        line = one_line(text, limit)
        return self._fence.around(line) if self._fence is not None else line


def _new_tabs(opened: int, closed: int, tabs: int) -> list[str]:
    """Return what to say of tabs that pages opened."""
    said = []
    if opened == 1:
        said.append("The page opened a new tab.")
    elif opened:
        said.append(f"The page opened {opened} new tabs; tabs() lists them, and switch_tab(n) goes there.")
    if closed:
        said.append(f"Of the newest tabs {closed} {'was' if closed == 1 else 'were'} closed: {tabs} can be open.")
    return said


def _others(state: PageState) -> list[str]:
    """Return what the page was refused beside itself, the rest counted where there is much."""
    refused = [one for one in state.refused if one != state.error]
    more = len(refused) - _MOST_REFUSALS
    return refused if more <= 1 else [*refused[:_MOST_REFUSALS], f"{more} other servers"]


def _same(one: "Image", other: "Image") -> bool:
    from PIL import ImageChops

    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None
