"""`WebAgent`: a smolagents `CodeAgent`, a browser and a worker, put together to do one task after another."""

import logging
import sys
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rich.console import Console
from selenium.webdriver.remote.webdriver import WebDriver
from smolagents import CodeAgent, Model, Tool
from smolagents.agents import ActionOutput, PromptTemplates
from smolagents.memory import ActionStep, FinalAnswerStep, TaskStep, ToolCall
from smolagents.monitoring import AgentLogger, LogLevel
from smolagents.utils import AgentGenerationError

from webagent import model as models
from webagent.authorities import check_authorities
from webagent.browser import Browser
from webagent.browser.candidates import nearest
from webagent.browser.marks import Marks
from webagent.browser.recover import answer_timeout
from webagent.callbacks import KeepCookies, Record, RunEvents, Screenshot, TidyMemory, TidyOutput
from webagent.callbacks.memory import drop_pictures
from webagent.callbacks.record import page_record
from webagent.discovery import with_model
from webagent.ending import Ending
from webagent.errors import BrowserDied, ConfigurationError, ModelFailed, TaskError, WebAgentError, WorkerDied
from webagent.fence import Fence
from webagent.gguf_server import open_ports
from webagent.job import Job, resumed_job
from webagent.model_errors import explain
from webagent.opening import Opening
from webagent.pictures import load_picture
from webagent.pointing import as_recorded, check_grid, lay_grid
from webagent.prompts import browsing_prompts, fence_rule, with_instructions
from webagent.recording import Recording, new_recorder
from webagent.sandbox.box import choose_box
from webagent.sandbox.executor import WorkerExecutor
from webagent.session.format import PageRecord
from webagent.session.reader import read_session
from webagent.session.recorder import Recorder, usage_of
from webagent.session.restore import remembered
from webagent.session.resumed import ResumedRecorder, check_network
from webagent.session.reuse import HOW_IT_BEGAN, ReuseModel
from webagent.settings import Settings
from webagent.sources import changed, load_settings
from webagent.task import RecordedTask, RunResult, Task, as_final_answer_check, as_task
from webagent.tools import browsing_tools, file_tools, mark_tools

if TYPE_CHECKING:
    from webagent.session.archive import Archive

