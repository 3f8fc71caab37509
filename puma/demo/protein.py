"""The protein data bank beside the sample facility: its search and its GraphQL, as far as a harvester asks them."""

import json
import re
from pathlib import Path
from typing import Any

from puma.demo.lines import JsonLines

_NAMED = re.compile(r"entry_ids:\[([^\]]*)\]")


class ProteinBank:
    """Knows the entries of one file; all of them were measured at the sample facility."""

    def __init__(self, path: Path) -> None:
        self.entries: dict[str, dict[str, Any]] = {one["rcsb_id"].upper(): one for one in JsonLines(path).all()}

    def found(self, question: str) -> dict[str, Any]:
        """The ids of the entries that a query asks for: those of a site, perhaps only what was revised since a day.

        Raises ValueError or KeyError for what is no such query.
        """
        nodes = json.loads(question)["query"]["nodes"]
        asked = {one["parameters"]["attribute"]: one["parameters"]["value"] for one in nodes}
        since = asked.get("rcsb_accession_info.revision_date", "")
        sites = asked.get("diffrn_source.pdbx_synchrotron_site", [])
        ids = [
            one["rcsb_id"]
            for one in self.entries.values()
            if one["diffrn_source"][0]["pdbx_synchrotron_site"] in sites
            and one["rcsb_accession_info"]["revision_date"] >= since
        ]
        return {"total_count": len(ids), "result_set": [{"identifier": one} for one in ids]}

    def answered(self, query: str) -> dict[str, Any]:
        """The entries that a GraphQL query names; what it asks of them is all of them."""
        named = _NAMED.search(query)
        if named is None:
            return {"errors": [{"message": "entry_ids are missing"}]}
        wanted = [one.upper() for one in json.loads(f"[{named[1]}]")]
        return {"data": {"entries": [self.entries.get(one) for one in wanted]}}
