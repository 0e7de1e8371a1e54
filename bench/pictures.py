"""What making the pictures of one upload costs: time, and peak memory of a process that does nothing else."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.picture_files import COSTLY, REFUSED, large_jpeg, large_png, phone_jpeg, sent_as
from bench.stage_process import REPOSITORY
from bench.table import Goal, Table, at_most

RUNS = 3
MEBIBYTE = 1 << 20
USUAL_TARGET, WORST_TARGET = "2 s, 250 MiB", "10 s, 512 MiB"
USUAL_MOST, WORST_MOST = (2.0, 250.0), (10.0, 512.0)
"""Targets: seconds, and MiB over what the process had before."""

PHONE = "JPEG, 12 MP, of a phone"
USUAL: Mapping[str, Callable[[], bytes]] = {
    PHONE: phone_jpeg,
    "JPEG, 50 MP": large_jpeg,
    "JPEG, 50 MP, progressive": lambda: large_jpeg(progressive=True),
    "JPEG, 50 MP, progressive, colours not thinned out": lambda: large_jpeg(progressive=True, subsampling=0),
    "PNG, 50 MP": large_png,
    "PNG, 50 MP, with transparency": lambda: large_png("RGBA"),
}
CHILD = """
import sys, time
from pathlib import Path
from bench.picture_files import chunk, flat_png
from chalicelib.images.pipeline import Limits, Picture, make_pictures
from chalicelib.images.refusals import PictureRefusedError

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

sides, limits = (500, 120, 50, 30), Limits(max_bytes=1 << 28)
make_pictures(Picture(flat_png((64, 64), chunk(b"prVt", bytes(100))), "x.png", "image/png"), sides, limits)
picture = Picture(Path(sys.argv[1]).read_bytes(), sys.argv[2], sys.argv[3])
before, start = peak(), time.perf_counter()
try:
    result = f"{len(make_pictures(picture, sides, limits))} made"
except PictureRefusedError as refusal:
    result = refusal.reason
print(time.perf_counter() - start, peak() - before, peak(), result, sep="|")
"""


def pictures(*, quick: bool) -> list[Table]:
    """Pictures as people send them, and pictures that are made to cost."""
    usual = {PHONE: phone_jpeg} if quick else USUAL
    hostile = {**COSTLY, **REFUSED}
    if quick:
        hostile = dict(list(hostile.items())[-2:])
    runs = 1 if quick else RUNS
    columns = ("", "File", "Time", "Memory", "Whole process", "Outcome", "Target at most")
    sent, made_to_cost = _all(usual, runs), _all(hostile, runs)
    phone = [taken for taken in sent if taken.name == PHONE]
    goals = [*_goals(PHONE, phone, USUAL_MOST), *_goals("Any file", [*sent, *made_to_cost], WORST_MOST)]
    return [
        Table(f"Pictures as people send them, median of {runs}", columns, [taken.row for taken in sent], goals=goals),
        Table(f"Pictures made to cost, median of {runs}", columns, [taken.row for taken in made_to_cost]),
    ]


@dataclass(frozen=True)
class Taken:
    """One file: its size in bytes, seconds, memory over what was there before and in all (MiB), and the outcome."""

    name: str
    size: int
    seconds: float
    memory: float
    whole: float
    outcome: str

    @property
    def row(self) -> list[str]:
        """As in the table."""
        file, time = f"{self.size / MEBIBYTE:.2f} MiB", f"{self.seconds:.2f} s"
        target = USUAL_TARGET if self.name == PHONE else WORST_TARGET
        return [self.name, file, time, f"{self.memory:.0f} MiB", f"{self.whole:.0f} MiB", self.outcome, target]


def _goals(what: str, taken: Sequence[Taken], most: tuple[float, float]) -> list[Goal]:
    return [
        at_most(f"{what}: time", [max(each.seconds for each in taken)], most[0], "{:.2f} s".format),
        at_most(f"{what}: memory", [max(each.memory for each in taken)], most[1], "{:.0f} MiB".format),
    ]


def _all(files: Mapping[str, Callable[[], bytes]], runs: int) -> list[Taken]:
    return [_taken(name, make(), runs) for name, make in files.items()]


def _taken(name: str, content: bytes, runs: int) -> Taken:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "picture")
        path.write_bytes(content)
        measured = [_measured(path, name) for _ in range(runs)]
    seconds, memory, whole = (median(float(each[place]) for each in measured) for place in range(3))
    return Taken(name, len(content), seconds, memory / 1024, whole / 1024, measured[0][3])


def _measured(path: Path, name: str) -> list[str]:
    """Seconds, KiB over what the process had before, KiB in all, outcome."""
    command = [sys.executable, "-c", CHILD, str(path), *sent_as(name)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return done.stdout.strip().split("|")
