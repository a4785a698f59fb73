"""On PostgreSQL the access log goes a whole day at a time or not at all, is not emptied, and a day's chain only grows."""

from django.db import migrations

KEEP = """
CREATE FUNCTION privacy_accesslog_whole_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM privacy_accesslog WHERE day_id IN (SELECT day_id FROM gone)) THEN
        RAISE EXCEPTION 'the access log is append-only: a day goes whole';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER privacy_accesslog_whole_days AFTER DELETE ON privacy_accesslog
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION privacy_accesslog_whole_days();

CREATE FUNCTION privacy_accessday_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.day = OLD.day AND NEW.rows = OLD.rows + 1 THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the access log is append-only: a day only grows';
END $$;
CREATE TRIGGER privacy_accessday_grows BEFORE UPDATE OR DELETE ON privacy_accessday
    FOR EACH ROW EXECUTE FUNCTION privacy_accessday_grows();

CREATE FUNCTION privacy_access_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the access log is append-only: it is not emptied';
END $$;
CREATE TRIGGER privacy_access_not_emptied BEFORE TRUNCATE ON privacy_accesslog
    FOR EACH STATEMENT EXECUTE FUNCTION privacy_access_not_emptied();
CREATE TRIGGER privacy_access_not_emptied BEFORE TRUNCATE ON privacy_accessday
    FOR EACH STATEMENT EXECUTE FUNCTION privacy_access_not_emptied();
"""
LET_GO = """
DROP TRIGGER privacy_access_not_emptied ON privacy_accessday;
DROP TRIGGER privacy_access_not_emptied ON privacy_accesslog;
DROP FUNCTION privacy_access_not_emptied();
DROP TRIGGER privacy_accessday_grows ON privacy_accessday;
DROP FUNCTION privacy_accessday_grows();
DROP TRIGGER privacy_accesslog_whole_days ON privacy_accesslog;
DROP FUNCTION privacy_accesslog_whole_days();
"""


def on_postgresql(statements):
    """Elsewhere the model alone refuses."""

    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statements)

    return run


class Migration(migrations.Migration):
    dependencies = [("privacy", "0007_pledges")]

    operations = [migrations.RunPython(on_postgresql(KEEP), on_postgresql(LET_GO))]
