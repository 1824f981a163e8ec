"""The user's own proxy, which the browser's traffic goes on to: HTTP_PROXY, HTTPS_PROXY and NO_PROXY."""

import base64
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from webagent.errors import ConfigurationError

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Upstream:
    """A proxy."""

    host: str
    port: int
    tls: bool
    """Whether it is spoken to over TLS."""
    authorization: bytes | None = field(default=None, repr=False)
    """Value of the Proxy-Authorization header."""


class Upstreams:
    """Which proxy a connection goes through, by the environment and, on macOS and Windows, the system's settings.

    Raises:
        ConfigurationError: a proxy is named that cannot be used.
    """

    def __init__(self) -> None:
        proxies = urllib.request.getproxies()
        self._by_scheme = {
            scheme: _parsed(f"{scheme.upper()}_PROXY", address)
            for scheme in ("http", "https")
            if (address := proxies.get(scheme) or proxies.get("all"))
        }

    def find(self, host: str, *, tunnel: bool) -> Upstream | None:
        """Return the proxy for a connection to `host`; None if it goes there directly.

        Args:
            host: name or address.
            tunnel: it is for a tunnel (https, WebSockets), not for a plain request.
        """
        upstream = self._by_scheme.get("https" if tunnel else "http")
        return None if upstream is None or urllib.request.proxy_bypass(host) else upstream


def _parsed(variable: str, address: str) -> Upstream:
    parts = urlsplit(address if "://" in address else f"http://{address}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or port == -1:
        # Not shown: it may hold a password.
        raise ConfigurationError(
            f"{variable} names a proxy that cannot be used: it must be an address such as http://proxy.example:3128 "
            "(SOCKS is not supported); mend it, or unset it"
        )
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = b"Basic " + base64.b64encode(pair.encode())
    return Upstream(parts.hostname, port or _DEFAULT_PORTS[parts.scheme], parts.scheme == "https", authorization)
