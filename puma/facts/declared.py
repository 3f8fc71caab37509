"""What a snapshot derives of what people say of themselves: who said what in a year, beside all that they could say."""

from puma.entities.proposals import CAREER_STAGES, GENDERS
from puma.facts.kinds import Derived


def _said(column: str, choices: tuple[str, ...]) -> str:
    """SQL of a row for everybody who said something in a year and each choice; of several words the last one stands."""
    return f"""
        WITH said AS (
            SELECT v.person_id, v.year, arg_max(v.{column}, (e.starts_at, v.id)) AS said
            FROM visits v JOIN experiments e ON e.id = v.experiment_id
            WHERE v.{column} IS NOT NULL AND v.year IS NOT NULL GROUP BY v.person_id, v.year
        ),
        choice AS (SELECT unnest([{", ".join(f"'{one}'" for one in choices)}]) AS {column})
        SELECT row_number() OVER (ORDER BY person_id, year, {column}) AS id, person_id, year, {column},
               said = {column} AS chosen
        FROM said, choice
        """


DECLARED: tuple[Derived, ...] = (
    Derived(
        "declared_genders",
        "Everybody who declared a gender in a year, once for each gender; chosen: whether it is theirs.",
        _said("gender", GENDERS),
        by_level=True,
    ),
    Derived(
        "declared_stages",
        "Everybody who declared a career stage in a year, once for each stage; chosen: whether it is theirs.",
        _said("career_stage", CAREER_STAGES),
        by_level=True,
    ),
)
