from django.db import migrations

from portal.lib.evidence import kept_until

NO_ADDRESS = """
    CREATE FUNCTION usersessions_usersession_keeps_no_address() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.ip := '0.0.0.0';
        RETURN NEW;
    END $$;
    CREATE TRIGGER usersessions_usersession_keeps_no_address BEFORE INSERT OR UPDATE ON usersessions_usersession
        FOR EACH ROW EXECUTE FUNCTION usersessions_usersession_keeps_no_address();
"""


class Migration(migrations.Migration):
    """Rules of PostgreSQL on what staff did, on evidence at the end of its period, and on IP addresses."""

    dependencies = [
        ("accounts", "0004_deletion"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("portal", "0002_consent_evidence"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        kept_until("accounts_attestation", "attested_at", forgettable="user_id"),
        kept_until("portal_consentrecord", "decided_at"),
        kept_until("django_admin_log", "action_time", forgettable="content_type_id", blankable="object_repr"),
        migrations.RunSQL(
            NO_ADDRESS,
            """
            DROP TRIGGER usersessions_usersession_keeps_no_address ON usersessions_usersession;
            DROP FUNCTION usersessions_usersession_keeps_no_address();
            """,
        ),
    ]
