"""The real browser: start, settle, see, judge, close."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webagent.browser.browser import Browser as Browser

__all__ = ["Browser"]


def __getattr__(name: str) -> object:
    # The worker imports rooms beside this one and must not pay for a browser it never starts.
    if name == "Browser":
        from webagent.browser.browser import Browser

        return Browser
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
