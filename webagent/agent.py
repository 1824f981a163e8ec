"""`WebAgent`: a smolagents `CodeAgent`, a browser and a worker, put together to do one task after another."""

import logging
import sys
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from selenium.common.exceptions import UnexpectedAlertPresentException
from selenium.webdriver.remote.webdriver import WebDriver
from smolagents import CodeAgent, Model, Tool
from smolagents.agents import ActionOutput, PromptTemplates
from smolagents.memory import ActionStep, FinalAnswerStep, TaskStep, ToolCall
from smolagents.monitoring import AgentLogger, LogLevel, Timing
from smolagents.utils import AgentGenerationError

from webagent import model as models
from webagent.browser import Browser
from webagent.browser.candidates import nearest
from webagent.browser.recover import answer_timeout
from webagent.callbacks import Record, RunEvents, Screenshot, TidyMemory, TidyOutput
from webagent.callbacks.record import page_record
from webagent.errors import (
    BrowserDied,
    ConfigurationError,
    ModelFailed,
    PageNotOpened,
    TaskError,
    WebAgentError,
    WorkerDied,
)
from webagent.fence import Fence
from webagent.model_errors import explain
from webagent.pictures import load_picture
from webagent.prompts import browsing_prompts, fence_rule
from webagent.sandbox.box import choose_box
from webagent.sandbox.executor import WorkerExecutor
from webagent.session.recorder import Recorder, usage_of
from webagent.settings import Settings
from webagent.sources import changed, load_settings
from webagent.task import Outcome, RunResult, Task, as_final_answer_check, as_task, named_url, web_url
from webagent.text import one_line
from webagent.tools import browsing_tools

_LOG = logging.getLogger("webagent")

StepCallback = Callable[..., None]
"""Called after each step as smolagents calls it: with the step, or with the step and `agent=`."""


