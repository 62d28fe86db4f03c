"""What tests of kept pages ask."""


def text(client, path="/articles/a/", **options):
    """The page at `path`, which is there."""
    response = client.get(path, **options)
    assert response.status_code == 200
    return response.content.decode()
