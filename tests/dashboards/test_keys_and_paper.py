"""By keyboard focus is never lost; on paper no chart is cut; on their way scripts are packed."""

import gzip
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pypdfium2 as pdfium
import pytest

pytestmark = pytest.mark.browser

Open = Callable[..., Any]
STANDS_ON = "(document.activeElement.getAttribute('aria-label') || document.activeElement.innerText).trim()"


def stands_after(window: Any, selector: str, query: str, words: str) -> None:
    """Press Enter on the first such element, and wait until one stands on those words on the page of that query."""
    window.page.locator(selector).first.focus()
    window.page.keyboard.press("Enter")
    stands = f"([query, words]) => location.search === query && {STANDS_ON}.startsWith(words)"
    window.page.wait_for_function(stands, arg=[query, words], timeout=60_000)  # ms
    window.wait("")
    assert window.page.evaluate(STANDS_ON).startswith(words)


def test_the_first_tab_skips_to_the_content(tab: Open, full_at: str) -> None:
    page = tab(full_at).open("/", "Publications per year")
    page.keyboard.press("Tab")
    assert page.evaluate(STANDS_ON) == "Skip to the content"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'main'")


def test_whoever_presses_a_link_stands_on_its_like_when_its_part_is_drawn_anew(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    window.open("/", "Publications per year")
    stands_after(window, "a.act:has-text('Table')", "?table=publications", "Chart")
    stands_after(window, "a.act:has-text('Chart')", "", "Table")
    stands_after(window, ".side-by-side table a:has-text('France')", "?country=FR", "France")
    window.open("/search?q=hydrogen", "documents")
    stands_after(window, ".sorts a:has-text('By title')", "?q=hydrogen&sort=title", "Oldest first")
    assert window.page.evaluate("document.activeElement.closest('.panel') !== null")


def test_a_reviewer_who_skips_by_tab_and_enter_stands_on_skip_of_the_next_pair(tab: Open, full_at: str) -> None:
    window = tab(full_at)
    page = window.open("/review", "Evidence")
    first = page.locator(".pair:visible").get_attribute("data-link")
    page.locator(".pair:visible .verdicts .button:has-text('Skip')").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "first => { const now = document.activeElement.closest('.pair'); return now && now.dataset.link !== first }",
        arg=first,
    )
    assert page.evaluate(STANDS_ON).startswith("Skip")


def test_a_rule_opens_by_key_and_closes_by_escape_and_when_one_goes_on(tab: Open, full_at: str) -> None:
    page = tab(full_at).open("/", "Publications per year")
    rule = page.locator("summary.info").first
    for leave in ("Escape", "Tab Tab"):  # the button inside of it comes first
        rule.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("details.rule-box[open]")
        for key in leave.split():
            page.keyboard.press(key)
        page.wait_for_function("!document.querySelector('details.rule-box[open]')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_dashboard_on_paper_is_white_and_numbered_has_no_buttons_and_its_charts_fit(
    tab: Open, full_at: str, scheme: str
) -> None:
    page = tab(full_at, scheme=scheme).open("/", "Publications by type")
    page.wait_for_selector(".js-plotly-plot .main-svg")
    page.locator("summary", has_text="Report").first.click()
    page.wait_for_selector("text=Workbook (XLSX)")
    paper = pdfium.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
    text = "".join(sheet.get_textpage().get_text_range() for sheet in paper)
    assert "Publications by country of the authors" in text
    assert f"1 / {len(paper)}" in text
    for word in ("CSV", "Sign in", "Français", "From year", "Workbook"):
        assert word not in text
    assert paper[0].render(scale=0.2).to_pil().convert("L").getpixel((3, 3)) > 250
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1000})
    wide = "Array.from(document.querySelectorAll('.main-svg'), one => one.getBoundingClientRect().right)"
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert max(page.evaluate(wide)) <= 703


def test_scripts_and_styles_come_packed_and_are_kept_and_answers_with_data_are_not(full_at: str) -> None:
    script = urllib.request.Request(f"{full_at}/assets/puma.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(script) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["Vary"]
        assert "max-age" in answer.headers["Cache-Control"]
        assert b"dash_clientside" in gzip.decompress(answer.read())
    with urllib.request.urlopen(f"{full_at}/assets/puma.js") as answer:
        assert answer.headers["Content-Encoding"] is None
        assert b"dash_clientside" in answer.read()
    page = urllib.request.Request(f"{full_at}/_dash-layout", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(page) as answer:
        assert answer.headers["Content-Encoding"] is None


def test_styles_and_scripts_of_all_pages_come_in_two_files_that_browsers_keep(full_at: str) -> None:
    with urllib.request.urlopen(f"{full_at}/") as answer:
        told = sorted(set(re.findall(r'(?:src|href)="(/assets/all\.\w+\?m=\w+)"', answer.read().decode())))
    assert len(told) == 2
    for address, part in zip(told, (b".panel", b"DashRenderer"), strict=True):
        with urllib.request.urlopen(full_at + address) as answer:
            assert "immutable" in answer.headers["Cache-Control"]
            assert part in answer.read()


def test_no_sheet_holds_the_footer_alone_and_a_map_stands_above_its_whole_table(tab: Open, viewer_at: str) -> None:
    page = tab(viewer_at).open("/", "Publications by type")
    page.wait_for_selector(".choroplethlayer")
    paper = pdfium.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
    sheets = [sheet.get_textpage().get_text_range() for sheet in paper]
    assert "Numbers as of" in sheets[-1]
    assert "Publications by" in sheets[-1]
    (with_map,) = [text for text in sheets if "Publications by country of the authors" in text]
    assert "All, each once" in with_map
