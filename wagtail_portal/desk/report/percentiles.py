"""The middle and the upper end of many numbers, in little memory and alike on every database."""

import math

#: So many are kept as they are; beyond, numbers within 1 % of each other become one.
EXACT = 2000
_STEP = math.log(1.01)


class Percentiles:
    """Numbers of seconds, one after the other; none is kept for long when there are many."""

    def __init__(self):
        self.count = 0
        self._exact: list[float] | None = []
        self._near: dict[int, int] = {}

    def add(self, value: float) -> None:
        """Take one more; a negative one counts as zero."""
        value = max(value, 0.0)
        self.count += 1
        if self._exact is None:
            self._put(value)
            return
        self._exact.append(value)
        if len(self._exact) > EXACT:
            for kept in self._exact:
                self._put(kept)
            self._exact = None

    def _put(self, value) -> None:
        place = round(math.log(value + 1) / _STEP)
        self._near[place] = self._near.get(place, 0) + 1

    def at(self, share: float) -> float | None:
        """The smallest of the numbers that ``share`` of them do not exceed; None without any."""
        if not self.count:
            return None
        rank = max(math.ceil(share * self.count), 1)
        if self._exact is not None:
            return sorted(self._exact)[rank - 1]
        seen = 0
        for place in sorted(self._near):
            seen += self._near[place]
            if seen >= rank:
                break
        return math.exp(place * _STEP) - 1

    @property
    def median(self) -> float | None:
        """The one in the middle."""
        return self.at(0.5)

    @property
    def high(self) -> float | None:
        """The 90th percentile."""
        return self.at(0.9)
