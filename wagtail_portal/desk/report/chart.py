"""The chart of the report. Bars differ by fill and outline, so it can be read without color."""

from dataclasses import dataclass

from .figures import Step

WIDTH, HEIGHT = 720, 180
#: Space for the numbers on the left and the days below.
LEFT, BELOW = 40, 20


@dataclass(frozen=True)
class Bar:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float


def make_chart(steps: list[Step]) -> dict:
    """Return the positions of everything in the chart, for its template."""
    top = max([1, *(max(step.opened, step.closed, step.backlog) for step in steps)])
    slot, baseline = (WIDTH - LEFT) / len(steps), HEIGHT - BELOW
    width = min(slot * 0.38, 24)

    def bar(place, value, side):
        height = round(baseline * value / top, 1)
        x = middle[place] + (side - 1) * width
        return Bar(round(x, 1), round(baseline - height, 1), round(width, 1), height)

    middle = [LEFT + (place + 0.5) * slot for place in range(len(steps))]
    line = " ".join(
        f"{x:.1f},{baseline - baseline * step.backlog / top:.1f}"
        for x, step in zip(middle, steps, strict=True)
    )
    # The labels of the first and the last day stay inside the chart.
    anchors = {0: "start", len(steps) // 2: "middle", len(steps) - 1: "end"}
    edges = {0: LEFT, len(steps) - 1: WIDTH}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "baseline": baseline,
        "half": round(baseline / 2, 1),
        "top": top,
        "middle": top // 2 if top % 2 == 0 else "",
        "opened": [bar(place, step.opened, 0) for place, step in enumerate(steps)],
        "closed": [bar(place, step.closed, 1) for place, step in enumerate(steps)],
        "backlog": line,
        "days": [
            {
                "x": f"{edges.get(place, middle[place]):.1f}",
                "anchor": anchor,
                "day": steps[place].first,
            }
            for place, anchor in anchors.items()
        ],
    }
