"""Read from storages, which raise errors of the operating system, the network or their own
libraries."""

import logging
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from wagtail.images.utils import to_svg_safe_spec

from wagtail_portal.exceptions import StorageUnavailable

logger = logging.getLogger(__name__)

#: What isn't the storage's fault.
_OTHERS = (FileNotFoundError, DatabaseError, ImproperlyConfigured)


@contextmanager
def reading_storage():
    """Turn whatever error a storage raises in the block into one of ours.

    :raises StorageUnavailable: unless it's ``FileNotFoundError``, which the caller handles.
    """
    try:
        yield
    except _OTHERS:
        raise
    except Exception as error:
        raise StorageUnavailable(f"{type(error).__name__}: {error}") from error


def rendition_or_none(image, spec: str):
    """Return the rendition of a Wagtail image, or None if there's no image or its storage can't be
    read. No page may depend on a decoration.

    :param spec: the filter, such as ``"max-480x96"``.
    """
    if image is None:
        return None
    if image.is_svg():
        spec = to_svg_safe_spec(spec.split("|"))
    try:
        rendition = image.get_rendition(spec)
        # Those of an SVG file are floats.
        rendition.width, rendition.height = round(rendition.width), round(rendition.height)
        # Some storages sign URLs.
        rendition.url  # noqa: B018
    except DatabaseError:
        raise
    except Exception:
        logger.warning("The image %s can't be shown.", image.pk, exc_info=True)
        return None
    return rendition
