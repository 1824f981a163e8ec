"""The commands: parse, call, print. Nothing heavy is imported until a command needs it."""

import errno
import sys
from collections.abc import Collection, Sequence
from contextlib import closing
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from webagent import printing
from webagent.commands import export, replay, resume, sessions, show
from webagent.commands.options import (
    ActionTimeout,
    AllowDomain,
    AllowHost,
    AllowScripts,
    ApiBase,
    ApiKey,
    BlockDomain,
    BrowserPath,
    Coordinates,
    Device,
    Downloads,
    Headed,
    Json,
    KeepCookies,
    KeepScreenshots,
    Marks,
    Mmproj,
    Model,
    ModelId,
    ModelType,
    PageText,
    Provider,
    Quantize,
    Quiet,
    RecordNetwork,
    SessionDir,
    UnsafeNoSandbox,
    UploadDir,
    Verbose,
    Viewport,
    Vision,
)
from webagent.commands.work import flags_of, load, perform, with_a_model
from webagent.errors import ConfigurationError, WebAgentError

if TYPE_CHECKING:
    from webagent.callbacks.progress import Progress
    from webagent.commands.work import Work
    from webagent.task import RunResult

_ROUTED = "webagent.commands"
"""Where a click context keeps the names of commands, if `run` was put in front of the arguments."""


def route(args: Sequence[str], commands: Collection[str], own: Collection[str]) -> list[str]:
    """Return arguments with `run` put in front where they begin with a task or with a flag of `run`.

    Args:
        args: the arguments as given.
        commands: names of commands.
        own: flags of `webagent` itself, such as --version.

    Raises:
        ConfigurationError: the first argument looks like a misspelt command.
    """
    if not args or args[0] in commands or args[0] in own:
        return list(args)
    if not args[0].startswith("-") and len(args[0].split()) == 1:
        check_no_command(args[:1], commands)
    return ["run", *args]


def check_no_command(words: Sequence[str], commands: Collection[str]) -> None:
    """Return if words that stand where a task does look like none of the commands.

    Args:
        words: the arguments that are no flags; `run` was not typed out before them.
        commands: names of commands.

    Raises:
        ConfigurationError: they are a command behind its flags, or a misspelt one.
    """
    if not words:
        return
    first = words[0]
    if first in commands:
        raise ConfigurationError(
            f'"{first}" is a command and comes before its flags, as in "webagent {first} --help"; '
            f'if it is your task, write "webagent run {first}"'
        )
    one_word = len(words) == 1 and len(first.split()) == 1
    if one_word and (near := get_close_matches(first, commands, n=1, cutoff=0.7)):
        raise ConfigurationError(
            f'there is no command "{first}": did you mean "webagent {near[0]}"? '
            f'if it is your task, write "webagent run {first}"'
        )


