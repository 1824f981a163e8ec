"""What stands on the page instead of what was looked for."""

import re
from difflib import SequenceMatcher

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from webagent.browser.scripts import load
from webagent.text import one_line

MOST_NAMED = 5
_MOST_LISTED = 400
_MOST_SOUGHT = 200  # characters; to compare takes the square of it
_ALIKE = 0.5


def nearest(driver: WebDriver, sought: str) -> str:
    """Return one sentence: that `sought` is not on the page, and what visible things come nearest to it.

    Args:
        driver: a driver, its focus on the page's top document.
        sought: what helium was asked for, as it says it: `'Save'`, `Button("Save")`.
    """
    quoted = re.findall(r"""(['"])(.+?)\1""", sought[:_MOST_SOUGHT])
    words = quoted[0][1] if quoted else sought[:_MOST_SOUGHT].strip("'\"")
    try:
        listed = driver.execute_script(load("candidates"), _MOST_LISTED)
    except (WebDriverException, HTTPError):
        listed = []
    # It was listed among what the page has made of JavaScript.
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    what = f"There is no {one_line(sought, 80)}" if sought else "There is no such element"
    names: dict[str, tuple[float, str]] = {}
    for one in found:
        name = one_line(one.get("name", ""), 60)
        if name:
            score = _likeness(words, name)
            said = f"{one_line(one.get('role', ''), 20)} {name!r}" + ("" if one.get("in_view") else " (out of view)")
            names[said] = (score, said)
    close = sorted((pair for pair in names.values() if pair[0] >= _ALIKE), key=lambda pair: -pair[0])
    if close:
        return f"{what} on the page; there is {', '.join(said for _, said in close[:MOST_NAMED])}."
    some = [said for _, said in names.values() if "(out of view)" not in said][:MOST_NAMED]
    if some:
        return f"{what} on the page, nor anything like it. In view are for example {', '.join(some)}."
    return f"{what} on the page, nor anything with a name; click_at(x, y) works on what you see in the picture."


def _likeness(sought: str, name: str) -> float:
    a, b = sought.casefold(), name.casefold()
    if not a:
        return 0.0
    whole = SequenceMatcher(None, a, b).ratio()
    words = set(re.findall(r"\w+", a)) & set(re.findall(r"\w+", b))
    return max(whole, 0.9 if a in b else 0.0, 0.6 if words else 0.0)
