"""The field types that the portal brings along, in the order of the block picker."""

# ruff: noqa: I001 - in the order in which editors find them
from .text import CleanCharField, CleanLineField, EmailType, LongTextType, TextType, URLType
from .choices import ChoicesType, ChoiceType, YesNoType
from .numbers import DecimalType, NumberType
from .dates import DateTimeType, DateType
from .people import MemberType
from .files import FileType

__all__ = [
    "ChoiceType",
    "ChoicesType",
    "CleanCharField",
    "CleanLineField",
    "DateTimeType",
    "DateType",
    "DecimalType",
    "EmailType",
    "FileType",
    "LongTextType",
    "MemberType",
    "NumberType",
    "TextType",
    "URLType",
    "YesNoType",
]
