"""Seals: how an installation signs what it tells others, and how they see that it is whole and really from there."""

import hashlib
import os
from pathlib import Path
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

ALGORITHM: Final = "Ed25519"
"""RFC 9864: the name that JSON Web Signatures have for it."""


class BrokenSeal(ValueError):
    """The signature is another's, or what stands below it is not what was signed; the message says which."""


def key_in(file: Path) -> OKPKey:
    """The private key in a file that only its owner may read; made at first use."""
    try:
        made = OKPKey.generate_key(ALGORITHM)
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as new:
            new.write(orjson.dumps(made.as_dict(private=True)))
    except FileExistsError:
        return OKPKey.import_key(orjson.loads(file.read_bytes()))
    return made


def public_of(key: OKPKey) -> str:
    """The public key as others write it into their settings: 43 letters."""
    return str(key.as_dict(private=False)["x"])


def sealed(statement: dict[str, Any], body: bytes, key: OKPKey) -> bytes:
    """One line with the signed statement, which names the SHA-256 of the body, then the body itself."""
    told = orjson.dumps({**statement, "sha256": hashlib.sha256(body).hexdigest()})
    line = jws.serialize_compact({"alg": ALGORITHM}, told, key, algorithms=[ALGORITHM])
    return line.encode() + b"\n" + body


def unsealed(message: bytes, public_key: str) -> tuple[dict[str, Any], bytes]:
    """(statement, body) of a sealed message. Raises BrokenSeal."""
    line, _, body = message.partition(b"\n")
    try:
        key = OKPKey.import_key({"kty": "OKP", "crv": ALGORITHM, "x": public_key})
        told = orjson.loads(jws.deserialize_compact(line, key, algorithms=[ALGORITHM]).payload)
    except (JoseError, ValueError, TypeError) as error:
        raise BrokenSeal("it is not signed with the key of the settings") from error
    if not isinstance(told, dict) or told.get("sha256") != hashlib.sha256(body).hexdigest():
        raise BrokenSeal("what it holds is not what was signed: it was cut or changed on its way")
    return told, body
