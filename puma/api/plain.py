"""Plain pages: HTML made here for what must work without any script, signing in above all; styled like the rest."""

from html import escape

from puma.api.speaking import reader

FRAME = """<!DOCTYPE html>
<html lang="{lang}"{scheme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {facility}</title>
<link rel="icon" href="/assets/favicon.ico">
<link rel="stylesheet" href="/theme.css">
<link rel="stylesheet" href="/assets/puma.css">
<link rel="stylesheet" href="/assets/account.css">
{head}</head>
<body class="plain">
<header class="top"><div class="bar"><a class="home" href="/"><span class="brand">PUMA</span>
<span class="facility">{facility}</span></a></div></header>
<main id="main" class="plain-main">
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def plain_page(title: str, body: str, *, facility: str, scheme: str = "", head: str = "") -> str:
    """A whole page in the language of who asks. body, head: HTML that is safe already. scheme: light or dark as the
    browser keeps it; of any other the page has the colours of the reader's system."""
    chosen, say = f' data-mantine-color-scheme="{scheme}"' if scheme in ("light", "dark") else "", reader.get()
    heading, house = escape(say(title)), escape(facility)
    return FRAME.format(title=heading, body=body, facility=house, scheme=chosen, head=head, lang=say.code)


def said(words: str, tone: str = "quiet") -> str:
    """A sentence in a box; tone: quiet, good or bad."""
    role = "alert" if tone == "bad" else "status"
    return f'<p class="plain-note {tone}" role="{role}">{escape(reader.get()(words))}</p>'


def entry(name: str, label: str, *, kind: str = "text", value: str = "", more: str = "") -> str:
    """A labelled input of a form. more: further attributes, safe already."""
    return (
        f'<label for="{name}">{escape(reader.get()(label))}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" value="{escape(value)}" {more}>'
    )


def hidden(**values: str) -> str:
    """Entries that nobody sees."""
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in values.items())
