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


class _InPicture(tuple[int, int]):
    """Stands where helium has an offset within an element."""


def aim_at_the_picture() -> None:
    """Have helium take every `Point`, and give the place of every element, in pixels of the picture."""
    aim_from_element = APIImpl._move_to_element

    def move_to_element(api: Any, element: Any, offset: Any) -> Any:
        if not isinstance(offset, _InPicture):
            return aim_from_element(api, element, offset)
        chain = api.require_driver().action()
        chain.w3c_actions.pointer_action.move_to_location(*offset)
        chain.w3c_actions.key_action.pause()
        return chain

    APIImpl._point_to_element_and_offset = _element_at
    APIImpl._move_to_element = move_to_element
    HTMLElementImpl.x = property(lambda element: _corner(element)[0])
    HTMLElementImpl.y = property(lambda element: _corner(element)[1])
    HTMLElementImpl.top_left = property(lambda element: Point(*_corner(element)))


def _element_at(api: Any, point: Any) -> tuple[Any, _InPicture]:
    spot = _InPicture((math.floor(point.x), math.floor(point.y)))
    driver = api.require_driver()
    driver.switch_to.default_content()  # the last lookup may have ended in a frame
    return WebElementWrapper(driver.execute_script(ELEMENT_AT, *spot)), spot


def _corner(element: Any) -> tuple[int, int]:
    found = element.first_occurrence
    if found.frame_index is not None:
        FrameIterator(element._driver).switch_to_frame(found.frame_index)
    x, y = found.target.parent.execute_script(CORNER, found.target)
    return round(x), round(y)
