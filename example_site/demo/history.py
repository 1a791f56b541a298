"""Two years of tickets: who asks what and when."""

from collections import deque
from datetime import datetime, timedelta
from itertools import zip_longest
from random import Random

from wagtail_portal.fields.questions import Question, parse

from .conversation import RECENT_DAYS, Conversation, working_time
from .threads import suits, tell, templates

#: The newest tickets: their age in hours and whose turn it is. "new" has no reply, "us" and
#: "customer" wait for that side, and "on-hold" and "end" are played to the end.
RECENT = [
    *((0.4, "new"), (1.3, "customer"), (2, "us"), (3.5, "new"), (6, "customer"), (9, "new")),
    *((14, "us"), (21, "us"), (27, "customer"), (34, "on-hold"), (42, "us"), (50, "customer")),
    *((55, "us"), (63, "customer"), (70, "new"), (77, "end"), (86, "customer"), (94, "us")),
    *((101, "end"), (112, "customer"), (119, "us")),
]
OLDEST_DAYS = 725

#: What the oldest tickets are about, so that even a small set covers everything.
OLDEST = [{"fixed": True}, {"form": "billing"}, {"form": "access"}] * 2


class Teller:
    """Creates tickets, oldest first, so that their numbers are in chronological order."""

    def __init__(self, site, cast, forms, statuses, now: datetime, random: Random):
        self.site, self.cast, self.forms, self.statuses = site, cast, forms, statuses
        self.now, self.random = now, random
        #: Recently used threads, so that similar tickets aren't next to each other.
        self.told_lately = deque(maxlen=30)
        #: Threads that an organization hasn't used yet, so that no one asks the same thing twice.
        self.untold = {organization: [] for organization in cast.members}
        self.questions = {
            slug: {
                question.spec.label: question
                for question in parse(form.questions)
                if isinstance(question, Question)
            }
            for slug, form in forms.items()
        }

    def tell(self, count: int) -> None:
        """Open ``count`` tickets and play each conversation up to now."""
        recent = RECENT[: count // 2]
        older = sorted(self._older(count - len(recent)))
        organizations = self._in_proportion(len(older))
        for organization, opened, about in zip_longest(organizations, older, OLDEST, fillvalue={}):
            self._tell_one(organization, opened, about)
        first, *others = self.untold
        for number, (hours, rests) in enumerate(reversed(recent)):
            # The customer named in the hints always has recent tickets.
            organization = first if number % 2 else self.random.choice(others)
            about = {"ends": rests} if rests == "on-hold" else {}
            self._tell_one(organization, self.now - timedelta(hours=hours), about, rests)

    def _older(self, count):
        for _number in range(count):
            share = self.random.random() ** 1.3
            days = RECENT_DAYS + 1 + share * (OLDEST_DAYS - RECENT_DAYS)
            yield working_time(self.now - timedelta(days=days))

    def _in_proportion(self, count: int) -> list:
        """Return organizations for ``count`` tickets by their shares, in random order."""
        shares = {organization: about.share for organization, about in self.cast.about.items()}
        drawn = [
            organization
            for organization, share in shares.items()
            for _number in range(count * share // sum(shares.values()))
        ]
        drawn += self.random.choices(list(shares), shares.values(), k=count - len(drawn))
        self.random.shuffle(drawn)
        return drawn

    def _tell_one(self, organization, opened: datetime, about: dict, rests="end") -> None:
        members = self.cast.members[organization]
        # The first members ask more.
        requester = self.random.choices(members, [3, 3, *[1] * (len(members) - 2)])[0]
        teammates = [member for member in members if member != requester]
        self.random.shuffle(teammates)
        agent, expert = self.random.choice(self.cast.agents), self.random.choice(self.cast.experts)
        customer = self.cast.about[organization]
        template = self._next_thread(organization, about)
        release = (opened - self.now).days // 42 + 25
        words = {
            "me": requester.user.first_name,
            "agent": agent.first_name,
            "expert": expert.first_name,
            "org": organization.name,
            "domain": customer.domain,
            "run": f"{self.random.randrange(16**6):06x}",
            "date": f"{opened:%Y-%m-%d}",
            "version": f"4.{release}",
            "next": f"4.{release + 1}",
        }
        thread = tell(template, words, self.random)
        Conversation(self, thread, customer.plan, requester, teammates, agent, expert).hold(
            opened, rests, fixed_in=words["next"] if thread.is_fixed else ""
        )

    def _next_thread(self, organization, about: dict) -> dict:
        """Return a thread new to the organization, with the entries of ``about`` if possible."""
        untold = self.untold[organization]
        if not untold:
            domain = self.cast.about[organization].domain
            untold += [thread for thread in templates() if suits(thread, domain)]
            self.random.shuffle(untold)
        fitting = [
            thread
            for thread in untold
            if all(thread.get(key) == value for key, value in about.items())
        ]
        fresh = [thread for thread in fitting if thread not in self.told_lately]
        thread = (fresh or fitting or untold)[0]
        untold.remove(thread)
        self.told_lately.append(thread)
        return thread
