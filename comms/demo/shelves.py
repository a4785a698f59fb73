"""The demo’s library: texts of `comms/demo/library/`, imported as a site is, and what staff taught the search.

Everything in the texts is invented, and each says so at its end.
"""

from __future__ import annotations

from pathlib import Path

from cms import importing
from cms.models import BestBet, BestBetPage, HomePage, ImportedPage, ShelfPage, Subject, Synonyms
from comms.people.models import User

FOLDER = Path(__file__).parent / "library"
SUBJECTS = {
    Subject.Kind.AGREEMENT: [
        "Kommunavtalet",
        "Vårdavtalet",
        "Kommuneavtalen",
        "Overenskomsten for kommuner og regioner",
    ],
    Subject.Kind.SECTOR: ["Skola och förskola", "Vård och omsorg"],
}
SHELVES = [  # (path, language, introduction), in the order of the front page
    ("Fackligt uppdrag", "sv", "Din tid, dina resor, din utbildning och hur du lämnar över till nästa."),
    ("Möten och årsmöte", "sv", "Kallelser, stadgar, motioner, protokoll och valberedning."),
    ("Förhandling och avtal", "sv", "När arbetsgivaren måste prata med er, och hur ni förbereder er."),
    ("Lön och arbetstid", "sv", "Löneöversyn, statistik, övertid, deltid och jour."),
    ("Ledighet och frånvaro", "sv", "Semester, föräldraledighet och sjukdom."),
    ("Arbetsmiljö", "sv", "Skyddsombud, skyddsronder, rehabilitering och kränkningar."),
    ("Klubbens vardag", "sv", "Pengar, personuppgifter, värvning, avgifter och försäkringar."),
    ("Norsk", "nb", "For tillitsvalgte som leser norsk."),
    ("Norsk / Tillitsvalgt", "nb", "Vervet, tida, lønna og rettighetene til medlemmene."),
    ("Norsk / Møter og klubb", "nb", "Årsmøte, verving og livet i klubben."),
    ("Norsk / Arbeidsmiljø", "nb", "Verneombud, vernerunder og saker som gjør vondt."),
    ("Dansk", "da", "For tillidsrepræsentanter, der læser dansk."),
    ("Dansk / Tillidsrepræsentant", "da", "Hvervet, tiden, lønnen og medlemmernes rettigheder."),
    ("Dansk / Møder og klub", "da", "Generalforsamling og livet i klubben."),
    ("Dansk / Arbejdsmiljø", "da", "Arbejdsmiljørepræsentant, sygdom og samtaler."),
    ("In English", "en", "For representatives who would rather read English."),
    ("Protokoll", "sv", "Din egen avdelnings och regions protokoll. Andras ser du inte."),
    ("Nytt", "sv", "Det senaste från förbundet."),
]
SYNONYMS = [
    ["reseersättning", "milersättning", "traktamente", "resebidrag", "bilersättning"],
    ["skyddsombud", "arbetsmiljöombud", "verneombud", "arbejdsmiljørepræsentant", "amr", "safety representative"],
    ["årsmöte", "årsmøte", "generalforsamling", "annual meeting"],
    ["uppsägning", "avsked", "sparken", "oppsigelse", "afskedigelse", "fyring"],
    ["arbetsbrist", "nedskärning", "neddragning", "varsel", "nedbemanning"],
    ["mobbning", "kränkande särbehandling", "trakasserier", "mobbing", "mobning", "chikane"],
    ["föräldraledighet", "pappaledighet", "mammaledighet", "foreldrepermisjon", "fødselspermisjon", "barsel"],
    ["vab", "vård av barn", "sjukt barn"],
    ["facklig tid", "facklig ledighet", "fackligt arbete på arbetstid"],
    ["MBL", "medbestämmande", "förhandlingsskyldighet"],
    ["dataskydd", "GDPR", "personuppgifter", "personopplysninger", "persondata"],
    ["lönerevision", "löneöversyn", "löneförhandling"],
    ["distansarbete", "hemarbete", "jobba hemma", "hjemmekontor", "hjemmearbejde"],
    ["medlemsavgift", "fackavgift", "kontingent"],
    ["semesterersättning", "semesterpengar", "semesterlön"],
    ["stridsåtgärd", "konflikt", "strejk", "streik"],
    ["kassör", "ekonomiansvarig", "kasserer"],
    ["anställningsskydd", "LAS", "turordning", "sist in först ut"],
    ["tillidsrepræsentant", "TR", "tillidsmand"],
    ["tillitsvalgt", "TV", "plasstillitsvalgt"],
    ["kjøregodtgjørelse", "reiseregning", "kilometergodtgjørelse", "kørepenge", "kørselsgodtgørelse"],
    ["lønnsslipp", "lønnsseddel", "lønseddel", "lönespecifikation", "lönebesked"],
]
BEST_BETS = {
    "blankett": ["d-reserakning"],
    "mall": ["sv-protokoll", "d-dagordning"],
    "hjälp": ["sv-facklig-tid", "sv-forhandling"],
    "nytt avtal": ["n-avtal"],
    "skjema": ["d-reiseregning"],
    "english": ["en-joining", "en-time-off"],
}


class NotWhole(Exception):
    """A text of the demo was refused; the message says which and why."""


def fill(*, by: User) -> int:
    """Makes the library of an empty database; how many pages there are besides shelves. Raises `NotWhole`."""
    subjects = [Subject(kind=kind, name=name) for kind, names in SUBJECTS.items() for name in names]
    Subject.objects.bulk_create(subjects)
    for path, language, introduction in SHELVES:
        _shelf(path, language, introduction, by)
    reading = importing.read(FOLDER, importing.Terms(language="sv"))
    plan = importing.make_plan(reading, publish=True)
    done = importing.apply(plan, by=by, publish=True)
    refused = [*plan.refusals, *done.refusals]
    if refused:
        raise NotWhole("; ".join(f"{path} {line}: {reason}" for path, line, reason in refused))
    _teach()
    return done.written


def _shelf(path: str, language: str, introduction: str, by: User) -> None:
    *above, title = path.split(" / ")
    parent = ShelfPage.objects.get(title=above[-1]) if above else HomePage.objects.get()
    shelf = ShelfPage(title=title, language=language, introduction=introduction, owner=by, live=False)
    parent.add_child(instance=shelf)
    shelf.save_revision(user=by).publish()


def _teach() -> None:
    Synonyms.objects.bulk_create(Synonyms(words="\n".join(words)) for words in SYNONYMS)
    pages = dict(ImportedPage.objects.values_list("key", "page"))
    for query, keys in BEST_BETS.items():
        bet = BestBet.objects.create(query=query)
        BestBetPage.objects.bulk_create(
            BestBetPage(bet=bet, page_id=pages[key], sort_order=n) for n, key in enumerate(keys)
        )
