"""The house's habits, checked on every file there is: first lines, names, sizes, what stands in one room only."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parents[2]
ROOMS = ("puma", "harvesters", "dashboards")
GENERATED = "puma/migrations/versions/"  # written by alembic, read by nobody twice

GRAB_BAGS = frozenset(
    ("util", "utils", "helper", "helpers", "manager", "managers", "service", "common", "misc", "core", "base")
)

LIBRARY_ROOMS: dict[str, tuple[str, ...]] = {
    "tantivy": ("puma/search/",),
    "opensearchpy": ("puma/search/",),
    "pypdfium2": ("puma/fulltext/",),
    "pdfminer": ("puma/fulltext/",),
    "reportlab": ("puma/demo/",),
    "pptx": ("puma/reports/",),
    "rapidfuzz": ("puma/matching/", "puma/candidates.py"),
    "sklearn": ("puma/matching/",),
    "alembic": ("puma/storage.py", "puma/migrations/"),
    "psycopg": ("puma/storage.py",),
    "typer": ("puma/cli/", "puma/cli.py"),
    "dash": ("dashboards/",),
    "plotly": ("dashboards/",),
}
"""Libraries that only one room may know, so that they can be replaced there."""

COMMITS = {
    "puma/storage.py": 1,  # the one transaction of the database
    "puma/search/embedded.py": 1,  # tantivy's writer of an index that can be rebuilt; it is no transaction of ours
}

MAY_PRINT = ("puma/cli/", "puma/cli.py")
LONG, TOO_LONG = 400, 500


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def files(*folders: str) -> tuple[Path, ...]:
    found = (path for folder in folders or ROOMS for path in (HOUSE / folder).rglob("*.py"))
    return tuple(sorted(path for path in found if "__pycache__" not in path.parts))


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def imported(tree: ast.Module) -> Iterator[str]:
    """The top names of all modules that a file imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_there_are_rooms_to_check() -> None:
    assert len(files()) > 50
    assert {name_of(path).split("/")[0] for path in files()} >= {"puma", "harvesters"}


def test_the_first_line_of_every_file_says_what_the_room_is_for() -> None:
    wrong = []
    for path in files(*ROOMS, "tests", "benchmarks"):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        sentence = re.fullmatch(r'r?"""(.+?[.!?])("""|:)?', first)
        if GENERATED not in name_of(path) and not (sentence and len(sentence[1].split()) >= 3):
            wrong.append(name_of(path))
    assert not wrong, f"the first line is no sentence that says what the file is for: {wrong}"


def test_no_file_or_class_has_a_grab_bag_name() -> None:
    wrong = [
        name_of(path)
        for path in files(*ROOMS, "tests", "benchmarks")
        for part in path.relative_to(HOUSE).with_suffix("").parts
        if GRAB_BAGS & set(part.lower().split("_"))
    ]
    for path in files():
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef):
                words = {word.lower() for word in re.findall(r"[A-Z][a-z]+", node.name)}
                wrong += [f"{name_of(path)}: {node.name}"] if words & (GRAB_BAGS - {"base"}) else []
    assert not wrong, f"a word of the field is missing: {wrong}"


def test_commits_stand_in_one_file() -> None:
    found = {name_of(path): path.read_text(encoding="utf-8").count(".commit(") for path in files()}
    assert {name: count for name, count in found.items() if count} == COMMITS


def test_libraries_are_imported_in_their_own_room_only() -> None:
    wrong = []
    for path in files():
        for library in set(imported(parsed(path))) & LIBRARY_ROOMS.keys():
            if not name_of(path).startswith(LIBRARY_ROOMS[library]):
                wrong.append(f"{name_of(path)} imports {library}")
    assert not wrong, f"only these rooms may: {LIBRARY_ROOMS}: {wrong}"