_LOG = logging.getLogger("webagent")
_TEXT_WITHOUT_VISION = 4000  # characters of the page's text that stand in place of its picture
_KEPT_PICTURES = 5  # beside those that the settings keep: each is 1,280 tokens of memory, but none to compute

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
            None takes the one of the settings, else the one of a key in the environment or a server on this machine.
        settings: what the run is told; None takes flags, environment and files as the command does.
        tools: smolagents tools beside the browsing ones. They run in this process.
        callbacks: step callbacks that run after the agent's own.
        prompt_templates: smolagents prompt templates in place of `webagent.prompts.browsing_prompts()`.
        instructions: sentences added to the system prompt.
        imports: modules the model's code may import, beside smolagents' own list and helium.
        routes: hosts that are served by a server on this machine instead, for tests: name (or `*`) -> HOST:PORT.
        archive: answers what pages ask for in place of the network, see `webagent.session.archive`.
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
        archive: "Archive | None" = None,
        **overrides: Any,
    ) -> None:
        if isinstance(model, str):
            overrides["model"] = model
        self.settings = load_settings(overrides) if settings is None else changed(settings, overrides)
        self._model = model if isinstance(model, Model) else None
        if self._model is None:
            self.settings, chosen = with_model(self.settings)
            if chosen:
                _LOG.info("webagent: %s", chosen)
            models.check_named(self.settings)
        self._tools, self._callbacks = list(tools), list(callbacks)
        self._grid = lay_grid(self.settings, self._model)
        self._templates = with_instructions(
            prompt_templates
            or browsing_prompts(
                self.settings.viewport, self._grid.size, vision=self.settings.vision, marks=self.settings.marks
            )
        )
        self._instructions, self._imports = instructions, list(imports)
        self._network: dict[str, Any] = {"routes": routes, **({"archive": archive} if archive is not None else {})}
        self._fence = Fence()
        self._marks = Marks()
        self._executor: WorkerExecutor | None = None
        self._driver: WebDriver | None = None
        self._let_go: Callable[[], None] = lambda: None  # of what was loaded for this agent alone
        self._done = 0  # steps of the run before it was resumed
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
        self._let_go()

    def run(
        self,
        task: str | Task,
        url: str | None = None,
        images: Sequence[Any] | None = None,
        *,
        reset: bool = True,
        reuse: str | Path | None = None,
    ) -> RunResult:
        """Do a task and return what came of it. That the task could not be done is told in the result, not raised.

        Args:
            task: what to do, in words or as a `Task`.
            url: page to open first.
            images: pictures given once with the task, PIL images or paths.
            reset: begin with a fresh memory. False goes on where the last run ended; the browser stays either way.
            reuse: folder of a session whose steps are done again first, without asking the model, as long as the pages
                are as they were; its start page is opened where this task has none. Its steps do not count.

        Raises:
            ConfigurationError: the task, its url, a picture or the session is not usable, or the agent cannot start.
            KeyboardInterrupt: the run was interrupted; `result` holds what came of it until then.
            Exception: whatever a callback of yours raised; the session says so, and `result` holds the rest.
        """
        began = time.monotonic()
        task = as_task(task, url, images)
        pictures = [load_picture(image) for image in task.images]
        job = Job(task, task.url, pictures, reset=reset, named=not isinstance(task, RecordedTask))
        if reuse is not None:
            session = read_session(Path(reuse))
            check_grid(session, self._grid)
            job.reuse(session)
        self.start()
        job.max_steps = self.settings.max_steps
        recorder = new_recorder(
            self.settings, job, self.browser, model=self._model_name, box=self._box_name, grid=self._grid
        )
        return self._do(job, recorder, began)

    def resume(self, session: str | Path, *, max_steps: int | None = None) -> RunResult:
        """Go on with a recorded run that did not come to its answer, and return what came of it.

        It goes on in the session's folder, with the session's memory, on a fresh page with the address of the last one.
        Settings are this agent's; `webagent.resume.as_recorded` gives those of the session. Tools and checks of its
        task are not recorded: give this agent the tools. The result's steps and tokens are those of the whole run.

        Args:
            session: the session's folder.
            max_steps: steps of the whole run after which it ends; None: as recorded, or as many again where these are
                spent.

        Raises:
            ConfigurationError: there is no such session, it has its answer or is being written, no step is left, or
                its network is to be recorded and cannot be.
            KeyboardInterrupt: as of `run`.
            Exception: likewise.
        """
        began = time.monotonic()
        recorder = ResumedRecorder(Path(session))
        try:
            job = resumed_job(recorder.session, max_steps)
            if recorder.session.steps:
                check_grid(recorder.session, self._grid)
            check_network(recorder.session, self.settings)
            if self._executor is not None:
                self._executor.cleanup()  # so that variables of another run are none of this one; it starts anew
            self.start()
            recorder.begin(model=self._model_name, settings=as_recorded(self.settings, self._grid))
        except BaseException:
            recorder.release()
            raise
        if recorder.session.cut:
            _LOG.warning("webagent: the last step of the session was half written when the run was killed: it is lost")
        return self._do(job, recorder, began)

    def _do(self, job: Job, recorder: Recorder | None, began: float) -> RunResult:
        recording = Recording(recorder, self.settings, self.browser, self._record, self._cookies)
        recording.begin(job)
        model = self.code_agent.model
        reusing = None
        if job.reused is not None:
            reusing = ReuseModel(job.reused, job.planned, model, self._now, self._one_step_more)
        self.code_agent.model = reusing or model
        try:
            end = self._work(job, recording)
        finally:
            self.code_agent.model = model
        reused = reusing.reused(self._record.steps) if reusing is not None else None
        recording.end(end, reused)
        self.result = RunResult(
            answer=end.answer,
            outcome=end.outcome,
            reason=end.reason,
            error=end.error if isinstance(end.error, WebAgentError) else None,
            steps=self._record.steps,
            usage=usage_of(self._record.steps),
            seconds=round(time.monotonic() - began, 3),
            session=recording.folder,
            reused=reused,
        )
        if isinstance(end.error, BrowserDied | WorkerDied):
            self.close()  # the next run starts them anew
        self._tell("ended", self.result)
        if end.error is not None and not isinstance(end.error, WebAgentError):
            raise end.error
        return self.result

    def _work(self, job: Job, recording: Recording) -> Ending:
        """Run the loop; return how it ended."""
        try:
            return self._loop(job, recording)
        except AgentGenerationError as failure:
            error = explain(failure, self._model_name, self.settings.api_base)
            # What has worked is not configured wrongly: its server went away in the middle.
            gone = self._record.fresh and isinstance(error, ConfigurationError)
            return Ending.by(ModelFailed(str(error)) if gone else error)
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - the session says so before it goes on its way
            return Ending.by(error)

    def _loop(self, job: Job, recording: Recording) -> Ending:
        agent, task = self.code_agent, job.task
        agent.max_steps, self._done = job.max_steps, job.done
        agent.tools = {tool.name: tool for tool in [*self._own_tools, *self._tools, *task.tools]}
        agent.final_answer_checks = [as_final_answer_check(check) for check in task.checks]
        most = job.max_steps + len(job.planned)
        self._tell("attach", lambda: (self._screenshot.latest.url, self._screenshot.latest.title), most)
        self._tell("started", task.text, self._model_name)
        self._screenshot.begin(sys.exception(), reset=job.reset)
        self.browser.egress.begin()
        if job.reset:
            self._fence.renew()
        notes = [fence_rule(self._fence.name), HOW_IT_BEGAN if job.planned else None, self._instructions]
        agent.instructions = "\n".join(filter(None, notes))
        events = agent.run(task.text, stream=True, reset=job.reset, max_steps=most)
        task_step = agent.memory.steps[-1]
        assert isinstance(task_step, TaskStep)
        task_step.task_images = job.pictures or None
        self._open(job, recording)
        self._tell("thinking", job.done + 1)
        answer = None
        try:
            for event in events:
                if isinstance(event, ToolCall):
                    self._tell("working", agent.step_number + job.done)
                elif isinstance(event, ActionOutput) and event.is_final_answer:
                    answer = event.output
                elif isinstance(event, FinalAnswerStep):
                    return Ending("answered", answer)
                elif isinstance(event, ActionStep) and not self._screenshot.stopped:
                    if failure := self._screenshot.failure or self._executor_failure:
                        raise failure
                    if event.step_number >= agent.max_steps and not event.is_final_answer:
                        break  # smolagents would ask the model once more, without the browser
                    if not event.is_final_answer:
                        self._tell("thinking", event.step_number + 1)
        finally:
            _close(events)
        return Ending.by_steps(agent.max_steps)

    def _open(self, job: Job, recording: Recording) -> None:
        """Open the page the run begins on, and put what is open into memory, so that the first request shows it."""
        opening = Opening(self.browser, self._screenshot, self._fence)
        memory = self.code_agent.memory
        if job.session is not None and job.before:
            memory.steps += remembered(job.session, keep_screenshots=self.settings.keep_screenshots, fence=self._fence)
            step: ActionStep | None = opening.again(job.before[-1])
        else:
            step = opening.first(job.task.text, job.url, named=job.named)
        if step is None:
            return
        step.observations = f"{step.observations}\nSteps left: {job.max_steps - job.done}."
        memory.steps.append(step)
        drop_pictures(memory.steps, self.settings.keep_screenshots)
        recording.opened(self._screenshot.latest)

    def _now(self) -> PageRecord:
        """Return the latest step's record, or the page a run begins on where there is no step yet."""
        return self._record.steps[-1] if self._record.steps else page_record(self._screenshot.latest)

    def _one_step_more(self) -> None:
        """Let the run have a step more, for the next one is reused: the model has all of its own from there on."""
        self.code_agent.max_steps += 1

    def _number_on(self, memory_step: ActionStep) -> None:
        """Number a step of a run that is resumed; smolagents counts from 1."""
        memory_step.step_number += self._done

    def _start(self) -> None:
        settings = self.settings
        check_authorities()
        if self._model is None:
            self._let_go = models.preload(settings)
            if models.runs_here(settings):
                if settings.api_base is not None:
                    _LOG.warning("webagent: the server at api_base is not asked: %s runs here", settings.model)
                what, warning = models.how_it_is_loaded(settings)
                self._tell("loading", what)
                if warning:
                    _LOG.warning("webagent: %s", warning)
        self.browser = Browser(settings, **self._network)
        box = choose_box(unsafe=settings.unsafe_no_sandbox)
        self._box_name = box.name if box is not None else "none (--unsafe-no-sandbox)"
        # The worker imports for a second or so: it starts first, beside the browser.
        self._executor = WorkerExecutor(
            box=box,
            folder=self.browser.temporary_folder(),
            group=self.browser.process_group,
            imports=self._imports,
            deadline=settings.action_timeout,
            grid=self._grid,
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
            deeds=gate.new_deeds,
            fence=self._fence,
            vision=settings.vision,
            marks=(lambda: self.browser.find_marks(self._marks)) if settings.marks else None,
            page_text=settings.page_text or (0 if settings.vision else _TEXT_WITHOUT_VISION),
        )
        self._record = Record(self._screenshot, fence=self._fence, acts=gate.new_acts)
        self._cookies = KeepCookies(self.browser.driver, self._screenshot)
        downloads = self.browser.downloads
        self._own_tools: list[Tool] = [
            *browsing_tools(self._driver, self._grid),
            *(mark_tools(self._driver, self._marks) if settings.marks else []),
            *file_tools(self._driver, downloads.all, lambda: downloads.folder),
        ]
        model = self._model or models.load_model(settings)
        self._let_go()
        if self._model is None:
            self._let_go = getattr(model, "close", self._let_go)
        self.browser.reach.close_ports(*open_ports())
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
                self._number_on,
                TidyOutput(self._fence),
                self._screenshot,
                TidyMemory(settings.keep_screenshots, at_most=self._most_pictures(model), fence=self._fence),
                self._record,
                self._cookies,
                *self._callbacks,
            ],
            logger=AgentLogger(level=LogLevel.OFF, console=Console(stderr=True)),
        )
        self._own_tools.append(self.code_agent.tools["final_answer"])

    def _most_pictures(self, model: Model) -> int:
        """Return how many pictures may be in memory: more, where the model need not look at the old ones again."""
        keeps = getattr(model, "keeps_prefix", False)
        return self.settings.keep_screenshots + (_KEPT_PICTURES if keeps else 0)

    def _run_for_worker(self, command: str, params: dict[str, Any], within: float) -> dict[str, Any]:
        with answer_timeout(self.browser.driver, max(within, 1.0)):
            return self.browser.gate.execute(command, params, "worker")

    def _explain_for_worker(self, sought: str, within: float) -> str:
        assert self._driver is not None
        with answer_timeout(self.browser.driver, max(within, 1.0)):
            return nearest(self._driver, sought)

    @property
    def _executor_failure(self) -> TaskError | None:
        return self._executor.failure if self._executor is not None else None

    def _tell(self, hook: str, *args: Any) -> None:
        """Call a method of `RunEvents` on the callbacks that are such."""
        for callback in self._callbacks:
            if isinstance(callback, RunEvents):
                getattr(callback, hook)(*args)


def _close(events: Generator[Any, None, None]) -> None:
    # Closed in the middle of a step, smolagents' generator yields that step once more, which Python calls an error.
    with suppress(RuntimeError):
        events.close()
    events.close()
