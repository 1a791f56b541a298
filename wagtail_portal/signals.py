"""What a host site can listen to. Sent inside the transaction of the action, by ``actions/``.

A receiver that raises undoes the action; work that talks to the outside belongs in
``transaction.on_commit``. Every signal but ``file_received`` carries ``by``
(:class:`wagtail_portal.permissions.Actor`) and ``notify`` (False for imports: nobody is to be
told).
"""

from django.dispatch import Signal

#: ``ticket``, ``message`` (the opening one), ``followers`` (members), ``tell`` (further addresses
#: of the team)
ticket_opened = Signal()
#: ``ticket``, ``message``
reply_added = Signal()
#: ``ticket``, ``message``
note_added = Signal()
#: ``ticket``, ``message`` (a note), ``agents`` (users whom it names and who may see the ticket)
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
#: ``ticket`` (the one that goes on), ``merged``
tickets_merged = Signal()
#: ``ticket``, ``target``, ``kind`` (empty when all links were taken away)
tickets_linked = Signal()
#: ``ticket``, ``old`` and ``new`` (organizations)
ticket_moved = Signal()
#: ``ticket``, ``old`` and ``new`` (members)
requester_changed = Signal()
#: ``ticket``, ``old`` and ``new`` (texts)
subject_changed = Signal()
#: ``ticket``, ``rating``
ticket_rated = Signal()
#: ``invitation``, ``token`` (the only time that it is known in clear)
member_invited = Signal()
#: ``join_request``, ``site`` (where they signed in, or None): somebody waits to be let in
join_requested = Signal()
#: ``member``
member_added = Signal()
#: ``user``, ``addresses`` (their own, for the last time): forget what you know of them
member_erased = Signal()
#: ``member``, whose role opens nothing any more
access_ended = Signal()
#: ``request``, ``code`` (the only time that it is known in clear); without ``by`` and ``notify``
code_requested = Signal()
#: ``site``, ``address``, ``template``, ``context`` and ``expires_at``, of a mail that lets somebody
#: in: keep it secret; without ``by`` and ``notify``
sign_in_code_requested = Signal()
#: ``notifications`` (primary keys)
emails_retried = Signal()
#: ``file`` (an uploaded file), ``name``; raise ``exceptions.Invalid`` to refuse it (virus scan)
file_received = Signal()
