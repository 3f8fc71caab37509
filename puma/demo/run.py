"""The sample facility, end to end: made, served on loopback, harvested over HTTP, matched, indexed, counted."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Literal

from puma.demo.assessor import assess
from puma.demo.editor import choose_highlights
from puma.demo.neighbour import write_neighbour
from puma.demo.reviewer import review_earlier_years
from puma.demo.server import serve
from puma.demo.world import make_world
from puma.demo.write import write_world
from puma.errors import WrongUsage
from puma.installation import Installation
from puma.runs.ledger import Progress
from puma.runs.sources import configured_sources
from puma.settings import load_settings
from puma.storage import now

SIZES: tuple[Literal["small", "medium", "large"], ...] = ("small", "medium", "large")
MARK = ".puma-demo"  # only a folder that a demo made is ever emptied by one

Shown = Callable[[str], AbstractContextManager[Progress]]
"""Gives a place to tell progress of a titled step."""

SETTINGS = """\
# The sample facility. Its sources are served by `puma demo` while that runs, on loopback.

[facility]
name = "Example Photon and Neutron Source"
code = "EPNS"
country = "FR"

[access]
local_role = "admin"
demo = true                             # its pages offer to look with the eyes of another role

[federation]
share = true                            # others may fetch which publication is credited to which facility here

[[source]]
name = "user_office"
harvester = "tables"
url = "{url}/user_office/"
precedence = 10
self_declared = true                    # what people say of themselves is read, and only ever counted
allow_private = true

[[source]]
name = "open_access"                    # the library's monitor: a table of publications with their status
harvester = "tables"
url = "{url}/open_access/"
precedence = 25
allow_private = true

[[source]]
name = "ror"
harvester = "ror"
url = "{url}/ror/ror.zip"
precedence = 20
allow_private = true

[[source]]
name = "library"
harvester = "oai_pmh"
url = "{url}/oai"
metadata_prefix = "marcxml"
precedence = 30
schedule = "daily"
allow_private = true

[[source]]
name = "crossref"
harvester = "crossref"
url = "{url}/works"
precedence = 40
allow_private = true

[[source]]
name = "datacite"
harvester = "datacite"
url = "{url}/dois"
precedence = 40
allow_private = true

[[source]]
name = "catalogue"
harvester = "scicat"
url = "{url}/scicat"
precedence = 50
allow_private = true

[[source]]
name = "federation"
harvester = "panosc"
url = "{url}/panosc"
precedence = 60
allow_private = true

[[source]]
name = "structures"                     # the Protein Data Bank: what was solved from data measured here
harvester = "pdb"
url = "{url}/pdb"
search_url = "{url}/pdb/search"
sites = ["EPNS"]
precedence = 60
allow_private = true

[[source]]
name = "transfers"                      # the transfer service: which data were carried away, when and by whom
harvester = "transfers"
url = "{url}/transfers/globus.csv"
allow_private = true

[[source]]
name = "downloads"                      # the same from the data portal
harvester = "transfers"
url = "{url}/transfers/portal.jsonl"
route = "portal"
allow_private = true

[[source]]
name = "pdfs"
harvester = "pdf_folder"
path = "{pdfs}"

[[source]]
name = "neighbour"                      # another installation of this program, at a facility nearby
harvester = "puma_peer"
path = "{peer}"
public_key = "{key}"
facilities = ["RNS"]
"""


def settings_of(world: Path, url: str) -> str:
    """The settings of a written sample facility whose sources answer below ``url``; its neighbour is written too."""
    peer, key = write_neighbour(world)
    return SETTINGS.format(url=url.rstrip("/"), pdfs=(world / "pdfs").resolve(), peer=peer, key=key)


@contextmanager
def demo(size: str, folder: Path, seed: int, shown: Shown, say: Callable[[str], None]) -> Iterator[Installation]:
    """Make the sample facility in ``folder`` and bring it in; its sources answer until the block ends.

    Raises WrongUsage for another size, and for a folder that holds something else than a demo.
    """
    chosen = next((one for one in SIZES if one == size), None)
    if chosen is None:
        raise WrongUsage(f"--size is {', '.join(SIZES)}, not {size!r}.")
    _empty(folder)
    world_folder = folder / "world"
    with shown("make the sample facility") as told:
        write_world(make_world(seed, chosen), world_folder, lambda what, share: told(what, round(share * 100), 100))
    with serve(world_folder) as url:
        (folder / "puma.toml").write_text(settings_of(world_folder, url), encoding="utf-8")
        installation = Installation(load_settings(folder / "puma.toml"))
        installation.prepare()
        _bring_in(installation, world_folder / "truth" / "truth.csv", shown, say)
        say(f"Try:  puma --config {folder / 'puma.toml'} evaluate {world_folder / 'truth' / 'truth.csv'}")
        try:
            yield installation
        finally:
            installation.close()


def _bring_in(installation: Installation, truth: Path, shown: Shown, say: Callable[[str], None]) -> None:
    for source in configured_sources(installation.settings):
        with shown("harvest") as told:
            report = installation.harvest(source, told)
        counted = report.counters
        words = f"{counted['added']} records" + (f", {counted['skipped']} skipped" if counted["skipped"] else "")
        say(f"{source.name:12} {words}" + (f"; {report.message}" if report.message else ""))
    with shown("read PDFs") as told:
        files = installation.read_files(told)
    say(f"{'PDFs':12} {files.counters['text']} with text of {files.counters['seen']}")
    with shown("match") as told:
        found = installation.match(lambda what, done, total: told(what, done, total))
    matched = found.counters
    say(f"{'match':12} {matched['affiliations_resolved']} of {matched['affiliations']} affiliations resolved")
    say(f"{'':12} {matched['links_auto']} links beyond doubt, {matched['links_review']} for people to decide")
    with shown("decide") as told:
        told("earlier years", 0, None)
        accepted, rejected = review_earlier_years(installation, truth, now().year)
    say(f"{'review':12} {accepted} accepted and {rejected} rejected in earlier years, by a made-up reviewer")
    with shown("assess") as told:
        told("data", 0, None)
        say(f"{'assessment':12} {assess(installation, now().year)} answers to the questions about FAIR data")
    with shown("choose") as told:
        told("highlights", 0, None)
        say(f"{'highlights':12} {choose_highlights(installation, now().year)} publications for the public pages")
    with shown("write facts") as told:
        told("tables", 0, 1)
        installation.refresh_facts()
    with shown("index") as told:
        indexed = installation.index(told)
    say(f"{'index':12} {indexed.counters['added']} documents")


def _empty(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise WrongUsage(f"{folder} is not empty and no demo made it: give another folder with --dir.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Made by `puma demo`; the next one empties this folder.\n", encoding="utf-8")
