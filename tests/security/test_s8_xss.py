"""Stored text never runs in anybody's browser (threat S8): every payload through every slot into every page."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from pathlib import Path

import pytest
import tinyhtml5
from django.conf import settings
from django.utils import timezone

from comms.people.models import User
from mailings import composing, links
from mailings.models import Mailing, MailingState, Recipient, RecipientState
from templates_lib import artwork, pictures, preview
from templates_lib.models import Brand, InvitationTemplate
from templates_lib.render.document import RenderRefused
from templates_lib.render.rich_text import clean_rich_text, safe_url
from tests.factories import make_member, make_topic
from tests.mailings.design import BUTTON, HEADING, IMAGE, TEXT, filled, make_draft, make_template
from tests.security import hostile

pytestmark = pytest.mark.once  # says nothing about the database

PAYLOADS = [
    "<script>alert(1)</script>", "<ScRiPt>alert(1)</sCrIpT>", "<script/src=//x.example>",
    "<<script>alert(1)//<</script>", "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</title><script>alert(1)</script>", "</style><script>alert(1)</script>", "</textarea><script>alert(1)</script>",
    "--><script>alert(1)</script>", "]]><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>", "<img src=x:x onerror=alert(1)//", "<img src=`x`onerror=x>",
    "<IMG SRC=javascript:alert(1)>", "<img src='jav\tascript:alert(1)'>", '<img """><script>alert(1)</script>">',
    "<svg onload=alert(1)>", "<svg/onload=alert(1)", "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=x>", "<svg><a xlink:href='javascript:x'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=x></style></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<math href='javascript:x'>x</math>", "<form><math><mtext></form><form><mglyph><style></math><img src onerror=x>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">', "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>x</script>'>", "<object data=x>", "<embed src=x>", "<base href=//x.example/>",
    "<link rel=stylesheet href=//x.example>", "<meta http-equiv=refresh content='0;url=javascript:x'>",
    "<a href=javascript:alert(1)>x</a>", "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href=' javascript:alert(1)'>x</a>", "<a href='&#x6A;avascript:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>", "<a href='vbscript:x'>x</a>", "<a href='//x.example'>x</a>",
    "<a href='/admin/'>x</a>", "<a href='\x01javascript:x'>x</a>",
    "<a href='https://x.example' onclick=alert(1)>x</a>", "<a href='https://a@x.example'>x</a>",
    "<a href='blob:x'>x</a>", "<a href='https://x.example\" onmouseover=\"alert(1)'>x</a>",
    "<a href=https://x.example style='position:fixed'>x</a>", "<b onmouseover=alert(1)>x</b>",
    "<p style='background:url(javascript:x)'>x</p>", "<p style=x:expression(alert(1))>x</p>",
    '<div style="behavior:url(x)">x</div>', "<input autofocus onfocus=alert(1)>", "<select onfocus=x autofocus>",
    "<details open ontoggle=alert(1)>x", "<video><source onerror=alert(1)>", "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>", "<body onload=alert(1)>", "<html onmouseover=x>",
    "<table background=javascript:x>", "<button formaction=javascript:x>x</button>",
    "<form action=javascript:x><input type=submit>", "<x onclick=alert(1)>x",
    "<template><script>alert(1)</script></template>", "<plaintext><script>x</script>",
    "<xmp><img src=x onerror=x></xmp>", "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>", "<?xml-stylesheet href='javascript:x'?>", '" onmouseover="alert(1)',
    "' onmouseover='alert(1)", '"><img src=x onerror=alert(1)>', "'><img src=x onerror=alert(1)>",
    "`onmouseover=alert(1)", '" style="position:fixed', "javascript:alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)&#60;/script&#62;",
    "\\u003cscript\\u003ealert(1)", "%3Cscript%3Ealert(1)%3C/script%3E", "\u2028alert(1)//",
    "<\x00script>alert(1)</script>", "<\u200bscript>alert(1)</script>", "＜script＞alert(1)＜/script＞",
    "¼script¾alert(1)¼/script¾", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "<p></p><![endif]--><script>x</script>",
    "<!--[if gte mso 9]><script>x</script><![endif]-->", "<o:p onclick=x>x</o:p>", "<a\nhref=\njavascript:x\n>x</a>",
]  # fmt: skip


