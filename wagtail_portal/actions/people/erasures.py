"""Erase a person in the background: their organization may have very many texts."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from wagtail_portal.actions.background._runs import continue_run
from wagtail_portal.exceptions import Invalid
from wagtail_portal.models import Erasure, Member, is_erased
from wagtail_portal.permissions import Actor, Verb
from wagtail_portal.utils.rows import delete_some

from .erase_member import erase_member, require_erasing, why_not_erased


def begin_erasure(member: Member, *, by: Actor, remove_texts: bool) -> Erasure:
    """Store who is to be erased, for :func:`continue_erasure`.

    :param remove_texts: whether to erase what they wrote and attached, too.
    :raises NotAllowed: unless ``by`` is an agent who may delete this member.
    :raises Invalid: with the key ``member``, as :func:`erase_member` does.
    """
    require_erasing(member, by)
    by.require_user(Verb.DELETE_MEMBER)
    if refusal := why_not_erased(member.user, by=by):
        raise Invalid({"member": refusal})
    return Erasure.objects.create(
        user=by.user,
        person=member.user,
        members=[member.pk],
        remove_texts=remove_texts,
        total=1,
    )


def continue_erasure(erasure: Erasure, *, most: int | None = None) -> Erasure:
    """Erase the person if that's still to be done, and return the erasure.

    :param most: how many people to erase now; None for all.
    """

    def step(by: Actor, pk: Any) -> Any:
        person = Erasure.objects.filter(pk=erasure.pk).values("person")
        members = Member.objects.select_related("user", "organization").filter(user__in=person)
        # After merging accounts, any other membership stands for the person.
        member = members.filter(pk=pk).first() or members.order_by("pk").first()

        def change() -> None:
            # The texts may have been kept when they were erased before.
            if member and (erasure.remove_texts or not is_erased(member.user)):
                erase_member(member, by=by, remove_texts=erasure.remove_texts)

        return None, change

    return continue_run(erasure, step, most=most)


def discard_erasures(*, older_than: timedelta, most: int | None = None) -> int:
    """Delete the records of erasures that began that long ago, and return how many. Those of the
    organization's history stay.

    :param most: how many to delete now; None for all.
    """
    return delete_some(Erasure.objects.filter(created_at__lt=timezone.now() - older_than), most)
