"""The command line as its users meet it: what it prints, and its exit codes."""

import csv
import json
from pathlib import Path

import pytest

from puma.installation import Installation
from tests.doors.conftest import Puma, copy_facility, start_puma


def test_the_demo_says_what_came_in(sample: Path) -> None:
    said = (sample / "done").read_text("utf-8")
    for word in ("user_office", "library", "crossref", "datacite", "PDFs", "match", "index"):
        assert word in said
    assert (sample / "world" / "truth" / "truth.csv").is_file()


def test_the_demo_never_empties_a_folder_that_it_did_not_make(puma: Puma, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work", "utf-8")
    answer = puma("demo", "--no-serve", "--dir", tmp_path)
    assert answer.returncode == 2
    assert "no demo made it" in answer.stderr
    assert (tmp_path / "thesis.txt").exists()


def test_init_writes_settings_and_tables_and_keeps_what_is_there(puma: Puma, tmp_path: Path) -> None:
    assert puma("init", tmp_path).returncode == 0
    mine = (tmp_path / "puma.toml").read_text("utf-8") + "\n# mine\n"
    (tmp_path / "puma.toml").write_text(mine, "utf-8")
    again = puma("init", tmp_path)
    assert again.returncode == 0
    assert "stays as it is" in again.stdout
    assert again.stdout.endswith(f"Next: `cd {tmp_path}`, describe your sources in puma.toml, then `puma harvest`.\n")
    assert (tmp_path / "puma.toml").read_text("utf-8") == mine


def test_init_of_a_facility_with_data_says_of_when_its_numbers_are(
    puma: Puma, sample: Path, installation: Installation, tmp_path: Path
) -> None:
    facts = installation.snapshot()
    assert facts is not None
    folder = copy_facility(sample, tmp_path / "copy")
    said = puma("init", folder).stdout
    assert f"{facts.as_of:%-d %B %Y %H:%M} UTC" in said
    assert said.endswith(f"Next: `cd {folder}`, `puma serve`.\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[facility\n", "line 1"),
        ('[facility]\nname = "X"\ncolour = "red"\n', "line 3"),
        ("[match]\nauto = 7\n", "line 2"),
        ('[[source]]\nname = "a"\nharvester = "tea"\npath = "x"\n', "tea"),
        ('[[source]]\nname = "a"\nharvester = "ror"\npath = "x"\ncolour = "red"\n', "colour"),
        ('[[source]]\nname = "a"\nharvester = "ror"\n', "either url or path"),
    ],
)
def test_wrong_settings_are_one_sentence_that_names_the_place(puma: Puma, tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "puma.toml").write_text(text, "utf-8")
    answer = puma("harvest", cwd=tmp_path)
    assert answer.returncode == 2, answer.stdout + answer.stderr
    assert said in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1


def test_an_unknown_source_and_a_missing_file_are_named(puma: Puma, sample: Path, tmp_path: Path) -> None:
    unknown = puma("--config", sample / "puma.toml", "harvest", "liberry")
    assert unknown.returncode == 2
    assert "liberry" in unknown.stderr
    missing = start_puma("harvest", cwd=tmp_path)
    assert missing.returncode == 2
    assert "puma init" in missing.stderr


