"""Filling a form of the admin as a browser does: read what the page holds, change some of it, send it back."""

from html.parser import HTMLParser


class _Fields(HTMLParser):
    """Names and values of everything in the main form that a browser would send."""

    def __init__(self):
        super().__init__()
        self.values, self.inside, self.select, self.area = {}, False, None, None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.inside = (given.get("id") or "").endswith("_form")
        if not self.inside:
            return
        name = given.get("name")
        if tag == "input" and name and given.get("type") not in ("submit", "file"):
            is_box = given.get("type") in ("checkbox", "radio")
            if not is_box or "checked" in given:
                self.values.setdefault(name, []).append(given.get("value") or ("on" if is_box else ""))
        elif tag == "select":
            self.select = name
            self.values.setdefault(name, [])
        elif tag == "option" and self.select and "selected" in given:
            self.values[self.select].append(given.get("value") or "")
        elif tag == "textarea":
            self.area = name
            self.values[name] = [""]

    def handle_data(self, data):
        if self.area:
            self.values[self.area][0] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            text = self.values[self.area][0]
            self.values[self.area] = [text.removeprefix("\n")]  # as browsers do
            self.area = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.inside = False


def filled(response, **changes):
    """What the form of `response` would send, with `changes` ("__" in a name stands for "-")."""
    fields = _Fields()
    fields.feed(response.content.decode())
    assert fields.values, "There is no form on this page."
    return fields.values | {name.replace("__", "-"): value for name, value in changes.items()}


def errors_of(response):
    """{field: messages} of the form that is shown again."""
    return {name: list(messages) for name, messages in response.context["adminform"].form.errors.items()}
