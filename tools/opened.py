"""What an act opened or closed at once: a dialog, a tab."""

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from webagent.tools.place import describe_dialog, describe_page

# A tab opened by script shows up a moment after the act; a link that asks for one may take longer.
_TAB_SECONDS = 0.25
_ASKED_TAB_SECONDS = 3.0


def what_opened(driver: WebDriver, tabs: list[str], *, asked: bool = False) -> str:
    """Return what opened or closed since `tabs` were all there were, and turn to the newest tab.

    Args:
        driver: the browser.
        tabs: its `window_handles` from before the act.
        asked: whether the act was one that asks for a new tab; it is waited for longer.

    Returns:
        A sentence with a blank before it; "" where nothing opened or closed.
    """
    dialog = describe_dialog(driver)
    if dialog is not None:
        return f" A dialog opened: {dialog}"
    wait = WebDriverWait(driver, _ASKED_TAB_SECONDS if asked else _TAB_SECONDS, poll_frequency=0.05)
    try:
        wait.until(lambda found: set(found.window_handles) != set(tabs))
    except TimeoutException:
        return ""
    now = driver.window_handles
    new = [handle for handle in now if handle not in tabs]
    if new:
        driver.switch_to.window(new[-1])
        return f" A new tab opened; now in it: {describe_page(driver)}."
    if driver.session_id and now:
        driver.switch_to.window(now[-1])
        return f" The tab closed; now in {describe_page(driver)}."
    return ""
