"""Questions of QTI 1.2 as Common Cartridge profiles them: multiple choice, multiple response, true or false."""

from typing import Any, Final
from xml.etree.ElementTree import Element

from ewaste.education.content.cartridge.pages import read_page
from ewaste.education.content.cartridge.xml import child, children, descendants, local, text_of
from ewaste.education.content.questions import Kind, Question
from pydantic import ValidationError

__all__ = ["Unsupported", "read_question"]

_KINDS: Final = {
    "cc.multiple_choice": Kind.SINGLE,
    "cc.multiple_response": Kind.MULTIPLE,
    "cc.true_false": Kind.TRUE_FALSE,
}


class Unsupported(Exception):
    """A question that can't become one of ours; the others are imported."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_question(item: Element, question_id: str) -> Question:
    """Raises `Unsupported`."""
    profile = _profile(item)
    kind = _KINDS.get(profile.rpartition(".")[0] if profile.rpartition(".")[2].startswith("v") else profile)
    if kind is None:
        raise Unsupported(f"a question of the kind {profile or 'unknown'} is not supported")
    presentation = child(item, "presentation")
    choices = next(descendants(presentation, "render_choice"), None) if presentation is not None else None
    if presentation is None or choices is None:
        raise Unsupported("the question has no choices")
    right, feedback = _right(item), _feedback(item)
    options = [_option(n, label, right, feedback) for n, label in enumerate(children(choices, "response_label"))]
    written = {"question_id": question_id, "kind": kind, "text_th": _words(presentation), "options": options}
    try:
        return Question.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        raise Unsupported(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _option(number: int, label: Element, right: set[str], feedback: dict[str, str]) -> dict[str, Any]:
    ident = label.get("ident") or ""
    said = {"feedback_th": feedback[ident]} if ident in feedback else {}
    return {"option_id": f"o{number + 1}", "text_th": _words(label), "correct": ident in right, **said}


def _profile(item: Element) -> str:
    for one in descendants(item, "qtimetadatafield"):
        if text_of(child(one, "fieldlabel")) == "cc_profile":
            return text_of(child(one, "fieldentry"))
    return ""


def _words(element: Element) -> str:
    """The text of its own material, whatever markup it is written in, on one line."""
    material = child(element, "material")
    mattext = next(descendants(material, "mattext"), None) if material is not None else None
    if mattext is None:
        return ""
    said = "".join(mattext.itertext())
    if mattext.get("texttype") == "text/html":
        said = read_page(said).markdown.replace("\\", "")
    return " ".join(said.split())


def _right(item: Element) -> set[str]:
    """The choices that must be made for a score above nothing; what is denied isn't among them."""
    found: set[str] = set()
    for condition in descendants(item, "respcondition"):
        scores = [one for one in children(condition, "setvar") if (text_of(one) or "0").strip() not in ("0", "0.0")]
        variables = child(condition, "conditionvar")
        if scores and variables is not None:
            found |= _wanted(variables)
    return found


def _wanted(element: Element) -> set[str]:
    if local(element) == "varequal":
        return {text_of(element)}
    return {one for part in element if local(part) != "not" for one in _wanted(part)}


def _feedback(item: Element) -> dict[str, str]:
    """What is said to who chose an option, by the option."""
    texts = {one.get("ident"): _feedback_words(one) for one in descendants(item, "itemfeedback")}
    found: dict[str, str] = {}
    for condition in descendants(item, "respcondition"):
        variables, shown = child(condition, "conditionvar"), child(condition, "displayfeedback")
        chosen = child(variables, "varequal") if variables is not None else None
        said = texts.get(shown.get("linkrefid")) if shown is not None else None
        if chosen is not None and said:
            found[text_of(chosen)] = said[:600]
    return found


def _feedback_words(feedback: Element) -> str:
    holder = child(feedback, "flow_mat") or feedback
    return _words(holder)
