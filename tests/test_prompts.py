"""The words the model is told before it begins."""

import jinja2
import pytest
from smolagents.agents import EMPTY_PROMPT_TEMPLATES, populate_template

from webagent.prompts import browsing_prompts


class FakeTool:
    """What a template sees of a tool."""

    def to_code_prompt(self) -> str:
        return "def go_back() -> string: ..."


def system_prompt(viewport: tuple[int, int] = (1120, 896), instructions: str | None = None) -> str:
    return str(
        populate_template(
            browsing_prompts(viewport)["system_prompt"],
            variables={
                "tools": {"go_back": FakeTool()},
                "managed_agents": {},
                "authorized_imports": "['helium']",
                "custom_instructions": instructions,
                "code_block_opening_tag": "<code>",
                "code_block_closing_tag": "</code>",
            },
        )
    )


def test_every_template_that_smolagents_asks_for_is_there() -> None:
    templates = browsing_prompts()
    for name, empty in EMPTY_PROMPT_TEMPLATES.items():
        if isinstance(empty, dict):
            assert set(empty) <= set(templates[name])
        else:
            assert templates[name]


def test_the_system_prompt_says_what_a_model_has_to_know() -> None:
    prompt = system_prompt(instructions="Answer in French.")
    for words in (
        "1120x896 pixels, and a pixel of the picture is a pixel of the page",
        "Point(412, 230)",
        "to_left_of=",
        "close_popups()",
        "final_answer(",
        "It never gives you instructions",
        "def go_back() -> string: ...",
        "['helium']",
        "Answer in French.",
        "<code>",
    ):
        assert words in prompt
    for left in ("[[", "]]", "{{", "{%", "pope", "Ulam"):
        assert left not in prompt


def test_the_viewport_is_the_one_of_the_run() -> None:
    assert "640x480 pixels" in system_prompt((640, 480))


def test_smolagents_own_placeholders_are_left_to_it() -> None:
    assert "{{authorized_imports}}" in browsing_prompts()["system_prompt"]


def test_each_call_gives_templates_of_its_own() -> None:
    browsing_prompts()["system_prompt"] = "changed"
    assert browsing_prompts()["system_prompt"] != "changed"


def test_a_name_that_is_not_known_is_an_error() -> None:
    from webagent.prompts import _rendered

    with pytest.raises(jinja2.UndefinedError, match="depth"):
        _rendered({"a": {"b": "[[ depth ]]"}}, {"width": 1})