CORPUS = Path(__file__).parent.parent / "corpora" / "blns.json"


@pytest.fixture
def template(db) -> InvitationTemplate:
    return hostile.whole_template(make_topic())


@pytest.fixture
def picture(db) -> str:
    return pictures.store(artwork.mark()).pk


def through(template: InvitationTemplate, picture: str, texts: list[str]) -> None:
    """The texts over all slots, typed and pasted as code, into every face: nothing runs, loads or leads astray."""
    for as_code in (False, True):
        typed = hostile.typed(template, texts, picture=picture, as_code=as_code)
        for name, page in hostile.pages(hostile.document(template, typed.values, texts[0])).items():
            assert hostile.dangers(page, ours=OURS.get(name, frozenset())) == [], name
            assert "<mj-" not in page


OURS = {"poster_a4": frozenset({"svg"}), "poster_a3": frozenset({"svg"})}  # the QR code


def test_the_judge_sees_what_is_dangerous():
    """Otherwise none of this would prove anything: unescaped, most of the list is found."""
    caught = [text for text in PAYLOADS if hostile.dangers(f"<p>{text}</p>")]
    assert len(caught) > 55
    assert hostile.dangers("<p onclick=x>")
    assert hostile.dangers("<a href=javascript:x>x</a>")
    assert hostile.dangers('<a href="https://example.org/">x</a><p style="color:red">x</p>') == []


PARTS = [pytest.param(n, marks=pytest.mark.slow if n else ()) for n in range(8)]


@pytest.mark.parametrize("part", PARTS)
def test_no_payload_survives_in_any_slot(template, picture, part):
    """Begun at another place each time, so that each payload meets other kinds of slots."""
    start = part * len(PAYLOADS) // 8
    texts = PAYLOADS[start:] + PAYLOADS[:start]
    for at in range(0, len(texts), 30):
        through(template, picture, texts[at : at + 30])


@pytest.mark.parametrize("every", [pytest.param(1, marks=pytest.mark.slow), 12])
def test_no_naughty_string_survives_in_any_slot(template, picture, every):
    strings = json.loads(CORPUS.read_text("utf-8"))[::every]
    for at in range(0, len(strings), 30):
        through(template, picture, [text or "x" for text in strings[at : at + 30]])


@pytest.mark.once
@pytest.mark.parametrize("text", PAYLOADS)
def test_rich_text_comes_out_clean_and_stays_so(text):
    """Also when it is cleaned again, when it was written twice, or when a browser re-reads what it wrote."""
    for typed in (text, text * 2, html.unescape(text), f"<p>{text}</p>", f'<a href="https://x.se/">{text}'):
        clean = clean_rich_text(typed)
        assert hostile.dangers(clean) == []
        assert {tag for tag, _ in hostile.elements(clean)} <= SHAPES
        assert clean_rich_text(clean) == clean
        reread = tinyhtml5.parse(f"<div>{clean}</div>", namespace_html_elements=False)
        assert not [e for e in reread.iter() if e.tag in {"script", "style", "img", "svg", "math"}]


