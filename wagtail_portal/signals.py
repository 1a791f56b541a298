"""Signals that actions send, inside their transaction.

A receiver that raises rolls the action back; call other systems in ``transaction.on_commit``. Most
signals have ``by`` (a :class:`wagtail_portal.permissions.Actor`) and ``notify`` (False to notify
nobody, as for imports).
"""

from django.dispatch import Signal

#: ``ticket``, ``message`` (the opening one), ``followers`` (members), ``notify_addresses`` (further
#: addresses of the team)
ticket_opened = Signal()
#: ``ticket``, ``message``
reply_added = Signal()
#: ``ticket``, ``message``, ``agents`` (users whom it names and who may see the ticket)
note_added = Signal()
#: ``ticket``, ``message`` (a note), ``agents`` (users whom it mentions and who may see the ticket)
agents_mentioned = Signal()
#: ``ticket``, ``old`` and ``new`` (:class:`~wagtail_portal.models.Status`)
status_changed = Signal()
#: ``ticket``, ``old`` and ``new`` (user or None), ``old_group`` and ``new_group`` (group or None)
ticket_assigned = Signal()
#: ``ticket``, ``changes``: ``{key: (old, new)}`` in the stored form, ``urgency``: ``(old, new)``
#: or None
fields_changed = Signal()
#: ``ticket``, ``member``, ``following`` (bool)
follower_changed = Signal()
#: ``ticket``, ``private`` (bool)
privacy_changed = Signal()
#: ``ticket`` (the one that continues), ``merged``
tickets_merged = Signal()
#: ``ticket``, ``target``, ``kind`` (empty when all links were removed)
tickets_linked = Signal()
#: ``ticket``, ``old`` and ``new`` (organizations)
ticket_moved = Signal()
#: ``ticket``, ``old`` and ``new`` (members)
requester_changed = Signal()
#: ``ticket``, ``old`` and ``new`` (texts)
subject_changed = Signal()
#: ``ticket``, ``rating``
ticket_rated = Signal()
#: ``invitation``, ``token`` (available unencrypted only here)
member_invited = Signal()
#: ``join_request``, ``site`` (where they signed in, or None)
join_requested = Signal()
#: ``member``
member_added = Signal()
#: ``user``, ``addresses`` (those that are erased): erase what you know about the person
member_erased = Signal()
#: ``user``, whose account is merged ``into`` another user, ``addresses`` (those of ``user``): move
#: what you know about the person
people_merged = Signal()
#: ``member``, whose role no longer gives access
access_ended = Signal()
#: ``request``, ``code`` (available unencrypted only here); without ``by`` and ``notify``
code_requested = Signal()
#: ``site``, ``address``, ``template``, ``context`` (with an unencrypted code), ``expires_at``;
#: without ``by`` and ``notify``
sign_in_code_requested = Signal()
#: ``notifications`` (primary keys)
emails_retried = Signal()
#: ``site``, ``problems`` (label and detail of each)
problems_found = Signal()
#: ``file``, ``name``; raise ``exceptions.Invalid`` to refuse the file, for example after a virus
#: scan; without ``by`` and ``notify``
file_received = Signal()
