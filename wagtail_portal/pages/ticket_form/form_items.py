"""What a form asks, and whom."""

from typing import Any, cast

from django.utils.functional import cached_property

from wagtail_portal.fields.questions import Content, Question, decide_items, parse
from wagtail_portal.models import Member, answers_of


class FormItemsMixin:
    """A part of :class:`~.form_page.TicketFormPageMixin`."""

    @cached_property
    def items(self) -> list[Question | Content]:
        """Questions and content, in the editors' order."""
        return parse(cast(Any, self).questions)

    def items_for(self, member: Member | None) -> list[Question | Content]:
        """Return the questions that a member is asked, and content. Conditions about their
        organization and themselves are decided; a visitor has neither.

        Read once for each member, because a request builds the form several times.
        """
        known = self.__dict__.setdefault("_items_by_member", {})
        key = member and member.pk
        if key not in known:
            known[key] = decide_items(self.items, lambda keys: answers_of(member, keys))
        return known[key]

    @property
    def depends_on_customer(self) -> bool:
        """Whether some of the questions are only for some customers."""
        return decide_items(self.items, None) is not self.items

    @property
    def question_list(self) -> list[Question]:
        """The questions only."""
        return [item for item in self.items if isinstance(item, Question)]
