"""Which column is which, by the headings Nordic registries use (demand MS13; sv, nb, da, en)."""

from __future__ import annotations

import unicodedata

NUMBERED = ("nummer", "nr", "no", "number", "kod", "kode", "code", "id")

HEADINGS = {
    "number": "medlemsnummer medlemsnr medlemsid medlemnummer medlemnr medlnr membernumber memberno memberid membernr",
    "name": "namn navn name fullname fullstandigtnamn fulltnavn fuldenavn fuldtnavn medlemsnamn medlemsnavn",
    "first_name": "fornamn fornavn firstname givenname tilltalsnamn",
    "last_name": "efternamn etternavn efternavn lastname surname familyname",
    "private_email": "privatepost privatepostadress privatepostadresse privatmail privatmailadress privatmailadresse "
    "privatemail privateemail epostprivat epostadressprivat epostadresseprivat mailprivat emailprivat emailprivate",
    "email": "epost epostadress epostadresse mail mailadress mailadresse email emailadress emailadresse emailaddress",
    "mobile": "mobil mobilnummer mobilnr mobiltelefon mobiltelefonnummer mobiltlf telefon telefonnummer telefonnr tlf "
    "tlfnr telefonmobil phone mobile mobilephone mobilenumber cellphone phonenumber",
    "language": "sprak sprog language malform",
    "street": "adress adresse gatuadress gateadresse postadress postadresse vejnavn address street streetaddress "
    "postaladdress adresse1 adress1",
    "postcode": "postnummer postnr zip zipcode postcode postalcode",
    "city": "postort ort poststed bynavn by city town stad",
    "country": "land landkod landskod landekode landkode country countrycode",
    "position": "stilling befattning position jobtitle stillingstittel stillingsbetegnelse titel tittel "
    "yrke arbetstitel",
    "employment": "fastvikar fastvikariat fastellervikar anstallning anstallningsform ansettelse ansettelsesform "
    "ansettelsestype ansaettelse ansaettelsesform ansaettelsestype employment employmenttype permanenttemporary",
    "main_employer": "hovedarbeidsgiver huvudarbetsgivare hovedarbejdsgiver mainemployer",
    "units": "enheter enheder units unitcodes enhetskoder enhetsnummer",
}
UNIT_HEADINGS = {
    "region": "region distrikt district",
    "branch": "avdelning avdeling afdeling branch lokalavdelning lokalavdeling lokalafdeling",
    "club": "klubb klub club",
    "employer": "arbetsgivare arbeidsgiver arbejdsgiver employer",
    "mid_level": "mellanniva mellomniva mellemniveau midlevel middlelevel forvaltning",
    "workplace": "arbetsplats arbeidssted arbeidsplass arbejdssted arbejdsplads workplace tjanstestalle tjenestested",
}


def heading_key(text: str) -> str:
    """A heading without case, accents, spaces and punctuation: "E-post (privat)" -> "epostprivat"."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("ø", "o").replace("æ", "ae"))
    return "".join(character for character in plain if character.isalnum())


def _by_heading() -> dict[str, str]:
    table = {heading: field for field, words in HEADINGS.items() for heading in words.split()}
    for kind, words in UNIT_HEADINGS.items():
        for word in words.split():
            table |= {word: kind, f"{word}snavn": kind, f"{word}namn": kind, f"{word}navn": kind}
            table |= {f"{word}{join}{suffix}": f"{kind}_code" for join in ("", "s") for suffix in NUMBERED}
    return table | dict.fromkeys(["orgnr", "organisationsnummer", "organisasjonsnummer", "cvr"], "employer_code")


FIELDS = _by_heading()


def known_columns(header: list[str]) -> int:
    """How many of the headings we know: the measure by which heading row, delimiter and sheet are found."""
    return len({FIELDS[key] for key in map(heading_key, header) if key in FIELDS})


def match(header: list[str]) -> tuple[dict[str, int], list[str]]:
    """`(field -> column index, headings that are not used)`; of two columns for one field the first counts."""
    found: dict[str, int] = {}
    unused: list[str] = []
    for index, heading in enumerate(header):
        field = FIELDS.get(heading_key(heading), "")
        if field and field not in found:
            found[field] = index
        elif heading:
            unused.append(heading)
    return found, unused
