"""A neighbour of the sample facility: what another installation would tell of the publications it credits, signed."""

import csv
from pathlib import Path
from zlib import crc32

import orjson

from puma import seals
from puma.provider.credit import PROTOCOL
from puma.storage import now

CODE = "RNS"
ONE_OF = 11  # publications of the sample facility are the neighbour's, too
OWN = 420  # publications that it has alone


def write_neighbour(world: Path) -> tuple[Path, str]:
    """Write its list below the folder of the world. Returns (file, public key)."""
    with (world / "truth" / "publications.csv").open(encoding="utf-8", newline="") as file:
        works = [row["doi"] for row in csv.DictReader(file) if row["doi"] and row["instruments"]]
    shared = {doi for doi in works if crc32(doi.encode()) % ONE_OF == 0}
    alone = {f"10.5555/rns.{number:04d}" for number in range(1, OWN + 1)}
    rows = [(doi, CODE, "validated" if crc32(doi[::-1].encode()) % 3 else "auto") for doi in sorted(shared | alone)]
    body = b"".join(orjson.dumps(row) + b"\n" for row in rows)
    at = now().isoformat()
    told = {"protocol": PROTOCOL, "at": at, "as_of": at, "facilities": [CODE], "total": len(rows)}
    key = seals.key_in(world / "neighbour" / "federation.key")
    path = world / "neighbour" / "federation.txt"
    path.write_bytes(seals.sealed(told, body, key))
    return path.resolve(), seals.public_of(key)
