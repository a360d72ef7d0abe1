"""Matplotlib's SVG made fit for the page: small, its colours by role, its text in the page's own type."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from benchmarks.report.style import ROLES

_LINK = "{http://www.w3.org/1999/xlink}href"
_DROPPED = ("font-family", "stroke-linejoin", "stroke-linecap")


def fit(svg: str, alt: str, number: int) -> str:
    """An inline `<svg>` with `alt` as its text alternative; `number` keeps its ids apart from other plots'.

    Works on the parsed tree, so that no name that stands in the plot can be taken for markup.
    """
    root = ElementTree.fromstring(svg)
    links = {e.get(_LINK, "").lstrip("#") for e in root.iter()}
    links |= {m for e in root.iter() for m in re.findall(r"url\(#([^)]+)\)", e.get("clip-path", ""))}
    body = [made for child in root for made in _clean(child, links, number)]
    made = Element("svg", {"viewBox": root.get("viewBox", ""), "role": "img", "aria-label": alt})
    made.extend(body)
    return ElementTree.tostring(made, encoding="unicode")


def _clean(element: Element, links: set[str], number: int) -> list[Element]:
    """The element without what the page does not need; a group that says nothing gives way to its children."""
    tag = element.tag.rpartition("}")[2]
    if tag in ("metadata", "style"):
        return []
    children = [made for child in element for made in _clean(child, links, number)]
    attributes = _attributes(element, links, number)
    if tag in ("g", "defs") and not (children and attributes):
        return children if tag == "g" or not children else [_made(tag, {}, None, children)]
    if attributes.get("style") == "fill: none":
        return []
    return [_made(tag, attributes, element.text, children)]


def _made(tag: str, attributes: dict[str, str], text: str | None, children: list[Element]) -> Element:
    made = Element(tag, attributes)
    made.text = text if tag == "text" else None
    made.extend(children)
    return made


def _attributes(element: Element, links: set[str], number: int) -> dict[str, str]:
    kept = {}
    for key, value in element.attrib.items():
        if key == "id":
            kind, _, rest = value.partition("-")
            if kind in ("series", "band"):
                kept["class"] = f"{kind[0]} {kind[0]}{rest.replace('-', ' ')}"
            elif value in links:
                kept["id"] = f"f{number}{value}"
        elif key == _LINK:
            kept["href"] = f"#f{number}{value[1:]}"
        elif key == "clip-path":
            kept[key] = value.replace("url(#", f"url(#f{number}")
        elif key == "style":
            kept[key] = _style(value)
        elif key != "transform" or not value.startswith("rotate(-0 "):
            kept[key] = _short(value) if key in ("d", "x", "y", "width", "height", "transform") else value
    return {k: v for k, v in kept.items() if v}


def _style(text: str) -> str:
    rules = [rule.strip() for rule in text.split(";")]
    kept = "; ".join(rule for rule in rules if rule.partition(":")[0] not in _DROPPED)
    for colour, role in ROLES.items():
        kept = kept.replace(colour, f"var({role})")
    return kept


def _short(numbers: str) -> str:
    """Coordinates to a tenth of a point, without the spaces that a path can spare."""
    rounded = re.sub(r"-?\d+\.\d+", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), numbers)
    return re.sub(r"\s*([MLCQz])\s*", r"\1", rounded).strip()
