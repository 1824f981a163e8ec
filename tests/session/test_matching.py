"""Which requests are the same."""

import pytest

from webagent.session.matching import Matching

Asked = tuple[str, str, bytes]

URL = "http://shop.test/a?b=1&t=5"


def same(matching: Matching, one: Asked, other: Asked, kinds: str = "") -> bool:
    first, _, second = kinds.partition("|")
    return matching.key(*one, first) == matching.key(*other, second or first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("GET", URL, b""), ("POST", URL, b"")),
        (("GET", URL, b""), ("GET", URL.replace("http:", "https:"), b"")),
        (("GET", URL, b""), ("GET", URL.replace("shop", "shops"), b"")),
        (("GET", URL, b""), ("GET", URL.replace("/a", "/b"), b"")),
        (("GET", URL, b""), ("GET", URL.replace("b=1", "b=2"), b"")),
        (("POST", URL, b"1"), ("POST", URL, b"2")),
    ],
)
def test_method_url_with_scheme_and_body_must_be_equal(one: Asked, other: Asked) -> None:
    assert not same(Matching(), one, other)
    assert same(Matching(), one, one)


def test_a_fragment_and_the_case_of_a_host_say_nothing() -> None:
    assert same(Matching(), ("GET", "http://Shop.test", b""), ("get", "HTTP://shop.test/#here", b""))


def test_named_parameters_are_ignored_wherever_they_stand() -> None:
    matching = Matching(ignore_query=("t", "utm_*"))
    for other in ("?b=1", "?utm_source=x&b=1", "?b=1&t", "?b=1&utm%5Fa=2&t=9&t=8"):
        assert same(matching, ("GET", URL, b""), ("GET", f"http://shop.test/a{other}", b""))
    assert not same(matching, ("GET", URL, b""), ("GET", "http://shop.test/a?b=1&tt=5", b""))


def test_parts_can_be_chosen() -> None:
    path_alone = Matching(match_on=("path",))
    assert same(path_alone, ("GET", URL, b"1"), ("POST", "https://other.test/a?x", b"2"))
    assert not same(path_alone, ("GET", URL, b""), ("GET", "http://shop.test/b", b""))


def test_the_line_that_divides_a_form_with_files_may_be_another_each_time() -> None:
    kinds = 'multipart/form-data; boundary=----One|multipart/form-data; boundary="----Two"'
    one, other = b"------One\r\nname\r\n------One--", b"------Two\r\nname\r\n------Two--"
    assert same(Matching(), ("POST", URL, one), ("POST", URL, other), kinds)
    assert not same(Matching(), ("POST", URL, one), ("POST", URL, other.replace(b"name", b"nome")), kinds)
    assert not same(Matching(), ("POST", URL, one), ("POST", URL, other), "text/plain")
