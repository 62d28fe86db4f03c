"""Database and pictures in one archive, and back (docs/backup.md).

The archive is a tar file, encrypted by age when BACKUP_KEY is set:

manifest.json     format, time, version of PostgreSQL, migrations, rows of every table
database/000001…  what pg_dump wrote (custom format), cut into parts of a size that tar can be told beforehand
media/…           the files below MEDIA_ROOT
SHA256SUMS        of all of them, as sha256sum writes it; an archive without it is not complete

The manifest, the dump and the list of pictures come from one snapshot of the database. Files are read after it was
taken: a picture's files are written before its row is committed and removed after it is gone (articles.pictures), so
whatever the snapshot names exists by then. The one exception, a picture deleted while the archive is written, is
found by comparing the two at the end, and the archive is begun anew.
"""

FORMAT = 1


class BackupError(Exception):
    """The archive cannot be written or restored; the message says why and what to do."""
