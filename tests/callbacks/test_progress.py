"""What progress writes, for the step records that smolagents makes."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from smolagents import ActionStep
from smolagents.memory import PlanningStep
from smolagents.models import ChatMessage, MessageRole
from smolagents.monitoring import AgentLogger, LogLevel, Timing, TokenUsage
from smolagents.utils import AgentExecutionError

from webagent.callbacks.progress import Progress, _Stderr
from webagent.fence import Fence
from webagent.session.format import Usage
from webagent.task import RunResult

URL = "http://shop.example/sale"


class Broken(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError

    def isatty(self) -> bool:
        return True


def plain() -> Console:
    return Console(file=io.StringIO(), width=40)


def terminal(*, color: bool = False) -> Console:
    return Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard" if color else None)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def step(number: int = 3, **values: Any) -> ActionStep:
    made: dict[str, Any] = {
        "timing": Timing(100.0, 112.4),
        "token_usage": TokenUsage(8211, 312),
        "model_output": 'Thought: The sale is below.\n<code>\nclick("Sale")\n</code>',
        "code_action": 'click("Sale")',
        "observations": "Observed text",
    }
    return ActionStep(step_number=number, **made | values)


def error(message: str) -> AgentExecutionError:
    return AgentExecutionError(message, AgentLogger(level=LogLevel.OFF))


def progress(console: Console, **options: bool) -> Progress:
    made = Progress(console, **options)
    made.attach(lambda: (URL, "Big sale"), 20)
    return made


def test_plain_is_one_line_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([1000.0, 1031.04])  # the run begins; the step is there
    monkeypatch.setattr("webagent.callbacks.progress.time", SimpleNamespace(monotonic=lambda: next(now)))
    console = plain()
    show = progress(console)
    show.started("buy milk", "openai/m")
    show.thinking(3)
    show.working(3)
    show(step(), None)
    show.ended(RunResult(outcome="answered"))
    assert (
        written(console) == f'step 3/20  12.4s, 31.0s so far  8211+312 tokens, 8211+312 so far  {URL}  click("Sale")\n'
    )


def test_plain_sums_up_as_it_goes() -> None:
    console = plain()
    show = progress(console)
    show(step(1), None)
    show(step(2, token_usage=TokenUsage(1000, 1)), None)
    show(step(3, token_usage=None), None)
    assert [line.partition("  http")[0] for line in written(console).splitlines()] == [
        "step 1/20  12.4s, 12.4s so far  8211+312 tokens, 8211+312 so far",
        "step 2/20  12.4s, 24.8s so far  1000+1 tokens, 9211+313 so far",
        "step 3/20  12.4s, 37.2s so far  9211+313 tokens so far",
    ]


def test_plain_with_an_error_and_without_tokens() -> None:
    console = plain()
    progress(console)(step(token_usage=None, error=error("It broke\n\nhere\nand there"), code_action="a\nb"), None)
    assert written(console) == f"step 3/20  12.4s, 12.4s so far  {URL}  a; b  error: It broke here\n"


def test_plain_long_code_stays_on_its_line() -> None:
    console = plain()
    progress(console)(step(code_action="x = 1\n" * 1000), None)
    assert written(console).count("\n") == 1
    assert len(written(console)) < 250


def test_plain_verbose_adds_the_observation() -> None:
    console = plain()
    progress(console, verbose=True)(step(observations="one\ntwo"), None)
    assert written(console).splitlines()[1:] == ["    one", "    two"]


def test_terminal() -> None:
    console = terminal()
    show = progress(console)
    show.started("buy milk", "openai/m")
    show(step(), None)
    show(step(4, timing=Timing(0.0, 2.0)), None)
    text = written(console)
    assert "Task buy milk" in text
    assert "Model openai/m" in text
    assert "Step 3 of 20  12.4 s" in text
    assert "Step 4 of 20  2.0 s" in text
    assert "8211+312 tokens so far" in text
    assert "16422+624 tokens so far" in text
    assert "  The sale is below." in text
    assert "Thought:" not in text
    assert "<code>" not in text
    assert '  click("Sale")' in text
    assert f"Big sale — {URL}" in text
    assert "Observed text" not in text


def test_terminal_verbose() -> None:
    console = terminal()
    progress(console, verbose=True)(step(), None)
    assert "    Observed text" in written(console)


def test_terminal_sums_up() -> None:
    console = terminal()
    progress(console).ended(RunResult(outcome="answered", seconds=3.21, usage=Usage(input_tokens=5, output_tokens=6)))
    assert written(console) == "0 steps, 3.2 s, 5+6 tokens\n"


def test_the_marks_are_for_the_model_alone() -> None:
    console, fence = plain(), Fence()
    for said in ("It broke", "It broke\nhere"):
        progress(console)(step(token_usage=None, error=error(fence.around(said)), code_action="a"), None)
    assert "page " not in written(console).replace(URL, "")
    assert written(console).count("error: It broke") == 2


def test_an_error_is_red_and_two_lines_at_most() -> None:
    console = terminal(color=True)
    progress(console)(step(error=error("first\nsecond\nthird")), None)
    text = written(console)
    assert "\x1b[31m  first" in text
    assert "second" in text
    assert "third" not in text


def test_time_so_far_without_started_is_the_sum() -> None:
    console = terminal()
    show = progress(console)
    show(step(1), None)
    show(step(2), None)
    assert "24.8 s so far" in written(console)


def test_a_spinner_while_the_model_thinks() -> None:
    console = terminal()
    show = progress(console)
    show.thinking(1)
    show.working(1)
    show(step(1), None)
    show.thinking(2)
    show.close()
    show.close()
    text = written(console)
    assert "Step 1 of 20: the page works" in text
    assert "Step 2 of 20: the model thinks" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h") == 2  # the cursor is shown again


NASTY = "a\x1b]0;owned\x07b\x1b[2Jc\u202ed\x9be [bold]f[/bold] [/] :smile: https://x.example"


@pytest.mark.parametrize("console", [plain(), terminal(), terminal(color=True)])
def test_nothing_from_outside_is_obeyed(console: Console) -> None:
    show = Progress(console, verbose=True)
    show.attach(lambda: (NASTY, NASTY), 20)
    show.started(NASTY, NASTY)
    show(
        step(model_output=NASTY + "<code>x</code>", code_action=NASTY, observations=NASTY, error=error(NASTY)),
        None,
    )
    text = written(console)
    for control in ("\x1b]", "\x07", "\x1b[2J", "\u202e", "\x9b", "\x1b]8;"):
        assert control not in text
    assert "[bold]f[/bold] [/] :smile:" in text


def test_quiet_writes_nothing() -> None:
    console = terminal()
    show = progress(console, quiet=True)
    show.started("t", "m")
    show.thinking(1)
    show(step(), None)
    show.ended(RunResult(outcome="answered"))
    show.close()
    assert written(console) == ""


def test_long_texts_are_cut_with_a_note() -> None:
    console = terminal()
    code = "\n".join(f"line_{number}" for number in range(100))
    progress(console)(step(code_action=code, model_output="word\n" * 90), None)
    text = written(console)
    assert "line_39" in text
    assert "line_40" not in text
    assert "… 60 more lines" in text


def test_model_output_of_parts_and_none() -> None:
    console = terminal()
    show = progress(console)
    show(step(model_output=[{"type": "text", "text": "In parts\n```py\nx\n```"}, "?"], timing=Timing(1.0)), None)
    text = written(console)
    assert "  In parts" in text
    assert "```" not in text
    assert "0.0 s" in text


def test_a_step_that_the_model_did_not_reply_to_is_no_step() -> None:
    console = plain()
    progress(console)(step(model_output=None, code_action=None, observations=None, token_usage=None), None)
    assert written(console) == ""


def test_a_browser_that_cannot_say_where_it_is() -> None:
    console = plain()
    show = Progress(console)

    def where() -> tuple[str | None, str | None]:
        raise RuntimeError("the browser is gone")

    show.attach(where, 5)
    show(step(), None)
    assert written(console) == 'step 3/5  12.4s, 12.4s so far  8211+312 tokens, 8211+312 so far  click("Sale")\n'


def test_without_attach() -> None:
    console = plain()
    Progress(console)(step(), None)
    assert written(console).startswith("step 3  12.4s")


def test_a_title_alone_and_a_url_alone() -> None:
    console = terminal()
    show = Progress(console)
    show.attach(lambda: (URL, ""), 5)
    show(step(), None)
    assert f"\n  {URL}\n" in written(console)


def test_plans_are_passed_over() -> None:
    console = plain()
    message = ChatMessage(role=MessageRole.ASSISTANT, content="plan")
    plan = PlanningStep(
        model_input_messages=[], model_output_message=message, plan="plan", timing=Timing(0.0, 1.0), token_usage=None
    )
    progress(console)(plan, None)
    assert written(console) == ""


@pytest.mark.parametrize("kind", [Broken, io.StringIO])
def test_it_never_raises(kind: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    out = kind()
    if kind is io.StringIO:
        out.close()
    show = progress(_Stderr(file=out, force_terminal=True))  # rich's own takes stdout away when a pipe breaks
    show.started("t", "m")
    show.thinking(1)
    show(step(), None)
    show(object(), None)
    show(step(timing=None), None)
    show.ended(None)  # type: ignore[arg-type]
    show.close()