def test_metric_prints_number_rule_and_as_of(puma: Puma, sample: Path) -> None:
    answer = puma("--config", sample / "puma.toml", "metric", "publications", "--by", "instrument", "--format", "json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert found["total"] > 50
    assert found["definition"]
    assert found["as_of"]
    assert sum(row["value"] for row in found["rows"]) >= found["total"]
    assert puma("--config", sample / "puma.toml", "metric", "publicatoins").returncode == 2


def test_search_finds_text_of_pdfs_and_explains_a_wrong_query(puma: Puma, sample: Path) -> None:
    config = ("--config", sample / "puma.toml")
    found = json.loads(puma(*config, "search", "neutron | x-ray", "--json").stdout)
    assert found["total"] > 10
    assert found["hits"]
    wrong = puma(*config, "search", "neutron (diffraction")
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("puma: ")


@pytest.mark.parametrize("what", ["publications", "proposals", "experiments", "datasets", "institutions", "links"])
def test_exports_have_the_columns_that_others_rely_on(puma: Puma, sample: Path, tmp_path: Path, what: str) -> None:
    file = tmp_path / f"{what}.csv"
    answer = puma("--config", sample / "puma.toml", "export", what, "-o", file)
    assert answer.returncode == 0, answer.stderr
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    promised = {
        "publications": "id source_ids doi type title journal published_on year authors countries instruments "
        "proposals datasets open_access citations",
        "proposals": "id code title decision type call deposited_on operation_year instruments proposers countries "
        "publications",
        "links": "proposal experiment publication_doi publication_id publication_title instrument state probability "
        "tier evidence channel decided_by decided_on",
    }.get(what, "id").split()
    assert list(rows[0])[: len(promised)] == promised
    assert f"{len(rows)} {what}" in answer.stdout
    if what == "links":
        assert {row["state"] for row in rows} >= {"candidate", "auto", "validated"}
        assert {"kind", "points", "detail"} <= set(json.loads(rows[0]["evidence"])[0])
    else:
        numbers = [int(row["id"]) for row in rows]
        assert numbers == sorted(set(numbers))


def test_evaluate_prints_figures_with_their_intervals(puma: Puma, sample: Path, tmp_path: Path) -> None:
    truth = sample / "world" / "truth" / "truth.csv"
    answer = puma("--config", sample / "puma.toml", "evaluate", truth, "--json")
    assert answer.returncode == 0, answer.stderr
    auto = json.loads(answer.stdout)["tiers"]["auto"]
    assert auto["precision"]["value"] >= 0.97
    assert puma("--config", sample / "puma.toml", "evaluate", tmp_path / "none.csv").returncode == 2


def test_lists_of_what_exists_come_with_their_words(puma: Puma, sample: Path) -> None:
    for command, word in (
        ("fields", "ISO 3166"),
        ("metrics", "Divided by"),
        ("harvesters", "oai_pmh"),
        ("exports", "bibtex"),
        ("errors", "exit 3"),
    ):
        answer = puma(command)
        assert answer.returncode == 0, answer.stderr
        assert word in answer.stdout
    assert "library: " in puma("--config", sample / "puma.toml", "sources").stdout


def test_check_looks_at_every_part(puma: Puma, sample: Path, tmp_path: Path) -> None:
    good = puma("--config", sample / "puma.toml", "check")
    assert good.returncode == 0, good.stdout
    assert good.stdout.count("ok  ") == 6
    (tmp_path / "puma.toml").write_text("", "utf-8")
    bad = puma("check", cwd=tmp_path)
    assert bad.returncode == 1
    assert "puma init" in bad.stdout


def test_a_second_harvest_of_saved_records_changes_nothing_and_skips_aloud(puma: Puma, tmp_path: Path) -> None:
    samples = Path(__file__).parents[2] / "sample_data"
    (tmp_path / "puma.toml").write_text(
        f'[[source]]\nname = "data"\nharvester = "datacite"\npath = "{samples / "datacite"}"\n', "utf-8"
    )
    first = puma("harvest", cwd=tmp_path)
    assert first.returncode == 3, first.stdout + first.stderr
    assert "skipped" in first.stdout
    second = puma("harvest", "--full", cwd=tmp_path)
    assert second.returncode == 3
    assert "unchanged" in second.stdout
    assert " added" not in second.stdout
    assert " changed" not in second.stdout.replace("unchanged", "")


def test_other_machines_are_not_served_without_sign_in(puma: Puma, sample: Path) -> None:
    answer = puma("--config", sample / "puma.toml", "serve", "--host", "0.0.0.0")
    assert answer.returncode == 4
    assert "sign-in" in answer.stderr
