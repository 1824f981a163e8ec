"""PDF files for the tests, written by hand: as small as they can be."""

from collections.abc import Sequence


def pdf(pages: Sequence[str], *, trailer: str = "") -> bytes:
    """Return a PDF whose pages say these texts, a line each; "" is a page without any.

    Args:
        pages: the pages' texts; brackets and backslashes are not escaped.
        trailer: more entries of its trailer.
    """
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in pages:
        lines = "".join(f"({line}) Tj T*\n" for line in text.splitlines())
        drawn = f"BT /F1 24 Tf 28 TL 72 700 Td\n{lines}ET" if text else "0 0 m"
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    return from_objects(objects, trailer=trailer)


def from_objects(objects: Sequence[str], *, trailer: str = "") -> bytes:
    """Return a PDF that is made of these objects, numbered from 1; the first is its catalogue."""
    out, places = "%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    start = len(out)
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\n"
    return (out + f"startxref\n{start}\n%%EOF\n").encode("latin-1")
