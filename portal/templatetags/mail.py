"""What the layout of HTML mail needs."""

from django import template
from django.utils.safestring import SafeString, mark_safe

from portal.lib.mail import inline

register = template.Library()


@register.filter
def inline_styles(html: str) -> SafeString:
    """The page around which `{% filter inline_styles %}` stands, with its rules in `style` attributes."""
    return mark_safe(inline(html))  # noqa: S308  (template output, escaped where it was made)