def test_one_file_at_most_imports_the_search_server_and_each_pdf_library() -> None:
    for library in ("opensearchpy", "pypdfium2", "pdfminer"):
        using = [name_of(path) for path in files() if library in imported(parsed(path))]
        assert len(using) <= 1, f"{library} is imported by {using}"


def test_no_file_grows_beyond_what_one_reads_at_once() -> None:
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in files()
        if GENERATED not in name_of(path)
    }
    long = {name: length for name, length in lengths.items() if length > LONG}
    print(f"files above {LONG} lines: {long}")
    assert not {name: length for name, length in long.items() if length > TOO_LONG}
    assert len(long) <= 0.06 * len(lengths), f"more than 6 % of the files are above {LONG} lines: {long}"


def test_nothing_is_there_that_only_tests_use() -> None:
    """What frameworks call is decorated, or stands in a class that inherits; all else is asked for in the rooms."""
    trees = {path: parsed(path) for path in files() if not name_of(path).startswith(GENERATED)}
    asked = {name for tree in (*trees.values(), *map(parsed, files("benchmarks"))) for name in _asked(tree)}
    wrong = [f"{name_of(path)}: {name}" for path, tree in trees.items() for name in _made(tree) if name not in asked]
    assert not wrong, wrong


def _asked(tree: ast.Module) -> Iterator[str]:
    """Names that a file reads, also as a text: some are looked up by it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def _made(tree: ast.Module) -> Iterator[str]:
    """Names of functions, classes, plain methods and values that a file makes for itself or others."""
    plain = [one for one in tree.body if isinstance(one, ast.ClassDef) and not one.bases]
    made = [*tree.body, *(inner for one in plain for inner in one.body)]
    functions = [one for one in made if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    yield from (one.name for one in functions if not one.decorator_list and not one.name.startswith("__"))
    yield from (one.name for one in tree.body if isinstance(one, ast.ClassDef))
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (one.id for one in targets if isinstance(one, ast.Name) and one.id.isupper())


def test_no_boolean_is_passed_by_position() -> None:
    wrong = []
    for path in files():
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if any(isinstance(decorator, ast.Call) for decorator in node.decorator_list):
                continue  # a command, endpoint or callback: its framework calls it, and by name
            by_position = [one for one in [*node.args.posonlyargs, *node.args.args] if one.arg not in ("self", "cls")]
            if len(by_position) > 1:  # a function of one value may be about a yes or no
                wrong += [f"{name_of(path)}: {node.name}({one.arg})" for one in by_position if _is_bool(one.annotation)]
    assert not wrong, f"write * before it: {wrong}"


def _is_bool(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation) in ("bool", "bool | None")


def test_nothing_is_printed_outside_the_command_line() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in files()
        if not name_of(path).startswith(MAY_PRINT)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not wrong, f"tell it by a logger, a counter or an exception: {wrong}"


def test_no_text_names_a_package_registry_or_a_place_on_somebodys_machine() -> None:
    registries = "|".join(("py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(?:com|org)", "crates" + r"\.io"))
    places = "|".join(("wo" + "rk", "ro" + "ot", "opt/" + "wheels", r"ho" + r"me/\w+", "Users/" + r"\w+"))
    forbidden = re.compile(rf"{registries}|(?<![\w.:/$}}-])/(?:{places})/")
    wrong = [
        f"{name_of(path)}:{number}"
        for path in _texts()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if forbidden.search(line)
    ]
    assert not wrong, wrong


def _texts() -> Iterator[Path]:
    kinds = {".py", ".md", ".toml", ".yaml", ".yml", ".lock", ".css", ".js", ".sh", ".cfg", ".ini", ".txt", ".mako", ""}
    folders = (*ROOMS, "tests", "benchmarks", "docker", "sample_data", ".ci")
    for path in [*HOUSE.glob("*"), *(one for folder in folders for one in (HOUSE / folder).rglob("*"))]:
        if path.is_file() and path.suffix in kinds and "__pycache__" not in path.parts:
            yield path
