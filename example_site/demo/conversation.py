"""Play one ticket's conversation between customer and team through the portal's actions."""

from datetime import datetime, timedelta

from django.core.files.base import ContentFile

from wagtail_portal.actions import (
    add_note,
    assign,
    change_fields,
    change_status,
    follow,
    open_ticket,
    reply,
)
from wagtail_portal.fields.form import answer
from wagtail_portal.permissions import Actor

from .support import OWN_QUESTIONS
from .threads import Thread

#: Newer tickets have messages at any time of day, at a pace of their own.
RECENT_DAYS = 5

#: Usual pauses before each person writes, in minutes, from and to.
PAUSES = {
    "agent": (20, 300),
    "expert": (60, 900),
    "note": (5, 60),
    "customer": (30, 1500),
    "teammate": (20, 400),
}
URGENCIES = {
    "blocking": ["urgent", "high"],
    "degraded": ["high", "normal"],
    "minor": ["normal", "normal", "low"],
    "question": ["normal", "low"],
}


class Conversation:
    """One ticket, from the first message to its current state."""

    def __init__(self, teller, thread: Thread, plan, requester, teammates, agent, expert):
        self.teller, self.thread, self.plan = teller, thread, plan
        self.random, self.statuses = teller.random, teller.statuses
        self.requester, self.teammates = requester, teammates
        self.agent, self.expert = agent, expert
        self.ticket = self.assignee = None
        #: For recent tickets, the usual time between two messages.
        self.is_recent, self.pace = False, timedelta()

    def hold(self, opened: datetime, rests: str, *, fixed_in: str) -> None:
        """Play all messages up to now."""
        now, turns = self.teller.now, self.thread.turns
        age, at = now - opened, opened
        self.is_recent = age.days < RECENT_DAYS
        if age.days < 25 and not self.is_recent and self.random.random() < 0.3:
            rests = self.random.choice(["us", "customer"])
        said = turns[1 : self._turns_until(rests)]
        self.pace = age / (len(said) + 1)
        self._open(turns[0], at)
        for turn in said:
            at = self._next_time(at, turn)
            if at > now:
                return
            self._say(turn, at)
        if len(said) == len(turns) - 1 and rests in ("end", "on-hold"):
            self._end(at, fixed_in, age)

    def _turns_until(self, rests: str) -> int:
        """Return how many turns to play until it's the turn of ``rests``, as in ``RECENT``."""
        if rests == "new":
            return 1
        last_words = {"us": ("customer", "teammate"), "customer": ("agent", "expert")}
        ends = [
            number
            for number, turn in enumerate(self.thread.turns, 1)
            if number > 1 and turn.who in last_words.get(rests, ())
        ]
        return self.random.choice(ends) if ends else len(self.thread.turns)

    def _open(self, turn, at) -> None:
        thread = self.thread
        asked = {
            key: value
            for key, value in thread.values.items()
            if any(
                question.target == f"field:{key}"
                for question in self.teller.questions[thread.form].values()
            )
        }
        takes_part = self.teammates and self.random.random() < 0.3
        self.ticket = open_ticket(
            site=self.teller.site,
            requester=self.requester,
            by=Actor.for_member(self.requester),
            subject=thread.subject,
            body=turn.text,
            attachments=_files(turn),
            followers=self.teammates[:1] if takes_part else (),
            urgency=self.random.choice(URGENCIES[thread.values["severity"]]),
            values=asked,
            answers=self._answers(),
            form=self.teller.forms[thread.form],
            at=at,
            notify=False,
        )

    def _answers(self) -> list[dict]:
        questions = self.teller.questions[self.thread.form]
        answers = []
        for key, text in self.thread.answers.items():
            question = questions[OWN_QUESTIONS[key]]
            choices = {choice.label: choice.key for choice in question.spec.choices}
            if text:
                answers.append(answer(question, choices.get(text, text)))
        return answers

    def _next_time(self, at, turn) -> datetime:
        if self.is_recent:
            return at + self.pace * self.random.uniform(0.2, 0.9)
        if turn.pause:
            return at + turn.pause
        return working_time(at + timedelta(minutes=self.random.randint(*PAUSES[turn.who])))

    def _say(self, turn, at) -> None:
        if turn.who in ("customer", "teammate"):
            member = self.requester
            if turn.who == "teammate" and self.teammates:
                member = self.teammates[0]
                by = Actor.for_member(self.requester)
                follow(self.ticket, by=by, member=member, at=at, notify=False)
            by, write = Actor.for_member(member), reply
        else:
            user = self.expert if turn.who == "expert" else self.agent
            self._take(user, at - timedelta(minutes=3))
            by, write = Actor.for_agent(user), add_note if turn.who == "note" else reply
        options = {} if write is add_note else {"notify": False}
        write(self.ticket, by=by, body=turn.text, attachments=_files(turn), at=at, **options)

    def _take(self, user, at) -> None:
        """Assign the ticket; the first assignee also fills in its fields."""
        if user == self.assignee:
            return
        by = Actor.for_agent(self.assignee or user)
        assign(self.ticket, by=by, assignee=user, at=at, notify=False)
        if self.assignee is None:
            values = {"plan": self.plan, "area": self.thread.values["area"]}
            change_fields(self.ticket, by=by, values=values, at=at, notify=False)
        self.assignee = user
        if self.ticket.status.key == "new":
            self._set_status("in-progress", at)

    def _end(self, at, fixed_in: str, age: timedelta) -> None:
        if self.thread.ends == "on-hold" and age.days < 500:
            return self._set_status("on-hold", at + timedelta(minutes=4))
        is_confirmed = self.thread.turns[-1].who in ("customer", "teammate")
        hours = self.random.randint(1, 20) if is_confirmed else self.random.randint(70, 140)
        at = working_time(at + timedelta(hours=hours))
        if at > self.teller.now:
            return None
        if fixed_in:
            by = Actor.for_agent(self.assignee)
            change_fields(self.ticket, by=by, values={"fixed-in": fixed_in}, at=at, notify=False)
        return self._set_status("closed", at + timedelta(minutes=1))

    def _set_status(self, key: str, at) -> None:
        by = Actor.for_agent(self.assignee)
        change_status(self.ticket, by=by, status=self.statuses[key], at=at, notify=False)


def _files(turn):
    if not turn.file_name:
        return ()
    return [ContentFile(turn.file_text.encode(), name=turn.file_name)]


def working_time(at: datetime) -> datetime:
    """Return the same time, or the morning of the next working day at about the same minute."""
    while at.weekday() > 4 or not 7 <= at.hour < 18:
        midnight = at.replace(hour=0, minute=0)
        at = midnight + timedelta(days=at.hour >= 7, hours=7, minutes=at.minute * 2)
    return at
