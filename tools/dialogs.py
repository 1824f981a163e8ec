"""The tool that answers a JavaScript dialog."""

from typing import ClassVar

from selenium.common.exceptions import (
    ElementNotInteractableException,
    UnexpectedAlertPresentException,
    WebDriverException,
)
from selenium.webdriver.common.alert import Alert

from webagent.browser.page import open_dialog
from webagent.browser.scripts import load
from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.place import describe_dialog

_LONGEST = 10_000  # characters of an answer


class AnswerDialog(BrowserTool):
    """Answers the dialog that is open: an alert, a question, a prompt, or whether to leave the page.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "answer_dialog"
    description = (
        "Answers the dialog that is open: accept=True presses OK, accept=False presses Cancel; text=... is written "
        "into a prompt first. Says what the dialog said, and whether another one opened."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "accept": {"type": "boolean", "description": "True for OK, False for Cancel.", "nullable": True},
        "text": {"type": "string", "description": "What to write into a prompt.", "nullable": True},
    }
    output_type = "string"

    def forward(self, accept: bool = True, text: str | None = None) -> str:
        """Answer the dialog; return what it said, how it was answered, and what dialog opened next.

        Raises:
            ValueError: the answer does not fit: the dialog takes no text, or the text is for one that is dismissed.
            RuntimeError: no dialog is open.
        """
        driver = self._driver
        accept = True if accept is None else accept
        if not isinstance(accept, bool):
            raise ValueError(f"accept must be True or False, not {one_line(repr(accept), 40)}.")
        if text is not None and not isinstance(text, str):
            raise ValueError(f"text must be what to write into the prompt, not {one_line(repr(text), 40)}.")
        if text is not None and len(text) > _LONGEST:
            raise ValueError(f"That text has {len(text):,} characters; a dialog is given at most {_LONGEST:,}.")
        if text is not None and not accept:
            raise ValueError("A prompt that is dismissed takes no text: leave out text, or use accept=True.")
        said = open_dialog(driver)
        if said is None:
            raise RuntimeError("No dialog is open: there is nothing to answer.")
        dialog = Alert(driver)
        words = f"dialog {one_line(said)!r}" if one_line(said) else "dialog without text"
        if text is not None:
            try:
                dialog.send_keys(text)
            except (ElementNotInteractableException, WebDriverException):
                raise ValueError(f"The {words} takes no text: answer it without text=.") from None
        if accept:
            dialog.accept()
        else:
            dialog.dismiss()
        wrote = f" with {one_line(text, 80)!r}" if text is not None else ""
        return f"{'Accepted' if accept else 'Dismissed'} the {words}{wrote}.{self._next()}"

    def _next(self) -> str:
        """Return what dialog opened right after; "" where none did."""
        try:
            # It gets its turn when the page's script, which waited for the answer, is done or asks again.
            self._driver.execute_script(load("history_entry"))
        except UnexpectedAlertPresentException:
            pass
        except WebDriverException:
            return ""  # the page is being left, or hangs: the next look says so
        dialog = describe_dialog(self._driver)
        return f" Another dialog opened: {dialog}" if dialog is not None else ""
