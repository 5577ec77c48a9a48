"""The fields of a new module: what `title:text due:date?` means, and how each is written in each file."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from apps.dev.generator.names import NAME, Names, Refused, check_field_name, sentence, words

FIELD = re.compile(r"(?P<name>[^:\s]+):(?P<type>\w+)(?:\((?P<choices>[^)]*)\))?(?P<optional>\?)?")
LONGEST_CHOICE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A type of field, as it is written in each file.

    `sample` is a value in Python, `sent` one in JSON, `typed` one in a form; all mean the same. In what is
    `shown`, VALUE stands for the value.
    """

    column: str
    python: str
    sample: str
    second: str
    sent: str
    typed: str
    options: str = ""
    shown: str = "{{ VALUE }}"
    form_field: str = ""
    #: The orders of the list: what to call the largest and the smallest first.
    orders: tuple[str, str] | None = None
    #: Kept empty as a text, not as NULL.
    is_text: bool = False
    #: Too much for a column of the list.
    is_long: bool = False
    #: Stands at the end of its column.
    is_number: bool = False


TYPES = {
    "text": Type(
        column="CharField",
        python="str",
        options="max_length=200",
        sample='"First"',
        second='"Second"',
        sent='"First"',
        typed='"First"',
        is_text=True,
    ),
    "longtext": Type(
        column="TextField",
        python="str",
        options="max_length=5000",
        sample='"Some text"',
        second='"More text"',
        sent='"Some text"',
        typed='"Some text"',
        shown="{{ VALUE|linebreaksbr }}",
        is_text=True,
        is_long=True,
    ),
    "number": Type(
        column="IntegerField",
        python="int",
        sample="3",
        second="4",
        sent="3",
        typed='"3"',
        orders=("highest first", "lowest first"),
        is_number=True,
    ),
    "money": Type(
        column="BigIntegerField",
        python="int",
        sample="1250",
        second="990",
        sent="1250",
        typed='"12.50"',
        shown="{{ VALUE|money }}",
        form_field="MoneyField",
        orders=("highest first", "lowest first"),
        is_number=True,
    ),
    "date": Type(
        column="DateField",
        python="date",
        sample="date(2026, 1, 31)",
        second="date(2026, 2, 1)",
        sent='"2026-01-31"',
        typed='"2026-01-31"',
        shown="""{{ VALUE|date:_("j M Y") }}""",
        form_field="DayField",
        orders=("latest first", "earliest first"),
    ),
    "datetime": Type(
        column="DateTimeField",
        python="datetime",
        sample="datetime(2026, 1, 31, 12, 30, tzinfo=UTC)",
        second="datetime(2026, 2, 1, 8, tzinfo=UTC)",
        sent='"2026-01-31T12:30:00Z"',
        typed='"2026-01-31T12:30"',
        shown="""<c-time :value="VALUE" format="datetime" />""",
        form_field="MomentField",
        orders=("latest first", "earliest first"),
    ),
    "yesno": Type(
        column="BooleanField",
        python="bool",
        sample="True",
        second="False",
        sent="True",
        typed='"on"',
        options="default=False",
        shown="""{% if VALUE %}{% translate "Yes" %}{% else %}{% translate "No" %}{% endif %}""",
    ),
    "choice": Type(
        column="CharField",
        python="str",
        options=f"max_length={LONGEST_CHOICE}",
        sample="",
        second="",
        sent="",
        typed="",
        shown="<c-badge>{{ LABEL }}</c-badge>",
        is_text=True,
    ),
    "email": Type(
        column="EmailField",
        python="str",
        options="max_length=254",
        sample='"ana@example.com"',
        second='"li@example.com"',
        sent='"ana@example.com"',
        typed='"ana@example.com"',
        shown="""<a href="mailto:{{ VALUE }}">{{ VALUE }}</a>""",
        is_text=True,
    ),
    "url": Type(
        column="URLField",
        python="str",
        options="max_length=500",
        sample='"https://example.com"',
        second='"https://example.org"',
        sent='"https://example.com"',
        typed='"https://example.com"',
        shown="""<a href="{{ VALUE }}" rel="noopener noreferrer">{{ VALUE }}</a>""",
        is_text=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a new module. `choices` are the values of a choice."""

    name: str
    type_name: str
    optional: bool = False
    choices: tuple[str, ...] = ()

    @property
    def type(self) -> Type:
        return TYPES[self.type_name]

    @property
    def label(self) -> str:
        """“Due on” for due_on."""
        return sentence(words(self.name))

    @property
    def is_null(self) -> bool:
        """Whether it is NULL where nothing was entered."""
        return self.optional and not self.type.is_text

    @property
    def annotation(self) -> str:
        return f"{self.type.python} | None" if self.is_null else self.type.python

    @property
    def default(self) -> str:
        """Its value where none is given, as Python; an empty text if it must be given."""
        if self.type_name == "yesno":
            return "False"
        if not self.optional:
            return f'"{self.choices[0]}"' if self.choices else ""
        return '""' if self.type.is_text else "None"

    def value(self, which: str) -> str:
        """Return its `sample`, `second`, `sent` or `typed` value, as Python."""
        if self.choices:
            return f'"{self.choices[which == "second"]}"'
        return str(getattr(self.type, which))


def parse_fields(text: str, names: Names) -> tuple[Field, ...]:
    """Return the fields that `title:text status:choice(draft|sent) due:date?` describes.

    :raises Refused: naming the field that can't be made
    """
    found = [_parsed(match, names) for match in FIELD.finditer(text)]
    if rest := FIELD.sub("", text).split():
        raise Refused(
            f"{rest[0]!r} is no field. Write each as name:type, for example title:text or due:date?"
        )
    for field in found:
        if [other.name for other in found].count(field.name) > 1:
            raise Refused(f"The field {field.name!r} is there twice.")
    title_of(found)
    return tuple(found)


def title_of(fields: Sequence[Field]) -> Field:
    """Return the field that names a row: the first text that is never empty.

    :raises Refused: if there is none
    """
    for field in fields:
        if field.type_name == "text" and not field.optional:
            return field
    raise Refused("One field has to name the rows on the pages. Add a text, such as title:text")


def _parsed(match: re.Match[str], names: Names) -> Field:
    name, type_name, choices, optional = match.group("name", "type", "choices", "optional")
    check_field_name(name, names)
    if type_name not in TYPES:
        raise Refused(f"The field {name!r} has no type {type_name!r}. Types are: {', '.join(TYPES)}.")
    if (type_name == "choice") != (choices is not None):
        raise Refused(
            f"The field {name!r} is not well written. A choice lists its values: {name}:choice(low|high)"
        )
    if type_name == "yesno" and optional:
        raise Refused(f"The field {name!r} needs no question mark: a yesno is no until somebody says yes.")
    return Field(
        name=name,
        type_name=type_name,
        optional=bool(optional),
        choices=_choices(name, choices) if choices is not None else (),
    )


def _choices(name: str, text: str) -> tuple[str, ...]:
    values = [value.strip().lower().replace(" ", "_").replace("-", "_") for value in text.split("|")]
    for value in values:
        if not NAME.fullmatch(value) or len(value) > LONGEST_CHOICE:
            raise Refused(
                f"The field {name!r} has a choice {value!r}. Choices are words, such as draft or in_progress."
            )
    if len(values) < 2 or len(set(values)) < len(values):
        raise Refused(f"The field {name!r} needs two choices at least, all different.")
    return tuple(values)
