from tests.smtp import outbox, sink  # noqa: F401  (fixtures)
