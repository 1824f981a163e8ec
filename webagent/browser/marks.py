"""The marks of a page: the things in view that a person could act on, numbered (set-of-marks, arXiv:2310.11441)."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from selenium.common.exceptions import TimeoutException, UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.plain_json import finite_numbers
from webagent.browser.scripts import load
from webagent.browser.settle import of_the_page
from webagent.text import one_line

MOST_MARKS = 100
"""How many marks a picture has at most: more cannot be read."""
_MOST_LISTED = 400  # when a mark is looked for again: what is numbered now need not be what was then
_MOST_FRAMES = 12  # of other sites, each of which takes some calls
_DEEPEST = 8
_MOST_SAID = 2000  # marks, and characters of a name: no page needs more
_NEAR = 3  # pixels that a thing may have moved and still be in its place
_FIELDS = {"text", "secret", "select", "value"}

Frames = tuple[int, ...]
"""The way to a document: the numbers of the frames to enter, from the top document on, from 0 in each."""


@dataclass(frozen=True)
class Mark:
    """A thing on the page that a person could act on. All words are the page's: they are data, cleaned and cut."""

    number: int
    """From 1."""
    box: tuple[int, int, int, int]
    """Left, top, width and height of what is in view of it, in CSS pixels of the viewport."""
    point: tuple[int, int]
    """Where a click lands on it, in CSS pixels of the viewport."""
    role: str
    name: str = ""
    near: str = ""
    """The text beside it, where it has no name in words."""
    states: tuple[str, ...] = ()
    """Such as "checked", "expanded", "disabled"."""
    value: str = ""
    """What a field holds; never a password."""
    field: str = ""
    """How it is filled in: "text" and "secret" by typing, "select" and "value" by script; "" for no field."""
    frames: Frames = ()
    """The way to its document."""
    id: str = ""
    """Its element's own, as long as the document lives; "" where there is none."""

    @property
    def opens_tab(self) -> bool:
        """Whether it is a link that asks for another tab."""
        return "new tab" in self.states

    @property
    def words(self) -> str:
        """What it is called: `button 'Save'`, `switch beside 'Wi-Fi'`."""
        name = f" {self.name!r}" if self.name else ""
        beside = f" beside {self.near!r}" if self.near else ""
        return f"{self.role}{name}{beside}"


@dataclass(frozen=True)
class PageMarks:
    """The marks of a page as it was at one moment."""

    marks: tuple[Mark, ...] = ()
    view: tuple[int, int] = (0, 0)
    """Width and height of the viewport, in CSS pixels."""
    left_out: int = 0
    """How many things more there are."""
    cut: bool = False
    """The page is too large to have been looked at as a whole."""
    trouble: str = ""
    """Why there are none: a clause; "" where the page was looked at."""


class Marks:
    """The marks of the latest picture: whoever draws them finds them here, and the tools that act on them.

    Attributes:
        latest: the marks as they were last numbered.
    """

    def __init__(self) -> None:
        self.latest = PageMarks()

    def find(self, driver: WebDriver) -> PageMarks:
        """Number the marks anew and return them. See `find_marks`."""
        self.latest = find_marks(driver)
        return self.latest

    def __getitem__(self, number: int) -> Mark:
        """Return the mark of that number.

        Raises:
            ValueError: there is none in the latest picture; the text has the numbers that there are.
        """
        marks = self.latest.marks
        whole = isinstance(number, int | float) and not isinstance(number, bool) and number == number // 1
        if not whole:
            raise ValueError(f"A mark is named by its number in the picture, not by {one_line(repr(number), 40)}.")
        if not marks:
            raise ValueError("There are no marks in the last picture: use click_at(x, y) or the text of what you mean.")
        found = next((mark for mark in marks if mark.number == number), None)
        if found is None:
            raise ValueError(f"There is no mark {number:g} in the last picture: it has 1 to {marks[-1].number}.")
        return found

    def again(self, driver: WebDriver, number: int) -> Mark:
        """Return a mark as it is now: the same element by the same name, wherever it stands.

        Args:
            driver: a driver, in the page's top document, where it is afterwards as well.
            number: the mark's number in the latest picture.

        Raises:
            ValueError: there is no such mark, or what it was can no longer be clicked.
        """
        mark = self[number]
        listed = find_marks(driver, _MOST_LISTED)
        if listed.trouble:
            raise ValueError(
                f"Mark {mark.number} cannot be found again, as {listed.trouble}: look at the next picture."
            )
        now = listed.marks
        same = next((one for one in now if mark.id and one.id == mark.id), None)
        if same is None:
            # An element that the page made anew in its place is the same thing, as long as the document is the same.
            home = mark.id.rpartition("-")[0]
            alike = (one for one in now if one.id.rpartition("-")[0] == home and _is_in_place(mark, one))
            same = next(alike, None)
        if same is None:
            raise ValueError(
                f"Mark {mark.number}, {mark.words}, is no longer there to be clicked: since the last picture the page "
                "was scrolled or has changed, or something covers it. Look at the next picture, where the marks are "
                "numbered anew."
            )
        if (same.role, same.name) != (mark.role, mark.name):
            raise ValueError(
                f"Mark {mark.number} was {mark.words} in the last picture and is {same.words} now: look at the next "
                "picture, where the marks are numbered anew."
            )
        return replace(same, number=mark.number)


