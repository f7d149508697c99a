"""The digest of genotypes, protocols, runs and files, and the canonical JSON text that is hashed."""

import hashlib
import json


def short_sha256(content: str | bytes) -> str:
    """Return the first sixteen hex digits of the SHA-256 of a text (as UTF-8) or of bytes.

    >>> short_sha256("{}")
    '44136fa355b3678a'
    """
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:16]


def canonical_json(value: object) -> str:
    """Return canonical JSON: sorted names, no blanks, no escapes. Equal values have equal texts.

    >>> canonical_json({"b": 1, "a": "×"})
    '{"a":"×","b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
