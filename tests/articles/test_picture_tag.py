"""The template tag for pictures."""

import pytest
from django.template import Context, Template

from tests.articles.images import make_article_picture


def rendered(source, **context):
    return Template("{% load pictures %}" + source).render(Context(context)).strip()


@pytest.mark.django_db
def test_picture_tag_offers_every_file():
    picture = make_article_picture(alt='Curves <b>"A"</b>')
    base = f"/media/articles/{picture.key}"

    html = rendered('{% picture p sizes="(min-width: 60rem) 50vw, 100vw" class="hero" %}', p=picture)

    sizes = 'sizes="(min-width: 60rem) 50vw, 100vw"'
    assert html == (
        '<picture class="hero">'
        f'<source type="image/avif" srcset="{base}/400.avif 400w, {base}/800.avif 800w" {sizes}>'
        f'<source type="image/webp" srcset="{base}/400.webp 400w, {base}/800.webp 800w" {sizes}>'
        f'<img src="{base}/800.jpg" srcset="{base}/400.jpg 400w, {base}/800.jpg 800w" {sizes} width="800"'
        ' height="133" alt="Curves &lt;b&gt;&quot;A&quot;&lt;/b&gt;" loading="lazy" decoding="async">'
        "</picture>"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("option", ["eager=True", 'loading="eager"'])
def test_picture_tag_loads_the_first_picture_at_once(option):
    html = rendered("{% picture p " + option + " %}", p=make_article_picture())

    assert 'loading="eager" fetchpriority="high"' in html


def test_picture_tag_gives_nothing_without_a_picture():
    assert rendered("{% picture p %}", p=None) == ""
