"""Signals that actions send, inside their transaction.

A receiver that raises rolls the action back; call other systems in ``transaction.on_commit``. Most
signals have ``by`` (a :class:`wagtail_portal.permissions.Actor`) and ``notify`` (False to notify
no one, as for imports).
"""

from django.dispatch import Signal

#: ``ticket``, ``message`` (the opening one), ``followers`` (members), ``notify_addresses`` (further
#: addresses of the team)
ticket_opened = Signal()
#: ``ticket``, ``message``, ``copies`` (further addresses to which the team sends it)
reply_added = Signal()
#: ``ticket``, ``message``, whose author corrected it
message_edited = Signal()
#: ``ticket``, ``message`` (the primary key of a reply or a note that its author took back)
message_withdrawn = Signal()
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
#: ``guest``
ticket_shared = Signal()
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
#: ``organization``, which is merged ``into`` another one and then deleted: move what you know about
#: it. Rows of any app that refer to it by a foreign key move by themselves
organizations_merged = Signal()
#: ``user``, whose email address the team has changed from ``old`` to ``new``: let them sign in with
#: the new one only
address_changed = Signal()
#: ``member``, whose role no longer gives access
access_ended = Signal()
#: ``request``, ``code`` (available unencrypted only here); without ``by`` and ``notify``
code_requested = Signal()
#: ``site``, ``address``, ``template``, ``context`` (with an unencrypted code), ``expires_at``;
#: without ``by`` and ``notify``
sign_in_code_requested = Signal()
#: ``ticket``, ``email`` (an address to which emails are no longer sent, because they came back)
address_failed = Signal()
#: ``site``, ``email``: an unknown sender, who is told the address of the portal
unknown_sender_answered = Signal()
#: ``notifications`` (primary keys)
emails_retried = Signal()
#: ``site``, ``problems`` (label and detail of each)
problems_found = Signal()
#: ``file``, ``name``; raise ``exceptions.Invalid`` to refuse the file, for example after a virus
#: scan; without ``by`` and ``notify``
file_received = Signal()
