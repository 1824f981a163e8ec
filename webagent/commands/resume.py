"""`webagent resume`: an interrupted or failed run goes on."""

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from webagent.commands.options import (
    AllowDomain,
    AllowHost,
    AllowScripts,
    ApiBase,
    ApiKey,
    BlockDomain,
    BrowserPath,
    Device,
    Headed,
    Json,
    KeepCookies,
    Mmproj,
    Model,
    ModelId,
    ModelType,
    Provider,
    Quantize,
    Quiet,
    RecordNetwork,
    SessionDir,
    UnsafeNoSandbox,
    UploadDir,
    Verbose,
)
from webagent.commands.work import flags_of, load, perform, with_a_model

if TYPE_CHECKING:
    from webagent.callbacks.progress import Progress
    from webagent.commands.work import Work
    from webagent.task import RunResult


def resume(
    ctx: typer.Context,
    session: Annotated[
        str,
        typer.Argument(metavar="SESSION", help="Folder of a session, its name or an end or beginning of it, or last."),
    ],
    max_steps: Annotated[
        str | None, typer.Option(metavar="N", help="Steps at most, those that are done included.")
    ] = None,
    model: Model = None,
    api_base: ApiBase = None,
    api_key: ApiKey = None,
    device: Device = None,
    quantize: Quantize = None,
    mmproj: Mmproj = None,
    headed: Headed = None,
    viewport: Annotated[
        str | None, typer.Option(metavar="WxH", help="Viewport in pixels. [default: the session's]")
    ] = None,
    allow_host: AllowHost = None,
    allow_domain: AllowDomain = None,
    block_domain: BlockDomain = None,
    upload_dir: UploadDir = None,
    allow_scripts: AllowScripts = None,
    unsafe_no_sandbox: UnsafeNoSandbox = None,
    session_dir: SessionDir = None,
    record_network: RecordNetwork = None,
    keep_cookies: KeepCookies = None,
    keep_screenshots: Annotated[
        str | None, typer.Option(metavar="N", help="Latest screenshots the model sees. [default: the session's]")
    ] = None,
    action_timeout: Annotated[
        str | None, typer.Option(metavar="SECONDS", help="Time one step's code may take. [default: the session's]")
    ] = None,
    browser_path: BrowserPath = None,
    json: Json = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    model_type: ModelType = None,
    model_id: ModelId = None,
    provider: Provider = None,
) -> None:
    """Go on where an interrupted or failed run stopped, and print the answer.

    Of the session are, where no flag says otherwise: model, viewport, screenshots seen, time of a step, steps at most,
    and whether network and cookies are kept; where you name none yourself, its only domains too. What it blocked stays
    blocked. All else, servers and keys above all, is from your own flags, environment and files.
    """

    def prepare() -> "tuple[str | None, Work]":
        from webagent.resume import as_recorded
        from webagent.session.locate import find_session
        from webagent.session.reader import read_session
        from webagent.session.resumed import check_resumable
        from webagent.smolagents_flags import model_from_flags

        flags = flags_of(ctx) | {"model": model_from_flags(model, model_type, model_id, provider)}
        settings = load(**flags)
        recorded = check_resumable(read_session(find_session(session, settings.session_dir)))
        settings = with_a_model(as_recorded(recorded, settings, flags), quiet=quiet)
        most = settings.max_steps if max_steps is not None else None

        def work(progress: "Progress") -> "RunResult":
            from webagent.agent import WebAgent

            with closing(WebAgent(settings=settings, callbacks=[progress])) as agent:
                return agent.resume(recorded.folder, max_steps=most)

        return settings.model, work

    perform(prepare, json=json, quiet=quiet, verbose=verbose)