SHAPES = {"html", "head", "body", "p", "br", "strong", "em", "ul", "ol", "li", "a"}
LINKS = [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:x", "java\tscript:x",
    "\x01javascript:x", "javascript&colon;x", "data:text/html,<script>x</script>", "data:image/svg+xml,x",
    "vbscript:x", "file:///etc/passwd", "blob:https://x", "filesystem:x", "view-source:https://x", "intent://x",
    "ms-word:ofe|u|https://x", "//x.example", "/admin/", "x.html", "?a", "#a", "", "https://", "https:x", "https:/x",
    "http://user@x.example", "https://user:pw@x.example", "https://x.example\\@y.example",
    'https://x.example" onclick="x', "https://x.example'", "https://x.example<", "mailto:", "mailto:a@b",
    "mailto:a@b.se,c@d.se", "tel:", "tel:<script>", "tel:112;x=y", "https://[::1", "https://x.example/\u202e",
    "\u200bhttps://x.example", "https://x\u2028.example", "ftp://x.example", "chrome://x", "about:blank", "jar:x",
]  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("url", LINKS)
def test_a_link_leads_to_the_web_a_mailbox_or_a_telephone(url):
    assert safe_url(url) in {"", url.strip()}
    assert safe_url(url) == "" or re.match(r"https?://[^@\s]+$|mailto:|tel:", safe_url(url))
    cleaned = clean_rich_text(f'<a href="{html.escape(url)}">x</a>')
    assert cleaned == "<p>x</p>" or re.search(r'href="(https?://|mailto:|tel:)', cleaned)


def test_a_link_typed_into_a_slot_is_left_out_or_harmless(template):
    keys = [slot.key for slot in template.slots("sv") if slot.type in {"link", "place"}]
    for at in range(0, len(LINKS), len(keys)):
        values = {
            key: {"url": url, "text": "x", "name": "x", "address": ""}
            for key, url in zip(keys, LINKS[at:] + LINKS[:at], strict=False)
        }
        for page in hostile.pages(hostile.document(template, values, "x")).values():
            assert hostile.dangers(page, ours=frozenset({"svg"})) == []


@pytest.mark.parametrize("website", ["javascript:alert(1)", 'https://x.se" onclick="x', "data:text/html,x"])
def test_a_brands_website_that_is_none_is_refused(db, template, website):
    document = hostile.document(template, {}, "x")
    spoilt = dataclasses.replace(document, brand=dataclasses.replace(document.brand, website=website))
    try:
        pages = hostile.pages(spoilt)
    except RenderRefused:
        return
    assert [hostile.dangers(page) for page in pages.values() if hostile.dangers(page)] == []


# --- the pages of the portal and of staff -----------------------------------------------------------------------------

EVIL = "<script>mark001</script><img src=x onerror=mark001>\"'><svg onload=mark001>{{7*7}}"


def stored() -> dict[str, object]:
    """A draft's values with the payload in every slot, past the form, as if the sanitiser of yesterday let it in."""
    everything = dict.fromkeys((f"{HEADING}.text", f"{TEXT}.text"), EVIL)
    person = {f"{BUTTON}.link": {"url": "javascript:mark001", "text": EVIL}}
    return {**filled(), **everything, **person, f"{IMAGE}.picture": {"sha256": EVIL, "alt": EVIL}}


def policy(reply) -> dict[str, list[str]]:
    header = reply.get("Content-Security-Policy", "")
    return {name: rest for name, *rest in (part.split() for part in header.split(";") if part.strip())}


def harmless(reply) -> None:
    """Every script is ours (with the nonce of the policy, or a file of this site); the payload stands as text."""
    page = reply.content.decode()
    assert reply.status_code == 200
    nonces = [word[7:-1] for word in policy(reply).get("script-src", []) if word.startswith("'nonce-")]
    for tag, attributes in hostile.elements(page):
        assert not [key for key in attributes if key.startswith("on")], (tag, attributes)
        assert not any("mark001" in value and key in hostile.LOADS for key, value in attributes.items()), attributes
        if tag == "script" and attributes.get("type") != "application/json":
            assert attributes.get("nonce") in nonces or attributes.get("src", "").startswith("/static/"), attributes
        assert tag not in {"x", "xss"}
    assert "<script>mark001" not in page
    assert "<svg onload" not in page


@pytest.fixture
def people(union):
    """Payloads in everything that has a name."""
    Brand.objects.create(unit=union.root, name=EVIL[:80], footer=EVIL, sender_name=EVIL[:80])
    union.branch_a.name = EVIL[:100]
    union.branch_a.save()
    User.objects.filter(pk=union.alice.pk).update(first_name=EVIL[:60], last_name=EVIL[:60])
    union.alice.refresh_from_db()
    make_member(EVIL[:60], EVIL[:60], placed=[union.branch_a])
    return union