def find_marks(driver: WebDriver, most: int = MOST_MARKS) -> PageMarks:
    """Return the marks of the page, numbered in document order, frames in their place: an unchanged page has the same.

    Left out is what is covered, cannot be seen, is out of view or disabled. What is in a frame of another site is found
    by a call in its own context. A handler that a page added by script cannot be seen by another script: such a thing
    is known by its role, its place in the order of the Tab key, or the hand that the pointer becomes over it.

    Args:
        driver: a driver, in the page's top document, where it is afterwards as well.
        most: how many marks to number.

    Returns:
        The marks; none, and why, where the page did not answer within the driver's times for scripts and for pages to
        load, broke what it takes to look at it, or opened a dialog.

    Raises:
        selenium.common.exceptions.WebDriverException: the browser or the tab is gone.
    """
    try:
        top = _look(driver, (), None, most, [_MOST_FRAMES])
    except UnexpectedAlertPresentException:
        return PageMarks(trouble="a dialog is open")
    except TimeoutException as error:
        return PageMarks(trouble="the page is changing" if of_the_page(error) else "the page does not answer")
    except WebDriverException as error:
        if not of_the_page(error):
            raise
        return PageMarks(trouble="the page cannot be looked at")
    kept = top.marks[:most]
    return PageMarks(
        tuple(replace(mark, number=number) for number, mark in enumerate(kept, 1)),
        top.view,
        top.left_out + len(top.marks) - len(kept),
        top.cut,
    )


def _look(driver: WebDriver, path: Frames, part: list[float] | None, most: int, frames_left: list[int]) -> PageMarks:
    """Return the marks of the document that the driver is in, and of those in its frames, in its own pixels."""
    said = driver.execute_script(load("marks"), most, part)
    if not isinstance(said, dict):
        raise WebDriverException("the page broke JavaScript for itself")
    view = finite_numbers([said.get("width"), said.get("height")], 2) or (0, 0)
    listed: list[tuple[float, Mark]] = []
    for one in _list(said.get("marks")):
        mark = _mark(one, path)
        if mark is not None:
            listed.append((one[0], mark))
    left_out = finite_numbers([said.get("left_out")], 1) or (0,)
    cut = said.get("cut") is True
    for one in _list(said.get("frames")):
        frame = _frame(one)
        if frame is None or len(path) + len(frame.path) > _DEEPEST or frames_left[0] <= 0:
            continue
        frames_left[0] -= 1
        inner = _look_into(driver, path, frame, most, frames_left)
        # Just before what the page has after the frame, and behind what it has before it.
        listed += [(frame.order - 0.5, mark) for mark in inner.marks]
        left_out, cut = (left_out[0] + inner.left_out,), cut or inner.cut
    listed.sort(key=lambda pair: pair[0])
    marks = tuple(mark for _, mark in listed)
    return PageMarks(marks, (int(view[0]), int(view[1])), int(left_out[0]), cut)


