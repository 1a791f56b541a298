"""Types of files: which ones editors can allow, and how they're served."""

import re
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from wagtail_portal.utils.humanize import comma_list
from wagtail_portal.utils.sniffing import HEAD, Content, mime_type, sniff
from wagtail_portal.utils.typing import StrOrPromise


def _words(text: str) -> list[str]:
    return text.split()


#: Content types by extension, because what a browser sends can't be trusted. No type here runs in
#: a browser when it's opened. Other types are served as :data:`OTHER`.
CONTENT_TYPES = {
    "7z": "application/x-7z-compressed",
    "avi": "video/x-msvideo",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "bz2": "application/x-bzip2",
    "csv": "text/csv",
    "doc": "application/msword",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eml": "message/rfc822",
    "gif": "image/gif",
    "gz": "application/gzip",
    "har": "application/json",
    "heic": "image/heic",
    "heif": "image/heif",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "m4a": "audio/mp4",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "msg": "application/vnd.ms-outlook",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ogg": "audio/ogg",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptm": "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rar": "application/vnd.rar",
    "rtf": "application/rtf",
    "tar": "application/x-tar",
    "tgz": "application/gzip",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsb": "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xz": "application/x-xz",
    "zip": "application/zip",
    "zst": "application/zstd",
    **dict.fromkeys(
        _words("cfg conf diff ini log md patch properties sql toml txt xml yaml yml"),
        "text/plain",
    ),
}
OTHER = "application/octet-stream"

#: Images that browsers show and that can't contain scripts.
IMAGE_TYPES = {"image/avif", "image/gif", "image/jpeg", "image/png", "image/webp"}
#: Images of which a thumbnail is made. Browsers download the others.
THUMBNAIL_TYPES = {*IMAGE_TYPES, "image/bmp", "image/heic", "image/heif", "image/tiff"}

#: Families of files by key: their name, and their extensions. "" stands for files without one.
FAMILIES = {
    "images": (
        _("Images"),
        _words("avif bmp gif heic heif jpeg jpg png tif tiff webp"),
    ),
    "documents": (
        _("Documents and presentations"),
        _words("doc docx odp odt pdf ppt pptx rtf"),
    ),
    "tables": (_("Spreadsheets"), _words("csv ods xls xlsx")),
    "macros": (_("Office files with macros"), _words("docm pptm xlsb xlsm")),
    "text": (
        _("Text, logs and configuration"),
        _words("cfg conf diff har ini json log md patch properties sql toml txt xml yaml yml"),
    ),
    "email": (_("Emails"), _words("eml ics msg")),
    "archives": (_("Archives"), _words("7z bz2 gz rar tar tgz xz zip zst")),
    "media": (
        _("Audio and video"),
        _words("avi m4a mkv mov mp3 mp4 ogg wav webm"),
    ),
    "none": (_("Files without an extension"), [""]),
}

#: Files that a computer runs when they're opened. They can't be allowed, except in an archive.
REFUSED = frozenset(
    _words(
        "ade adp app appref-ms apk application bash bat chm cmd com command cpl csh dex dll "
        "desktop dmg exe gadget hta htm html inf ins isp iso jar js jse jsp ksh lib lnk mht mhtml "
        "mjs msc msh msi msix msp mst pif php php3 phtml pl pm ps1 ps1xml psc1 psm1 py pyc pyw rb "
        "reg scf scr sct sh shb shs shtml svg svgz swf sys url vb vbe vbs vhd vxd wasm wsc wsf "
        "wsh xbap xht xhtml xsl xslt zsh"
    )
)

_ARCHIVES = {CONTENT_TYPES[kind] for kind in FAMILIES["archives"][1]}
_TABLES = ("text/csv", "sheet", "application/vnd.ms-excel")


def default_families() -> list[str]:
    """Return the families that are allowed unless editors choose others."""
    return [key for key in FAMILIES if key not in ("macros", "none")]


def family_choices() -> list[tuple[str, StrOrPromise]]:
    """Return the key of each family, and its name with its extensions."""
    return [
        (key, f"{name} ({comma_list(extensions)})" if any(extensions) else name)
        for key, (name, extensions) in FAMILIES.items()
    ]


def describe_extensions(extensions) -> list[str]:
    """Return the names of the families that are allowed as a whole, and the other extensions."""
    names, rest = [], set(extensions)
    for name, family in FAMILIES.values():
        allowed = set(family) - REFUSED
        if allowed and allowed <= set(extensions):
            names.append(str(name))
            rest -= allowed
    return [*names, *sorted(rest)]


def extensions_of(families) -> frozenset[str]:
    """Return the extensions of families, by their keys. Unknown keys are ignored."""
    known = [FAMILIES[key][1] for key in families or () if key in FAMILIES]
    return frozenset(extension for extensions in known for extension in extensions)


def family(content_type: str) -> str:
    """Return ``"image"``, ``"video"``, ``"archive"``, ``"table"``, or ``"file"`` for the rest."""
    kind = content_type.partition("/")[0]
    if kind in ("image", "video"):
        return kind
    if content_type in _ARCHIVES:
        return "archive"
    return "table" if content_type.endswith(_TABLES) else "file"


def split_extensions(text: str) -> frozenset[str]:
    """Return the extensions in a text, separated by spaces or commas, in lower case."""
    return frozenset(re.split(r"[\s,;.*]+", text.lower().strip())) - {""}


def validate_extensions(value: str) -> None:
    """Refuse types that a computer runs when they're opened, and what can't be an extension.

    :raises ValidationError: naming the types that can't be allowed.
    """
    wrong = sorted(
        kind
        for kind in split_extensions(value)
        if kind in REFUSED or not re.fullmatch(r"[\w+~-]{1,20}", kind)
    )
    if wrong:
        raise ValidationError(
            gettext(
                "These file types can’t be allowed: %(types)s. They could harm the "
                "computer of anyone who opens them."
            )
            % {"types": comma_list(wrong)}
        )


def extension(name: str) -> str:
    """Return the extension of a file name in lower case, without the dot; "" without one."""
    # Windows ignores dots and spaces at the end.
    return PurePath(name.rstrip(". \t")).suffix.lower().lstrip(".").strip()


def read_head(file) -> bytes:
    """Return the beginning of a file, as :mod:`~wagtail_portal.utils.sniffing` needs it, and go
    back to its first byte."""
    file.seek(0)
    head = file.read(HEAD)
    file.seek(0)
    return head


def content_type_of(file) -> str:
    """Return the content type with which a file is stored and served."""
    named = CONTENT_TYPES.get(extension(file.name), OTHER)
    if named not in IMAGE_TYPES:
        return named
    found = mime_type(read_head(file)).replace("image/apng", "image/png")
    # Only images are shown in the page; what is another file is downloaded.
    return (found if found in IMAGE_TYPES else OTHER) if found else named


def disguise(file) -> str:
    """Return what a file is, as an error message says it, if it's dangerous and called something
    else; "" for any other file."""
    kind = extension(file.name)
    content = sniff(read_head(file), is_xml=kind == "xml")
    is_text = CONTENT_TYPES.get(kind) in ("text/plain", "text/csv", "application/json")
    if content is None or (is_text and content != Content.PROGRAM and kind != "xml"):
        # Text is shown as text, whatever it says.
        return ""
    return {
        Content.PROGRAM: gettext("It’s a program, which can’t be attached."),
        Content.SCRIPT: gettext("It’s a script, which can’t be attached."),
        Content.HTML: gettext("It’s a web page (HTML), which can’t be attached."),
        Content.SVG: gettext("It’s an SVG image, which can’t be attached."),
    }[content]
