"""Standing pages and events: from Markdown to what is shown."""

from __future__ import annotations

from articles.rendering import RENDERER_VERSION, Rendered, render
from portal.models import Event, Page


def derive_page(page: Page) -> None:
    """Set what follows from the text of `page`; does not save. Raises SourceError."""
    rendered = render(page.body)
    page.body_html = rendered.html
    page.contents = rendered.contents
    page.rendered_with = RENDERER_VERSION


def derive_event(event: Event) -> None:
    """Set what follows from the description of `event`; does not save. Raises SourceError."""
    rendered: Rendered = render(event.description)
    event.description_html = rendered.html
