"""Forms of the composer. A draft is always saved as it is: what is missing is said at the check, not refused here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from comms.people.models import Mandate
from mailings.discretion import is_neutral
from mailings.fields import help_of, line, named
from mailings.models import Mailing, WorkMail
from mailings.timing import WhenForm
from templates_lib import pictures
from templates_lib.models import InvitationTemplate
from templates_lib.pictures import PictureRefused
from templates_lib.render.rich_text import clean_rich_text
from templates_lib.slots import Slot, is_empty

SUBJECT_AIM = 60  # characters a phone shows of a subject
PREHEADER_AIM = 90


@dataclass(frozen=True, slots=True)
class Group:
    """One slot on the page: its fields, and what the check says about it."""

    slot: Slot
    fields: list[forms.BoundField]
    picture: str  # path of the stored picture, "" for none
    resettable: bool = False  # staff suggest a text, which can be got back

    @property
    def single(self) -> bool:
        return len(self.fields) == 1


@dataclass(frozen=True, slots=True)
class Part:
    """One block on the page: its slots; `switch` is the box and its marker where it may be left out, else empty."""

    key: str
    groups: list[Group]
    switch: list[forms.BoundField]

    @property
    def is_out(self) -> bool:
        return bool(self.switch) and not self.switch[0].value()


class TextForm(forms.Form):
    """Subject, preheader and every slot of the template, in the order of the message."""

    AIMS: ClassVar = {"subject": SUBJECT_AIM, "preheader": PREHEADER_AIM}

    subject = line(_("Subject"), limit=1000, **{"data-count": str(SUBJECT_AIM), "autocomplete": "off"})
    preheader = line(_("Preview text"), limit=1000, **{"data-count": str(PREHEADER_AIM), "autocomplete": "off"})
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        slots: Iterable[Slot],
        values: Mapping[str, Any],
        language: str,
        suggested: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.slots, self.values, self.language, self.suggested = list(slots), values, language, suggested or {}
        super().__init__(*args, **kwargs)
        self.fields["preheader"].help_text = _("The line after the subject in the list of mails.")
        for slot in self.slots:
            fields = named(slot)
            self.fields.update(fields)
            for name, field in fields.items():
                self.initial.setdefault(name, self._part(slot, name, field))
            self.fields[next(iter(fields))].help_text = help_of(slot)

    def _part(self, slot: Slot, name: str, field: forms.Field) -> Any:
        value = self.values.get(slot.key)
        part = name[len(slot.key) + 1 :]
        if slot.type == "shown":
            return field.initial if part else value != "no"
        return (value.get(part, "") if isinstance(value, Mapping) else "") if part else value

    def groups(self) -> Iterator[Group]:
        addresses = picture_addresses(self.values)
        for slot in self.slots:
            shown = addresses.get(slot.key, "")
            names = [name for name in named(slot) if shown or not name.endswith(":remove")]
            suggested = slot.worded and not is_empty(slot, self.suggested.get(slot.key))
            yield Group(slot=slot, fields=[self[name] for name in names], picture=shown, resettable=suggested)

    def parts(self) -> Iterator[Part]:
        """The groups block by block."""
        for key, groups in groupby(self.groups(), key=lambda group: group.slot.block):
            every = list(groups)
            switch = [field for group in every if group.slot.type == "shown" for field in group.fields]
            yield Part(key, [group for group in every if group.slot.type != "shown"], switch)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for slot in self.slots:
            upload = cleaned.get(f"{slot.key}:file")
            if slot.type == "image" and isinstance(upload, UploadedFile):
                cleaned[f"{slot.key}:sha256"] = self._stored(slot, upload)
        return cleaned

    def _stored(self, slot: Slot, upload: UploadedFile) -> str:
        """The hash of an uploaded picture, "" with an error beside the field when it is refused."""
        try:
            if (upload.size or 0) > settings.MAX_UPLOAD_BYTES:
                limit = settings.MAX_UPLOAD_BYTES // (1024 * 1024)
                raise PictureRefused(
                    _("The picture is larger than %(limit)s MB. Choose a smaller one.") % {"limit": limit}
                )
            return pictures.store(upload.read(), private=True).sha256
        except PictureRefused as error:
            self.add_error(f"{slot.key}:file", str(error.message))
            return ""

    def changes(self) -> dict[str, Any]:
        """What was sent, as `composing.save` takes it; a field that was not sent stays as it is."""
        sent = {name for name in ("subject", "preheader") if name in self.data}
        changes: dict[str, Any] = {name: self.cleaned_data[name] for name in sent}
        values = {slot.key: self._value(slot) for slot in self.slots if self._was_sent(slot)}
        return {**changes, "values": values}

    def _was_sent(self, slot: Slot) -> bool:
        return any(name in self.data or name in self.files for name in named(slot))

    def _value(self, slot: Slot) -> Any:
        get = self.cleaned_data.get
        if slot.type == "image":
            return self._picture(slot)
        if slot.type == "rich_text":
            return clean_rich_text(get(slot.key, ""))
        if slot.type == "shown":
            return "yes" if get(slot.key) else "no"
        if slot.type == "lines":
            return "\n".join(get(slot.key, "").splitlines())
        parts = list(named(slot))
        if parts == [slot.key]:
            return get(slot.key, "")
        return {name[len(slot.key) + 1 :]: get(name, "") for name in parts}

    def _picture(self, slot: Slot) -> dict[str, str]:
        """The picture as it is shown; where only a part is, also `of` which, and which `part`."""
        get, old = self.cleaned_data.get, self.values.get(slot.key) or {}
        kept = "" if get(f"{slot.key}:remove") else old.get("of") or old.get("sha256", "")
        whole, alt = get(f"{slot.key}:sha256") or kept, get(f"{slot.key}:alt", "")
        part = get(f"{slot.key}:part", "") if f"{slot.key}:part" in self.data else old.get("part", "")
        if not (whole and part):
            return {"sha256": whole, "alt": alt}
        same = (old.get("of"), old.get("part")) == (whole, part)
        sha256 = old["sha256"] if same else pictures.part_of(whole, part).sha256
        return {"sha256": sha256, "alt": alt, "of": whole, "part": part}


def picture_addresses(values: Mapping[str, Any]) -> dict[str, str]:
    """Slot key -> path of its stored picture."""
    chosen = {key: value["sha256"] for key, value in values.items() if isinstance(value, dict) and value.get("sha256")}
    stored = pictures.images(chosen.values()) if chosen else {}
    return {key: stored[sha].url.removeprefix(settings.BASE_URL) for key, sha in chosen.items() if sha in stored}


def field_id(key: str) -> str:
    """The id on the page that a fix link leads to: a slot's own place, or the subject."""
    return f"id_{key}" if key in ("subject", "preheader") else f"slot-{key}"


