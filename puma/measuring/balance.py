"""The balance of countries: what each contributes, what beam time it asked for and got, and what came of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from puma.access import Viewer
from puma.errors import NotHere, WrongUsage
from puma.facts import Snapshot
from puma.measuring.definition import POLICIES
from puma.measuring.few import Line, not_shown
from puma.measuring.query import count_of
from puma.measuring.remembered import remembered

BASES = {
    "team": "each member of a proposal's team counts the same, local contacts left out",
    "leader": "all of a proposal's beam time goes to the country of its main proposer",
}
"""Whose country a proposal's beam time goes to."""

RULE = (
    "Contribution: the share of a facility's costs that a country paid on 1 July of each year, weighted with the hours "
    "that the facility allocated in that year. Beam time: hours allocated to accepted proposals, by year of their "
    "call's cycle; delivered: hours of the sessions that began in these years. Beam time of groups that run an "
    "instrument themselves is no part of these; its allocated hours stand apart. "
    "Return coefficient: share of the allocated hours over share of the contribution, both of the years alone of which "
    "contributions are known; none for countries that do not contribute. Countries of a group share one contribution "
    "and stand in one row. Publications: linked under the policy, whole, those of a group once whichever of its "
    "countries their authors are in, and with each author counting 1/authors, split over the author's countries."
)

_SQL = """
WITH hours AS (
    SELECT b.year, b.facility_id, c.country,
           sum(b.allocated_hours * c.{share}) FILTER (b.decision = 'accepted' AND NOT apart) AS allocated,
           sum(b.requested_hours * c.{share}) FILTER (b.decision IS DISTINCT FROM 'withdrawn' AND NOT apart)
               AS requested,
           sum(b.allocated_hours * c.{share}) FILTER (b.decision = 'accepted' AND apart) AS own
    FROM (SELECT *, list_contains($apart::VARCHAR[], lower(coalesce(type, ''))) AS apart FROM beamtime) b
    JOIN proposal_countries c ON c.proposal_id = b.proposal_id
    WHERE b.year BETWEEN $first AND $last GROUP BY ALL
),
sessions AS (
    SELECT coalesce(c.country, 'unknown') AS country, sum(e.delivered_hours * coalesce(c.{share}, 1)) AS delivered
    FROM experiments e LEFT JOIN proposals p ON p.id = e.proposal_id
    LEFT JOIN proposal_countries c ON c.proposal_id = e.proposal_id
    WHERE e.year BETWEEN $first AND $last AND NOT list_contains($apart::VARCHAR[], lower(coalesce(p.type, '')))
    GROUP BY 1
),
paid AS (
    SELECT y.year, y.facility_id, y.allocated, k.country, k."group", k.share
    FROM (SELECT year, facility_id, sum(allocated) AS allocated FROM hours GROUP BY year, facility_id) y
    JOIN contributions k ON (k.facility_id = y.facility_id OR k.facility_id IS NULL OR y.facility_id IS NULL)
        AND make_date(y.year, 7, 1) BETWEEN coalesce(k.valid_from, DATE '0001-01-01')
                                        AND coalesce(k.valid_to, DATE '9999-12-31')
),
entitled AS (
    SELECT country, any_value("group") AS "group", sum(share * allocated) AS entitled FROM paid GROUP BY country
),
authored AS (
    SELECT w.id, c.country, coalesce(n."group", c.country) AS unit, c.share, {weight} AS weight
    FROM works w JOIN publication_countries c ON c.publication_id = w.id LEFT JOIN entitled n ON n.country = c.country
    WHERE w.countable AND w.linked_{policy} AND w.year BETWEEN $first AND $last
),
papers AS (SELECT country, sum(share * weight) AS fraction FROM authored GROUP BY country),
papers_of_unit AS (
    SELECT unit, {papers} AS papers FROM (SELECT DISTINCT id, unit, weight FROM authored) GROUP BY unit
),
visits AS (
    SELECT vc.country, count(DISTINCT v.id) AS visits, count(DISTINCT v.person_id) AS people
    FROM visits v JOIN visit_countries vc ON vc.visit_id = v.id WHERE v.year BETWEEN $first AND $last GROUP BY 1
),
by_country AS (
    SELECT h.country, sum(h.allocated) AS allocated, sum(h.requested) AS requested, sum(h.own) AS own,
           sum(h.allocated) FILTER (k.year IS NOT NULL) AS compared
    FROM hours h LEFT JOIN (SELECT DISTINCT year, facility_id FROM paid) k
        ON k.year = h.year AND k.facility_id IS NOT DISTINCT FROM h.facility_id
    GROUP BY h.country
),
every AS (
    SELECT country FROM by_country UNION SELECT country FROM entitled UNION SELECT country FROM papers
    UNION SELECT country FROM visit_countries UNION SELECT country FROM sessions
)
SELECT e.country, n."group", coalesce(n.entitled, 0) AS entitled, coalesce(h.allocated, 0) AS allocated,
       coalesce(h.requested, 0) AS requested, coalesce(h.compared, 0) AS compared,
       coalesce(s.delivered, 0) AS delivered, coalesce(h.own, 0) AS own,
       coalesce(u.papers, 0) AS papers, coalesce(p.fraction, 0) AS fraction,
       coalesce(v.visits, 0) AS visits, coalesce(v.people, 0) AS people
FROM every e LEFT JOIN entitled n USING (country) LEFT JOIN by_country h USING (country)
LEFT JOIN sessions s USING (country)
LEFT JOIN papers p USING (country) LEFT JOIN visits v USING (country)
LEFT JOIN papers_of_unit u ON u.unit = coalesce(n."group", e.country)
ORDER BY allocated DESC, e.country
"""


