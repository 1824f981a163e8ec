"""helium's `Point` as a pixel of the picture.

helium looks up the element at the point in the viewport, and then aims from the middle of the element as the document
has it. The two agree only on a page that is not scrolled and for an element that is in view as a whole, so a click on
the body of any longer page fails or goes astray.
"""

import math
from typing import Any

from helium import Point
from helium._impl import APIImpl, HTMLElementImpl
from helium._impl.selenium_wrappers import FrameIterator, WebElementWrapper

from webagent.browser.known_scripts import CORNER, ELEMENT_AT
from webagent.grid import Grid


class _InPicture(tuple[int, int]):
    """Stands where helium has an offset within an element."""


def aim_at_the_picture(grid: Grid | None = None) -> None:
    """Have helium take every `Point`, and give the place of every element, in pixels of the picture.

    Args:
        grid: what they are taken and given on; None: the pixels, however many there are.
    """
    aim_from_element = APIImpl._move_to_element

    def move_to_element(api: Any, element: Any, offset: Any) -> Any:
        if not isinstance(offset, _InPicture):
            return aim_from_element(api, element, offset)
        chain = api.require_driver().action()
        chain.w3c_actions.pointer_action.move_to_location(*offset)
        chain.w3c_actions.key_action.pause()
        return chain

    APIImpl._point_to_element_and_offset = lambda api, point: _element_at(api, _pixel(point, grid))
    APIImpl._move_to_element = move_to_element
    HTMLElementImpl.x = property(lambda element: _corner(element, grid)[0])
    HTMLElementImpl.y = property(lambda element: _corner(element, grid)[1])
    HTMLElementImpl.top_left = property(lambda element: Point(*_corner(element, grid)))
    if grid is not None:
        width, height = HTMLElementImpl.width, HTMLElementImpl.height
        HTMLElementImpl.width = property(lambda element: round(grid.from_pixels(width.fget(element), 0)[0]))
        HTMLElementImpl.height = property(lambda element: round(grid.from_pixels(0, height.fget(element))[1]))


def _pixel(point: Any, grid: Grid | None) -> _InPicture:
    spot = grid.to_pixel(point.x, point.y) if grid is not None else None
    return _InPicture(spot or (math.floor(point.x), math.floor(point.y)))


def _element_at(api: Any, spot: _InPicture) -> tuple[Any, _InPicture]:
    driver = api.require_driver()
    driver.switch_to.default_content()  # the last lookup may have ended in a frame
    return WebElementWrapper(driver.execute_script(ELEMENT_AT, *spot)), spot


def _corner(element: Any, grid: Grid | None) -> tuple[int, int]:
    found = element.first_occurrence
    if found.frame_index is not None:
        FrameIterator(element._driver).switch_to_frame(found.frame_index)
    x, y = found.target.parent.execute_script(CORNER, found.target)
    if grid is None:
        return round(x), round(y)
    x, y = grid.from_pixels(round(x), round(y))
    return math.ceil(x), math.ceil(y)  # not what lies before it
