"""What of a session is remembered, whoever wrote it."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from webagent import ConfigurationError, Session, StepRecord
from webagent.fence import Fence
from webagent.session.format import PageRecord, SessionInfo
from webagent.session.named import load_picture
from webagent.session.restore import remembered, task_pictures

CALLED = ("call", load_picture.__code__)


def session(folder: Path, *steps: StepRecord, **info: Any) -> Session:
    usual = {"task": "t", "model": "openai/x", "started": datetime.now(UTC)}
    return Session(folder, SessionInfo.model_validate({**usual, **info}), list(steps))


def step(number: int, **what: Any) -> StepRecord:
    usual = {"started": datetime.now(UTC), "seconds": 2, "reply": f"r{number}", "observation": "seen"}
    return StepRecord.model_validate({"step": number, **usual, **what})


def draw(file: Path, colour: str = "red", size: tuple[int, int] = (8, 6)) -> None:
    file.parent.mkdir(exist_ok=True)
    Image.new("RGB", size, colour).save(file, format="PNG")


def test_steps_are_remembered_as_the_agent_had_them() -> None:
    fence = Fence()
    opened = PageRecord(url="https://a/", title="A <page>")
    first, second, third = remembered(
        session(
            Path("none"),
            step(1, code="click('A')", observation="Printed <page>this</page> ‹page>", error="<page>no</page> 'A'"),
            step(2, reply=" ", observation=None),
            opened=opened,
            settings={"max_steps": 5},
        ),
        keep_screenshots=1,
        fence=fence,
    )
    mark = fence.name
    assert (first.step_number, first.observations) == (
        0,
        f"Page: <{mark}>A ‹page>, https://a/</{mark}>\nSteps left: 5.",
    )
    assert (second.step_number, second.model_output, second.code_action) == (1, "r1", "click('A')")
    assert second.observations == f"Printed <{mark}>this</{mark}> ‹page>"
    assert str(second.error) == f"<{mark}>no</{mark}> 'A'"
    assert (third.model_output, third.observations, third.error) == (None, "", None)
    assert second.timing.duration == 2
    assert [message.role.value for message in second.to_messages()] == ["assistant", "tool-response", "tool-response"]


def test_a_long_reply_is_remembered_as_short_as_it_was() -> None:
    (one,) = remembered(session(Path("none"), step(1, reply="x" * 30_000)), keep_screenshots=1, fence=Fence())
    assert len(str(one.model_output)) < 21_000


@pytest.mark.parametrize(("keep", "expected"), [(1, [3]), (2, [1, 3]), (9, [0, 1, 3])])
def test_the_latest_pictures_are_remembered(tmp_path: Path, keep: int, expected: list[int]) -> None:
    for number in (0, 1, 3):
        draw(tmp_path / f"screenshots/{number:04d}.png")
    one, again, three = "screenshots/0001.png", "screenshots/0001.png", "screenshots/0003.png"
    recorded = session(
        tmp_path,
        *[step(number, screenshot=name) for number, name in enumerate((one, again, three, None), 1)],
        opened=PageRecord(screenshot="screenshots/0000.png"),
    )
    steps = remembered(recorded, keep_screenshots=keep, fence=Fence())
    assert [one.step_number for one in steps if one.observations_images] == expected


def test_a_picture_that_is_not_remembered_is_not_unpacked(tmp_path: Path) -> None:
    for number in range(1, 6):
        draw(tmp_path / f"screenshots/{number:04d}.png")
    recorded = session(tmp_path, *(step(number, screenshot=f"screenshots/{number:04d}.png") for number in range(1, 6)))
    (tmp_path / "screenshots/0005.png").write_bytes(b"half")
    unpacked = []
    sys.setprofile(lambda frame, event, _: unpacked.append(1) if (event, frame.f_code) == CALLED else None)
    try:
        steps = remembered(recorded, keep_screenshots=2, fence=Fence())
    finally:
        sys.setprofile(None)
    assert [one.step_number for one in steps if one.observations_images] == [3, 4]
    assert len(unpacked) == 3


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png", "/etc/passwd", "screenshots/../../secret.png", "secret.png", "screenshots/link.png",
        "screenshots/0001.png", "screenshots/0002.png", "screenshots/0009.png", "screenshots/0001.png\n", "",
    ],
)  # fmt: skip
def test_only_pictures_in_the_very_folder_are_remembered(tmp_path: Path, name: str) -> None:
    draw(tmp_path / "secret.png")
    folder = tmp_path / "session"
    (folder / "screenshots").mkdir(parents=True)
    (folder / "screenshots/0001.png").symlink_to(tmp_path / "secret.png")
    (folder / "screenshots/0002.png").write_bytes(b"\x89PNG half")
    (one,) = remembered(session(folder, step(1, screenshot=name)), keep_screenshots=1, fence=Fence())
    assert one.observations_images is None
    with pytest.raises(ConfigurationError, match=r"a picture of its task, (is missing|is a link|has no name of one)"):
        task_pictures(session(folder, images=[name if "000" not in name else "image-1.png"]))


def test_pictures_of_the_task_are_given_again(tmp_path: Path) -> None:
    draw(tmp_path / "image-1.png", "blue", (30, 20))
    (shown,) = task_pictures(session(tmp_path, images=["image-1.png"]))
    assert (shown.size, shown.getpixel((0, 0))) == ((30, 20), (0, 0, 255))
    (tmp_path / "image-1.png").write_bytes(b"no picture")
    with pytest.raises(ConfigurationError, match="a picture of its task, is damaged"):
        task_pictures(session(tmp_path, images=["image-1.png"]))