class _Group(TyperGroup):
    """Commands, where `webagent TASK` is `webagent run TASK`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {flag for option in self.get_params(ctx) for flag in option.opts}
        commands = self.list_commands(ctx)
        routed = route(args, commands, own)
        if routed != args:
            ctx.meta[_ROUTED] = commands
        return super().parse_args(ctx, routed)


app = typer.Typer(
    cls=_Group,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    subcommand_metavar="TASK | COMMAND [ARGS]...",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def webagent(
    ctx: typer.Context, version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False
) -> None:
    """Do a task on the web, in a real browser, with your own model, and print the answer.

    webagent "go to example.com and say what its heading is"
    """
    if version:
        printing.write_out(f"webagent {_version()}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        printing.write_out(ctx.get_help())
        raise typer.Exit


@app.command(context_settings={"allow_extra_args": True})  # for a sentence about quotes
def run(
    ctx: typer.Context,
    task: Annotated[str, typer.Argument(metavar="TASK", help="What to do, in quotes; - reads it from stdin.")],
    url: Annotated[str | None, typer.Option(metavar="URL", help="Page to open before the first step.")] = None,
    image: Annotated[list[str] | None, typer.Option(metavar="FILE", help="Picture for the task; repeatable.")] = None,
    reuse: Annotated[
        str | None, typer.Option(metavar="SESSION", help="Session whose steps are done again first, without the model.")
    ] = None,
    model: Model = None,
    api_base: ApiBase = None,
    api_key: ApiKey = None,
    device: Device = None,
    quantize: Quantize = None,
    mmproj: Mmproj = None,
    max_steps: Annotated[str | None, typer.Option(metavar="N", help="Steps at most. [default: 20]")] = None,
    headed: Headed = None,
    viewport: Viewport = None,
    coordinates: Coordinates = None,
    allow_host: AllowHost = None,
    allow_domain: AllowDomain = None,
    block_domain: BlockDomain = None,
    upload_dir: UploadDir = None,
    allow_scripts: AllowScripts = None,
    unsafe_no_sandbox: UnsafeNoSandbox = None,
    session_dir: SessionDir = None,
    no_record: Annotated[bool, typer.Option("--no-record", help="Leave no session folder behind.")] = False,
    record_network: RecordNetwork = None,
    keep_cookies: KeepCookies = None,
    keep_screenshots: KeepScreenshots = None,
    vision: Vision = None,
    marks: Marks = None,
    page_text: PageText = None,
    downloads: Downloads = None,
    action_timeout: ActionTimeout = None,
    browser_path: BrowserPath = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    model_type: ModelType = None,
    model_id: ModelId = None,
    provider: Provider = None,
) -> None:
    """Do a task and print the answer."""

    def prepare() -> "tuple[str | None, Work]":
        from webagent.inputs import make_task, session_to_reuse
        from webagent.smolagents_flags import model_from_flags

        words = [task, *ctx.args]
        check_no_command(words, ctx.meta.get(_ROUTED, ()))
        asked = make_task(words, url=url, images=image or [])
        if no_record and (record_network or keep_cookies):
            raise ConfigurationError("--no-record leaves nothing to keep network or cookies in: leave one of them out")
        flags = flags_of(ctx) | {"model": model_from_flags(model, model_type, model_id, provider)}
        if no_record:
            flags |= {"record": False, "record_network": False, "keep_cookies": False}
        settings = load(**flags)
        earlier = session_to_reuse(reuse, settings.session_dir)
        settings = with_a_model(settings, quiet=quiet)

        def work(progress: "Progress") -> "RunResult":
            from webagent.agent import WebAgent

            with closing(
                WebAgent(settings=settings, callbacks=[progress])
            ) as agent:  # which starts when the task is sound
                return agent.run(asked, reuse=earlier)

        return settings.model, work

    perform(prepare, json=json, quiet=quiet, verbose=verbose)


@app.command()
def demo(
    headed: Headed = None,
    session_dir: SessionDir = None,
    browser_path: BrowserPath = None,
    unsafe_no_sandbox: UnsafeNoSandbox = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show a run without a model: a recording answers, everything else is real."""

    def prepare() -> "tuple[str | None, Work]":
        settings = load(
            headed=headed, session_dir=session_dir, browser_path=browser_path, unsafe_no_sandbox=unsafe_no_sandbox
        )
        if not quiet:
            printing.write_err(
                "Demo: the model's replies are a recording that ships with webagent; "
                "the browser, the page and the code that runs are real"
            )

        def work(progress: "Progress") -> "RunResult":
            from webagent.demo.run import run_demo

            return run_demo(settings, [progress])

        return "recording", work

    perform(prepare, json=json, quiet=quiet, verbose=verbose)


@app.command()
def doctor(
    model: Model = None,
    api_base: ApiBase = None,
    api_key: ApiKey = None,
    device: Device = None,
    quantize: Quantize = None,
    mmproj: Mmproj = None,
    headed: Headed = None,
    viewport: Viewport = None,
    browser_path: BrowserPath = None,
) -> None:
    """Check browser, driver, sandbox, model and script, and say how to mend what is wrong."""
    settings = load(
        model=model, api_base=api_base, api_key=api_key, device=device, quantize=quantize, mmproj=mmproj,
        headed=headed, viewport=viewport, browser_path=browser_path,
    )  # fmt: skip
    from webagent.doctor import examine, lines

    findings = examine(settings)
    code = printing.write_out("\n".join(lines(findings)))
    raise typer.Exit(code or (0 if all(finding.ok for finding in findings) else 1))


app.command()(replay.replay)
app.command()(show.show)
app.command()(resume.resume)
app.command()(export.export)
app.add_typer(sessions.sessions)


def start(args: Sequence[str]) -> int:
    """Run the command with these arguments. Return its exit code; whatever goes wrong is said in one sentence.

    A fault of ours is raised in Python's development mode, and only there.
    """
    try:
        return int(app(args=list(args), prog_name="webagent", standalone_mode=False) or 0)
    except WebAgentError as error:
        printing.say(error)
        return error.exit_code
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC and error.filename is None:
            return printing.not_written(error)  # of no file, so it is what rich and click write to
        # What the class of usage errors is called, and where it is from, changes with typer's versions; this does not.
        if not hasattr(error, "format_message"):
            if sys.flags.dev_mode:
                raise
            printing.say(
                f"webagent itself failed ({type(error).__name__}: {error}): please report it, with what "
                '"python -X dev -m webagent ..." shows in its place'
            )
            return 1
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "webagent"
        printing.say(f'{error.format_message().rstrip(".")}: see "{command} --help"')
        return 2


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("webagent")
    except PackageNotFoundError:  # a checkout that is not installed
        return "(not installed)"
