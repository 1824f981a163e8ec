"""Where the browser may connect to, by name and by address."""

import ipaddress
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webagent.browser.reach import Reach, Refused, kind_of, parse_address

PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
]
PRIVATE = [
    *("127.0.0.1", "127.255.255.255", "0.1.2.3", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1"),
    *(
        "169.254.169.254",
        "168.63.129.16",
        "169.254.0.1",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "224.0.0.1",
        "239.255.255.255",
    ),
    "0.0.0.0",  # noqa: S104 - Linux takes it for this machine
    *("240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "100::1"),
]


def allows(reach: Reach, host: str, port: int = 80, address: str | None = None) -> bool:
    """Return whether a connection to `host` may be tried, and made where it leads to `address`."""
    try:
        reach.judge_name(host, port)
        if address is not None:
            reach.judge_address(address, host, port)
    except Refused as refused:
        assert str(refused)
        assert "\n" not in str(refused)
        return False
    return True


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_reached(address: str) -> None:
    assert kind_of(parse_address(address)) is None
    assert allows(Reach(), address)
    assert allows(Reach(), f"[{address}]" if ":" in address else f"{address}.")
    assert allows(Reach(), "example.com", 443, address)


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_not_reached_by_address_nor_by_name(address: str) -> None:
    assert kind_of(parse_address(address)) is not None
    assert not allows(Reach(), address)
    assert not allows(Reach(), f"[{address}]" if ":" in address else f"{address}.")
    assert not allows(Reach(), "example.com", 443, address)
    assert not allows(Reach(allow_domain=["example.com"]), "example.com", 443, address)


@settings(derandomize=True, deadline=None, database=None, max_examples=2000)
@given(
    st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address),
    st.sampled_from(["::ffff:{}", "64:ff9b::{}", "::{}", "2002::"]),
)
def test_an_address_within_another_is_judged_as_itself(inner: ipaddress.IPv4Address, form: str) -> None:
    text = f"2002:{int(inner) >> 16:x}:{int(inner) & 0xFFFF:x}::" if form == "2002::" else form.format(inner)
    assert (kind_of(parse_address(text)) is None) <= (kind_of(inner) is None)


@settings(derandomize=True, deadline=None, database=None, max_examples=2000)
@given(st.integers(0, 2**32 - 1).map(ipaddress.IPv4Address) | st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address))
def test_what_is_reached_is_global(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if allows(Reach(), str(address)):
        assert address.is_global or (address.version == 6 and kind_of(address) is None)
        assert not address.is_multicast


@settings(derandomize=True, deadline=None, database=None, max_examples=1000)
@given(st.text(max_size=40) | st.text("0123456789abcdefx.:[]%-", max_size=30), st.integers(0, 65535))
def test_any_name_is_allowed_or_refused_in_words(host: str, port: int) -> None:
    allows(Reach(allow_host=["a:*"], allow_domain=["b"], block_domain=["c"]), host, port)


def test_a_server_that_was_named_is_reached_wherever_it_stands() -> None:
    reach = Reach(allow_host=["127.0.0.1:8080", "intranet.example:*", "[fd00::1]:80"])
    assert allows(reach, "127.0.0.1", 8080)
    assert allows(reach, "127.0.0.1.", 8080)
    assert allows(reach, "[::ffff:127.0.0.1]", 8080), "it is the same one"
    assert allows(reach, "intranet.example", 1234, "10.0.0.1")
    assert allows(reach, "INTRANET.Example.", 1234, "10.0.0.1")
    assert allows(reach, "[fd00:0::1]", 80)
    assert not allows(reach, "127.0.0.1", 8081)
    assert not allows(reach, "127.0.0.2", 8080)
    assert not allows(reach, "www.intranet.example", 80, "10.0.0.1")
    assert not allows(reach, "other.example", 8080, "127.0.0.1"), "its owner could point it there"
    assert not allows(reach, "[fd00::1]", 81)


def test_localhost_is_where_the_named_address_is() -> None:
    reach = Reach(allow_host=["127.0.0.1:8080"])
    assert allows(reach, "localhost", 8080, "127.0.0.1")
    assert not allows(reach, "localhost", 8081, "127.0.0.1")
    assert not allows(Reach(), "localhost", 80, "127.0.0.1")
    assert allows(Reach(allow_host=["localhost:*"]), "localhost", 80, "::1")


def test_only_what_is_among_the_allowed_domains_is_reached() -> None:
    reach = Reach(allow_domain=["example.com"], block_domain=["ads.example.com"], allow_host=["127.0.0.1:80"])
    for host in ("example.com", "www.example.com", "EXAMPLE.com."):
        assert allows(reach, host)
    for host in ("example.org", "notexample.com", "example.com.evil.org", "93.184.216.34", "com", ""):
        assert not allows(reach, host)
    for host in ("ads.example.com", "x.ads.example.com", "ADS.example.com."):
        assert not allows(reach, host)
    assert allows(reach, "127.0.0.1", 80)


def test_a_blocked_domain_is_not_reached_whatever_else_allows_it() -> None:
    reach = Reach(block_domain=["a.example"], allow_host=["a.example:*"], allow_domain=["a.example"])
    reach.name_start_page("a.example", 80, ["93.184.216.34"])
    assert not allows(reach, "a.example", 80, "93.184.216.34")
    assert allows(reach.__class__(block_domain=["a.example"]), "b.example", 80, "93.184.216.34")


def test_a_start_page_is_reached_at_the_private_addresses_that_it_had() -> None:
    reach = Reach(allow_domain=["example.com"])
    assert not allows(reach, "intranet", 8080, "10.0.0.1")
    reach.name_start_page("intranet", 8080, ["10.0.0.1"])
    assert allows(reach, "Intranet.", 8080, "10.0.0.1")
    assert allows(reach, "intranet", 8080, "93.184.216.34")
    assert not allows(reach, "intranet", 8080, "10.0.0.2"), "it cannot turn into another one later"
    assert not allows(reach, "intranet", 8080, "127.0.0.1")
    assert not allows(reach, "intranet", 80, "10.0.0.1")
    reach.name_start_page("[::1]", 8080, ["::1"])
    assert allows(reach, "::1", 8080)
    assert not allows(reach, "::1", 8081)


def test_a_name_is_not_judged_before_it_is_known_where_it_leads() -> None:
    assert allows(Reach(), "intranet", 80)
    assert not allows(Reach(), "intranet", 80, "10.0.0.1")


def test_it_may_be_asked_and_told_from_several_threads() -> None:
    reach = Reach()
    errors: list[BaseException] = []

    def use(number: int) -> None:
        try:
            for n in range(300):
                reach.name_start_page(f"h{number}-{n}", 80, ["10.0.0.1"])
                assert allows(reach, f"h{number}-{n}", 80, "10.0.0.1")
        except BaseException as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_what_drives_the_browser_is_closed_whatever_is_allowed() -> None:
    reach = Reach(allow_host=["127.0.0.1:*", "localhost:4444", "10.0.0.1:*"])
    reach.name_start_page("here.example", 4444, ["127.0.0.1"])
    reach.close_ports(4444, 9222)
    for host, address in (("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("here.example", "127.0.0.1")):
        with pytest.raises(Refused, match="is webagent's own"):
            reach.judge_address(address, host, 4444)
    with pytest.raises(Refused, match="is webagent's own"):
        reach.judge_name("127.0.0.1", 9222) or reach.judge_address("::1", "127.0.0.1", 9222)
    reach.judge_address("127.0.0.1", "127.0.0.1", 4445)
    reach.judge_address("10.0.0.1", "10.0.0.1", 4444)
