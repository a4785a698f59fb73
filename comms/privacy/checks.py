"""System checks of `retention.toml`: nothing about people is kept without a rule, and every rule is carried out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from comms.privacy import retention
from comms.privacy.policy import WAYS, policy

PEOPLE = ("people.Member", "people.User")
SAYS_MUCH = (
    models.CharField, models.TextField, models.JSONField, models.BinaryField, models.GenericIPAddressField,
    models.FileField,
)  # fmt: skip


def columns() -> Iterator[str]:
    """Every column that could hold something about a person: free text, bytes, and whoever is pointed to."""
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            points = isinstance(field, models.ForeignKey) and field.related_model._meta.label in PEOPLE  # type: ignore[union-attr]
            if points or (isinstance(field, SAYS_MUCH) and not field.choices):
                yield f"{model._meta.label}.{field.name}"


def named() -> Counter[str]:
    """What the policy names, and how often."""
    found = policy()
    return Counter(
        [name for rule in found.rules for name in rule.data] + [one for part in found.plain for one in part[0]]
    )


@register("privacy")
def every_column_has_a_rule(**_: Any) -> list[CheckMessage]:
    known = named()
    missing = [one for one in columns() if one not in known and one.rpartition(".")[0] not in known]
    return [
        Error(
            f"Nothing in retention.toml says how long {one} is kept.",
            hint="Name it in a rule, or among the plain columns with the reason.",
            id="privacy.E001",
        )
        for one in missing
    ]


@register("privacy")
def every_rule_is_true(**_: Any) -> list[CheckMessage]:
    wrong = [f"{name} is named {n} times" for name, n in named().items() if n > 1]
    wrong += [f"{name} does not exist" for name in named() if not _exists(name)]
    how = retention.executors()
    for rule in policy().rules:
        if rule.then not in WAYS or not rule.why:
            wrong.append(f"{rule.name}: then is one of {', '.join(WAYS)}, and why says something")
        elif rule.by and not _imports(rule.by):
            wrong.append(f"{rule.name}: there is no {rule.by}")
        elif rule.is_nightly and rule.name not in how:
            wrong.append(f"{rule.name}: nobody carries it out")
    nightly = {rule.name for rule in policy().rules if rule.is_nightly}
    wrong += [f"{name} is carried out and has no rule" for name in how if name not in nightly]
    return [Error(f"retention.toml: {what}.", id="privacy.E002") for what in wrong]


def _exists(name: str) -> bool:
    app, model, *column = name.split(".")
    try:
        found = apps.get_model(app, model)
        return not column or bool(found._meta.get_field(column[0]))
    except (LookupError, FieldDoesNotExist):
        return app == "wagtailsearch"  # its tables differ between databases


def _imports(path: str) -> bool:
    module, _dot, name = path.rpartition(".")
    try:
        return callable(getattr(import_module(module), name, None))
    except ImportError:
        return False
