"""Split a form into steps: the blocks between two step breaks are one page for the customer."""

from dataclasses import dataclass

from .questions import Content, Question


@dataclass(frozen=True)
class Step:
    """One step; ``title`` is empty for a first step without a break before it."""

    title: str
    items: list[Question | Content]

    @property
    def names(self) -> set[str]:
        """The fields of the step."""
        return {item.name for item in self.items if isinstance(item, Question)}


def split(items: list[Question | Content]) -> list[Step]:
    """Return the steps of a form; one for a form without breaks. Empty steps are left out, so that
    a break at the very beginning only names the first step."""
    steps: list[Step] = []
    title, current = "", []
    for item in items:
        if isinstance(item, Content) and item.kind == "step":
            if current:
                steps.append(Step(title, current))
            title, current = item.value, []
        else:
            current.append(item)
    if current or not steps:
        steps.append(Step(title, current))
    return steps
