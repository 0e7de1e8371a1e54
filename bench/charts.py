"""Line charts as SVG, readable on light and on dark ground, by string formatting alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 820, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 250, 50, 50
COLOURS = ("#2f7ed8", "#d9541e", "#2a9d5c", "#a24bd0", "#b8860b", "#c2185b")
DASHES = ("", "8 4", "2 4", "10 4 2 4", "4 2", "12 2 2 2 2 2")
TICKS = 5
STYLE = """
text { font: 13px sans-serif; fill: #333; } .axis, .grid { stroke: #888; } .grid { stroke-opacity: .3; }
@media (prefers-color-scheme: dark) { text { fill: #ddd; } .axis, .grid { stroke: #999; } }
"""


@dataclass(frozen=True)
class Series:
    """One line: its name and its points."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Chart:
    """Name of the file, title, what the axes show, the lines, and a limit to draw across; both axes begin at zero."""

    name: str
    title: str
    across: str
    up: str
    series: Sequence[Series]
    limit: float | None = None

    @property
    def most(self) -> tuple[float, float]:
        """The largest value of either axis."""
        points = [point for each in self.series for point in each.points]
        return max(x for x, _ in points), max([y for _, y in points] + ([self.limit] if self.limit else [])) * 1.05


def svg(chart: Chart) -> str:
    """The picture."""
    parts = [f"<title>{escape(chart.title)}</title>", f"<style>{STYLE}</style>", _text(LEFT, 20, chart.title)]
    parts += _axes(chart)
    for place, series in enumerate(chart.series):
        parts += _line(chart, series, place)
    if chart.limit is not None:
        y = _at(chart, 0, chart.limit)[1]
        parts.append(f'<path class="axis" stroke-dasharray="2 2" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(WIDTH - RIGHT + 6, y + 4, f"limit {chart.limit:,g}"))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    return "\n".join([head, *parts, "</svg>", ""])


def _axes(chart: Chart) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{bottom}H{right}"/>']
    for tick in range(TICKS + 1):
        value_x, value_y = (most * tick / TICKS for most in chart.most)
        x, y = _at(chart, value_x, value_y)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{right}"/>')
        parts.append(_text(LEFT - 8, y + 4, _figure(value_y), "end"))
        parts.append(_text(x, bottom + 18, _figure(value_x), "middle"))
    parts.append(_text((LEFT + right) / 2, HEIGHT - 10, chart.across, "middle"))
    return [*parts, _text(LEFT, TOP - 8, chart.up)]


def _line(chart: Chart, series: Series, place: int) -> list[str]:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (_at(chart, *point) for point in series.points))
    look = f'stroke="{COLOURS[place]}" stroke-width="2" stroke-dasharray="{DASHES[place]}"'
    key = TOP + 20 * place
    return [
        f'<polyline fill="none" {look} points="{points}"/>',
        f'<path {look} d="M{WIDTH - RIGHT + 10} {key}h24"/>',
        _text(WIDTH - RIGHT + 40, key + 4, series.name),
    ]


def _at(chart: Chart, x: float, y: float) -> tuple[float, float]:
    most_x, most_y = chart.most
    return LEFT + x / most_x * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - y / most_y * (HEIGHT - TOP - BOTTOM)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def _text(x: float, y: float, content: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'
