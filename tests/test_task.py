"""Tasks, and the addresses that their texts name."""

import pytest
from pydantic import ValidationError

from webagent import ConfigurationError, RunResult, Task
from webagent.task import named_url, web_url

NAMED = {
    "Go to https://example.com/men?sort=price#top and look": "https://example.com/men?sort=price#top",
    "go to example.com/men, open the sale": "https://example.com/men",
    "What is on http://localhost:8000/a ?": "http://localhost:8000/a",
    "What is on localhost:8000?": "http://localhost:8000",
    "Read 127.0.0.1:8000/x.": "http://127.0.0.1:8000/x",
    "Open (https://example.com/a).": "https://example.com/a",
    'Open "https://example.com/a"!': "https://example.com/a",
    "Shop.Example.COM has lamps": "https://Shop.Example.COM",
    "Go to example.com, then back to example.com.": "https://example.com",
    "Sur www.lemonde.fr, quel est le titre ?": "https://www.lemonde.fr",
    "http://[::1]:8000/a": "http://[::1]:8000/a",
}
NOT_NAMED = [
    "",
    "Find a red lamp",
    "Compare example.com with example.org",
    "Compare https://example.com/a with https://example.com/b",
    "Write to ada@example.com",
    "Write to ada.lovelace@mail.example.com about it",
    "Summarise report.pdf and notes.md",
    "Run setup.py, then main.sh",
    "Which version is 1.2.3?",
    "It costs 3.50 e.g. in Paris",
    "Is node.js faster?",
    "Look at ./example.com/a",
    "the file /home/me/example.com",
    "https://",
]


@pytest.mark.parametrize(("text", "url"), NAMED.items())
def test_the_one_url_that_a_text_names_is_found(text: str, url: str) -> None:
    assert named_url(text) == url


@pytest.mark.parametrize("text", NOT_NAMED)
def test_texts_that_name_none_or_several(text: str) -> None:
    assert named_url(text) is None


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("example.com", "https://example.com"),
        ("  example.com/a b".replace(" b", ""), "https://example.com/a"),
        ("http://example.com", "http://example.com"),
        ("HTTPS://Example.com/A", "HTTPS://Example.com/A"),
        ("localhost", "http://localhost"),
        ("localhost:8000/a", "http://localhost:8000/a"),
        ("localhostess.com", "https://localhostess.com"),
        ("10.0.0.7", "http://10.0.0.7"),
        ("[::1]:80", "http://[::1]:80"),
        ("example.com:8443/a", "https://example.com:8443/a"),
        ("https://user:pass@example.com/", "https://user:pass@example.com/"),
        ("bücher.example", "https://bücher.example"),
        ("about:blank", "about:blank"),
    ],
)
def test_an_address_gets_the_scheme_it_lacks(given: str, url: str) -> None:
    assert web_url(given) == url


@pytest.mark.parametrize(
    "given",
    [
        "", " ", "https://", "file:///etc/passwd", "javascript:alert(1)", "ftp://example.com", "data:text/html,x",
        "chrome://settings", "about:config", "two words", "https://exa mple.com", "http://example.com:port",
        "http://[::1", "http://example.com:99999", "view-source:https://example.com", "mailto:ada@example.com",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_refused_in_one_sentence(given: str) -> None:
    with pytest.raises(ConfigurationError, match="no address of a page: write it like https://") as caught:
        web_url(given)
    assert "\n" not in str(caught.value)


def test_a_task_needs_words() -> None:
    assert Task(text="  Look.\n").text == "Look."
    for text in ("", " \n\t"):
        with pytest.raises(ValidationError, match="the task is empty"):
            Task(text=text)


def test_a_misspelt_field_of_a_task_is_refused() -> None:
    with pytest.raises(ValidationError, match="start_url"):
        Task(text="Look.", start_url="https://example.com")  # type: ignore[call-arg]


def test_a_result_is_json_without_the_exception() -> None:
    result = RunResult(outcome="failed", reason="the shop is closed", error=ValueError("the shop is closed"))
    assert '"error"' not in result.model_dump_json()
    assert '"reason":"the shop is closed"' in result.model_dump_json()
