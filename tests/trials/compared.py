"""Trials that are alike in all that the guard looks at, the address of their comparison, and its table."""

from html.parser import HTMLParser

from tests.trials.factories import make_result, make_trial

PAGE, FILE = "/trials/compare/", "/trials/compare.csv"
LIKE = {"setting": "NDMM", "transplant": "eligible", "prior_lines_min": 0, "prior_lines_max": 0}
MEASURED = {"population": "itt", "assessor": "irc", "detail": "Randomisation to death"}


class Table(HTMLParser):
    """The cells of the page's table as texts, a list for each line; the marked rows by their first cell."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.marked, self.depth, self.cell = [], [], 0, None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "table":
            self.depth += 1
        if self.depth and tag == "tr":
            self.rows.append([])
            if dict(attributes).get("class") == "compare__differs":
                self.marked.append(self.rows[-1])
        if self.depth and tag in ("th", "td"):
            self.rows[-1].append("")
            self.cell = True

    def handle_endtag(self, tag):
        if tag == "table":
            self.depth -= 1
        if tag in ("th", "td"):
            self.cell = None

    def handle_data(self, data):
        if self.cell:
            self.rows[-1][-1] += data


def address(*slugs, path=PAGE, cuts=()):
    return f"{path}?" + "&".join([f"trial={s}" for s in slugs] + [f"cut={c}" for c in cuts])


def make_like(slug, **fields):
    """A trial of which everything that the guard looks at is reported, the same for each."""
    trial = make_trial(slug=slug, results=False, **({"acronym": slug.upper()} | LIKE | fields))
    make_result(trial, **MEASURED)
    return trial
