"""Flags that several commands take."""

from typing import Annotated

import typer

Model = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME", help="Model, as PROVIDER/NAME; NAME with --api-base.")
]
ApiBase = Annotated[str | None, typer.Option(metavar="URL", help="Address of an OpenAI-compatible server.")]
ApiKey = Annotated[str | None, typer.Option(metavar="KEY", help="The model's key; better given as WEBAGENT_API_KEY.")]
Headed = Annotated[bool | None, typer.Option("--headed/--headless", help="Show the browser's window, or do not.")]
Viewport = Annotated[str | None, typer.Option(metavar="WxH", help="Viewport in pixels. [default: 1120x896]")]
SessionDir = Annotated[str | None, typer.Option(metavar="FOLDER", help="Folder in which runs are recorded.")]
BrowserPath = Annotated[str | None, typer.Option(metavar="FILE", help="The Chromium or Chrome to start.")]
UnsafeNoSandbox = Annotated[
    bool | None,
    typer.Option("--unsafe-no-sandbox", help="Run the model's code with your rights, where no box can be had."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the answer.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the model is told after each step, too.")]
