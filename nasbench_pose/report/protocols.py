"""Readable titles of the protocols in a database."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from nasbench_pose.devices.setting import title_on
from nasbench_pose.errors import NasbenchPoseError
from nasbench_pose.evaluators.measurement import accuracy_of
from nasbench_pose.evaluators.protocol import Protocol
from nasbench_pose.latency.protocol import LatencyProtocol
from nasbench_pose.pose.skeleton import PCKH


def protocol_title(text: str, key: str) -> str:
    """Return the title of a protocol from its canonical JSON; `protocol KEY` for a protocol of a plug-in.

    >>> training = Protocol().text
    >>> protocol_title(training, "0123"), protocol_title('{"mine":1}', "0123")
    ('synthetic people 64×64, 600 steps of 16, PCKh@0.5', 'protocol 0123')
    >>> protocol_title('{"table":"mine","sha256":"a","seeds":"s","protocol":' + training + "}", "0123")
    'synthetic people 64×64, 600 steps of 16, PCKh@0.5, looked up in mine'
    """
    try:
        return _title(json.loads(text))
    except (NasbenchPoseError, ValueError, TypeError, KeyError, AttributeError):
        return f"protocol {key}"


def titles(protocols: Mapping[str, str]) -> dict[str, str]:
    """Return key -> title for the protocols of `Store.protocols`; no two have the same title.

    Protocols that would share a title get the fields in which they differ appended to it.

    >>> texts = {protocol.key: protocol.text for protocol in (Protocol(learning_rate=0.5), Protocol())}
    >>> for title in titles(texts).values():
    ...     print(title)
    synthetic people 64×64, 600 steps of 16, PCKh@0.5 (learning_rate 0.5)
    synthetic people 64×64, 600 steps of 16, PCKh@0.5 (learning_rate 0.01)
    """
    found = {key: protocol_title(text, key) for key, text in protocols.items()}
    count = Counter(found.values())
    for title in [title for title, times in count.items() if times > 1]:
        same = {key: _fields(json.loads(protocols[key])) for key, other in found.items() if other == title}
        fields = sorted({field for values in same.values() for field in values})
        differ = [field for field in fields if len({str(values.get(field)) for values in same.values()}) > 1]
        for key, values in same.items():
            found[key] = f"{title} ({', '.join(f'{field} {values.get(field)}' for field in differ[:3])})"
    return found


def accuracy_titled(title: str, protocols: Mapping[str, str]) -> str:
    """Return the name of the accuracy of the protocol that has this title in `titles`, such as PCKh@0.5."""
    return next((accuracy_of(protocols[key]) for key, known in titles(protocols).items() if known == title), PCKH)


def _fields(document: Any, before: str = "") -> dict[str, Any]:
    """Return the values of nested JSON objects by dotted names, such as `machine.cpu`."""
    if not isinstance(document, dict):
        return {before.rstrip("."): document}
    parts = (_fields(part, f"{before}{field}.") for field, part in document.items())
    return {name: value for part in parts for name, value in part.items()}


def full_fidelity(text: str) -> int | None:
    """Return the fidelity of a full measurement: training steps, or people of a proxy's batch; None if it is unknown.

    >>> full_fidelity(Protocol(steps=7).text), full_fidelity('{"mine":1}')
    (7, None)
    """
    document: Any = _document(text)
    unit = "steps"
    while isinstance(document, dict) and unit not in document:
        unit = "batch" if "proxy" in document else "steps"
        document = first_part(document) or document.get("protocol")
    full = document.get(unit) if isinstance(document, dict) else None
    return full if isinstance(full, int) else None


def is_latency(text: str) -> bool:
    """Return whether the fidelity counts the passes of a latency, each number of which is a full measurement.

    >>> is_latency('{"combined":[{"engine":"torch"},{"steps":7}]}'), is_latency(Protocol().text)
    (True, False)
    """
    document = _document(text)
    return "engine" in (first_part(document) or document)


def _document(text: str) -> dict[str, Any]:
    """Return the JSON object of a protocol; an empty one for a protocol that is none."""
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def first_part(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the protocol of the first of combined measurements, whose fidelity and accuracy are the trial's, or None.

    >>> first_part({"combined": [{"steps": 7}, {"engine": "torch"}]}), first_part({"steps": 7})
    ({'steps': 7}, None)
    """
    parts = document.get("combined")
    return parts[0] if isinstance(parts, list) and parts and isinstance(parts[0], dict) else None


def _title(document: Mapping[str, Any]) -> str:
    for mark, title in TITLES.items():
        if mark in document:
            return title(document)
    return Protocol.parse(json.dumps(document)).title


TITLES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "combined": lambda document: " + ".join(_title(part) for part in document["combined"]),
    "table": lambda document: f"{_title(document['protocol'])}, looked up in {document['table']}",
    "device": lambda document: title_on(document["device"], LatencyProtocol.from_dict(document["protocol"])),
    "one_shot": lambda document: (
        f"{_title(document['protocol'])}, weights inherited from a supernet ({document['one_shot'].replace('_', ' ')})"
    ),
    "proxy": lambda document: f"{document['proxy']} without training, as {_title(document['protocol'])}",
    "engine": lambda document: f"latency: {LatencyProtocol.from_dict(document).title}",
}
"""Field that only one kind of protocol has -> function that returns the title of this kind."""