HOURS = ("entitled", "allocated", "requested", "compared", "delivered", "own")


@dataclass(frozen=True, slots=True)
class Balance:
    """Countries, and groups of countries that share one contribution, with what they give and get.

    table columns: ``unit`` (country code or name of the group), ``countries`` (codes, space between), ``contribution``,
    ``allocated``, ``requested``, ``delivered`` (shares of 1; requested missing below user office), ``coefficient``,
    ``hours`` (allocated), ``own`` (hours allocated apart, to groups that run an instrument themselves),
    ``papers`` (distinct publications of a country or group), ``fraction`` (share of the publications),
    ``visits`` (missing where it would be about fewer than five people).
    """

    table: pd.DataFrame
    hours: float
    years: tuple[int, int]
    basis: str
    policy: str
    as_of: datetime

    @property
    def rule(self) -> str:
        """The definition in sentences."""
        return f"{RULE} Basis {self.basis}: {BASES[self.basis]}. Link policy {self.policy}: {POLICIES[self.policy]}."


def balance(
    snapshot: Snapshot | None,
    viewer: Viewer,
    years: tuple[int, int],
    *,
    basis: str = "team",
    policy: str = "standard",
    apart: Collection[str] = (),
) -> Balance:
    """The balance over these years, first and last included. ``apart``: types of proposals kept apart, in any case.

    Raises NotHere without facts, Refused below viewer.
    """
    viewer.must_be("viewer", "The balance of countries")
    if snapshot is None:
        raise NotHere("There are no facts yet: `puma harvest` brings the sources in and writes them.")
    if basis not in BASES:
        raise WrongUsage(f"There is no basis {basis!r}; there are: {', '.join(BASES)}.")
    if policy not in POLICIES:
        raise WrongUsage(f"There is no link policy {policy!r}; there are: {', '.join(POLICIES)}.")
    weight = "w.weight_wide" if policy == "wide" else "1"
    share = "share" if basis == "team" else "leader"
    sql = _SQL.format(share=share, policy=policy, papers=count_of(policy), weight=weight)
    asked = {"first": min(years), "last": max(years), "apart": [one.lower() for one in apart]}
    frame = remembered(
        snapshot,
        (viewer.sees, sql, *map(str, asked.values())),
        lambda: snapshot.connect(viewer).execute(sql, asked).df(),
        rows=len,
    )
    table = _shares(_together(frame.copy()))
    if not viewer.at_least("user_office"):
        table["requested"] = float("nan")  # without refused proposals it would mislead
    return Balance(table, float(frame["allocated"].sum()), (min(years), max(years)), basis, policy, snapshot.as_of)


def _together(frame: pd.DataFrame) -> pd.DataFrame:
    """Countries of one group in one row. Their publications overlap, and were counted for the group as a whole."""
    frame["unit"] = frame["group"].where(frame["group"].notna(), frame["country"])
    frame["people"] = frame["people"].astype("float64")
    summed = frame.groupby("unit", sort=False)[[*HOURS, "fraction", "visits"]].sum()
    summed["countries"] = frame.groupby("unit", sort=False)["country"].agg(" ".join)
    summed["papers"] = frame.groupby("unit", sort=False)["papers"].first()
    people = frame[frame["people"] > 0].groupby("unit", sort=False)["people"].agg(["sum", "min"])
    counted = people.reindex(summed.index).fillna(0.0).to_numpy("float64")
    summed["visits"] = (
        summed["visits"].astype("float64").mask(not_shown(counted, [Line([*range(len(counted))], True)], 5))
    )
    return summed.reset_index()


def _shares(table: pd.DataFrame) -> pd.DataFrame:
    """Hours into shares of all hours, and the coefficient. Shares sum to 1 with the unknown ones among them.
    compared: the hours of years of which contributions are known; others would raise every coefficient.

    Sums are rounded first: their last digits depend on the order in which the rows were added up.
    """
    table[[*HOURS, "fraction"]] = table[[*HOURS, "fraction"]].round(6)
    compared = table["compared"].sum()
    table["hours"] = table["allocated"]
    table["contribution"] = (table["entitled"] / compared).round(12) if compared else float("nan")
    table["coefficient"] = table["compared"] / table["entitled"].where(table["entitled"] > 0)
    for name in ("allocated", "requested", "delivered", "fraction"):
        whole = table[name].sum()
        table[name] = (table[name] / whole).round(12) if whole else float("nan")
    order = ["unit", "countries", "contribution", "allocated", "requested", "delivered", "coefficient", "hours", "own",
             "papers", "fraction", "visits"]  # fmt: skip
    return table[order].sort_values(["hours", "unit"], ascending=[False, True]).reset_index(drop=True)
