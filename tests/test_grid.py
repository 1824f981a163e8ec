"""Points of the picture, on grids that are its pixels and on others."""

import math

import pytest

from webagent.grid import PATCH, Grid

VIEW = (1120, 896)
PIXELS, THOUSAND = Grid(VIEW, VIEW), Grid(VIEW, (1000, 1000))


@pytest.mark.parametrize(
    ("grid", "point", "pixel"),
    [
        (PIXELS, (0, 0), (0, 0)),
        (PIXELS, (1119.9, 895.2), (1119, 895)),
        (PIXELS, (1120, 0), (1119, 0)),
        (PIXELS, (-0.1, 896), (0, 895)),
        (PIXELS, (-PATCH, 895 + PATCH), (0, 895)),
        (PIXELS, (-PATCH - 0.1, 0), None),
        (PIXELS, (0, 896 + PATCH + 0.1), None),
        (PIXELS, (math.nan, 0), None),
        (PIXELS, (math.inf, 0), None),
        (PIXELS, (-math.inf, 0), None),
        (PIXELS, (10**400, 0), None),
        (THOUSAND, (0, 0), (0, 0)),
        (THOUSAND, (500, 500), (560, 448)),
        (THOUSAND, (999, 999), (1118, 895)),
        (THOUSAND, (1000, 1000), (1119, 895)),
        (THOUSAND, (1025, -31.25), (1119, 0)),
        (THOUSAND, (1025.1, 0), None),
        (THOUSAND, (0, -31.3), None),
        (Grid((1920, 1080), (1460, 821)), (730, 410.5), (960, 540)),
    ],
)
def test_a_point_is_a_pixel(grid: Grid, point: tuple[float, float], pixel: tuple[int, int] | None) -> None:
    assert grid.to_pixel(*point) == pixel


def test_what_is_placed_on_a_grid_is_found_there_again() -> None:
    for pixel in ((0, 0), (559, 447), (1119, 895)):
        x, y = THOUSAND.from_pixels(*pixel)
        assert THOUSAND.to_pixel(x + 1e-6, y + 1e-6) == pixel
    assert PIXELS.from_pixels(3, 4) == (3, 4)


def test_a_distance_on_a_grid_is_one_in_pixels() -> None:
    assert THOUSAND.in_pixels(500, -250) == (560, -224)
    assert PIXELS.in_pixels(3, 4) == (3, 4)


def test_a_grid_says_how_large_it_is() -> None:
    assert str(PIXELS) == "1120x896"
    assert str(THOUSAND) == "as wide as x from 0 to 1000 and as high as y to 1000"
    assert (PIXELS.is_pixels, THOUSAND.is_pixels) == (True, False)
