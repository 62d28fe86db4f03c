"""What the server does to put articles together: see `bench.generated_articles`."""

from articles.models import Reference
from articles.rendering.reading import WORDS_PER_MINUTE

# What an article takes over from its prototype as it is.
OF_PROTOTYPE = (
    *("congress", "hero_id", "funding_kind", "funder", "funding_statement", "glance_html"),
    *("rendered_with", "rendered_at"),
)
OF_REFERENCE = [f.column for f in Reference._meta.concrete_fields if f.name not in ("id", "article")]

PROTOTYPES = """
CREATE TABLE bench_prototype (id bigint PRIMARY KEY, contents jsonb, abbreviations jsonb);
CREATE TABLE bench_prototype_piece (
    prototype bigint, n int, body text, html text, text text, vector tsvector, PRIMARY KEY (prototype, n)
);
CREATE AGGREGATE bench_joined(tsvector) (sfunc = tsvector_concat, stype = tsvector, initcond = '');
"""
STAGE = """
CREATE TEMP TABLE bench_piece (id int PRIMARY KEY, text text, vector tsvector) ON COMMIT DROP;
CREATE TEMP TABLE bench_article (
    n int, id bigint, prototype bigint, title text, number text, status text, published_at timestamptz,
    pieces int[], sentences int[]
) ON COMMIT DROP;
"""
ASSEMBLE = f"""
INSERT INTO articles_article (
    id, title, slug, status, published_at, withdrawn_at, withdrawn_reason, created_at, modified_at,
    body, body_html, body_text, summary, reading_minutes, contents, abbreviations,
    {", ".join(OF_PROTOTYPE)}
)
SELECT
    a.id, a.title, 'generated-' || a.n, a.status, a.published_at,
    CASE WHEN a.status = 'withdrawn' THEN a.published_at END,
    CASE WHEN a.status = 'withdrawn' THEN 'Generated.' ELSE '' END, now(), now(),
    made.body, made.html, made.text, short.summary,
    greatest(1, ceil(made.words / {WORDS_PER_MINUTE}.0)), b.contents, b.abbreviations,
    {", ".join(f"p.{name}" for name in OF_PROTOTYPE)}
FROM bench_article a
JOIN articles_article p ON p.id = a.prototype
JOIN bench_prototype b ON b.id = a.prototype
CROSS JOIN LATERAL (
    SELECT
        string_agg(part.body || coalesce(piece.text, ''), '' ORDER BY part.n) AS body,
        string_agg(part.html || coalesce(piece.text, ''), '' ORDER BY part.n) AS html,
        string_agg(part.text || coalesce(piece.text, ''), '' ORDER BY part.n) AS text,
        sum(regexp_count(part.text || coalesce(piece.text, ''), '\\S+')) AS words
    FROM bench_prototype_piece part LEFT JOIN bench_piece piece ON piece.id = a.pieces[part.n + 1]
    WHERE part.prototype = a.prototype
) made
CROSS JOIN LATERAL (
    SELECT string_agg(text, ' ' ORDER BY n) AS summary
    FROM unnest(a.sentences[4:5]) WITH ORDINALITY drawn (id, n) JOIN bench_piece USING (id)
) short;
INSERT INTO articles_searchentry (article_id, published_at, head, vector)
SELECT
    a.id, CASE WHEN a.status IN ('scheduled', 'published') THEN a.published_at END,
    head.vector, head.vector || text.vector
FROM bench_article a
CROSS JOIN LATERAL (
    SELECT setweight(to_tsvector('english', a.title), 'A') || setweight(to_tsvector('simple', a.number), 'A')
        || setweight(bench_joined(vector ORDER BY n), 'B') AS vector
    FROM unnest(a.sentences[1:5]) WITH ORDINALITY drawn (id, n) JOIN bench_piece USING (id)
) head
CROSS JOIN LATERAL (
    SELECT bench_joined(part.vector || coalesce(piece.vector, '') ORDER BY part.n) AS vector
    FROM bench_prototype_piece part LEFT JOIN bench_piece piece ON piece.id = a.pieces[part.n + 1]
    WHERE part.prototype = a.prototype
) text;
"""  # noqa: S608 - names of our own columns
SURROUND = f"""
INSERT INTO articles_trialidentifier (article_id, number) SELECT id, number FROM bench_article;
INSERT INTO articles_learningobjective (article_id, text, position)
    SELECT a.id, text, place FROM bench_article a, unnest(sentences[1:3]) WITH ORDINALITY drawn (piece, place)
    JOIN bench_piece ON bench_piece.id = piece ORDER BY a.id, place;
INSERT INTO articles_keypoint (article_id, text, position)
    SELECT a.id, text, place FROM bench_article a, unnest(sentences[4:7]) WITH ORDINALITY drawn (piece, place)
    JOIN bench_piece ON bench_piece.id = piece ORDER BY a.id, place;
INSERT INTO articles_reference (article_id, {", ".join(OF_REFERENCE)})
    SELECT a.id, {", ".join(f"r.{name}" for name in OF_REFERENCE)}
    FROM bench_article a JOIN articles_reference r ON r.article_id = a.prototype ORDER BY a.id, r.number;
INSERT INTO articles_citedresult (article_id, result_id)
    SELECT a.id, result_id FROM bench_article a JOIN articles_citedresult ON article_id = prototype;
SELECT setval(pg_get_serial_sequence('articles_article', 'id'), max(id)) FROM articles_article;
"""  # noqa: S608 - names of our own columns
# The keys of a reader's articles lie a fixed step apart, which shares no divisor with a count of 2s and 5s.
BOOKMARKS = """
INSERT INTO articles_bookmark (user_id, article_id, created_at)
SELECT %(first)s + n / %(each)s, found.first + (31 * (n / %(each)s) + 7919 * (n %% %(each)s)) %% found.count, now()
FROM generate_series(0, %(count)s - 1) n,
    (SELECT min(id) AS first, count(*) AS count FROM articles_article WHERE slug LIKE 'generated-%%') found;
"""
