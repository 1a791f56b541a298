"""Read a form although its files can't be stored, so that what was written isn't lost with them."""

import logging
from functools import partial

from django.core.files.uploadhandler import SkipFile

from .context import portal_context

logger = logging.getLogger(__name__)


def skip_unsaved_files(request) -> None:
    """Let Django leave out files that can't be stored while a request is read, such as large ones
    when the disk is full. Their names are in the request's context."""
    for handler in request.upload_handlers:
        handler.new_file = partial(_begin, request, handler.new_file)
        handler.receive_data_chunk = partial(_store, request, handler.receive_data_chunk)
        handler.file_complete = partial(_finish, request, handler.file_complete)


def _begin(request, new_file, field_name, file_name, *args, **kwargs):
    portal_context(request).current_file = (field_name, file_name)
    return _store(request, new_file, field_name, file_name, *args, **kwargs)


def _store(request, store, *args, **kwargs):
    try:
        return store(*args, **kwargs)
    except OSError as error:
        _note(request)
        raise SkipFile from error


def _finish(request, file_complete, *args, **kwargs):
    try:
        return file_complete(*args, **kwargs)
    except OSError:
        # What was buffered is written last. Django closes the file in the other cases.
        _note(request)
        file_complete.__self__.file.close()
        return None


def _note(request) -> None:
    logger.exception("A file of a form couldn't be stored.")
    portal = portal_context(request)
    portal.unsaved_files.append(portal.current_file)
