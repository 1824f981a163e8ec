"""What requests ask for, as the proxy reads them."""

import re
from dataclasses import dataclass

import ada_url
import h11

from webagent.browser.peer import Unreachable

_TARGET = re.compile(rb"http://([^/?#\\@\s]+)(/[^#\s]*|\?[^#\s]*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What a request asks for."""

    scheme: str
    host: str
    port: int
    authority: bytes
    path: bytes

    def url(self, *, socket: bool = False) -> str:
        """Return it as an absolute url, of a WebSocket with ws: or wss:."""
        scheme = self.scheme.replace("http", "ws") if socket else self.scheme
        authority = authority_of(self.host, self.port, 443 if self.scheme == "https" else 80)
        return f"{scheme}://{authority}{self.path.decode('latin-1')}"


@dataclass(frozen=True)
class Tunnel:
    """A tunnel that is seen into."""

    host: str
    port: int
    secure: bool
    failure: Unreachable | None = None
    """Why its server's TLS did not come about."""

    def target(self, request: h11.Request) -> Target:
        """Return what a request within it asks for.

        Raises:
            ValueError: it asks for something elsewhere.
        """
        if not request.target.startswith(b"/"):
            raise ValueError("not a path")
        authority = next((value for name, value in request.headers if name == b"host"), self.host.encode())
        return Target("https" if self.secure else "http", self.host, self.port, authority, request.target)


def host_and_port(authority: bytes) -> tuple[str, int]:
    """Return host and port of CONNECT's target.

    Raises:
        ValueError: it is none.
    """
    host, colon, port = authority.decode("ascii").rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("not HOST:PORT")
    return str(ada_url.URL(f"http://{host}/").hostname).strip("[]"), int(port)


def authority_of(host: str, port: int, usual: int) -> str:
    """Return host and port as a url has them."""
    host = f"[{host}]" if ":" in host else host
    return host if port == usual else f"{host}:{port}"


def split(target: bytes) -> Target:
    """Return what a plain request's target asks for; the path is left as it was written.

    Raises:
        ValueError: it is none.
    """
    found = _TARGET.fullmatch(target)
    if found is None:
        raise ValueError("not an http address")
    url = ada_url.URL(f"http://{found[1].decode('ascii')}/")
    path = found[2] or b"/"
    path = path if path[:1] == b"/" else b"/" + path
    return Target("http", url.hostname.strip("[]"), int(url.port or 80), url.host.encode(), path)
