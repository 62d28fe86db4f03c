"""Indentation is for those who write templates: readers do not get it."""

import pytest
from django.template import Engine


@pytest.fixture
def template(tmp_path):
    """Writes a template and returns what a page would hold of it."""
    engine = Engine(dirs=[tmp_path], loaders=["portal.lib.templates.Loader"])

    def render(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return engine.render_to_string(name)

    return render


def test_html_loses_its_indentation_and_nothing_else(template):
    html = template("page.html", '<ul>\n  <li class="a  b">One  two</li>\n\n\t<li>Three</li>\n</ul>\n')

    assert html == '<ul>\n<li class="a  b">One  two</li>\n\n<li>Three</li>\n</ul>\n'


@pytest.mark.parametrize("text", ["<pre>\n  one\n</pre>", "<TEXTAREA>\n  one</TEXTAREA>"])
def test_html_with_text_set_as_it_stands_keeps_it(template, text):
    assert template("page.html", text) == text


def test_plain_text_keeps_its_indentation(template):
    text = "Dear reader\n  an indented line\n"

    assert template("mail.txt", text) == text
