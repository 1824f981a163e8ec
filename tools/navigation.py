"""The tool that goes back."""

from typing import Any, ClassVar

from webagent.browser.scripts import load
from webagent.tools.base import BrowserTool
from webagent.tools.place import describe_page, to_top

# What a new tab shows before its first page; nobody means it by "back".
_BLANK = ("about:blank", "data:,", "chrome://newtab/", "chrome://new-tab-page/")


class GoBack(BrowserTool):
    """Goes one page back in the history of the current tab.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "go_back"
    description = "Goes back to the previous page of this tab and says where the browser is then."
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {}
    output_type = "string"

    def forward(self) -> str:
        """Go back; return where the browser is then, or that there is no earlier page.

        Raises:
            RuntimeError: a JavaScript dialog is open.
        """
        driver = self._driver
        to_top(driver)
        before = self._entry()
        if before["length"] > 1:
            driver.back()
            to_top(driver)
            if driver.current_url in _BLANK and before["url"] not in _BLANK:
                driver.forward()
            elif self._entry() != before:
                return f"Went back to {describe_page(driver)}."
        return f"There is no earlier page in this tab; still at {describe_page(driver)}."

    def _entry(self) -> dict[str, Any]:
        """Return what tells one entry of the history from another."""
        entry: dict[str, Any] = self._driver.execute_script(load("history_entry"))
        return entry
