"""Chromium's network errors in words."""

from selenium.common.exceptions import TimeoutException, WebDriverException

from webagent.text import one_line

NOT_OPENED = "The page did not open: "
"""How the message of an error begins that says why."""

NOTHING_SHOWN = "the browser shows nothing for it; it may ask for a name and a password"
NO_PAGE = "it is a download or an empty reply, not a page"

_WORDS = {
    "ERR_NAME_NOT_RESOLVED": "there is no host of that name",
    "ERR_CONNECTION_REFUSED": "nothing answers there (connection refused)",
    "ERR_CONNECTION_TIMED_OUT": "nothing answers there (timed out)",
    "ERR_CONNECTION_RESET": "the server cut the connection",
    "ERR_CONNECTION_CLOSED": "the server closed the connection",
    "ERR_EMPTY_RESPONSE": "the server answered nothing",
    "ERR_INVALID_HTTP_RESPONSE": "what answers there is no web server",
    "ERR_ADDRESS_UNREACHABLE": "its address cannot be reached",
    "ERR_INTERNET_DISCONNECTED": "this machine has no network",
    "ERR_PROXY_CONNECTION_FAILED": "the proxy does not answer",
    "ERR_TOO_MANY_REDIRECTS": "it redirects in a circle",
    "ERR_ABORTED": NO_PAGE,
    "ERR_UNSAFE_PORT": "browsers refuse that port",
    "ERR_INVALID_URL": "it is no valid address",
    "ERR_SSL": "its connection is not secure",
    "ERR_CERT": "its certificate is not valid",
}


def why_not_opened(error: WebDriverException) -> str:
    """Return in words why a page did not open, from the browser's own error."""
    message = (error.msg or "").strip().partition("\n")[0]
    if words := network_error(message):
        return words
    if isinstance(error, TimeoutException):
        return "it took too long to load"
    if "invalid argument" in message:
        return "it is no valid address"
    return one_line(message, 160) or "the browser gave no reason"


def network_error(message: str) -> str | None:
    """Return the words for the network error that `message` names, None if it names none that is known."""
    return next((words for code, words in _WORDS.items() if code in message), None)
