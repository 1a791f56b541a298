"""The chart of the report: bars that differ by fill and outline, so that it needs no colour."""

from dataclasses import dataclass

from .figures import Step

WIDTH, HEIGHT = 720, 180
#: Room for the numbers at the side, and for the days below.
LEFT, BELOW = 40, 20


@dataclass(frozen=True)
class Bar:
    """A rectangle; nothing is measured by the browser."""

    x: float
    y: float
    width: float
    height: float


def make_chart(steps: list[Step]) -> dict:
    """Where everything stands, in the units of the picture."""
    top = max([1, *(max(step.opened, step.closed, step.backlog) for step in steps)])
    room, deep = (WIDTH - LEFT) / len(steps), HEIGHT - BELOW
    width = min(room * 0.38, 24)

    def bar(place, value, side):
        height = round(deep * value / top, 1)
        x = LEFT + place * room + room / 2 + (side - 1) * width
        return Bar(round(x, 1), round(deep - height, 1), round(width, 1), height)

    middle = [LEFT + place * room + room / 2 for place in range(len(steps))]
    line = " ".join(
        f"{x:.1f},{deep - deep * step.backlog / top:.1f}"
        for x, step in zip(middle, steps, strict=True)
    )
    # The first and the last day stand inside of the picture.
    anchors = {0: "start", len(steps) // 2: "middle", len(steps) - 1: "end"}
    edges = {0: LEFT, len(steps) - 1: WIDTH}
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "deep": deep,
        "half": round(deep / 2, 1),
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