@dataclass(frozen=True)
class _Frame:
    order: float
    path: Frames
    """From the document around it."""
    corner: tuple[float, ...]
    scale: float
    clip: list[float]


def _look_into(driver: WebDriver, path: Frames, frame: _Frame, most: int, frames_left: list[int]) -> PageMarks:
    """Return the marks in a frame of another site that nothing lies over, in pixels of the document around it."""
    try:
        for number in frame.path:
            driver.switch_to.frame(number)
        inner = _look(driver, path + frame.path, frame.clip, most, frames_left)
    except UnexpectedAlertPresentException:
        with suppress(WebDriverException):
            driver.switch_to.default_content()
        raise
    except WebDriverException as error:  # it went, or hangs, which is nothing against the page around it
        inner = PageMarks()
        if isinstance(error, TimeoutException):
            frames_left[0] = 0  # others may hang as long
    enter(driver, path)
    left, top = frame.corner
    marks = []
    for mark in inner.marks:
        x, y, width, height = (side * frame.scale for side in mark.box)
        point = (int(left + mark.point[0] * frame.scale), int(top + mark.point[1] * frame.scale))
        marks.append(replace(mark, box=(round(left + x), round(top + y), round(width), round(height)), point=point))
    if not marks:
        return inner
    try:
        shows = _list(driver.execute_script(load("frame_shows"), [*frame.path], [[*mark.point] for mark in marks]))
    except WebDriverException as error:
        if isinstance(error, TimeoutException | UnexpectedAlertPresentException) or not of_the_page(error):
            raise
        shows = []
    return replace(inner, marks=tuple(mark for mark, shown in zip(marks, shows, strict=False) if shown is True))


def enter(driver: WebDriver, path: Frames) -> None:
    """Turn the driver to a document.

    Raises:
        selenium.common.exceptions.WebDriverException: a frame on the way is gone.
    """
    driver.switch_to.default_content()
    for frame in path:
        driver.switch_to.frame(frame)


def _frame(said: Any) -> _Frame | None:
    """Return what `marks.js` says of a frame; None where it is something else."""
    if not (isinstance(said, list) and len(said) == 5):
        return None
    path = _list(said[1])
    if not path or any(isinstance(one, bool) or not isinstance(one, int) or not 0 <= one < 1000 for one in path):
        return None
    numbers, corner, clip = (
        finite_numbers([said[0], said[3]], 2),
        finite_numbers(said[2], 2),
        finite_numbers(said[4], 4),
    )
    if numbers is None or corner is None or clip is None:
        return None
    return _Frame(numbers[0], tuple(path), corner, numbers[1], list(clip))


def _mark(said: Any, frames: Frames) -> Mark | None:
    """Return what `marks.js` says of a mark; None where it is something else: it runs among what the page has made."""
    if not (isinstance(said, list) and len(said) == 10 and finite_numbers(said[:1], 1)):
        return None
    box, point = finite_numbers(said[2], 4), finite_numbers(said[3], 2)
    if box is None or point is None or min(*box[2:], *point) < 0:
        return None
    left, top, width, height = (round(side) for side in box)
    return Mark(
        number=0,
        box=(left, top, width, height),
        point=(int(point[0]), int(point[1])),
        role=_words(said[4], 30) or "clickable",
        name=_words(said[5], 80),
        near=_words(said[6], 80),
        states=tuple(_words(state, 20) for state in _list(said[7])[:8]),
        value=_words(said[8], 80),
        field=said[9] if isinstance(said[9], str) and said[9] in _FIELDS else "",
        frames=frames,
        id=_words(said[1], 60),
    )


def _list(said: Any) -> list[Any]:
    return said[:_MOST_SAID] if isinstance(said, list) else []


def _words(said: Any, limit: int) -> str:
    return one_line(said[:_MOST_SAID], limit) if isinstance(said, str) else ""


def _is_in_place(mark: Mark, other: Mark) -> bool:
    near = all(abs(one - two) <= _NEAR for one, two in zip(mark.box, other.box, strict=True))
    return near and (mark.role, mark.name) == (other.role, other.name)
