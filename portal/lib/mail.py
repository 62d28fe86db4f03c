"""Mail from templates: `emails/<name>.subject.txt`, `.txt` and `.html`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from css_inline import CSSInliner
from django.core.mail import EmailMultiAlternatives
from django.template import Context, Engine
from django.template.loader import render_to_string

# Inlined for programs that drop style sheets; the sheet stays for those that read it (dark, narrow).
INLINER = CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


def compose(
    template: str, to: str, context: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> EmailMultiAlternatives:
    """The message `template` (name in templates/emails/) to one address, with text and HTML. Sends nothing."""
    message = EmailMultiAlternatives(
        subject=" ".join(plain(f"emails/{template}.subject.txt", context).split()),
        body=plain(f"emails/{template}.txt", context).strip() + "\n",
        to=[to],
        headers=dict(headers or {}),
    )
    message.attach_alternative(render_to_string(f"emails/{template}.html", dict(context)), "text/html")
    return message


def send(
    template: str, to: str, context: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> None:
    """Compose a message and hand it to the outbox, in the caller's transaction."""
    compose(template, to, context, headers).send()


def plain(name: str, context: Mapping[str, Any]) -> str:
    """A template rendered as text: nothing is escaped."""
    return Engine.get_default().get_template(name).render(Context(dict(context), autoescape=False))


def inline(html: str) -> str:
    """`html` with the rules of its style sheet also in `style` attributes. Nothing is loaded."""
    return INLINER.inline(html)
