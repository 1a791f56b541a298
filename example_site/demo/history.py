"""Two years of tickets: who asks what, and when."""

from collections import deque
from datetime import datetime, timedelta
from itertools import zip_longest
from random import Random

from wagtail_portal.fields.questions import Question, parse

from .conversation import RECENT_DAYS, Conversation, working_time
from .threads import suits, tell, templates

#: The youngest tickets: how old they are, in hours, and where the talk rests. "new" has no
#: answer, "us" and "customer" wait for somebody, "on-hold" and "end" are told as far as they go.
RECENT = [
    *((0.4, "new"), (1.3, "customer"), (2, "us"), (3.5, "new"), (6, "customer"), (9, "new")),
    *((14, "us"), (21, "us"), (27, "customer"), (34, "on-hold"), (42, "us"), (50, "customer")),
    *((55, "us"), (63, "customer"), (70, "new"), (77, "end"), (86, "customer"), (94, "us")),
    *((101, "end"), (112, "customer"), (119, "us")),
]
OLDEST_DAYS = 725

#: What the oldest tickets are about, so that a small set has everything, too.
OLDEST = [{"fixed": True}, {"form": "billing"}, {"form": "access"}] * 2


class Teller:
    """Tells tickets, oldest first, so that their numbers rise with time."""

    def __init__(self, site, cast, forms, statuses, now: datetime, random: Random):
        self.site, self.cast, self.forms, self.statuses = site, cast, forms, statuses
        self.now, self.random = now, random
        #: Threads that were told a moment ago, so that no two alike stand beside each other.
        self.told_lately = deque(maxlen=30)
        #: Threads that an organization has not had yet: nobody asks the same thing twice.
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
        """Open ``count`` tickets and let each conversation go as far as it would be by now."""
        recent = RECENT[: count // 2]
        older = sorted(self._older(count - len(recent)))
        organizations = self._in_proportion(len(older))
        for organization, opened, about in zip_longest(organizations, older, OLDEST, fillvalue={}):
            self._tell_one(organization, opened, about)
        first, *others = self.untold
        for number, (hours, rests) in enumerate(reversed(recent)):
            # The customer whom the hints name always has something going on.
            organization = first if number % 2 else self.random.choice(others)
            about = {"ends": rests} if rests == "on-hold" else {}
            self._tell_one(organization, self.now - timedelta(hours=hours), about, rests)

    def _older(self, count):
        for _number in range(count):
            share = self.random.random() ** 1.3
            days = RECENT_DAYS + 1 + share * (OLDEST_DAYS - RECENT_DAYS)
            yield working_time(self.now - timedelta(days=days))

    def _in_proportion(self, count: int) -> list:
        """Organizations for ``count`` tickets, by their shares, in any order."""
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
        # Who was there first asks more.
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
        """A thread that is new to the organization, with the entries of ``about`` if there is."""
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
