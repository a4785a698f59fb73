"""Names people in the Nordic countries bear, by language community. Nobody real is meant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Culture:
    """First and last names, separated by spaces (an underscore joins two words), and how many of a hundred
    want mail in which language.
    """

    first: str
    last: str
    languages: dict[str, int]

    @property
    def first_names(self) -> list[str]:
        return [name.replace("_", " ") for name in self.first.split()]

    @property
    def last_names(self) -> list[str]:
        return [name.replace("_", " ") for name in self.last.split()]


SWEDISH = Culture(
    first="Åsa Göran Märta Örjan Astrid Björn Karin Lars Ingrid Håkan Eva Mats Annika Sören Lena Jörgen Maja Elin "
    "Oskar Kerstin Anders Birgitta Per-Åke Linnéa Gösta Ebba Hjördis Ulf Siv Emelie Jonas Wilma Agnes Östen Frida "
    "Ann-Sofie Magnus Gunnel Tobias Viveka Ragnar Pernilla Staffan Alva Hampus",
    last="Lindqvist Åkesson Öberg Bergström Sjögren Hägglund Nyström Söderlund Ahlgren Björklund Engström Fält "
    "Grönvall Håkansson Isaksson Jönsson Källström Löfgren Mårtensson Norén Rönnqvist Sandström Törnqvist Vikström "
    "Wallén Ångström Öhman Dahlbäck Hedström Lindén Sandén Ekdahl Fjällström Hjelm Kjellberg von_Essen",
    languages={"sv": 97, "en": 3},
)
SAMI = Culture(
    first="Máret Ánde Biret Nils-Ánte Áilu Elle Risten Heaika Jovnna Márjá Sárá Issát Inger-Máret Láilá Mihkkal Ánne "
    "Piera Sunná Gáddjá Niillas Rávdná Juhán",
    last="Utsi Gaup Eira Sáre Balto Niŋŋá Čáhppes Đođđe Ŧuvva Länta Blind Kuhmunen Baal Sokki Valkeapää Guttorm Labba "
    "Nutti Šuoŋŋá",
    languages={"sv": 60, "nb": 40},
)
NORWEGIAN = Culture(
    first="Øyvind Frøydis Kåre Sølvi Bjørg Torbjørn Åshild Ragnhild Håvard Ingeborg Sindre Solveig Terje Marit Ståle "
    "Guro Eirik Turid Bård Vigdis",
    last="Bjørnstad Ødegård Haugen Sæther Nygård Tveit Strømsnes Kvåle Aasen Bråten Fjeldheim Grønli Myrvold Skår "
    "Vågen Løken Håland Rødseth",
    languages={"nb": 95, "en": 5},
)
DANISH = Culture(
    first="Søren Kirsten Jørgen Mette Bjarne Rikke Aage Birthe Niels Lærke Mogens Signe Asger Grethe",
    last="Sørensen Møller Kjær Højgaard Nørgaard Østergaard Brandt Bæk Lund Skovgaard Thøgersen Dalsgård Aagaard",
    languages={"da": 95, "en": 5},
)
ATLANTIC = Culture(
    first="Guðrún Þórdís Sigurður Ásdís Þorsteinn Eyðun Rannvá Jógvan Bárður Friðrik Ragnheiður Marjun Heðin Óluva",
    last="Þórsdóttir Guðmundsson Sigurðardóttir Djurhuus Joensen Ásgeirsson Magnúsdóttir Rasmussen Heinesen Davíðsson "
    "á_Lakjuni",
    languages={"da": 55, "en": 45},
)
FAR = Culture(
    first="Amira Paweł Zoë Hodan Łukasz Nadia Mehmet Dragana Ioana Yusuf Željka Kateryna René Fatoumata Tomáš",
    last="Haddad Wójcik Çelik Petrović Ionescu Abdi Šimić Kowalczyk Osei Novák Bondarenko Al-Khatib Dąbrowska",
    languages={"sv": 55, "en": 40, "nb": 5},
)
