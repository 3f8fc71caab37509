"""The command that teaches: models learnt from decisions, compared on held-back ones, listed, and taken back."""

from typing import TYPE_CHECKING, Annotated

import typer

from puma.cli.door import app, opened, say
from puma.errors import WrongUsage

if TYPE_CHECKING:
    from puma.evaluation import Share
    from puma.linking.learning import Lesson
    from puma.matching.links.learning import Quality
    from puma.matching.shelf import Card


@app.command()
def learn(
    list_: Annotated[bool, typer.Option("--list", help="The models there are, with what each learnt and reached.")] = (
        False
    ),
    use: Annotated[str, typer.Option("--use", metavar="VERSION", help="Take another model into use, as links-1.")] = "",
) -> None:
    """Learn from decisions on links. A new model is adopted only if it is better on decisions that were held back."""
    from puma.access import EVERYTHING
    from puma.cli.progress import progress
    from puma.listing.quality import model_acts, model_cards

    if list_ and use:
        raise WrongUsage("--list and --use are two things: call twice.")
    with opened() as installation:
        if use:
            before = installation.use_model(EVERYTHING, use)
            if before == use:
                say(f"{use} is in use already.")
                return
            say(f"{use} judges from now on; before it was {before}, and `puma learn --use {before}` goes back.")
            say("Next: `puma match`, so that the links follow.")
        elif list_:
            for card in model_cards(installation.settings.files_folder):
                say("\n".join(about(card)))
            for act in model_acts(installation.storage, EVERYTHING):
                say(f"{act.at:%Y-%m-%d %H:%M} UTC  {act.said}")
        else:
            with progress("learn") as told:
                lesson = installation.learn(EVERYTHING, told)
            say("\n".join(summary(lesson)))


def about(card: "Card") -> list[str]:
    """A model in a few lines: its number, what it was fitted on, how good it was found to be."""
    from puma.matching.shelf import measured

    said = card.said
    lines = [f"{card.version}{'  (in use)' if card.in_use else ''}", f"  fitted on   {said['on']}"]
    if card.learnt:
        lines.append(
            f"  learnt from {said['learnt from']} decisions until {said['until']}: in all {said['accepted']} accepted, "
            f"{said['rejected']} rejected; grown from {said['base']}"
        )
        for word, name in (("before", "before"), ("reached", "held back")):
            held = said[name]
            lines.append(
                f"  {word:11} log loss {held['log loss']:.3f} +- {held['log loss +-']:.3f}, ECE {held['ECE']:.3f}, "
                f"F1 {held['F1']:.3f} on {held['decisions']} held-back decisions"
            )
    else:
        lines.append(f"  limits      {said['limits']}")
        for level, one in measured().get("figures", {}).items():
            lines.append(
                f"  {level:11} auto precision {one['auto precision']:.3f} (from {one['auto precision, from']:.3f}), "
                f"covering {one['auto coverage']:.2f} of {one['true pairs']} pairs; F1 {one['F1']:.3f}, "
                f"ECE {one['ECE']:.3f}"
            )
    return lines


def summary(lesson: "Lesson") -> list[str]:
    """What came of learning, and what to do next."""
    found = lesson.learned
    used = lesson.decisions - lesson.audited - lesson.identified - lesson.gone
    split = f": {found.fitted_on} did, {used - found.fitted_on} were held back" if found.after else ""
    lines = [
        f"{lesson.decisions:6} decisions on publications and proposals stand",
        f"{lesson.audited:6} are of the random audit and never teach",
        f"{lesson.identified:6} have an identifier, whose points are set by hand",
        f"{lesson.gone:6} are on pairs that are no candidates any more",
        f"{used:6} can teach{split}",
    ]
    if found.before and found.after and found.gain:
        name = found.model.version if found.adopted else "the new one"
        lines += ["", f"on the held-back decisions  {lesson.used_before:>24}  {name:>24}"]
        lines += _compared(found.before, found.after)
        lines.append(
            f"log loss falls by {found.gain.mean:.3f} [{found.gain.low:.3f}, {found.gain.high:.3f}]"
            + ("" if found.gain.sure or not found.adopted else ": better here, but that may be chance")
        )
    lines += ["", found.why]
    if found.adopted:
        lines.append(f"{found.model.version} is adopted; `puma learn --use {lesson.used_before}` goes back.")
        lines.append("Next: `puma match`, so that the links follow.")
    else:
        lines.append(f"{lesson.used_before} stays. Next: decide on more links on the Review page, then learn again.")
    return lines


def _compared(before: "Quality", after: "Quality") -> list[str]:
    from puma.evaluation import Share

    rows = {
        "log loss, 95 %": [f"{q.loss:.3f} [{q.loss - q.reach:.3f}, {q.loss + q.reach:.3f}]" for q in (before, after)],
        "right at one half, Wilson": [_with_interval(Share(one.right, one.decisions)) for one in (before, after)],
        "F1": [f"{one.f1:.3f}" for one in (before, after)],
        "calibration error (ECE)": [f"{one.ece:.3f}" for one in (before, after)],
    }
    return [f"  {name:26}{old:>24}  {new:>24}" for name, (old, new) in rows.items()]


def _with_interval(share: "Share") -> str:
    low, high = share.interval or (0.0, 0.0)
    return f"{share.value or 0.0:.3f} [{low:.3f}, {high:.3f}]"