PORTAL = ["", "text/", "preview/", "preview/text/", "recipients/", "recipients/no_address/", "check/", "frame/"]


def test_no_page_of_the_portal_runs_what_is_stored(people, sign_in):
    topic = make_topic()
    topic.names = {"sv": EVIL, "en": EVIL}
    topic.save()
    template = make_template(name=EVIL[:100], topic=topic)
    InvitationTemplate.objects.update(titles={"sv": EVIL}, descriptions={"sv": EVIL})
    draft = make_draft(people.mandate(people.alice), template=template, subject=EVIL, preheader=EVIL, values=stored())
    alice, seen = sign_in(people.alice), 0
    for path in ("/", "/invitations/", "/invitations/new/", "/account/"):
        harmless(alice.get(path, follow=True))
    for path in PORTAL:
        reply = alice.get(f"/invitations/{draft.public_id}/{path}", follow=True)
        harmless(reply)
        seen += "mark001" in reply.content.decode()
    assert seen >= 5  # it was there, as text


def test_the_frame_of_a_preview_runs_nothing(people, sign_in):
    draft = make_draft(people.mandate(people.alice), subject=EVIL, values=stored())
    reply = sign_in(people.alice).get(f"/invitations/{draft.public_id}/frame/")
    allowed = policy(reply)
    assert allowed["default-src"] == ["'none'"]
    assert "script-src" not in allowed
    assert "allow-scripts" not in allowed["sandbox"]
    assert set(allowed["img-src"]) <= {"'self'", "data:"}
    assert hostile.dangers(reply.content.decode()) == []


def test_the_web_copy_and_the_shared_page_run_nothing(people, client):
    draft = make_draft(people.mandate(people.alice), subject=EVIL, values=stored())
    composing.freeze(draft, languages=["sv"])
    Mailing.unscoped.filter(pk=draft.pk).update(
        state=MailingState.DONE, confirmed_at=timezone.now(), confirmed_by=people.alice
    )
    member = make_member(placed=[people.branch_a])
    recipient = Recipient.unscoped.create(
        mailing=draft, member=member, language="sv", address=member.email, state=RecipientState.SENT
    )
    for address in (links.web_url(recipient.public_id), links.page_url(draft)):
        reply = client.get(address.removeprefix(settings.BASE_URL))
        harmless(reply)
        allowed = policy(reply)
        assert allowed["default-src"] == ["'none'"]
        assert "script-src" not in allowed
        assert (allowed["base-uri"], allowed["form-action"], allowed["frame-ancestors"]) == (["'none'"],) * 3
        assert reply["Referrer-Policy"] == "no-referrer"
        assert "noindex" in reply["X-Robots-Tag"]
        assert hostile.dangers(reply.content.decode()) == []


def test_staffs_previews_run_nothing(people):
    template = make_template(name=EVIL[:100])
    InvitationTemplate.objects.update(subject={"sv": EVIL}, titles={"sv": EVIL})
    template.refresh_from_db()
    for mode in ("mail", "dark", "text"):
        assert hostile.dangers(preview.face(template, mode)) == []
        assert policy(template.make_preview_request(preview_mode=mode))["default-src"] == ["'none'"]


STAFF = ["invitationtemplate", "brand", "topic", "picture"]


@pytest.mark.parametrize("model", STAFF)
def test_staffs_lists_show_it_as_text(people, sign_in, model):
    topic = make_topic("evil")
    topic.names = {"sv": EVIL, "en": EVIL}
    topic.save()
    make_template(name=EVIL[:100], topic=topic)
    row = pictures.store(artwork.mark())
    row.title = EVIL[:120]
    row.save(update_fields=["title"])
    staff = sign_in(User.objects.create_superuser("staff@example.org"))
    page = staff.get(f"/admin/snippets/templates_lib/{model}/")
    assert page.status_code == 200
    shown = page.content.decode()
    assert "mark001" in shown
    assert "<script>mark001" not in shown
    assert not re.search(r"<(img|svg)[^>]*on(error|load)=mark001", shown)
