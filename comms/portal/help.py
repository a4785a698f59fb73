"""A page of help for each screen: what one does here, in a few true sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from comms.people.scope import Scope
from comms.people.scoped import scoped
from comms.portal.requests import SignedInRequest


@dataclass(frozen=True, slots=True)
class Help:
    """The help of one screen: its name and its sentences; `staff` is for staff only."""

    title: Any
    lines: tuple[Any, ...]
    staff: bool = False


SCREENS = {
    "home": Help(_("Home"), (
        _("Here is what waits for you: things to do, what is on its way, your drafts, and what was sent lately."),
        _("With “New invitation” you choose a template and begin. Nothing is sent before you have said so twice."),
        _("If you hold several mandates, choose one at the top to see only what belongs to it."),
        _("At the bottom you see how fresh the member register is."),
        _("On a telephone you can add this portal to the home screen and open it like an app."),
    )),
    "invitations": Help(_("Invitations"), (
        _("Every invitation of your unit is here: drafts, what is on its way, and what has been sent."),
        _("Search by words of the subject, and narrow by template, state and date. The address keeps your choice."),
        _("Open a sent one to see the report, and from there the invitation as members got it."),
        _("The archive belongs to the unit and not to the person: whoever has the mandate after you finds it all."),
        _("Those above your unit see what has been sent. They do not see your drafts."),
    )),
    "practice": Help(_("Practise"), (
        _("Practice leads through every step of an invitation, to members who do not exist."),
        _("Every page of it says that nobody gets it. No mail leaves, and no real member is in it."),
        _("After you have pressed “Send” you have the same minute to undo, and then the report fills as in earnest."),
        _("Only you see your practice. One tap deletes it; after two weeks it goes by itself."),
    )),
    "new": Help(_("New invitation"), (
        _("Choose the template that fits what you want to do. Look at it first if you like."),
        _("Staff have written and tested the templates. You fill in what is yours: when, where and your own words."),
        _("If you hold several mandates, choose first for which unit you write."),
        _("A draft is made at once. You can leave it and come back whenever you like."),
    )),
    "write": Help(_("Write"), (
        _("Fill in the fields. What you type is saved by itself; you see when at the bottom."),
        _("Members read the subject first. Say in it what it is about and when."),
        _("Write [[first_name]] where the member’s own first name should stand."),
        _("“Insert from the library” puts an approved text into yours. If its article changes later, you are told."),
        _("Of a picture you can show the whole, or only its upper part, its middle or its lower part."),
        _("Under “Documents” you can add files. Members get a link of their own to each, for some months."),
        _("If somebody else has saved in between, both texts are kept and you choose."),
    )),
    "preview": Help(_("Look"), (
        _("This is what members will see: the same bytes are sent."),
        _("The tabs show the mail on a phone and on a desktop, in the dark and without pictures, then text and paper."),
        _("If members read other languages, choose one to see what they get."),
        _("Until you have sent, everything you take away from here is marked as a draft."),
    )),
    "recipients": Help(_("Recipients"), (
        _("You reach the members of your own mandate and nobody else."),
        _("The numbers say how many get the mail and how many do not, and why. Press a number to see who they are."),
        _("With the filters you choose a part of your members. They can only make the list shorter."),
        _("Who has said no to this kind of message, or has no address, is left out by itself."),
    )),
    "check": Help(_("Check and send"), (
        _("At the top stands what must be put right before you can send, each with a way to the place."),
        _("Send a test to yourself first: it takes the same road as the mail to members."),
        _("The button says to how many it will be sent. Above 500 you type the number and sign in again."),
        _("After you have pressed it you have a minute to undo. Until then nobody has got anything."),
        _("You can choose a day and an hour instead. Until then you can take it back, or send it at once."),
        _("Some invitations are approved by a second person. You choose whom to ask, and they get a mail with a link."),
        _("A hint about the hour or the day is only a hint: you decide."),
        _("With a neutral subject the list of mails shows only “Message for you” and your name."),
        _("Members with an address at their workplace get a neutral subject by themselves, or you leave them out: "
          "their employer may be able to read their mail."),
    )),
    "approval": Help(_("Approve"), (
        _("A colleague asks you to approve an invitation. You see it as members will, and how many get it."),
        _("If you approve it, it is sent in your colleague’s name: after a minute, or at the time that was chosen."),
        _("If something is wrong, send it back with a line. Your colleague changes it and asks again."),
        _("While it waits for you, nobody changes the text."),
    )),
    "sent": Help(_("Report"), (
        _("While it is being sent you can pause, go on, or stop for good. Who has got it keeps it."),
        _("Afterwards the numbers say how many were reached. Together they are exactly the list you approved."),
        _("Press “Not reached” to see who did not get it and why. You can print letters for them or call them."),
        _("You get a mail when everything has been sent."),
        _("Names and addresses disappear from the report after 30 days. The numbers and the invitation stay."),
    )),
    "letters": Help(_("Letters"), (
        _("For those whom the mail does not reach you can print letters with the same text, or call them."),
        _("Order the letters, wait until they are drawn, and print the file. It is deleted after two weeks."),
        _("Handle the paper like the member register: it says who is a member."),
    )),
    "members": Help(_("My members"), (
        _("The list shows the members of your own mandates, as the member register says."),
        _("Before the first names you promise confidentiality: once for each mandate, and again after a year."),
        _("Use it for your mandate only. Every look at members is noted, and members may ask who has looked."),
        _("If something is wrong, tell the staff: it is put right in the register."),
    )),
    "export": Help(_("Take out the list"), (
        _("The file holds exactly those who are on your list, with the columns you tick. Narrow the list first."),
        _("Say what you need it for. That is noted with your name and the time, and the members may read it."),
        _("You can fetch the file for one day. Then it is deleted here; delete your own copy as well."),
        _("If somebody on it leaves your mandate meanwhile, it can no longer be fetched and you make it again."),
        _("If the list is lost, or somebody else has seen it, tell the office at once."),
    )),
    "library": Help(_("Library"), (
        _("Here are the answers to what members and representatives ask, and the papers of your units."),
        _("Search first, or open a topic. It says how many pages there are for you."),
        _("You see what is for everybody, for your own units and for those above them; never what belongs to others."),
        _("If there are units below yours, you can choose to see their pages as well."),
        _("Minutes stand by year and by the unit that met."),
    )),
    "page": Help(_("Reading a page"), (
        _("The short answer stands first. Below it is the whole of it, and at the end the files."),
        _("At the end it says when the page was last changed and who keeps it. An expired page says so at the top."),
        _("You can send the link to a colleague: only those who may read the page can open it."),
        _("On paper you get the text alone, with the addresses of its links."),
    )),
    "search": Help(_("Search the library"), (
        _("Write a few words of what you want to know. Spelling, endings and dots over letters do not matter much."),
        _("You find what is for everybody, for your units and for those above them, and nothing of other branches."),
        _("Narrow what was found by kind, topic, unit or year. The address keeps your search, so you can save it."),
        _("An answer that has expired says so and stands further down."),
        _("If you do not find it, try another word for the same thing, or look among the topics."),
    )),
    "account": Help(_("My account"), (
        _("Here are your name, your address and the language in which the portal speaks to you."),
        _("You sign in with a code that is sent to you. Other ways, such as a password, are chosen here."),
        _("On a device that is not yours: sign out when you are done."),
        _("If your address changes, ask the staff: they change it for you."),
    )),
    "rights": Help(_("What members ask for"), (
        _("What members have asked for by the link in a mail waits here. The law gives you a month."),
        _("Somebody calls or writes: find them by the member number. Make sure first that it is the member."),
        _("You can hand over a copy of everything, correct the details, pause their use, or take the member out."),
        _("An address we do not write to is lifted there too. If the mailbox was gone, correct the address instead."),
        _("Each wants a reason and a sign-in of the last quarter of an hour. The member can read who did it and why."),
    ), staff=True),
    "staff": Help(_("Staff"), (
        _("Here you create users, give them mandates with a beginning and an end, and keep the tree of units."),
        _("A mandate is a power with an end. When it ends, so does the access, by itself and at once."),
        _("Under “What roles may do” you decide which roles may take out member lists as files. At first none may."),
        _("“Our mail domain” says whether the large mail providers trust us."),
        _("“The post office” stops and starts all sending."),
        _("“Who has looked at whom” tells which members somebody has seen, and who has seen a member."),
        _("An employer’s page names its e-mail domains: mail there may be read at work, and senders are told."),
        _("Templates are made in the editor. A template can be used when it has passed its tests and is published."),
        _("Whoever runs the server can bring in an existing site with the command import_articles; its texts come as "
          "drafts."),
    ), staff=True),
}  # fmt: skip

SCREEN_OF = {  # the name of a view, or what it begins with -> its screen
    "home": "home",
    "mailings:list": "invitations",
    "mailings:read": "invitations",
    "mailings:practice": "practice",
    "mailings:new": "new",
    "mailings:look": "new",
    "mailings:create": "new",
    "mailings:text": "write",
    "mailings:save": "write",
    "mailings:adopt": "write",
    "mailings:library": "write",
    "mailings:insert": "write",
    "mailings:take": "write",
    "mailings:keep": "write",
    "mailings:preview": "preview",
    "mailings:proof": "preview",
    "mailings:recipients": "recipients",
    "mailings:people": "recipients",
    "mailings:narrow": "recipients",
    "mailings:check": "check",
    "mailings:confirm": "check",
    "mailings:discretion": "check",
    "mailings:ask": "check",
    "mailings:approval": "approval",
    "mailings:approve": "approval",
    "mailings:send_back": "approval",
    "mailings:sent": "sent",
    "mailings:letters": "letters",
    "mailings:call": "letters",
    "members:": "members",
    "members:looks": "staff",
    "pledge": "members",
    "members:export": "export",
    "members:power": "staff",
    "members:wish": "rights",
    "members:rights": "rights",
    "mailings:sender": "staff",
    "mailings:office": "staff",
    "mailings:stop": "staff",
    "mailings:go_on": "staff",
    "cms:": "library",
    "cms:page": "page",
    "cms:search": "search",
    "portal:": "staff",
    "portal:help": "",
    "portal:guide": "",
    "account": "account",
}


def screen_of(view_name: str) -> str:
    """The screen whose help fits a view, by the longest beginning that is known; the list of all for any other."""
    known = [begin for begin in SCREEN_OF if view_name.startswith(begin)]
    return SCREEN_OF[max(known, key=len)] if known else ""


@scoped(without_mandate=True)
@require_safe
def screen(request: SignedInRequest, scope: Scope, screen: str = "") -> HttpResponse:
    """The help of one screen, with the others below it; staff's own for staff."""
    open_to = {name: one for name, one in SCREENS.items() if scope.staff or not one.staff}
    if screen and screen not in open_to:
        raise Http404
    context = {"help": open_to.get(screen), "screen": screen, "screens": open_to.items(), "section": "help"}
    return render(request, "portal/help.html", context)
