"""How to cite an article: plain text, RIS, BibTeX and CSL-JSON. Pure functions that know no database."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from datetime import date

HONORIFICS = {"dr", "dr.", "prof", "prof.", "professor"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Citation:
    """What a citation says. Texts are single lines; `key` is a slug; `authors` are names as printed."""

    key: str
    title: str
    authors: tuple[str, ...]
    issued: date
    site: str
    publisher: str
    url: str
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Name:
    family: str
    given: str

    @property
    def sorted(self) -> str:
        """Family name first, as reference lists have it."""
        return f"{self.family}, {self.given}" if self.given else self.family

    @property
    def initials(self) -> str:
        """In the manner of PubMed: Van den Berg AB."""
        letters = "".join(part[0] for word in self.given.split() for part in word.split("-") if part)
        return f"{self.family} {letters.upper()}".strip()


def split_name(name: str) -> Name:
    """Family and given name of `name` as printed.

    The family name is the last word with the lower-case particles before it (de, van der), a double one needs a
    hyphen; titles such as Dr are dropped; a single word is a family name. A name with a comma is taken as sorted.
    """
    if "," in name:
        family, _, given = name.partition(",")
        return Name(family.strip(), given.strip())
    words = name.split()
    while len(words) > 1 and words[0].lower() in HONORIFICS:
        words.pop(0)
    start = max(len(words) - 1, 0)
    while start > 1 and words[start - 1].islower():
        start -= 1
    return Name(" ".join(words[start:]), " ".join(words[:start]))


def text(citation: Citation) -> str:
    """For a reference list, in the order of the Vancouver style."""
    authors = ", ".join(split_name(name).initials for name in citation.authors)
    day = f"{citation.issued.day} {citation.issued:%B %Y}"
    sentences = [_sentence(part) for part in (authors, citation.title, citation.site, day) if part]
    return " ".join([*sentences, citation.url])


def _sentence(part: str) -> str:
    return part if part.endswith((".", "?", "!")) else f"{part}."


def ris(citation: Citation) -> str:
    """RIS as Reference Manager defined it: two letters, two spaces, a hyphen, a space; CRLF."""
    lines = [
        ("TY", "ELEC"),
        *(("AU", split_name(name).sorted) for name in citation.authors),
        ("TI", citation.title),
        ("T2", citation.site),
        ("PY", f"{citation.issued.year}"),
        ("DA", f"{citation.issued:%Y/%m/%d}"),
        ("PB", citation.publisher),
        *(("KW", word) for word in citation.keywords),
        ("LA", "en"),
        ("UR", citation.url),
        ("ID", citation.key),
    ]
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value) + "ER  - \r\n"


def bibtex(citation: Citation) -> str:
    """BibTeX that classic styles read too: @misc, accents as LaTeX commands, the title's capitals protected."""
    names = " and ".join(_bibtex_name(name) for name in citation.authors)
    fields = {
        "author": names and f"{{{names}}}",
        "title": f"{{{{{latex(citation.title)}}}}}",
        "howpublished": f"{{{latex(citation.site)}}}",
        "publisher": f"{{{latex(citation.publisher)}}}",
        "year": f"{citation.issued.year}",
        "month": MONTHS[citation.issued.month - 1],
        "keywords": citation.keywords and f"{{{latex(', '.join(citation.keywords))}}}",
        "language": "{english}",
        "url": f"{{{citation.url}}}",
    }
    lines = [f"  {name} = {value}" for name, value in fields.items() if value]
    return f"@misc{{{citation.key},\n" + ",\n".join(lines) + "\n}\n"


def _bibtex_name(name: str) -> str:
    """Braces keep a name that holds BibTeX's own separator in one piece."""
    return f"{{{latex(name)}}}" if " and " in name else latex(split_name(name).sorted)


def csl(citation: Citation) -> str:
    """CSL-JSON, a list of one item (citeproc-js and Zotero read it)."""
    names = [split_name(name) for name in citation.authors]
    item = {
        "id": citation.key,
        "type": "webpage",
        "title": citation.title,
        "author": [{"family": n.family, **({"given": n.given} if n.given else {})} for n in names],
        "issued": {"date-parts": [[citation.issued.year, citation.issued.month, citation.issued.day]]},
        "container-title": citation.site,
        "publisher": citation.publisher,
        "keyword": ", ".join(citation.keywords),
        "language": "en",
        "URL": citation.url,
    }
    known = {name: value for name, value in item.items() if value}
    return json.dumps([known], ensure_ascii=False, indent=2) + "\n"


FORMATS = {
    "ris": (ris, "application/x-research-info-systems"),
    "bib": (bibtex, "application/x-bibtex"),
    "json": (csl, "application/vnd.citationstyles.csl+json"),
}

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "ß": r"{\ss}", "ø": r"{\o}", "Ø": r"{\O}", "ł": r"{\l}", "Ł": r"{\L}", "æ": r"{\ae}", "Æ": r"{\AE}",
    "œ": r"{\oe}", "Œ": r"{\OE}", "å": r"{\aa}", "Å": r"{\AA}", "ı": r"{\i}", "đ": r"{\dj}", "Đ": r"{\DJ}",
    "–": "--", "—": "---", "“": "``", "”": "''", "‘": "`", "’": "'", "\u00a0": "~",
}  # fmt: skip
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c", "\u0328": "k",
}  # fmt: skip


def latex(text: str) -> str:
    """`text` with what LaTeX would read as a command escaped, and Latin accents as commands; the rest stays UTF-8."""
    return "".join(_latex_character(character) for character in unicodedata.normalize("NFC", text))


def _latex_character(character: str) -> str:
    if character in SPECIAL:
        return SPECIAL[character]
    base, *marks = list(unicodedata.normalize("NFD", character))
    if not (base.isascii() and marks and all(mark in ACCENTS for mark in marks)):
        return character
    for mark in marks:
        base = f"{{\\{ACCENTS[mark]}{{{base}}}}}"
    return base
