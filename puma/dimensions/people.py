"""How people came, and what they say of themselves."""

from puma.dimensions.kinds import Dimension, Way

PEOPLE = (
    Dimension(
        "access",
        "Access",
        "How a person came in a year, at best: on site before remote before others; data: did not come, but took data "
        "away.",
        {fact: Way("f.access") for fact in ("user_years", "year_users")},
    ),
    Dimension(
        "gender",
        "Gender",
        "As people say of themselves, the last word of a year; it is never read out of names.",
        {"declared_genders": Way("f.gender")},
        whole=True,
    ),
    Dimension(
        "career_stage",
        "Career stage",
        "At the time of a session, as people say of themselves; the last word of a year.",
        {"declared_stages": Way("f.career_stage")},
        whole=True,
    ),
)
