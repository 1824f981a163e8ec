"""Sessions as tests, films, networks and training data, and what the command says."""

import ast
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer
from exported import final, session, step
from PIL import Image, ImageChops

from webagent import ConfigurationError, read_session
from webagent.commands.export import export as command
from webagent.session.export import Exported, Format, export
from webagent.session.format import Act
from webagent.session.reader import Session

HAR = '{"log": {"entries": []}}'
HOSTILE = 'a\nimport os\r# coding: rot13\x00\x1b]0;t\x07\u2028\'"""\u202e'


@pytest.fixture
def lamp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session of three steps with pictures, and with what no export may take along."""
    made = session(
        tmp_path / "sessions",
        step(1, "click('Lamps')", acts=[Act(kind="click", x=100, y=100, width=200, height=50)]),
        step(2, "click('No')", error="There is no 'No'.", observation="Printed:\nx"),
        final(3, acts=[Act(kind="click", x=500, y=300), Act(kind="type", x=-1e308, y=1e308)]),
        pictures=True,
        images=[Image.new("RGB", (20, 10), "pink")],
    )
    (made.folder / "cookies.json").write_text("secret cookie")
    (made.folder / "report.html").write_text("secret report")
    (made.folder / "network.har").write_text(HAR)
    (made.folder / "replay.toml").write_text("freeze_time = true")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return made


def everything(folder: Path) -> set[str]:
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


# All of them


@pytest.mark.parametrize("to", list(Format))
def test_nothing_is_replaced_without_force_and_cookies_stay(lamp: Session, to: Format) -> None:
    done = export(lamp, to)
    assert done.path.is_file()
    assert not done.path.is_absolute()
    before = done.path.read_bytes()
    done.path.write_bytes(b"mine")
    with pytest.raises(ConfigurationError, match="is there already: name another with -o, or replace it with --force"):
        export(lamp, to)
    assert done.path.read_bytes() == b"mine"
    assert export(lamp, to, force=True).path.read_bytes() == before
    for file in Path.cwd().rglob("*"):
        assert file.name not in ("cookies.json", "report.html")
        assert not file.is_file() or b"secret" not in file.read_bytes()
    assert not list(Path.cwd().rglob("*.new"))


@pytest.mark.parametrize("to", list(Format))
def test_a_folder_that_cannot_be_written_is_said(lamp: Session, to: Format) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be written \("):
        export(lamp, to, Path("/proc/none/x"))


def test_a_session_that_names_files_elsewhere_gets_none_of_them(lamp: Session, tmp_path: Path) -> None:
    outside = tmp_path / "outside.png"
    Image.new("RGB", (5, 5)).save(outside)
    (lamp.folder / "screenshots" / "link.png").symlink_to(outside)
    names = ["../../outside.png", str(outside), "screenshots/link.png", "cookies.json", "screenshots/../cookies.json"]
    steps = [one.model_copy(update={"screenshot": name}) for name, one in zip(names, lamp.steps * 2, strict=False)]
    hostile = Session(lamp.folder, lamp.info.model_copy(update={"images": names, "opened": None}), steps)
    done = export(hostile, Format.JSONL)
    assert [json.loads(line)["images"] for line in done.path.read_text().splitlines()] == [[]] * 3
    export(hostile, Format.PYTEST)
    assert not list(Path.cwd().rglob("*.png"))
    with pytest.raises(ConfigurationError, match="holds no pictures"):
        export(hostile, Format.GIF)


# Each


def test_a_regression_test_is_a_copy_and_a_marker(lamp: Session) -> None:
    Path("pyproject.toml").write_text("")
    done = export(lamp, Format.PYTEST)
    assert done == Exported(
        Path("tests/test_find_a_lamp.py"),
        [
            "find-a-lamp/network.har holds what was sent and received, passwords that were typed included: look before "
            "you pass it on"
        ],
    )
    copy = Path("tests/sessions/find-a-lamp")
    assert {oct(one.stat().st_mode & 0o777) for one in [copy, *copy.rglob("*")] if one.is_dir()} == {"0o700"}
    assert {oct(one.stat().st_mode & 0o777) for one in copy.rglob("*") if one.is_file()} == {"0o600"}
    assert everything(Path("tests/sessions/find-a-lamp")) == {
        "session.json", "steps.jsonl", "network.har", "replay.toml", "image-1.png",
        *(f"screenshots/000{number}.png" for number in range(4)),
    }  # fmt: skip
    assert read_session(Path("tests/sessions/find-a-lamp")).steps == lamp.steps
    text = done.path.read_text()
    assert '@pytest.mark.webagent_session("tests/sessions/find-a-lamp")\ndef test_find_a_lamp(replay):\n' in text
    assert export(lamp, Format.PYTEST, Path("checks/test_Lamp-sale.py")).path == Path("checks/test_Lamp-sale.py")
    assert Path("checks/sessions/lamp-sale/session.json").is_file()


def test_a_regression_test_that_cannot_be_made_anew_stays_as_it_was(lamp: Session) -> None:
    export(lamp, Format.PYTEST)
    before = everything(Path("tests"))
    (lamp.folder / "network.har").write_text("no HAR")
    with pytest.raises(ConfigurationError, match="is no HAR"):
        export(lamp, Format.PYTEST, force=True)
    assert everything(Path("tests")) == before
    (lamp.folder / "network.har").unlink()
    export(lamp, Format.PYTEST, force=True)
    assert before - everything(Path("tests")) == {"sessions/find-a-lamp/network.har"}
    assert [one.name for one in Path("tests/sessions").iterdir()] == ["find-a-lamp"]


def test_a_regression_test_without_a_network_or_an_answer_is_told(lamp: Session, tmp_path: Path) -> None:
    made = session(tmp_path, step(1, "x"), outcome="max_steps", answer=None, task=HOSTILE)
    with (made.folder / "steps.jsonl").open("ab") as lines:
        lines.write(b'{"half')
    done = export(read_session(made.folder), Format.PYTEST)
    assert [note.split(",")[0] for note in done.notes] == [
        "the session holds no network.har",
        "the session has no answer (max_steps)",
    ]
    text = done.path.read_text()
    assert all(one.isprintable() or one == "\n" for one in text)
    assert len(ast.parse(text).body) == 3
    copied = next(done.path.parent.glob("sessions/*"))
    assert not read_session(copied).cut
    with pytest.raises(ConfigurationError, match=r"is .* itself"):
        export(read_session(copied), Format.PYTEST, done.path, force=True)
    Path("tests/sessions/mine").mkdir()
    Path("tests/sessions/mine/work.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="is there and is no session"):
        export(made, Format.PYTEST, Path("tests/test_mine.py"), force=True)
    assert Path("tests/sessions/mine/work.txt").is_file()
    with pytest.raises(ConfigurationError, match="holds no replies"):
        export(session(tmp_path), Format.PYTEST)


def test_a_film_shows_task_steps_with_their_acts_and_the_answer(lamp: Session) -> None:
    with Image.open(export(lamp, Format.GIF).path) as film:
        assert film.format == "GIF"
        assert film.n_frames == 6  # type: ignore[attr-defined]
        assert film.width == 800
        frames = []
        for number in range(6):
            film.seek(number)
            frames.append(film.convert("RGB"))
    white, red = frames[1], frames[2]
    assert white.getpixel((400, 20)) == (255, 255, 255)
    assert white.getpixel((80 - 3, 100)) not in ((255, 255, 255), red.getpixel((77, 100)))  # the box's left edge
    assert ImageChops.difference(red.crop((0, 0, 800, 560)), Image.new("RGB", (800, 560), "red")).getbbox() is None


def test_a_film_draws_nothing_from_after_a_resume_on_a_picture_from_before(lamp: Session) -> None:
    act = [Act(kind="click", x=100, y=100, width=200, height=50)]
    steps = [one.model_copy(update={"acts": act}) for one in lamp.steps]
    info = lamp.info.model_copy(update={"resumed": [steps[1].started]})
    with Image.open(export(Session(lamp.folder, info, steps), Format.GIF).path) as film:
        shown = []
        for number in (1, 2, 3):
            film.seek(number)
            page = film.convert("RGB").crop((0, 0, 800, 560))
            shown.append(len(page.getcolors(1000)) > 1)
    assert shown == [True, False, True]


def test_a_film_of_hostile_texts_and_of_equal_pictures(lamp: Session, tmp_path: Path) -> None:
    names = [lamp.steps[0].screenshot] * 4
    steps = [
        step(number, f"click({HOSTILE!r})", reply=f"Thought: {HOSTILE} {'リネン' * 99}", screenshot=name)
        for number, name in enumerate(names, 1)
    ]
    info = lamp.info.model_copy(update={"task": HOSTILE * 50, "answer": {"日本": ["x" * 900]}, "opened": None})
    with Image.open(export(Session(lamp.folder, info, steps), Format.GIF).path) as film:
        assert film.n_frames == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [1, 84, 90])
def test_a_film_of_narrow_pictures(lamp: Session, width: int) -> None:
    for number in range(4):
        Image.new("RGB", (width, 40), "red").save(lamp.folder / f"screenshots/{number:04d}.png")
    with Image.open(export(lamp, Format.GIF).path) as film:
        assert film.width == width


def test_a_picture_that_is_none_is_said(lamp: Session) -> None:
    (lamp.folder / "screenshots" / "0001.png").write_bytes(b"no picture")
    with pytest.raises(ConfigurationError, match=r"the picture .*0001\.png is damaged"):
        export(lamp, Format.GIF)


def test_the_network_is_copied_for_the_user_alone(lamp: Session) -> None:
    done = export(lamp, Format.HAR, Path("net.har"))
    assert (done.path.read_text(), oct(done.path.stat().st_mode & 0o777)) == (HAR, "0o600")
    assert done.notes == [
        "net.har holds what was sent and received, passwords that were typed included: look before you pass it on"
    ]
    (lamp.folder / "network.har").write_text("no HAR")
    for to in (Format.HAR, Format.PYTEST):
        with pytest.raises(ConfigurationError, match="is no HAR"):
            export(lamp, to, Path("other.har") if to is Format.HAR else None)
    assert everything(Path.cwd()) == {"net.har"}
    (lamp.folder / "network.har").unlink()
    with pytest.raises(ConfigurationError, match="record the task again with --record-network"):
        export(lamp, Format.HAR)


def test_a_network_that_was_cut_off_is_made_whole(lamp: Session) -> None:
    har = lamp.folder / "network.har"
    entry = {
        "startedDateTime": "2026-01-02T00:00:00+00:00", "time": 1,
        "request": {"method": "GET", "url": "http://shop.example/ä", "headers": []},
        "response": {"status": 200, "headers": [], "content": {"size": 1, "text": "€"}},
    }  # fmt: skip
    lines = ['{"log": {"version": "1.2", "entries": [', json.dumps(entry, ensure_ascii=False)]
    for count in (0, 2):
        har.write_text("\n".join([lines[0], *[f"{lines[1]},"] * count, lines[1][:99]]))
        copied = [
            export(lamp, Format.HAR, Path(f"{count}.har")).path,
            export(lamp, Format.PYTEST, force=True).path.parent / "sessions" / "find-a-lamp" / "network.har",
        ]
        for file in copied:
            assert json.loads(file.read_text())["log"] == {"version": "1.2", "entries": [entry] * count}
            assert len(file.read_text().splitlines()) == count + 2 + (count == 0)


def test_training_data_are_replies_with_what_the_model_had_seen(lamp: Session) -> None:
    lines = [json.loads(line) for line in export(lamp, Format.JSONL, Path("d.jsonl")).path.read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 3]  # the second failed
    for line in lines:
        roles = [message["role"] for message in line["messages"]]
        assert roles == ["system", *["user", "assistant"] * line["step"]]
        parts = [part for message in line["messages"] for part in message["content"]]
        assert [sorted(part) for part in parts if part["type"] == "image"] == [["type"]] * len(line["images"])
        assert all(Path(name).is_file() for name in line["images"])
    assert lines[0]["images"] == ["d-images/image-1.png", "d-images/0000.png"]
    assert lines[1]["images"] == ["d-images/image-1.png", "d-images/0002.png"]
    system, task, *_, before, reply = lines[1]["messages"]
    assert "1000x700" in system["content"][0]["text"]
    assert "close_popups()   # " in system["content"][0]["text"]
    assert task["content"][0] == {"type": "image"}
    assert task["content"][1]["text"] == "New task:\nFind a lamp."
    assert [part.get("text", "")[:11] for part in before["content"]] == ["", "Observation", "Error:\nTher"]
    assert reply["content"] == [{"type": "text", "text": lamp.steps[2].reply}]


def test_training_data_of_nothing_good_and_without_pictures(tmp_path: Path, lamp: Session) -> None:
    with pytest.raises(ConfigurationError, match="nothing to learn"):
        export(session(tmp_path, step(1, "x", error="no")), Format.JSONL)
    done = export(session(tmp_path, step(1, "x"), outcome="failed", answer=None), Format.JSONL)
    assert done.notes == [
        "the session has no answer (failed)",
        "the session holds no pictures: the lines are text alone",
    ]
    assert not list(Path.cwd().glob("*-images"))


# The command


def call(*args: str) -> Any:
    app = typer.Typer()
    app.command()(command)
    return app(list(args), standalone_mode=False)


def test_the_command_prints_where_it_wrote(lamp: Session, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(lamp.folder.parent)
    assert call("last", "--to", "script", "-o", "lamp.py", "--session-dir", folder) == 0
    out, err = capsys.readouterr()
    assert out == "lamp.py\n"
    assert err.startswith("webagent: the code of the script was written by a model and runs with your rights")
    assert call(lamp.folder.name, "--to", "har", "--session-dir", folder) == 0
    assert capsys.readouterr().out == f"{lamp.folder.name}.har\n"
    assert call("last", "--to", "script", "-o", "my  \x1b[31mlamp\n.py", "--session-dir", folder) == 0
    assert capsys.readouterr().out == "my  [31mlamp .py\n"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda folder: shutil.rmtree(folder), "there is no session"),
        (lambda folder: (folder / "session.json").unlink(), "no session.json"),
        (lambda folder: (folder / "steps.jsonl").unlink(), "no steps.jsonl"),
        (lambda folder: (folder / "session.json").write_text("{"), "is damaged"),
        (lambda folder: (folder / "session.json").write_text('{"format": 9}'), "has format 9"),
        (lambda folder: (folder / "steps.jsonl").write_text("x\n"), "is no step"),
    ],
)
def test_a_session_that_is_missing_or_damaged_is_said(lamp: Session, change: Any, says: str) -> None:
    change(lamp.folder)
    for to in Format:
        with pytest.raises(ConfigurationError, match=says) as caught:
            call(str(lamp.folder), "--to", to)
        assert "\n" not in str(caught.value)
    assert not list(Path.cwd().iterdir())


def test_an_unknown_form_is_said(lamp: Session) -> None:
    with pytest.raises(Exception, match="'docx' is not one of") as caught:
        call("last", "--to", "docx")
    assert hasattr(caught.value, "format_message")
