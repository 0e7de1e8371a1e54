"""The zip that is deployed."""

import zipfile
from pathlib import Path

import pytest

from infra import code
from infra.code import CodeError, slim
from infra.packaging import Package

WHEEL = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-{}\n"
KEPT = {
    "app.py": "import chalicelib\n",
    "chalicelib/__init__.py": "",
    "chalicelib/site/templates/login.html": "<form>",
    "chalicelib/site/locale/ar.po": 'msgid ""',
    "babel/__init__.py": "",
    "babel/locale-data/root.dat": "r",
    "babel/locale-data/en_GB.dat": "e",
    "babel/locale-data/de.dat": "d",
    "botocore/data/kms/2014-11-01/service-2.json.gz": "k",
    "botocore/data/endpoints.json": "{}",
    "pillow-12.0.0.dist-info/WHEEL": WHEEL.format("manylinux_2_17_x86_64"),
}
LEFT_OUT = {
    "babel/locale-data/fr.dat": "f",
    "babel/locale-data/deu.dat": "x",
    "botocore/data/ec2/2016-11-15/service-2.json.gz": "e",
    "chalice/cli/__init__.py": "",
    "pip/__init__.py": "",
    "pycountry/locales/de/LC_MESSAGES/iso3166-1.mo": "m",
}


def zipped(path: Path, content: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in content.items():
            made.writestr(name, text)
    return path


def test_leaves_out_what_no_function_opens(tmp_path: Path) -> None:
    """Other languages and services, and Chalice's own tools, are left out; all else stays, compiled."""
    slim(zipped(tmp_path / "given.zip", KEPT | LEFT_OUT), tmp_path / "code.zip")
    with zipfile.ZipFile(tmp_path / "code.zip") as made:
        names = set(made.namelist())
    compiled = {name for name in names if name.endswith(".pyc")}
    assert KEPT.keys() == names - compiled
    assert {"app", "__init__"} == {Path(name).name.split(".")[0] for name in compiled}


def test_same_bytes(tmp_path: Path) -> None:
    """The same sources give the same bytes, so nothing is deployed that has not changed."""
    for name in ("one", "two"):
        slim(zipped(tmp_path / "given.zip", KEPT), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_compiled_files_do_not_look_at_times(tmp_path: Path) -> None:
    """A compiled file is used whatever time its source has: Lambda unpacks with times of its own."""
    slim(zipped(tmp_path / "given.zip", KEPT), tmp_path / "code.zip")
    with zipfile.ZipFile(tmp_path / "code.zip") as made:
        (name,) = (name for name in made.namelist() if "app" in name and name.endswith(".pyc"))
        flags = int.from_bytes(made.read(name)[4:8], "little")
    assert 0b01 == flags


def test_refuses_what_was_built_here(tmp_path: Path) -> None:
    """A package that was compiled on this machine may not load on Lambda."""
    built = {**KEPT, "pillow-12.0.0.dist-info/WHEEL": WHEEL.format("linux_x86_64")}
    with pytest.raises(CodeError, match=r"pillow-12\.0\.0\.dist-info was built on this machine"):
        slim(zipped(tmp_path / "given.zip", built), tmp_path / "code.zip")


def test_refuses_what_lambda_does_not_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zip that is too large is refused here, not after the upload."""
    monkeypatch.setattr(code, "MOST_BYTES", 100)
    with pytest.raises(CodeError, match="Lambda takes 100"):
        slim(zipped(tmp_path / "given.zip", KEPT), tmp_path / "code.zip")


def test_refuses_what_does_not_compile(tmp_path: Path) -> None:
    """A module that this Python cannot read would fail at the first request."""
    with pytest.raises(CodeError, match="cannot be compiled"):
        slim(zipped(tmp_path / "given.zip", {**KEPT, "app.py": "def"}), tmp_path / "code.zip")


def test_package(packaged: Package) -> None:
    """The real one has the site and its languages, and neither tools nor tests nor the local stage."""
    with zipfile.ZipFile(packaged.code) as made:
        names = set(made.namelist())
    assert {"app.py", "chalicelib/site/static/rollcall.css", "chalicelib/site/locale/ar.po"} <= names
    firsts = {name.split("/")[0] for name in names}
    assert not {"local", "ops", "infra", "bench", "tests", "moto", "pip", "setuptools", "typer"} & firsts
    assert code.MOST_BYTES > packaged.code.stat().st_size
