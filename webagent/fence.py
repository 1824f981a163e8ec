"""Marks around what comes from pages, so that a model can tell it from what we and the user say."""

import re
import secrets
import unicodedata

_MARK = re.compile(r"[<＜﹤](?=[\s/]*page\b)", re.IGNORECASE)
_UNSEEN = {"Cf", "Mn", "Me", "Cc"}


def without_marks(text: str) -> str:
    """Return text for a person, without the marks of any run."""
    return re.sub(r"</?page [0-9a-f]{8}>\n?", "", text)


class Fence:
    """Puts text between marks that hold a number nobody but the model is told, and that no fenced text can hold.

    Attributes:
        name: what stands in the marks, `<name>` and `</name>`; the system prompt explains them.
    """

    name: str

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Take a new number, as each run does."""
        self._number = secrets.token_hex(4)
        self.name = f"page {self._number}"

    def around(self, text: str) -> str:
        """Return text between the marks, on lines of its own where it has several. Empty text stays so."""
        if not text:
            return ""
        text = self._without_number(text)
        return f"<{self.name}>\n{text}\n</{self.name}>" if "\n" in text else f"<{self.name}>{text}</{self.name}>"

    def plain(self, text: str) -> str:
        """Return text of ours with its marks as `<page>` and `</page>`, the same in every run: it can be compared."""
        return text.replace(self.name, "page")

    def marked(self, text: str) -> str:
        """Return what `plain` made, with the marks of this run: what a session holds, for the run that goes on."""
        return re.sub(r"<(/?)page>", rf"<\1{self.name}>", text)

    def _without_number(self, text: str) -> str:
        """Return text that cannot be taken for a mark: a page may have been shown the number by the model's code."""
        text = _MARK.sub("‹", text)
        # What reads alike to a model counts: full-width digits, accents, characters in between that are not seen.
        folded = unicodedata.normalize("NFKD", text)
        seen = "".join(char for char in folded if unicodedata.category(char) not in _UNSEEN or char in "\n\t")
        if self._number not in seen.casefold():
            return text
        return re.sub(self._number, "…", seen, flags=re.IGNORECASE)