class StartForm(forms.Form):
    """Which template, under which mandate."""

    template: forms.ModelChoiceField[InvitationTemplate] = forms.ModelChoiceField(queryset=None)
    mandate: forms.ModelChoiceField[Mandate] = forms.ModelChoiceField(queryset=None, to_field_name="public_id")

    def __init__(self, *args: Any, templates: Any, mandates: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].queryset = templates  # type: ignore[attr-defined]
        self.fields["mandate"].queryset = mandates  # type: ignore[attr-defined]


class DiscretionForm(forms.Form):
    """What a list of mails says, and what becomes of the `at_work`: recipients whose address lies at an employer."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    neutral = forms.BooleanField(
        label=_("Neutral subject for everybody"),
        help_text=_("Nothing in their list of mails says what it is about, or that they belong to the union."),
        required=False,
    )
    work_mail = forms.ChoiceField(label=_("At a workplace's address"), required=False, widget=forms.RadioSelect)

    def __init__(self, data: Any = None, *, mailing: Mailing, at_work: int = 0) -> None:
        super().__init__(data, auto_id="discretion_%s")
        self.mailing, self.at_work = mailing, at_work
        self.initial = {"version": mailing.version, "neutral": is_neutral(mailing), "work_mail": mailing.work_mail}
        if mailing.topic.neutral:
            self.fields["neutral"].disabled = True
            self.fields["neutral"].help_text = _("The office wants it so for this kind of message.")
        closed = () if mailing.topic.can_refuse else (WorkMail.LEFT_OUT,)  # a notice has to reach them
        choices = [(one.value, one.label) for one in WorkMail if one not in closed]
        self.fields["work_mail"].choices = choices  # type: ignore[attr-defined]
        if mailing.work_mail in closed:
            self.initial["work_mail"] = WorkMail.NEUTRAL
        if data is None and not at_work:
            del self.fields["work_mail"]

    def changes(self) -> dict[str, Any]:
        """What was chosen, as `composing.save` takes it."""
        changes: dict[str, Any] = {}
        if not self.fields["neutral"].disabled:
            changes["neutral"] = self.cleaned_data["neutral"]
        if self.cleaned_data["work_mail"]:
            changes["work_mail"] = self.cleaned_data["work_mail"]
        return changes


class ApproveForm(WhenForm):
    """The last word: the draft and the number of people that were on the screen, typed back above 500 (threat S20)."""

    TYPED_ABOVE = 500

    version = forms.IntegerField(widget=forms.HiddenInput)
    count = forms.IntegerField(widget=forms.HiddenInput)
    attach_pdf = forms.BooleanField(label=_("Attach the invitation as a PDF"), required=False)
    typed = forms.CharField(
        label=_("Type the number of members"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, reach: int, asks: bool = False, **kwargs: Any) -> None:
        """`asks`: the last word is somebody else's, so the number is not typed here."""
        super().__init__(*args, **kwargs)
        self.reach, self.is_large = reach, reach > self.TYPED_ABOVE and not asks
        if not self.is_large:
            del self.fields["typed"]
        if asks:
            now, *later = self.fields["when"].choices  # type: ignore[attr-defined]
            self.fields["when"].choices = [(now[0], _("As soon as it is approved")), *later]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("count") != self.reach:
            raise forms.ValidationError(_("The number of recipients has changed. Nothing was sent. Look once more."))
        digits = "".join(filter(str.isdigit, cleaned.get("typed", "")))
        if "typed" in self.fields and digits != str(self.reach):
            message = _("Type %(n)s to show that you mean it. Nothing was sent.")
            self.add_error("typed", message % {"n": self.reach})
        return cleaned
