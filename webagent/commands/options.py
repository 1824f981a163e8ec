"""Flags that several commands take."""

from typing import Annotated

import typer

Model = Annotated[
    str | None, typer.Option("--model", "-m", metavar="NAME", help="Model, as PROVIDER/NAME; NAME with --api-base.")
]
ApiBase = Annotated[str | None, typer.Option(metavar="URL", help="Address of an OpenAI-compatible server.")]
ApiKey = Annotated[str | None, typer.Option(metavar="KEY", help="The model's key; better given as WEBAGENT_API_KEY.")]
Device = Annotated[
    str | None, typer.Option(metavar="NAME", help="cuda, mps or cpu, for --model local/... [default: what is there]")
]
Quantize = Annotated[str | None, typer.Option(metavar="4bit", help="Load --model local/... in 4 bits; NVIDIA only.")]
Mmproj = Annotated[
    str | None, typer.Option(metavar="FILE", help="Part for pictures of --model gguf/... [default: the one beside it]")
]
Headed = Annotated[bool | None, typer.Option("--headed/--headless", help="Show the browser's window, or do not.")]
Viewport = Annotated[str | None, typer.Option(metavar="WxH", help="Viewport in pixels. [default: 1120x896]")]
Coordinates = Annotated[
    str | None,
    typer.Option(metavar="WxH", help="Grid on which the model names points, as 1000x1000. [default: its family's]"),
]
SessionDir = Annotated[str | None, typer.Option(metavar="FOLDER", help="Folder in which runs are recorded.")]
BrowserPath = Annotated[str | None, typer.Option(metavar="FILE", help="The Chromium or Chrome to start.")]
UnsafeNoSandbox = Annotated[
    bool | None,
    typer.Option("--unsafe-no-sandbox", help="Run the model's code with your rights, where no box can be had."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the answer.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing on stderr but errors.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the model is told after each step, too.")]
AllowHost = Annotated[
    list[str] | None, typer.Option(metavar="HOST:PORT", help="Server of a private network it may reach; repeatable.")
]
AllowDomain = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="The only domain it may reach, with subdomains; repeatable."),
]
BlockDomain = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Domain it may not reach, with subdomains; repeatable.")
]
UploadDir = Annotated[
    list[str] | None, typer.Option(metavar="FOLDER", help="Folder whose files it may give to pages; repeatable.")
]
AllowScripts = Annotated[
    bool | None, typer.Option("--allow-scripts", help="Let the model run JavaScript of its own in pages.")
]
RecordNetwork = Annotated[
    bool | None, typer.Option("--record-network", help="Keep what pages ask for and get, to replay it offline.")
]
KeepCookies = Annotated[
    bool | None, typer.Option("--keep-cookies", help="Keep the browser's cookies with the session, to resume it.")
]
KeepScreenshots = Annotated[
    str | None, typer.Option(metavar="N", help="Latest screenshots the model sees. [default: 1]")
]
Vision = Annotated[
    bool | None, typer.Option("--vision/--no-vision", help="Show the model pictures, or tell it the page's text alone.")
]
Marks = Annotated[
    bool | None, typer.Option("--marks", help="Number what can be used in the pictures, for click_mark(n).")
]
PageText = Annotated[
    str | None, typer.Option(metavar="N", help="Tell the first N characters of the page's text with each step.")
]
Downloads = Annotated[
    bool | None, typer.Option("--downloads/--no-downloads", help="Keep what pages have it download, or refuse that.")
]
ActionTimeout = Annotated[
    str | None, typer.Option(metavar="SECONDS", help="Time one step's code may take. [default: 60]")
]
ModelType = Annotated[str | None, typer.Option(metavar="CLASS", help="As in smolagents: LiteLLMModel, ...")]
ModelId = Annotated[str | None, typer.Option(metavar="NAME", help="As in smolagents: the model's id.")]
Provider = Annotated[str | None, typer.Option(metavar="NAME", help="As in smolagents: inference provider.")]
