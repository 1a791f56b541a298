"""Move what belongs to one account of a person to another one."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from wagtail.models import ModelLogEntry

from wagtail_portal.models import (
    Follower,
    FormDraft,
    Member,
    Organization,
    SavedFilter,
    Ticket,
    TicketField,
    TicketLogEntry,
    TicketReadState,
)

CHUNK = 500


def move_rows(old: Any, new: Any, *, apps: Any = None, skip: Any = ()) -> None:
    """Let all rows that refer to ``old`` refer to ``new``. Where ``new`` already has what can exist
    only once, that of ``old`` is deleted. Of two tickets or messages with the
    same submission key, both stay, and that of ``old`` loses it.

    :param apps: the labels of the apps whose rows move; None for all.
    :param skip: models whose rows stay.
    """
    for relation in type(old)._meta.get_fields(include_hidden=True):
        if not relation.auto_created or not (relation.one_to_many or relation.one_to_one):
            continue
        model, name = relation.related_model, relation.field.name
        if model in skip or (apps is not None and model._meta.app_label not in apps):
            continue
        rows = model._base_manager.filter(**{name: old})
        for others in _unique_with(model, name):
            same = {other: OuterRef(other) for other in others}
            taken = rows.filter(Exists(model._base_manager.filter(**{name: new}, **same)))
            # Some databases don't change a table that the condition reads.
            doubles = model._base_manager.filter(pk__in=list(taken.values_list("pk", flat=True)))
            if "submission_key" in others:
                doubles.update(submission_key=None)
            else:
                doubles.delete()
        rows.update(**{name: new})


def _unique_with(model: Any, name: str) -> list[list[str]]:
    """Return the columns together with which a column is unique."""
    sets = [{field.name} for field in model._meta.concrete_fields if field.unique]
    sets += map(set, model._meta.unique_together)
    sets += (set(constraint.fields) for constraint in model._meta.total_unique_constraints)
    return [sorted(names - {name}) for names in sets if name in names]


def merge_members(pairs: Sequence[tuple[Member, Member]], *, organization: int) -> None:
    """Move everything of memberships to others of the same people, and delete them.

    :param pairs: each membership to delete, with the one that stays.
    :param organization: the primary key of the organization of those to delete, where their
        tickets are.
    """
    for old, new in pairs:
        _merge_read_states(old, new)
        _rename_filters(old, new)
        _keep_newer_drafts(old, new)
        move_rows(old, new, skip={Member})
        # The requester of a ticket doesn't follow it as well.
        Follower.objects.filter(member=new, ticket__requester=new).delete()
    if pairs:
        _rename_in_texts({old.pk: new.pk for old, new in pairs}, organization)
    for old, new in pairs:
        new.joined_at = min(old.joined_at, new.joined_at)
        new.activated_at = min(filter(None, (old.activated_at, new.activated_at)), default=None)
        new.last_seen_at = max(filter(None, (old.last_seen_at, new.last_seen_at)), default=None)
        new.notes = join_notes(new.notes, old.notes)
        new.values = {**old.values, **new.values}
        columns = ["joined_at", "activated_at", "last_seen_at", "read_until", "notes", "values"]
        new.save(update_fields=columns)
        ModelLogEntry.objects.for_instance(old).update(object_id=str(new.pk))
        old.delete()


def join_notes(*notes: str) -> str:
    """Return notes that are about the same customer now, one below the other."""
    return "\n\n".join(filter(None, dict.fromkeys(notes)))


def _merge_read_states(old: Member, new: Member) -> None:
    """Keep as read what was read with either membership, and as unread what was read with neither.

    Tickets that a member has never opened count as read up to one message, the same for all of
    them. From now on, that's the earlier one of the two, and tickets for which the later one
    counted get a row of their own.
    """
    early, late = sorted((old, new), key=lambda member: member.read_until)
    until = late.read_until
    TicketReadState.objects.filter(member=late, read_until__lt=until).update(read_until=until)
    known = dict(TicketReadState.objects.filter(member=new).values_list("ticket", "read_until"))
    for state in TicketReadState.objects.filter(member=old, ticket__in=known):
        later = max(state.read_until, known[state.ticket_id])
        TicketReadState.objects.filter(member=new, ticket=state.ticket_id).update(read_until=later)
    found = Ticket.objects.visible_to(late).filter(last_reply__gt=early.read_until).order_by()
    # Those in which only the other membership took part were never read with this one.
    found = found.exclude(requester=early).exclude(follower_links__member=early)
    seen = TicketReadState.objects.filter(member__in=(old, new)).values("ticket")
    rows = [
        TicketReadState(ticket_id=pk, member=new, read_until=until)
        for pk in found.exclude(pk__in=seen).values_list("pk", flat=True)
    ]
    TicketReadState.objects.bulk_create(rows, batch_size=CHUNK)
    new.read_until = early.read_until


def _rename_filters(old: Member, new: Member) -> None:
    """Give saved filters other names where both memberships have the same one."""
    names = set(new.saved_filters.values_list("name", flat=True))
    taken = names | set(old.saved_filters.values_list("name", flat=True))
    max_length = SavedFilter._meta.get_field("name").max_length or 0
    for row in old.saved_filters.filter(name__in=names):
        number = 2
        while (name := f"{row.name[: max_length - 5]} ({number})") in taken:
            number += 1
        taken.add(name)
        SavedFilter.objects.filter(pk=row.pk).update(name=name)


def _keep_newer_drafts(old: Member, new: Member) -> None:
    """Of two drafts of the same form, keep the one that was written last."""
    drafts = {draft.form_id: draft for draft in FormDraft.objects.filter(member=new)}
    for draft in FormDraft.objects.filter(member=old, form__in=drafts):
        min(draft, drafts[draft.form_id], key=lambda found: found.updated_at).delete()


def _rename_in_texts(names: dict[int, int], organization: int) -> None:
    """Replace the primary keys of memberships where they're part of a text: in values of ticket
    fields, answers, saved filters and the log.

    :param names: the new primary key of each membership by its old one.
    """

    def renamed(value: Any) -> Any:
        return names.get(value, value) if isinstance(value, int) else value

    tickets = Ticket.objects.filter(organization=organization).order_by()
    keys = set(TicketField.objects.filter(type="member").values_list("key", flat=True))
    changes = {}
    for pk, values, answers in tickets.values_list("pk", "values", "answers").iterator(CHUNK):
        columns = {
            "values": {
                key: renamed(value) if key in keys else value for key, value in values.items()
            },
            "answers": [
                {**row, "value": renamed(row.get("value"))} if row.get("type") == "member" else row
                for row in answers
            ],
        }
        if columns != {"values": values, "answers": answers}:
            changes[pk] = columns
    for pk, columns in changes.items():
        Ticket.objects.filter(pk=pk).update(**columns)
    rename_in_queries(names, {"requester", *keys})
    _rename_in_log(tickets, names, organization)
    _rename_in_changes(tickets, renamed, keys)


def rename_in_queries(names: dict[int, int], keys: set[str]) -> None:
    """Replace primary keys in saved filters.

    :param names: each new primary key by the old one.
    :param keys: the parameters with such primary keys.
    """
    mentioned = Q()
    for old in names:
        mentioned |= Q(query__contains=f"={old}")
    texts = {str(old): str(new) for old, new in names.items()}
    for row in list(SavedFilter.objects.filter(mentioned)):
        query = _rename_in_query(row.query, texts, keys)
        if query != row.query:
            SavedFilter.objects.filter(pk=row.pk).update(query=query)


def _rename_in_query(query: str, names: dict[str, str], keys: set[str]) -> str:
    pairs = [
        (name, names.get(value, value) if _is_about(name, keys) else value)
        for name, values in QueryDict(query).lists()
        for value in values
    ]
    return urlencode(list(dict.fromkeys(pairs)))


def _is_about(name: str, keys: set[str]) -> bool:
    return any(name == key or name.endswith((f"-{key}", f":{key}", f"_{key}")) for key in keys)


def _rename_in_log(tickets: Iterable, names: dict[int, int], organization: int) -> None:
    of_tickets = TicketLogEntry.objects.filter(ticket__in=tickets)
    of_organization = ModelLogEntry.objects.for_instance(Organization(pk=organization))
    former = of_tickets.filter(action="wagtail_portal.change_requester")
    for log, key in ((of_tickets, "member"), (of_organization, "member"), (former, "old")):
        found = log.filter(**{f"data__{key}__in": list(names)})
        for pk, data in list(found.values_list("pk", "data")):
            log.model.objects.filter(pk=pk).update(data={**data, key: names[data[key]]})


def _rename_in_changes(tickets: Iterable, renamed: Callable, keys: set[str]) -> None:
    """Replace the primary keys of memberships in logged changes of ticket fields.

    :param renamed: returns the new primary key.
    :param keys: of the fields with such primary keys.
    """
    log = TicketLogEntry.objects.filter(ticket__in=tickets, action="wagtail_portal.change_fields")
    for pk, data in list(log.values_list("pk", "data")) if keys else ():
        changes = {
            key: [renamed(value) for value in both] if key in keys else both
            for key, both in data["changes"].items()
        }
        if changes != data["changes"]:
            TicketLogEntry.objects.filter(pk=pk).update(data={**data, "changes": changes})
