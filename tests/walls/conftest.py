"""A small world on loopback: hosts of several names, each served by a site of its own."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from servers import Site

from webagent.browser import Browser
from webagent.settings import Settings

_PATIENCE = 20.0  # seconds after which something that should have come about will not


def until(what: Callable[[], object]) -> None:
    """Wait until `what()` is true; fail where that takes too long."""
    deadline = time.monotonic() + _PATIENCE
    while not what():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


@dataclass
class World:
    """The hosts. `good` and `friend` may be reached, `evil` may not."""

    good: Site
    friend: Site
    evil: Site

    @property
    def routes(self) -> dict[str, str]:
        """What to give a browser as routes."""
        sites = {"good.test": self.good, "friend.test": self.friend, "evil.test": self.evil}
        return {host: f"127.0.0.1:{site.port}" for host, site in sites.items()}

    def attempts(self, path: str) -> set[str]:
        """Return which of `friend` and `evil` have got a request for `path`."""
        sites = {"friend.test": self.friend, "evil.test": self.evil}
        return {host for host, site in sites.items() if any(one.startswith(path) for one in site.seen)}


@pytest.fixture(scope="module")
def _sites() -> Iterator[World]:
    with Site({}) as good, Site({}) as friend, Site({}) as evil:
        yield World(good, friend, evil)


@pytest.fixture
def world(_sites: World) -> World:
    for site in (_sites.good, _sites.friend, _sites.evil):
        site.pages.clear()
        site.seen.clear()
        site.pages["/favicon.ico"] = (204, {}, b"")
    return _sites


@pytest.fixture(scope="module")
def walled(_sites: World) -> Iterator[Browser]:
    """A browser that may reach two of the hosts."""
    settings = Settings(allow_domain=("good.test", "friend.test"))
    with Browser(settings, routes=_sites.routes) as browser:
        yield browser
