"""The words: YAML files of Jinja templates.

A template is rendered twice. Here `[[ name ]]` is filled with what is known before a run; smolagents then fills its own
`{{ name }}` (tools, imports, the user's instructions). Both are strict: an undefined name is an error.
"""

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jinja2
import yaml

if TYPE_CHECKING:
    from smolagents.agents import PromptTemplates

_ENVIRONMENT = jinja2.Environment(
    variable_start_string="[[",
    variable_end_string="]]",
    block_start_string="[%",
    block_end_string="%]",
    comment_start_string="[#",
    comment_end_string="#]",
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # noqa: S701 - prompts are text for a model, not HTML
    keep_trailing_newline=True,
)


def browsing_prompts(
    viewport: tuple[int, int] = (1120, 896),
    coordinates: tuple[int, int] | None = None,
    *,
    vision: bool = True,
    marks: bool = False,
) -> dict[str, Any]:
    """Return prompt templates for browsing, to pass to smolagents as `CodeAgent(prompt_templates=...)`.

    Args:
        viewport: width and height of the pictures in pixels.
        coordinates: columns and rows of the grid on which the model names points of them; None: by their pixels.
        vision: whether the model gets pictures.
        marks: whether what can be used has numbered boxes in them.
    """
    source = (files(__name__) / "browse.yaml").read_text(encoding="utf-8")
    width, height = viewport
    across, down = coordinates or viewport
    names = {"width": width, "height": height, "across": across, "down": down, "pixels": (across, down) == viewport}
    names |= {"vision": vision, "marks": marks}
    templates: dict[str, Any] = _rendered(yaml.safe_load(source), names)
    return templates


def fence_rule(mark: str) -> str:
    """Return the sentences for the system prompt that say what the marks `<mark>` and `</mark>` mean."""
    source = (files(__name__) / "fence.yaml").read_text(encoding="utf-8")
    return str(_rendered(yaml.safe_load(source)["rule"], {"mark": mark}))


def with_instructions(templates: "PromptTemplates") -> "PromptTemplates":
    """Return prompt templates whose system prompt has a place for instructions: what the marks mean is told there."""
    system = templates["system_prompt"]
    if "custom_instructions" in system:
        return templates
    return {**templates, "system_prompt": system + "\n{{custom_instructions}}"}


def _rendered(template: Any, names: dict[str, Any]) -> Any:
    if isinstance(template, dict):
        return {key: _rendered(value, names) for key, value in template.items()}
    return _ENVIRONMENT.from_string(template).render(names)
