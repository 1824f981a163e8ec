"""`--to jsonl`: the session as training data, in the chat layout that vision models are fine-tuned with.

One line is one reply of the model with all that it had been sent, as JSON:

    {"messages": [{"role": "system", "content": [{"type": "text", "text": "..."}]},
                  {"role": "user", "content": [{"type": "text", "text": "the task"}]},
                  {"role": "assistant", "content": [...]},                            an earlier reply
                  {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Observation"}]},
                  {"role": "assistant", "content": [{"type": "text", "text": "Thought: ...<code>...</code>"}]}],
     "images": ["NAME-images/0003.png"], "session": "NAME", "step": 4}

The last message is what is to be learnt; the others are what it is learnt from. `images` holds the files for the
`{"type": "image"}` parts in order, as paths from the file on: task pictures first, then the latest screenshots, as
many as the model saw (`keep_screenshots`). This is the layout of TRL, and others read it. A picture's path does not
stand in its part: datasets fills keys that some parts have into all of them, and chat templates would take each text
for a picture.

A reply whose step failed is no example to learn from: it has no line of its own, and stands in later lines as what came
before. The system prompt is the one of this version of webagent, with its own tools.
"""

import json
from pathlib import Path
from typing import Any

from webagent.browser.marks import Marks
from webagent.errors import ConfigurationError
from webagent.grid import Grid
from webagent.session.export.files import check_free, has_picture, write, written
from webagent.session.format import PageRecord, StepRecord, two_numbers
from webagent.session.named import read_picture
from webagent.session.reader import Session
from webagent.settings import Settings
from webagent.text import one_line, well_formed

_RETRY = (  # as smolagents says it
    "Now let's retry: take care not to repeat previous errors! "
    "If you have retried several times, try a completely different approach."
)


def export_chat(session: Session, path: Path, *, force: bool) -> list[str]:
    """Write the lines to `path` and the pictures beside it; return what a person should know of it.

    Raises:
        ConfigurationError: no step went well, or something is there already or cannot be written.
    """
    good = [step for step in session.steps if step.reply and step.error is None]
    if not good:
        raise ConfigurationError("no step of the session went well: there is nothing to learn from it")
    folder = path.with_name(f"{path.stem}-images")
    check_free(path, force=force)
    check_free(folder, force=force)
    pictures = _Pictures(session.folder, folder)
    lines = _lines(session, pictures)
    write(path, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), force=force)
    pictures.copy()
    notes = []
    if session.info.outcome != "answered":
        notes.append(f"the session has no answer ({one_line(session.info.outcome or 'unfinished', 40)})")
    if not pictures.known:
        notes.append("the session holds no pictures: the lines are text alone")
    return notes


class _Pictures:
    """The pictures that lines name."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._source, self._folder = source, folder
        self.known: dict[str, str] = {}

    def name(self, named: str | None) -> str | None:
        """Return the path of a session's picture from the JSONL file on; None where there is none."""
        if named is None or not (named in self.known or has_picture(self._source, named)):
            return None
        return self.known.setdefault(named, f"{self._folder.name}/{Path(named).name}")

    def copy(self) -> None:
        with written(self._folder):
            if self.known:
                self._folder.mkdir(parents=True, exist_ok=True)
            for named, name in self.known.items():
                (self._folder / Path(name).name).write_bytes(read_picture(self._source, named))


def _lines(session: Session, pictures: _Pictures) -> list[dict[str, Any]]:
    keep = session.info.settings.get("keep_screenshots")
    keep = keep if type(keep) is int and keep > 0 else 1
    task = [name for name in map(pictures.name, session.info.images) if name]
    text = {"type": "text", "text": f"New task:\n{well_formed(session.info.task)}"}
    said: list[tuple[str, list[dict[str, str]], str | None]] = [
        ("system", [{"type": "text", "text": system_prompt(session)}], None),
        ("user", [*({"type": "image"} for _ in task), text], None),
    ]
    if session.info.opened is not None:
        said.append(("user", _seen(session.info.opened, ""), pictures.name(session.info.opened.screenshot)))
    lines = []
    before = session.info.opened.screenshot if session.info.opened else None
    for step in session.steps:
        if not step.reply:
            continue
        said.append(("assistant", [{"type": "text", "text": well_formed(step.reply)}], None))
        if step.error is None:
            lines.append(_line(said, task, keep) | {"session": session.folder.resolve().name, "step": step.step})
        new = step.screenshot if step.screenshot != before else None  # an unchanged page was not sent again
        before = step.screenshot or before
        said.append(("user", _seen(step, step.observation or ""), pictures.name(new)))
    return lines


def _line(said: list[tuple[str, list[dict[str, str]], str | None]], task: list[str], keep: int) -> dict[str, Any]:
    shown = [place for place, (_, _, picture) in enumerate(said) if picture][-keep:]
    messages: list[dict[str, Any]] = []
    images = list(task)
    for place, (role, content, picture) in enumerate(said):
        parts = list(content)
        if place in shown and picture:
            parts.insert(0, {"type": "image"})
            images.append(picture)
        if messages and messages[-1]["role"] == role:  # chat templates want the roles to take turns
            messages[-1]["content"] = [*messages[-1]["content"], *parts]
        else:
            messages.append({"role": role, "content": parts})
    return {"messages": messages, "images": images}


def _seen(page: PageRecord, observation: str) -> list[dict[str, str]]:
    if not observation:
        observation = f"Page: {one_line(page.title, 100) or 'no title'}, {one_line(page.url, 300)}"
    texts = [f"Observation:\n{well_formed(observation)}"]
    if isinstance(page, StepRecord) and page.error:
        texts.append(f"Error:\n{well_formed(page.error)}\n{_RETRY}")
    return [{"type": "text", "text": text} for text in texts]


def system_prompt(session: Session) -> str:
    """Return the system prompt that this version of webagent sends, with the viewport of the session."""
    from smolagents import CodeAgent
    from smolagents.models import Model

    from webagent.prompts import browsing_prompts, fence_rule
    from webagent.tools import browsing_tools, file_tools, mark_tools

    settings = session.info.settings
    viewport = two_numbers(settings.get("viewport")) or Settings().viewport
    size = two_numbers(settings.get("coordinates")) or viewport
    vision, marked = settings.get("vision") is not False, settings.get("marks") is True
    templates = browsing_prompts(viewport, size, vision=vision, marks=marked)
    no_driver: Any = None  # the tools are described, not used
    tools = browsing_tools(no_driver, Grid(viewport, size))
    tools += mark_tools(no_driver, Marks()) if marked else []
    agent = CodeAgent(
        tools=[*tools, *file_tools(no_driver, list, lambda: None)],
        model=Model(),
        prompt_templates=templates,
        additional_authorized_imports=["helium"],
        instructions=fence_rule("page"),
    )
    return str(agent.system_prompt)
