"""The built-in field types."""

from .choices import ChoicesType, ChoiceType, YesNoType
from .dates import DateTimeType, DateType
from .files import FileType
from .numbers import DecimalType, NumberType
from .people import MemberType
from .text import EmailType, LongTextType, TextType, URLType

#: In the order in which editors see them.
FIELD_TYPES = [
    TextType,
    LongTextType,
    EmailType,
    URLType,
    ChoiceType,
    ChoicesType,
    YesNoType,
    NumberType,
    DecimalType,
    DateType,
    DateTimeType,
    MemberType,
    FileType,
]
