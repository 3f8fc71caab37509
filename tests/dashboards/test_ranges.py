"""Ranges of conditions on the search page: fields write the word of the search, a chip takes it back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from puma.access import Viewer
from puma.installation import Installation
from puma.settings import Settings
from tests.dashboards.conftest import served
from tests.resolve.desk import Desk, dataset

pytestmark = pytest.mark.browser

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Four datasets at 0.8, 1.0, 1.5 and 4.5 Å, the second and the last at 1.8 K."""
    house = Installation(Settings(home=tmp_path_factory.mktemp("measured")))
    house.prepare()
    desk = Desk(house.storage, {"catalogue": 10})
    for number, wavelength in enumerate((0.8, 1.0, 1.5, 4.5)):
        cold = {"temperature": 1.8} if number % 2 else {}
        desk.hand_in("catalogue", dataset(f"10.5555/d{number}", title=f"Data {number}", wavelength=wavelength, **cold))
    house.refresh_facts()
    house.index(lambda _step, _done, _total: None)
    with served(house, Viewer("admin", "Ada Example")) as address:
        yield address
    house.close()


def test_a_range_typed_beside_the_bands_narrows_the_search_and_its_chip_widens_it_again(tab: Open, at: str) -> None:
    window = tab(at)
    page = window.open("/search", "4 documents")
    low, high = page.get_by_label("Wavelength from, in Å"), page.get_by_label("Wavelength to, in Å")
    low.fill("much")
    high.press("Enter")
    expect(low).to_have_attribute("aria-invalid", "true")
    expect(low).to_be_focused()
    low.fill("1,6")
    high.fill("0.9")
    page.get_by_role("button", name="OK show this range: Wavelength").click()
    window.chip("Wavelength: 0.9–1.6 Å")
    window.wait("2 documents")
    expect(page.locator("#q")).to_have_value("wavelength:0.9-1.6")
    expect(low).to_have_value("0.9")
    page.get_by_label("Temperature from, in K").fill("2")
    page.get_by_label("Temperature from, in K").press("Enter")
    window.wait("No documents found")
    expect(page.locator("#q")).to_have_value("wavelength:0.9-1.6 temperature:2-")
    expect(page.get_by_label("Temperature from, in K")).to_have_value("2")
    page.get_by_label("Temperature from, in K").fill("1")
    page.get_by_label("Temperature from, in K").press("Enter")
    window.wait("1 document")
    page.get_by_label("Remove the filter Wavelength: 0.9–1.6 Å").click()
    window.wait("2 documents")
    page.get_by_role("link", name="Clear all").click()
    window.wait("4 documents")
    expect(page.locator("#q")).to_have_value("")


def test_a_range_counts_for_all_that_is_searched_and_not_for_its_last_alternative(tab: Open, at: str) -> None:
    window = tab(at)
    page = window.open("/search?q=data+%7C+nothing", "4 documents")
    page.get_by_label("Wavelength to, in Å").fill("1.2")
    page.get_by_label("Wavelength to, in Å").press("Enter")
    window.wait("2 documents")
    expect(page.locator("#q")).to_have_value("(data | nothing) wavelength:-1.2")
