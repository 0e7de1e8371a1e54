"""The code as it is deployed: Chalice's zip without what no function ever opens, compiled beforehand.

Lambda's code directory cannot be written to, so without compiled files each cold start would compile all that it
imports. The same sources and requirements give the same bytes.
"""

import compileall
import re
import sys
from collections.abc import Iterator
from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PycInvalidationMode
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

SERVICES = ("dynamodb", "events", "kms", "s3", "secretsmanager", "ses")
"""The services that functions call; botocore describes four hundred."""

LANGUAGES = ("ar", "de", "en")
"""The languages of the site; Babel describes a thousand."""

TOOLS = (
    "_distutils_hack",
    "blessed",
    "chalice/cli",
    "chalice/deploy",
    "chalice/templates",
    "click",
    "editor",
    "inquirer",
    "pip",
    "pkg_resources",
    "readchar",
    "runs",
    "setuptools",
    "wcwidth",
    "wheel",
    "xmod",
    "yaml",
)
"""What Chalice's command line needs, and what is deployed does not."""

UNUSED = re.compile(
    "|".join(
        (
            rf"(?:{'|'.join(TOOLS)})/",
            rf"botocore/data/(?!(?:{'|'.join(SERVICES)})/)[^/]+/",
            rf"babel/locale-data/(?!(?:root|{'|'.join(LANGUAGES)})(?:_[A-Za-z_]+)?\.dat$)",
            r"pycountry/locales/",
            r".*/(?:tests|testing)/",
            r".*\.(?:pyi|c|h|pxd|pyx|so\.a)$",
        )
    )
)
"""Paths that are left out. The tests run every function from what remains."""

MOST_BYTES = 50 * 1024 * 1024
UNPACKED_BYTES = 250 * 1024 * 1024
BEGINNING = (1980, 1, 1, 0, 0, 0)
BUILT_HERE = re.compile(r"^Tag: .*-linux_", re.MULTILINE)


class CodeError(Exception):
    """The zip cannot be deployed."""


def slim(given: Path, wanted: Path) -> None:
    """Make the zip that is deployed of the one that Chalice made.

    Raises `CodeError` for a wheel that was built on this machine, which Lambda may not be able to load, and when the
    zip is larger than Lambda takes.
    """
    with TemporaryDirectory() as name:
        folder = Path(name)
        with ZipFile(given) as chalices:
            chalices.extractall(folder, [each for each in chalices.namelist() if not UNUSED.match(each)])
        refuse_built_here(folder)
        compiled(folder)
        pack(folder, wanted)
    check_sizes(wanted)


def refuse_built_here(folder: Path) -> None:
    """Raise `CodeError` for a package that was compiled against this machine's libraries."""
    for wheel in sorted(folder.glob("*.dist-info/WHEEL")):
        if BUILT_HERE.search(wheel.read_text()):
            raise CodeError(f"{wheel.parent.name} was built on this machine: pin a version that has a wheel for Lambda")


def compiled(folder: Path) -> None:
    """Compile every module; the compiled file counts, whatever its source's time."""
    done = compileall.compile_dir(
        folder, quiet=2, stripdir=str(folder), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH, workers=1
    )
    missing = [path for path in folder.glob("app.py") if not Path(cache_from_source(str(path))).exists()]
    if not done or missing:
        raise CodeError(f"a module cannot be compiled by Python {sys.version_info.major}.{sys.version_info.minor}")


def pack(folder: Path, wanted: Path) -> None:
    """Zip a folder in the order of names, with one time for all."""
    with ZipFile(wanted, "w", ZIP_DEFLATED, compresslevel=9) as made:
        for path in files(folder):
            entry = ZipInfo(path.relative_to(folder).as_posix(), BEGINNING)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = (0o755 if path.suffix == ".so" else 0o644) << 16
            made.writestr(entry, path.read_bytes())


def files(folder: Path) -> Iterator[Path]:
    """Every file below a folder, in the order of names."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def check_sizes(made: Path) -> None:
    """Raise `CodeError` when the zip, or what is in it, is larger than Lambda takes."""
    size = made.stat().st_size
    with ZipFile(made) as packed:
        unpacked = sum(entry.file_size for entry in packed.infolist())
    if size > MOST_BYTES or unpacked > UNPACKED_BYTES:
        raise CodeError(f"{size} bytes, unpacked {unpacked}: Lambda takes {MOST_BYTES} and {UNPACKED_BYTES}")
