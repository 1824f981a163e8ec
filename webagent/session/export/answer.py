"""What of an answer stood on a page: the words and numbers that an exported script looks for there again.

The rule. An answer's texts are cut where a word is not on the page; what is left between the cuts are pieces, each as
long as it goes. A piece counts when it holds a number, a name (a word with a capital letter) or at least two words that
mean something. Lone common words count only where there is nothing else. Of a list or a dict each value is taken; of a
number, the way in which the page writes it. Case and white space make no difference; a piece stands by itself: 24.50
does not stand in 124.50.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from webagent.session.export.script_parts import plain, stands

_MOST_READ = 20_000  # characters of an answer, of all its values together
_MOST_NUMBER = 1e300
_LONGEST = 20  # words of one piece
_MOST_PIECES = 60
_OUTSIDE = ".,;:!?()[]{}<>\"'“”„‘’«»…*_`|–—-"
_CJK = "\u2e80-\u9fff"  # written without blanks between words: each character is a word here
_WORD = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_PART = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d]+")
_STOP_WORDS = frozenset(
    "a an and are as at be been before but by can costs do does for from had has have he her his how i if in into is "
    "it its not of on or our out per she so than that the their them then there these they this to was we were what "
    "when where which who will with you your yes no".split()
)


@dataclass(frozen=True)
class Pieces:
    """What of an answer stands on a page."""

    found: list[str]
    """As the answer writes it, in its order."""
    not_found: list[str]
    """Numbers of the answer that do not stand there."""


def pieces(answer: Any, text: str) -> Pieces:
    """Return what of `answer` stands in a page's visible text."""
    text = plain(text)
    found: list[str] = []
    lone: list[str] = []
    lost: list[str] = []
    left = _MOST_READ
    for leaf in _leaves(answer):
        if left <= 0:
            break
        read = leaf[:left] if isinstance(leaf, str) else leaf
        left -= len(str(read)) + 1
        if isinstance(read, str):
            for piece, stood in _cut(read, text):
                if not stood:
                    lost += [piece] if re.search(r"\d", piece) else []
                elif _counts(piece):
                    found.append(piece)
                elif any(map(_means_something, piece.split())):
                    lone.append(piece)
        else:
            written = next((form for form in _forms(read) if stands(form, text)), None)
            (found if written else lost).append(written or str(read))
    return Pieces(list(dict.fromkeys(found or lone))[:_MOST_PIECES], list(dict.fromkeys(lost))[:_MOST_PIECES])


def _leaves(answer: Any) -> Iterator[str | int | float]:
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list | tuple):
        for one in answer:
            yield from _leaves(one)
    elif isinstance(answer, str | int | float) and not isinstance(answer, bool):
        yield answer


def _cut(answer: str, text: str) -> Iterator[tuple[str, bool]]:
    """Yield the answer's words in runs that stand in the text, and what does not stand there."""
    words = [span for span in map(_inside, _WORD.finditer(answer)) if span[0] < span[1]]
    place = 0
    while place < len(words):
        first, end = words[place], place
        while end < min(len(words), place + _LONGEST) and stands(answer[first[0] : words[end][1]], text):
            end += 1
        if end > place:
            yield _without_stop_words(answer[first[0] : words[end - 1][1]]), True
        else:  # "€68.00" may be written "68.00 €", "XS/S" as "XS" and "S"
            for part in _PART.findall(answer[first[0] : first[1]]):
                yield part, stands(part, text)
        place = max(end, place + 1)


def _inside(word: re.Match[str]) -> tuple[int, int]:
    """Return where a word begins and ends, without the punctuation around it."""
    start = word.start() + len(word[0]) - len(word[0].lstrip(_OUTSIDE))
    return start, start + len(word[0].strip(_OUTSIDE))


def _without_stop_words(piece: str) -> str:
    words = piece.split()
    while words and words[0].strip(_OUTSIDE).casefold() in _STOP_WORDS:
        words.pop(0)
    while words and words[-1].strip(_OUTSIDE).casefold() in _STOP_WORDS:
        words.pop()
    return " ".join(words).rstrip(",;:") if words else ""


def _counts(piece: str) -> bool:
    words = [word for word in piece.split() if _means_something(word)]
    named = any(word != word.casefold() for word in words)
    together = len(re.findall(f"[{_CJK}]", piece)) > 1  # characters of one word, or of several
    return bool(re.search(r"\d", piece)) or named or len(words) > 1 or together


def _means_something(word: str) -> bool:
    word = word.strip(_OUTSIDE)
    return len(word) > 1 and word.casefold() not in _STOP_WORDS


def _forms(number: float) -> list[str]:
    """Return how a page may write a number, the exactest first."""
    if not abs(number) < _MOST_NUMBER:  # a stranger's answer may be one that is no float, or not a number
        return [str(number)]
    exact = [f"{number:,.2f}", f"{number:.2f}", str(number)]
    if number == int(number):
        exact += [f"{int(number):,}", str(int(number))]
    # 1,299.50 is 1.299,50 elsewhere, or 1 299,50.
    swapped = [form.translate(str.maketrans(",.", ".,")) for form in exact]
    return [*exact, *swapped, *(form.replace(".", " ") for form in swapped if form.count(".") == 1)]