class WebAgent:
    """Does tasks in a browser of its own, looking at it with a vision-language model.

    Use it as a context manager, or call `close()`: the browser lives as long as the agent. A program may have many.

        with WebAgent("openai/gpt-4o") as agent:
            result = agent.run("Which laptop on shop.example is the lightest?")
            print(result.answer)

    Args:
        model: a model's name (`openai/gpt-4o`, `huggingface/Qwen/Qwen2.5-VL-72B-Instruct`), or a smolagents `Model`;
            None takes the one of the settings.
        settings: what the run is told; None takes flags, environment and files as the command does.
        tools: smolagents tools beside the browsing ones. They run in this process.
        callbacks: step callbacks that run after the agent's own.
        prompt_templates: smolagents prompt templates in place of `webagent.prompts.browsing_prompts()`.
        instructions: sentences added to the system prompt.
        imports: modules the model's code may import, beside smolagents' own list and helium.
        routes: hosts that are served by a server on this machine instead, for tests: name (or `*`) -> HOST:PORT.
        overrides: single settings by name, for example `max_steps=5, headed=True`.

    Attributes:
        code_agent: the smolagents agent, once started.
        browser: the browser, once started.
        result: what came of the last run, also where it was interrupted.

    Raises:
        ConfigurationError: a setting is wrong, or no model is named.
    """

    code_agent: CodeAgent
    browser: Browser

    def __init__(
        self,
        model: str | Model | None = None,
        *,
        settings: Settings | None = None,
        tools: Iterable[Tool] = (),
        callbacks: Sequence[StepCallback] = (),
        prompt_templates: PromptTemplates | None = None,
        instructions: str | None = None,
        imports: Iterable[str] = (),
        routes: Mapping[str, str] | None = None,
        **overrides: Any,
    ) -> None:
        if isinstance(model, str):
            overrides["model"] = model
        self.settings = load_settings(overrides) if settings is None else changed(settings, overrides)
        self._model = model if isinstance(model, Model) else None
        if self._model is None:
            models.check_named(self.settings)
        self._tools, self._callbacks = list(tools), list(callbacks)
        self._templates = _with_instructions(prompt_templates or browsing_prompts(self.settings.viewport))
        self._instructions, self._imports = instructions, list(imports)
        self._routes = routes
        self._fence = Fence()
        self._executor: WorkerExecutor | None = None
        self._driver: WebDriver | None = None
        self.result: RunResult | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def driver(self) -> WebDriver:
        """A selenium driver for tools of your own; what it may do is judged as the model's code is."""
        self.start()
        assert self._driver is not None
        return self._driver

    def start(self) -> Self:
        """Start browser and worker, if they do not run, and return the agent. `run` does it when it must.

        Raises:
            ConfigurationError: no browser, an unknown model, no key.
            BrowserDied: the browser could not be started.
        """
        if self._executor is not None:
            return self
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """End browser and worker. May be called at any time, and twice."""
        if self._executor is not None:
            self._executor.cleanup()
            self._executor = None
        if hasattr(self, "browser"):
            self.browser.close()
        self._driver = None

    def run(
        self,
        task: str | Task,
        url: str | None = None,
        images: Sequence[Any] | None = None,
        *,
        reset: bool = True,
    ) -> RunResult:
        """Do a task and return what came of it. That the task could not be done is told in the result, not raised.

        Args:
            task: what to do, in words or as a `Task`.
            url: page to open first.
            images: pictures given once with the task, PIL images or paths.
            reset: begin with a fresh memory. False goes on where the last run ended; the browser stays either way.

        Raises:
            ConfigurationError: the task, its url or a picture is not usable, or the agent cannot start.
            KeyboardInterrupt: the run was interrupted; `result` holds what came of it until then.
            Exception: whatever a callback of yours raised; the session says so, and `result` holds the rest.
        """
        began = time.monotonic()
        task = as_task(task, url, images)
        start_page = web_url(task.url) if task.url else None
        pictures = [load_picture(image) for image in task.images]
        self.start()
        recorder = self._recorder(task, start_page, pictures)
        self._record.begin(recorder)
        outcome, answer, error = self._work(task, start_page, pictures, recorder, reset=reset)
        reason = self._reason(outcome, error)
        try:
            recorder.close(outcome=outcome, reason=reason, answer=answer)
        except OSError as broken:  # the answer is worth more than its record, which then says that it has no end
            _LOG.warning("webagent: the end of the run could not be recorded: %s", broken.strerror or broken)
        self.result = RunResult(
            answer=answer,
            outcome=outcome,
            reason=reason,
            error=error if isinstance(error, WebAgentError) else None,
            steps=self._record.steps,
            usage=usage_of(self._record.steps),
            seconds=round(time.monotonic() - began, 3),
            session=recorder.folder if recorder.folder.is_dir() else None,
        )
        if isinstance(error, BrowserDied | WorkerDied):
            self.close()  # the next run starts them anew
        self._tell("ended", self.result)
        if error is not None and not isinstance(error, WebAgentError):
            raise error
        return self.result

    def _work(
        self, task: Task, url: str | None, pictures: list[Any], recorder: Recorder, *, reset: bool
    ) -> tuple[Outcome, Any, BaseException | None]:
        """Run the loop; return how it ended, the answer, and what was raised."""
        try:
            answer, done = self._loop(task, url, pictures, recorder, reset=reset)
        except AgentGenerationError as failure:
            return "failed", None, self._explained(failure)
        except KeyboardInterrupt as stop:
            return "interrupted", None, stop
        except Exception as error:  # noqa: BLE001 - whatever it is, the session says so before it goes on its way
            return "failed", None, error
        return ("answered" if done else "max_steps"), answer, None

    def _explained(self, failure: Exception) -> WebAgentError:
        error = explain(failure, self._model_name, self.settings.api_base)
        # What has worked is not configured wrongly: its server went away in the middle.
        return ModelFailed(str(error)) if self._record.steps and isinstance(error, ConfigurationError) else error

    def _loop(
        self, task: Task, url: str | None, pictures: list[Any], recorder: Recorder, *, reset: bool
    ) -> tuple[Any, bool]:
        agent = self.code_agent
        agent.tools = {tool.name: tool for tool in [*self._own_tools, *self._tools, *task.tools]}
        agent.final_answer_checks = [as_final_answer_check(check) for check in task.checks]
        self._tell("attach", lambda: (self._screenshot.latest.url, self._screenshot.latest.title), agent.max_steps)
        self._tell("started", task.text, self._model_name)
        self._screenshot.begin(sys.exception(), reset=reset)
        self.browser.egress.begin()
        if reset:
            self._fence.renew()
        agent.instructions = "\n".join(filter(None, [fence_rule(self._fence.name), self._instructions]))
        events = agent.run(task.text, stream=True, reset=reset)
        task_step = agent.memory.steps[-1]
        assert isinstance(task_step, TaskStep)
        task_step.task_images = pictures or None
        self._open(task, url, recorder)
        self._tell("thinking", 1)
        answer = None
        try:
            for event in events:
                if isinstance(event, ToolCall):
                    self._tell("working", agent.step_number)
                elif isinstance(event, ActionOutput) and event.is_final_answer:
                    answer = event.output
                elif isinstance(event, FinalAnswerStep):
                    return answer, True
                elif isinstance(event, ActionStep) and not self._screenshot.stopped:
                    if failure := self._screenshot.failure or self._executor_failure:
                        raise failure
                    if event.step_number >= agent.max_steps and not event.is_final_answer:
                        break  # smolagents would ask the model once more, without the browser
                    if not event.is_final_answer:
                        self._tell("thinking", event.step_number + 1)
        finally:
            _close(events)
        return None, False

    def _open(self, task: Task, url: str | None, recorder: Recorder) -> None:
        """Open the page the task begins on, and put what is open into memory, so that the first request shows it.

        Raises:
            PageNotOpened: the page that was asked for did not open. One that the task's text names may fail.
        """
        lines = []
        first = url or named_url(task.text)
        if (said := self.browser.dismiss_dialog()) is not None:
            said = self._fence.around(one_line(said))
            lines.append(f'The dialog "{said}" was left open before this task and has been dismissed.')
        try:
            if url:
                self.browser.egress.name_start_page(url)  # the user gave it: a private host is meant
            if first:
                self.browser.open(first)
            elif self.browser.is_blank():
                return
        except UnexpectedAlertPresentException:
            pass  # a page is open, and greets with a dialog
        except PageNotOpened as error:
            if url:
                raise
            lines.append(f"{self._fence.around(one_line(error, 400))}.")
        picture, seen = self._screenshot.observe()
        page = self._screenshot.latest
        if url and page.kind == "application/pdf":
            raise PageNotOpened(f"{url} is a PDF, and this version reads pages only: give the page that links to it")
        now = time.time()
        self.code_agent.memory.steps.append(
            ActionStep(
                step_number=0,
                timing=Timing(now, now),
                observations="\n".join([*lines, *seen, f"Steps left: {self.code_agent.max_steps}."]),
                observations_images=[picture] if picture else None,
            )
        )
        try:
            recorder.opened(page_record(page), page.picture)
        except OSError as error:
            _LOG.warning("webagent: the first page could not be recorded: %s", error.strerror or error)

    def _start(self) -> None:
        settings = self.settings
        if self._model is None:
            models.preload(settings)
        self.browser = Browser(settings, routes=self._routes)
        box = choose_box(unsafe=settings.unsafe_no_sandbox)
        self._box_name = box.name if box is not None else "none (--unsafe-no-sandbox)"
        # The worker imports for a second or so: it starts first, beside the browser.
        self._executor = WorkerExecutor(
            box=box,
            folder=self.browser.temporary_folder(),
            group=self.browser.process_group,
            imports=self._imports,
            deadline=settings.action_timeout,
            viewport=settings.viewport,
        )
        self.browser.start()
        gate = self.browser.gate
        self._driver = gate.attach("tool")
        self._executor.connect(
            run=self._run_for_worker,
            nearest=self._explain_for_worker,
            driver=self._driver,
        )
        self._screenshot = Screenshot(
            self.browser.look,
            dismiss_dialog=self.browser.dismiss_dialog,
            acted=gate.since_last_asked,
            fence=self._fence,
        )
        self._record = Record(self._screenshot, fence=self._fence)
        self._own_tools: list[Tool] = browsing_tools(self._driver)
        model = self._model or models.load_model(settings)
        own_name = getattr(self._model, "model_id", None) or type(model).__name__
        self._model_name = str(settings.model if self._model is None else own_name)
        self.code_agent = CodeAgent(
            tools=[*self._own_tools, *self._tools],
            model=model,
            prompt_templates=self._templates,
            additional_authorized_imports=["helium", *self._imports],
            executor=self._executor,
            max_steps=settings.max_steps,
            step_callbacks=[
                TidyOutput(self._fence),
                self._screenshot,
                TidyMemory(settings.keep_screenshots, fence=self._fence),
                self._record,
                *self._callbacks,
            ],
            logger=AgentLogger(level=LogLevel.OFF, console=Console(stderr=True)),
        )
        self._own_tools.append(self.code_agent.tools["final_answer"])

    def _run_for_worker(self, command: str, params: dict[str, Any], within: float) -> dict[str, Any]:
        with answer_timeout(self.browser.driver, max(within, 1.0)):
            return self.browser.gate.execute(command, params, "worker")

    def _explain_for_worker(self, sought: str, within: float) -> str:
        assert self._driver is not None
        with answer_timeout(self.browser.driver, max(within, 1.0)):
            return nearest(self._driver, sought)

    def _recorder(self, task: Task, url: str | None, pictures: list[Any]) -> Recorder:
        return Recorder(
            self.settings.session_dir,
            task=task.text,
            model=self._model_name,
            settings=self.settings.public(),
            url=url,
            images=pictures,
            versions={
                "browser": self.browser.version + ("" if self.browser.sandboxed else " (--no-sandbox)"),
                "chromedriver": self.browser.driver_version,
                "sandbox": self._box_name,
            },
        )

    @property
    def _executor_failure(self) -> TaskError | None:
        return self._executor.failure if self._executor is not None else None

    def _reason(self, outcome: Outcome, error: BaseException | None) -> str | None:
        if outcome == "max_steps":
            spent = self.code_agent.max_steps
            return f"no answer after {spent} steps: allow more with --max-steps, or ask for less at once"
        if outcome == "interrupted":
            return "interrupted"
        if error is None or isinstance(error, WebAgentError):
            return str(error) if error else None
        return f"{type(error).__name__}: {error}"

    def _tell(self, hook: str, *args: Any) -> None:
        """Call a method of `RunEvents` on the callbacks that are such."""
        for callback in self._callbacks:
            if isinstance(callback, RunEvents):
                getattr(callback, hook)(*args)


def _with_instructions(templates: PromptTemplates) -> PromptTemplates:
    """Return prompt templates whose system prompt has a place for instructions: what the marks mean is told there."""
    system = templates["system_prompt"]
    if "custom_instructions" in system:
        return templates
    return {**templates, "system_prompt": system + "\n{{custom_instructions}}"}


def _close(events: Generator[Any, None, None]) -> None:
    # Closed in the middle of a step, smolagents' generator yields that step once more, which Python calls an error.
    with suppress(RuntimeError):
        events.close()
    events.close()
