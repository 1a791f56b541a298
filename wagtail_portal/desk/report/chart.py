"""The chart of the report. Bars differ by fill and outline, so it can be read without color."""

from dataclasses import dataclass

from .figures import Step

WIDTH, HEIGHT = 720, 220
#: Space for the name and the numbers of the vertical axis, and for those of the horizontal one.
LEFT, ABOVE, BELOW = 48, 24, 40
#: The most days with a label.
LABELS = 6


@dataclass(frozen=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


def round_up(number: int) -> int:
    """Return a round number for the top of the axis, which is even, so that its half is a whole
    number, too."""
    size = 10 ** (len(str(number)) - 1)
    steps = (1, 2, 4, 6, 8, 10)
    return max(2, next(step * size for step in steps if step * size >= number))


def make_chart(steps: list[Step]) -> dict:
    """Return the positions of everything in the chart, for its template."""
    top = round_up(max([1, *(max(step.opened, step.closed, step.backlog) for step in steps)]))
    slot, baseline = (WIDTH - LEFT) / len(steps), HEIGHT - BELOW
    scale = (baseline - ABOVE) / top
    width = min(slot * 0.38, 24)

    def bar(place, value, side):
        height = round(scale * value, 1)
        x = middle[place] + (side - 1) * width
        return Bar(round(x, 1), round(baseline - height, 1), round(width, 1), height)

    middle = [LEFT + (place + 0.5) * slot for place in range(len(steps))]
    line = " ".join(
        f"{x:.1f},{baseline - scale * step.backlog:.1f}"
        for x, step in zip(middle, steps, strict=True)
    )
    last = len(steps) - 1
    labelled = sorted({round(last * place / (LABELS - 1)) for place in range(LABELS)})
    # The labels of the first and the last day stay inside the chart.
    anchors, edges = {0: "start", last: "end"}, {0: LEFT, last: WIDTH}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "above": ABOVE,
        "baseline": baseline,
        "half": round((baseline + ABOVE) / 2, 1),
        "top": top,
        "middle": top // 2,
        "opened": [bar(place, step.opened, 0) for place, step in enumerate(steps)],
        "closed": [bar(place, step.closed, 1) for place, step in enumerate(steps)],
        "backlog": line,
        "days": [
            {
                "x": f"{edges.get(place, middle[place]):.1f}",
                "anchor": anchors.get(place, "middle"),
                "day": steps[place].period.first,
            }
            for place in labelled
        ],
    }
