"""Where the browser may connect to. Asked with a name before it is resolved, and with the address before it is used."""

import ipaddress
import threading
from collections.abc import Iterable

from webagent.text import one_line

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Amazon's over IPv6, and Azure's, which looks public; the others' are link-local.
_METADATA = {ipaddress.ip_address("fd00:ec2::254"), ipaddress.ip_address("168.63.129.16")}
_HERE = "on this machine"
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class Refused(Exception):
    """Something is not allowed; the text is a sentence that the model can use."""


class Reach:
    """Which hosts may be reached: any public one, unless the user has said otherwise.

    May be asked from several threads.

    Args:
        allow_host: HOST:PORT of servers that may be reached wherever they stand, private networks included; a port of
            `*` means all of them.
        allow_domain: if there are any, all other hosts are refused. Subdomains are included.
        block_domain: hosts that are refused, whatever else allows them. Subdomains are included.
    """

    def __init__(
        self, *, allow_host: Iterable[str] = (), allow_domain: Iterable[str] = (), block_domain: Iterable[str] = ()
    ) -> None:
        self._allow_host = frozenset(allow_host)
        self._allow_domain, self._block_domain = tuple(allow_domain), tuple(block_domain)
        self._start_pages: dict[str, frozenset[Address]] = {}
        self._closed_ports: frozenset[int] = frozenset()
        self._lock = threading.Lock()

    def name_start_page(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Allow a server because the user gave its address as the page to start on.

        Its name is allowed, and of private addresses those it has now: a public name cannot turn into one later.

        Args:
            host: name or IP address.
            port: its port.
            addresses: what `host` resolves to.
        """
        with self._lock:
            self._start_pages[_key(host, port)] = frozenset(parse_address(one) for one in addresses)

    def close_ports(self, *ports: int) -> None:
        """Refuse these ports of this machine whatever is allowed: what drives browser or model listens there."""
        self._closed_ports |= frozenset(ports)

    def judge_name(self, host: str, port: int) -> None:
        """Return if a connection to `host` may be tried. An IP address is judged as such, too.

        Args:
            host: a name in ASCII (punycode), an IPv4 address, or an IPv6 address with or without brackets.
            port: its port.

        Raises:
            Refused: it may not.
        """
        host = _plain(host)
        said = one_line(host, 100)
        if _among(host, self._block_domain):
            raise Refused(f"{said} is among the blocked domains")
        if self._named(host, port):
            return
        if self._allow_domain and not _among(host, self._allow_domain):
            raise Refused(f"{said} is not among the allowed domains")
        try:
            address = parse_address(host)
        except ValueError:
            if _among(host, ("localhost",)):
                self._judge_localhost(host, port)
            return  # what it leads to is judged when that is known
        self.judge_address(str(address), host, port)

    def _judge_localhost(self, host: str, port: int) -> None:
        refusals = []
        for address in ("127.0.0.1", "::1"):
            try:
                self.judge_address(address, host, port)
            except Refused as refusal:
                refusals.append(refusal)
        if len(refusals) == 2:
            raise refusals[0]

    def judge_address(self, address: str, host: str, port: int) -> None:
        """Return if a connection to `address` may be made.

        Args:
            address: the IP address that will really be connected to.
            host: what it was resolved from; an address where there was no name.
            port: the port.

        Raises:
            Refused: it stands where the web does not, and nobody has named it.
        """
        host = _plain(host)
        at = parse_address(address)
        if port in self._closed_ports and kind_of(at) == _HERE:
            raise Refused(f"{one_line(_key(host, port), 120)} is webagent's own")
        if self._allowed_wherever(host, port):
            return
        kind = kind_of(at)
        if kind is None:
            return
        with self._lock:
            if at in self._start_pages.get(_key(host, port), ()):
                return
        if host == "localhost" and self._allowed_wherever(str(at), port):
            return  # of no other name: its owner could point it there to get at what the user allowed
        raise Refused(_private(host, port, kind))

    def _named(self, host: str, port: int) -> bool:
        with self._lock:
            return self._allowed_wherever(host, port) or _key(host, port) in self._start_pages

    def _allowed_wherever(self, host: str, port: int) -> bool:
        return not self._allow_host.isdisjoint((_key(host, port), _key(host, "*")))


def parse_address(text: str) -> Address:
    """Return the IP address that `text` is, an IPv4 address written within IPv6 as itself.

    Raises:
        ValueError: it is none.
    """
    address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def kind_of(address: Address) -> str | None:
    """Return in words, to follow "it is", where an address leads; None for one of the public internet."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _carried(address)
        if inner is not None:
            return kind_of(inner)
        if address.is_site_local:
            return "in a private network"
    if address.is_loopback or address.is_unspecified:
        return _HERE
    if address.is_link_local or address in _METADATA:
        return "an address where cloud machines hand out their keys"
    if address.is_multicast:
        return "a multicast address"
    if not address.is_global or address.is_reserved:
        return "in a private network"
    return None


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a connection to an IPv6 address ends at; None where it ends at itself."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _among(host: str, domains: Iterable[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _plain(host: str) -> str:
    host = host.lower().rstrip(".")
    try:
        return str(parse_address(host))
    except ValueError:
        return host


def _key(host: str, port: int | str) -> str:
    host = _plain(host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _private(host: str, port: int, where: str) -> str:
    said = one_line(_key(host, port), 120)
    return f"{said} is {where}, and the user has not named it (--allow-host {said})"
