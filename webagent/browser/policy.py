"""The judge: what may be done to the browser, asked before every command of the worker and of the tools.

It allows everything sensible today and refuses what would end the run or leave the web; the walls make it strict.
"""

import re
from typing import Any, Literal

Asker = Literal["worker", "tool"]

_ENDS_THE_RUN = {"quit", "newSession", "deleteSession"}
_OPENABLE = {"http", "https", "data", "blob"}
_BLANK = re.compile(r"about:blank(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
_UNSEEN = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)


class Refused(Exception):
    """A command is not allowed; the text is a sentence that the model can use."""


def judge(command: str, params: dict[str, Any], asker: Asker) -> None:
    """Return if `command` (selenium's name for it) may be sent with `params`.

    Args:
        command: a name of `selenium.webdriver.remote.command.Command`, or one of chromedriver's own.
        params: the command's parameters.
        asker: who wants it: the model's code in the worker, or a tool in this process.

    Raises:
        Refused: it may not.
    """
    if command in _ENDS_THE_RUN:
        raise Refused("The browser belongs to the run: it starts and ends by itself. Use go_to(url) to open a page.")
    if command == "minimizeWindow":
        raise Refused("The window cannot be minimised: there would be nothing to see.")
    if command == "executeCdpCommand" and asker == "worker":
        raise Refused("DevTools commands are not available here; use helium's functions and the tools.")
    if command == "get":
        url = params.get("url")
        judge_url(url if isinstance(url, str) else "")


def judge_url(url: str) -> None:
    """Return if `url` may be opened.

    Raises:
        Refused: its scheme is not one of the web's.
    """
    # As a browser reads it: what it drops must not hide a scheme, and what is not valid is its own to say.
    seen = re.sub("[\t\n\r]", "", url).strip(_UNSEEN)
    found = _SCHEME.match(seen)
    if found is None:
        raise Refused("An address begins with http:// or https://.")
    # Behind about: stand Chromium's own pages too, some of which end it.
    if found[1].lower() not in _OPENABLE and not _BLANK.fullmatch(seen):
        raise Refused(f"Only pages of the web can be opened (http, https), not '{found[1][:20]}:' addresses.")
