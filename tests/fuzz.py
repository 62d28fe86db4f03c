"""Every form of a page, and hostile ways to fill it in."""

import random
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from django.core.files.uploadedfile import SimpleUploadedFile

VALUES = [
    "",
    " ",
    "\0",
    "a\0b",
    "\ufffd\ufffe\uffff",
    "\u202eevil\u202c \u200b\u2066",
    "\U0001f9ec\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "e\u0301" * 50,
    "x" * 25_000,
    "-1",
    "0",
    "9" * 30,
    "1e400",
    "NaN",
    "-Infinity",
    "0x10",
    "١٢٣",
    "2026-02-30",
    "9999-12-31",
    "0001-01-01",
    "25:61:61",
    "//evil.example",
    "javascript:alert(1)",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "' OR 1=1; --",
    "{{ 7*7 }}{% debug %}",
    "%s%n%x",
    "[[trial x]] [@y] ![z](/media/articles/x)",
    "\r\nBcc: a@b.example",
    "None",
    "true",
    "[]",
    '{"a": 1}',
]
FILES = [b"", b"\0" * 100, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"GIF89a", b"%PDF-1.7"]
LONE_SURROGATE = b"\xed\xa0\x80"  # what a form that is no UTF-8 brings


@dataclass
class Form:
    """method and path; names of fields with what a browser would send; names of files."""

    method: str
    path: str
    values: dict = field(default_factory=dict)
    files: set = field(default_factory=set)


class _Forms(HTMLParser):
    def __init__(self, address):
        super().__init__()
        self.address, self.forms, self.form, self.select = address, [], None, None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            action = urlsplit(urljoin(self.address, given.get("action") or ""))
            path = action.path + (f"?{action.query}" if action.query else "")
            self.form = Form((given.get("method") or "get").lower(), path)
            self.forms.append(self.form)
        elif tag == "option" and self.select and "selected" in given:
            self.form.values[self.select] = [given.get("value") or ""]
        elif self.form and (name := given.get("name")):
            self._note(tag, name, given)

    def _note(self, tag, name, given):
        if given.get("type") == "file":
            self.form.files.add(name)
        elif tag in ("input", "select", "textarea", "button"):
            if given.get("type") not in ("checkbox", "radio") or "checked" in given:
                self.form.values.setdefault(name, []).append(given.get("value") or "")
            else:
                self.form.values.setdefault(name, [])
            self.select = name if tag == "select" else self.select

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None


def forms_in(response, address):
    """The forms of a page that this site would be sent, each once."""
    if "text/html" not in response.get("Content-Type", "") or response.streaming:
        return []
    parser = _Forms(address)
    parser.feed(response.content.decode())
    return [form for form in parser.forms if form.path.startswith("/")]


def hostile(form, count):
    """`count` fillings of `form`, always the same ones: (what was done, data)."""
    chosen = random.Random(f"{form.path} {sorted(form.values)}")  # noqa: S311  (the same in each run)
    names = [name for name in form.values if name != "csrfmiddlewaretoken"] or ["q"]
    for number in range(count):
        data = {name: list(values) for name, values in form.values.items()}
        way = (number + chosen.randrange(4)) % 5
        touched = names if way in (0, 3) else chosen.sample(names, min(len(names), 3))
        for name in touched:
            data[name] = _filling(way, chosen)
        if way == 4:
            data |= {f"{name}[]": [chosen.choice(VALUES)] for name in touched}
        for name in form.files:
            data[name] = [SimpleUploadedFile("../x.png", chosen.choice(FILES), "image/png")]
        yield (
            f"way {way}, {', '.join(touched[:5])}",
            {name: values for name, values in data.items() if values},
        )


def _filling(way, chosen):
    if way == 1:
        return []  # missing
    if way == 2:
        return [chosen.choice(VALUES) for _ in range(3)]  # repeated
    if way == 4:
        return [SimpleUploadedFile("x.txt", b"x")]  # a file in place of a text
    return [chosen.choice(VALUES)]


def raw(form):
    """An urlencoded body whose every value is no UTF-8."""
    return b"&".join(name.encode() + b"=" + LONE_SURROGATE for name in form.values)
