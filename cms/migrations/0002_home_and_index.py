"""The library's front page becomes the root of the site, and the searched words get their index.

The front page takes the place of the page that Wagtail's own migrations greet with. The index is PostgreSQL's GIN, or
FTS5 beside the table on SQLite, kept by triggers.
"""

import uuid

from django.db import migrations

POSTGRES = [
    "CREATE INDEX cms_entrytext_head ON cms_entrytext USING gin (head) WITH (fastupdate = off)",
    "CREATE INDEX cms_entrytext_body ON cms_entrytext USING gin (body) WITH (fastupdate = off)",
]
SQLITE = [
    "CREATE VIRTUAL TABLE cms_words USING fts5(head, body, content='cms_entrytext', content_rowid='entry_id',"
    " detail=column, tokenize=\"unicode61 remove_diacritics 0 tokenchars '_'\")",
    "CREATE TRIGGER cms_words_in AFTER INSERT ON cms_entrytext BEGIN"
    " INSERT INTO cms_words(rowid, head, body) VALUES (new.entry_id, new.head, new.body); END",
    "CREATE TRIGGER cms_words_out AFTER DELETE ON cms_entrytext BEGIN"
    " INSERT INTO cms_words(cms_words, rowid, head, body) VALUES ('delete', old.entry_id, old.head, old.body); END",
    "CREATE TRIGGER cms_words_new AFTER UPDATE ON cms_entrytext BEGIN"
    " INSERT INTO cms_words(cms_words, rowid, head, body) VALUES ('delete', old.entry_id, old.head, old.body);"
    " INSERT INTO cms_words(rowid, head, body) VALUES (new.entry_id, new.head, new.body); END",
]
UNDO = {
    "postgresql": ["DROP INDEX cms_entrytext_head", "DROP INDEX cms_entrytext_body"],
    "sqlite": [
        *(f"DROP TRIGGER cms_words_{name}" for name in ("in", "out", "new")),
        "DROP TABLE cms_words",
    ],
}


def make_index(apps, schema_editor):
    for statement in {"postgresql": POSTGRES, "sqlite": SQLITE}[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop_index(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def make_home(apps, schema_editor):
    Page, Site, Locale = (apps.get_model("wagtailcore", name) for name in ("Page", "Site", "Locale"))
    HomePage = apps.get_model("cms", "HomePage")
    ContentType = apps.get_model("contenttypes", "ContentType")
    kind, _created = ContentType.objects.get_or_create(app_label="cms", model="homepage")
    root = Page.objects.get(depth=1)
    greeting = Page.objects.filter(depth=2, slug="home", content_type__model="page", numchild=0)
    Site.objects.filter(root_page__in=greeting).update(root_page=root)
    greeting.delete()
    last = Page.objects.filter(depth=2).order_by("path").values_list("path", flat=True).last()
    number = int(last[4:], 36) + 1 if last else 1
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits
    home = HomePage.objects.create(
        title="Bibliotek", draft_title="Bibliotek", slug="library", path=root.path + digits.rjust(4, "0"), depth=2,
        numchild=0, url_path="/library/", content_type=kind, locale=Locale.objects.first(), live=True,
        translation_key=uuid.uuid4(), public_id=uuid.uuid4(), language="sv", audience="everybody",
    )  # fmt: skip
    root.numchild = Page.objects.filter(depth=2).count()
    root.save(update_fields=["numchild"])
    if not Site.objects.update(root_page=home.pk):
        Site.objects.create(hostname="localhost", root_page_id=home.pk, is_default_site=True)


def drop_home(apps, schema_editor):
    Page, Site = apps.get_model("wagtailcore", "Page"), apps.get_model("wagtailcore", "Site")
    root = Page.objects.get(depth=1)
    Site.objects.update(root_page=root)
    for path in Page.objects.filter(content_type__app_label="cms", depth=2).values_list("path", flat=True):
        Page.objects.filter(path__startswith=path).delete()
    root.numchild = Page.objects.filter(depth=2).count()
    root.save(update_fields=["numchild"])


class Migration(migrations.Migration):
    dependencies = [
        ("cms", "0001_library"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_home, drop_home), migrations.RunPython(make_index, drop_index)]
