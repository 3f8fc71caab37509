"""Settings: one sentence that names the line or option when something is wrong, and the environment wins."""

from pathlib import Path

import pytest

from puma.errors import WrongUsage
from puma.settings import Settings, config_path, line_of, load_settings


def load(folder: Path, text: str) -> Settings:
    file = folder / "puma.toml"
    file.write_text(text, encoding="utf-8")
    return load_settings(file)


def test_an_empty_file_is_a_whole_configuration(tmp_path: Path) -> None:
    settings = load(tmp_path, "")
    assert settings.database_url == f"sqlite:///{tmp_path / 'puma.db'}"
    assert settings.files_folder == tmp_path / "files"
    assert settings.source == []


def test_what_the_file_says_is_taken(tmp_path: Path) -> None:
    settings = load(tmp_path, '[facility]\ncode = "XYZ"\n[files]\nmax_pdf_mb = 3\n[[source]]\nname = "a"\n')
    assert (settings.facility.code, settings.files.max_pdf_mb) == ("XYZ", 3)
    assert settings.source == [{"name": "a"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[facility\n", "not valid TOML.*line 1"),
        ('[facility]\nname = "x"\n\ncode = nothing\n', "not valid TOML.*line 4"),
        ('[facility]\nname = "a"\nname = "b"\n', "not valid TOML.*line 3"),
        ('[facility]\nname = "x"\ncolour = "red"\n', r"line 3: \[facility\] colour: is not a setting"),
        ("[weather]\nsunny = true\n", r"line 1: \[weather\].*is not a setting"),
        ('\n[files]\nmax_pdf_mb = "large"\n', r"line 3: \[files\] max_pdf_mb: .*number"),
        ("[files]\nmax_pdf_mb = -1\n", r"line 2: \[files\] max_pdf_mb: .*greater than 0"),
        ("[work]\nprocesses = 0\n", r"line 2: \[work\] processes: "),
        ('[facility]\ncode = "with space"\n', r"line 2: \[facility\] code: "),
        ('[access]\nlocal_role = "king"\n', r"line 2: \[access\] local_role: "),
        ("facility = 3\n", r"facility"),
    ],
)
def test_what_is_wrong_is_one_sentence_that_names_the_line_and_the_option(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(WrongUsage, match=words) as error:
        load(tmp_path, text)
    assert "puma.toml" in str(error.value)
    assert "\n" not in str(error.value).strip()
    assert error.value.exit_code == 2


def test_a_file_that_is_not_there_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"There is no .*gone\.toml.*puma init"):
        load_settings(tmp_path / "gone.toml")


def test_a_file_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "puma.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongUsage, match="cannot be read"):
        load_settings(tmp_path / "puma.toml")


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUMA_DATABASE__URL", "sqlite:///elsewhere.db")
    monkeypatch.setenv("PUMA_FILES__MAX_PDF_MB", "7")
    settings = load(tmp_path, '[database]\nurl = "sqlite:///here.db"\n[files]\nmax_pdf_mb = 3\nfolder = "pdfs"\n')
    assert settings.database_url.endswith("elsewhere.db")
    assert settings.files.max_pdf_mb == 7
    assert settings.files_folder == tmp_path / "pdfs"


def test_a_wrong_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUMA_FILES__MAX_PDF_MB", "large")
    with pytest.raises(WrongUsage, match=r"PUMA_FILES__MAX_PDF_MB.*\[files\] max_pdf_mb"):
        load(tmp_path, "")


def test_the_file_can_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUMA_CONFIG", str(tmp_path / "other.toml"))
    assert config_path() == tmp_path / "other.toml"
    assert config_path(tmp_path / "given.toml") == tmp_path / "given.toml"


def test_an_absolute_database_path_stays_where_it_is(tmp_path: Path) -> None:
    assert load(tmp_path, '[database]\nurl = "sqlite:////srv/x.db"\n').database_url == "sqlite:////srv/x.db"


def test_an_address_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match=r"\[database\] url"):
        _ = load(tmp_path, '[database]\nurl = "nonsense"\n').database_url


def test_the_password_in_the_address_reaches_the_database_only(tmp_path: Path) -> None:
    settings = load(tmp_path, '[database]\nurl = "postgresql+psycopg://u:secret@h/x"\n')
    assert settings.database_url == "postgresql+psycopg://u:secret@h/x"


@pytest.mark.parametrize("section", sorted(set(Settings.model_fields) - {"source", "home"}))
def test_every_setting_has_a_reason_and_a_default(section: str) -> None:
    model = Settings.model_fields[section].annotation
    assert model is not None
    for name, field in model.model_fields.items():
        assert field.description, f"[{section}] {name}"
        assert not field.is_required(), f"[{section}] {name}"


@pytest.mark.parametrize(
    ("section", "key", "line"),
    [("a", "x", 2), ("b", "x", 5), ("b", "", 4), ("a", "nothing", None), ("c", "x", None)],
)
def test_a_line_is_counted_from_one_within_its_own_section(section: str, key: str, line: int | None) -> None:
    assert line_of("[a]\nx = 1\n# x = 2\n[b]\n  x = 3\n", section, key) == line
