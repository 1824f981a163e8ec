"""The judge: what may be done to the browser, asked before every command of the worker and of the tools.

It allows everything sensible today and refuses what would end the run or leave the web; the walls make it strict.
"""

from typing import Any, Literal
from urllib.parse import urlsplit

Asker = Literal["worker", "tool"]

_ENDS_THE_RUN = {"quit", "newSession", "deleteSession"}
_OPENABLE = {"http", "https", "about", "data", "blob"}


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
    if command == "executeCdpCommand" and asker == "worker":
        raise Refused("DevTools commands are not available here; use helium's functions and the tools.")
    if command == "get":
        judge_url(str(params.get("url", "")))


def judge_url(url: str) -> None:
    """Return if `url` may be opened.

    Raises:
        Refused: its scheme is not one of the web's.
    """
    scheme = urlsplit(url.strip()).scheme.lower()
    if scheme not in _OPENABLE:
        raise Refused(f"Only pages of the web can be opened (http, https), not '{scheme[:20]}:' addresses.")
