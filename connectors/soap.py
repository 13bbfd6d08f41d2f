"""SOAP 1.1, as far as a service without its description needs it.

Elements are met by their local name: servers choose prefixes, and sometimes namespaces,
as they like. A list of one item arrives as a single element.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree

from .errors import MalformedError

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_NO_XML = "The service's answer is not XML, or was cut off."

Element = etree._Element


def request(
    operation: str,
    fields: Mapping[str, Any],
    namespace: str,
    wrapper: tuple[str, str] | None = None,
) -> bytes:
    """An envelope with one call.

    :param fields: local names with their values; ``None`` are left out
    :param namespace: of the operation, and of the fields without a wrapper
    :param wrapper: name of an element around the fields, and the fields' namespace
    """
    envelope = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap={"soapenv": _ENVELOPE})
    etree.SubElement(envelope, f"{{{_ENVELOPE}}}Header")
    body = etree.SubElement(envelope, f"{{{_ENVELOPE}}}Body")
    parent = etree.SubElement(
        body, f"{{{namespace}}}{operation}", nsmap={"ser": namespace}
    )
    if wrapper is not None:
        name, inner = wrapper
        parent = etree.SubElement(
            parent, f"{{{namespace}}}{name}", nsmap={"xsd": inner}
        )
        namespace = inner
    for name, value in fields.items():
        if value is not None:
            child = etree.SubElement(parent, f"{{{namespace}}}{name}")
            child.text = _written(value)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    # XML has no place for control characters.
    return "".join(mark for mark in str(value) if mark.isprintable())


def body_of(content: bytes, service: str) -> Element:
    """The first element in an answer's body: the call's answer, or a ``Fault``.

    No entity is resolved, nothing is fetched, a document type is refused.

    :raises MalformedError: there is none
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise MalformedError(_NO_XML, service=service) from None
    if root.getroottree().docinfo.doctype:
        raise MalformedError(_NO_XML, service=service)
    for child in root:
        if local(child) == "Body" and len(child):
            return child[0]
    raise MalformedError(
        "The service's answer makes no sense: it has no body.", service=service
    )


def local(element: Element) -> str:
    """An element's name without its namespace; nothing for what is none."""
    tag = element.tag
    return etree.QName(element).localname if isinstance(tag, str) else ""


def child(element: Element | None, *path: str) -> Element | None:
    """The element at a path of local names; one that is nil is none."""
    for name in path:
        if element is None:
            return None
        element = next((one for one in element if local(one) == name), None)
    return None if element is None or _is_nil(element) else element


def leaf(element: Element | None, *path: str) -> str | None:
    """The text at a path of local names, stripped; ``None`` when it is empty."""
    found = child(element, *path)
    if found is None or len(found):
        return None
    return (found.text or "").strip() or None


def first_leaf(element: Element | None, name: str) -> str | None:
    """The text of the first element of this name, however deep, that is no parent."""
    for found in _named(element, name):
        if not len(found) and not _is_nil(found):
            line = (found.text or "").strip()
            if line:
                return line
    return None


def having(element: Element | None, *names: str) -> Iterator[Element]:
    """The elements, however deep, with children of all these names."""
    if element is None:
        return
    for found in element.iter():
        if set(names) <= {local(one) for one in found}:
            yield found


def _named(element: Element | None, name: str) -> Iterator[Element]:
    if element is not None:
        yield from (found for found in element.iter() if local(found) == name)


def _is_nil(element: Element) -> bool:
    return element.get(_NIL) in ("true", "1")
