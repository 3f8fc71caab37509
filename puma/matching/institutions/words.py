"""Words of affiliations and institution names: segments, abbreviations spelled out, stems that languages share."""

import re
from functools import lru_cache
from html import unescape

from puma.countries import country_at_end, country_code
from puma.names import fold

_SEGMENT = re.compile(r"[,;|()\[\]/:\n\r，；、]|\s[-–—]\s|—")
_SENTENCE = re.compile(r"\b([A-Za-z]{5,})\. (?=[A-Z])")
_AND = re.compile(r"\b([A-Z]{1,3}) ?& ?([A-Z]{1,3})\b")
_HAN = re.compile("([\u3400-\u9fff])")
_HAN_UNIVERSITY = re.compile("(大[学學])(?=[\u3400-\u9fff])")
_JUNK = re.compile(r"#\w{1,8}#")
_JOINED = re.compile(
    r"(?:(?<=\bof)|(?<=\bla)|(?<=\bat)|(?<=\bde))(?=[A-Z][a-z]{4})"
    r"|(?<=[a-z]{3})(?=[A-Z][a-z]{2})|(?<=[A-Z]{3})(?=[A-Z][a-z]{4})"
)
_GLUED = re.compile(r"\b(universit[yàé]|institute|college|school|department|hospital|center|centre)(of|for)\b", re.I)
_LABORATORY = re.compile(r"\b(umr|upr|umi|ums|usr|fre|irl|ea) (?:s )?([0-9]{3,4})\b")
_TECHNICAL = re.compile(r"\btech(?= univ)")
_POLYTECHNIC = re.compile(r"\bpoly tech\w*")
_MAX_PLANCK = re.compile(r"\bmpi (?=(?:for|fur|f) )")
_INITIALS = re.compile(r"\b(?:[A-Z]\. ?){1,3}(?=[A-Z][a-z])")
_LEUVEN = re.compile(r"\bK\. ?U\. ?(?=Leuven)")
_DOTTED = re.compile(r"\b(?:[A-Z]\.){2,7}")
_CAPITALS = re.compile(r"\b[A-Z][A-Za-z]{0,3}[A-Z0-9&][A-Za-z0-9&-]{0,10}\b")
_NO_LETTER = re.compile(r"[\W_]+")
_SMALL_WORDS = """
of the and for in at on to de la le les l d del della delle degli di da dei do dos das des du e et en y und fur der
die das im am van voor het i och a an s un une el los las dell do dr amp from at studi
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_LONGER = {
    "univ": "university", "unv": "university", "inst": "institute", "dept": "department", "dep": "department",
    "dipt": "dipartimento", "natl": "national", "nat": "national", "nac": "nacional", "naz": "nazionale",
    "acad": "academy", "sci": "science", "tech": "technology", "technol": "technology", "phys": "physics",
    "chem": "chemistry", "lab": "laboratory", "labs": "laboratory", "ctr": "center", "cent": "center",
    "centre": "center", "hosp": "hospital", "coll": "college", "sch": "school", "res": "research", "fac": "faculty",
    "engn": "engineering", "eng": "engineering", "engg": "engineering", "med": "medical", "int": "international",
    "intl": "international", "assoc": "association", "fdn": "foundation", "corp": "corporation", "ltd": "limited",
    "co": "company", "govt": "government", "minist": "ministry", "polytech": "polytechnic",
    "polytechn": "polytechnic", "biol": "biology", "math": "mathematics", "mat": "materials", "nucl": "nuclear",
    "appl": "applied", "theor": "theoretical", "grad": "graduate", "fed": "federal", "st": "saint", "mt": "mount",
    "ft": "fort", "u": "university", "unives": "university", "instn": "institution", "agr": "agricultural",
    "agric": "agricultural", "environm": "environmental", "electron": "electronics", "astron": "astronomy",
    "comput": "computer", "telecommun": "telecommunications", "aeronaut": "aeronautics", "astronaut": "astronautics",
    "gen": "general", "hlth": "health", "educ": "education", "dev": "development", "mem": "memorial", "sta": "santa",
    "adv": "advanced", "ind": "industrial", "manage": "management", "mgmt": "management",
    "inf": "information", "commun": "communication", "pharm": "pharmacy", "vet": "veterinary", "geol": "geology",
    "opt": "optics",
    "bus": "business", "econ": "economics", "syst": "systems", "sys": "systems", "mol": "molecular",
    "exp": "experimental", "clin": "clinical", "surg": "surgery", "psychol": "psychology", "politec": "politecnico",
    "coop": "cooperation", "secr": "secretariat", "standartization": "standardization", "organisation": "organization",
    "plank": "planck", "metall": "metallurgy", "mech": "mechanical", "elect": "electrical", "elec": "electrical",
}  # fmt: skip
_MORE = {
    "university": "universidad universite universitat universitaet universita universidade universiteit universitet "
    "hochschule universitatea uniwersytet univerzita univerzitet univerzitetu egyetem universitas "
    "universitario universitaria",
    "institute": "institut instituto istituto instituut instytut institutul intezet instituts",
    "center": "centro zentrum centrum centar centers centres", "science": "sciences ciencias ciencia scienze "
    "wissenschaften ciencies", "technology": "technologies tecnologia tecnologias technologie technologii",
    "laboratory": "laboratoire laboratorio laboratories laborator laboratorium", "hospital": "hopital ospedale "
    "hospitals hospitalario ziekenhuis sykehus sjukhus sjukhuset szpital krankenhaus klinikum spital "
    "hopitaux ospedaliera",
    "national": "nacional nazionale nationale nationales nationaal nacionales nationaler "
    "natsionalnyi natsionalnyy", "research": "recherche "
    "ricerca ricerche investigacion investigaciones pesquisa pesquisas forschung recherches investigacao",
    "academy": "academia accademia akademie academie akademia", "faculty": "facultad faculte fakultat facolta "
    "faculdade facultat fakulteta", "department": "departamento departement dipartimento departments departament",
    "school": "ecole escuela escola schule scuola schools", "college": "colleges", "technical": "technische "
    "technischen technique techniques tecnica tecnico technischer "
    "tekhnicheskii tekhnicheskiy", "physics": "fisica physik physique fysik fizyki",
    "chemistry": "chimie quimica chemie chimica chemii", "polytechnic": "politecnica politecnico polytechnique "
    "politechnika politecnic polytechnical", "foundation": "fondation fundacion fondazione fundacao stiftung fundacio",
    "medical": "medica medico medicale medizinische medyczny", "federal": "federale", "society": "gesellschaft societe "
    "sociedad", "ministry": "ministerio ministere ministero ministerium", "association": "asociacion associazione",
    "catholic": "catolica catholique katholische katholieke cattolica catolico katolicki katolicka",
    "autonomous": "autonoma autonome autonomo", "state": "estatal estadual estado stato staatliche gosudarstvennyi "
    "gosudarstvennyy gosudarstvenny gosudarstvennogo",
    "applied": "aplicada aplicadas applicata appliquee appliquees angewandte angewandten",
    "medicine": "medicina medecine medizin medicinas", "engineering": "ingenieria ingegneria ingenierie engenharia "
    "ingenieurwissenschaften", "nuclear": "nucleare nucleaire", "health": "sante salud saude sanita gesundheit",
    "agricultural": "agraria agricola agrarian", "biology": "biologia biologie", "mathematics": "mathematical "
    "matematica mathematik mathematiques matematicas", "free": "libre livre libera freie vrije",
    "pontifical": "pontificia pontifical", "economics": "economia wirtschaft", "museum": "museo musee",
    "clinic": "clinique clinica klinik", "energy": "energie energia", "general": "generale", "saint": "sankt",
    "university hospital": "universitatsklinikum universitaetsklinikum universitetshospital universitetssjukhus "
    "universitetssykehus universitatsmedizin universitatsspital universitatskrankenhaus universitatsklinik "
    "universitetssjukhuset",
}  # fmt: skip
_LONGER |= {word: plain for plain, several in _MORE.items() for word in several.split()}
_COMPOUND = re.compile("universit[aae]+t.?s.?(?:kl|kr|sp|med|ho|sj|sy)")
"""Words of other languages by one English word: names and addresses then agree in words, not only in stems."""
_ENGLISH = {
    "munchen": "munich", "muenchen": "munich", "koln": "cologne", "koeln": "cologne", "wien": "vienna",
    "praha": "prague", "roma": "rome", "milano": "milan", "torino": "turin", "firenze": "florence",
    "napoli": "naples", "geneve": "geneva", "genf": "geneva", "ginevra": "geneva", "moskva": "moscow",
    "moskovskii": "moscow", "moskovskiy": "moscow",
    "warszawa": "warsaw", "lisboa": "lisbon", "bruxelles": "brussels", "brussel": "brussels", "sevilla": "seville",
    "goteborg": "gothenburg", "kobenhavn": "copenhagen", "padova": "padua", "venezia": "venice", "genova": "genoa",
    "nurnberg": "nuremberg", "beograd": "belgrade", "bucuresti": "bucharest", "zuerich": "zurich", "bern": "bern",
    "berne": "bern", "basle": "basel", "bale": "basel", "strassburg": "strasbourg", "goettingen": "gottingen",
    "tuebingen": "tubingen", "duesseldorf": "dusseldorf", "wuerzburg": "wurzburg", "saarbruecken": "saarbrucken",
    "juelich": "julich", "kiev": "kyiv", "peking": "beijing", "gent": "ghent", "antwerpen": "antwerp",
    "hannover": "hanover", "braunschweig": "brunswick", "mantova": "mantua", "siracusa": "syracuse",
    "haag": "hague", "krakow": "cracow", "bangalore": "bengaluru", "bombay": "mumbai", "calcutta": "kolkata",
    "madras": "chennai", "poona": "pune", "mysore": "mysuru", "mangalore": "mangaluru", "cochin": "kochi",
    "baroda": "vadodara", "trivandrum": "thiruvananthapuram", "kharkov": "kharkiv", "lvov": "lviv",
    "dnepropetrovsk": "dnipro", "dnipropetrovsk": "dnipro", "odessa": "odesa", "nanking": "nanjing", "xian": "xi",
    "breslau": "wroclaw", "danzig": "gdansk", "luik": "liege", "luttich": "liege", "anvers": "antwerp",
    "gand": "ghent", "saragossa": "zaragoza", "mayence": "mainz", "rangoon": "yangon",
}  # fmt: skip
"""Towns by their English names, umlauts as written without dots: registry and addresses then agree."""
STEM = 6
_ONE_STEM = {
    "istitu": "instit", "nazion": "nation", "nacion": "nation", "techni": "techno", "tecnol": "techno",
    "tecnic": "techno", "polite": "polyte", "colleg": "colleg", "labora": "labora", "escuel": "school",
    "ecole": "school",
    "escola": "school", "schule": "school", "centro": "center", "zentru": "center", "hopita": "hospit",
    "ospeda": "hospit", "krank": "hospit", "klinik": "clinic", "clinic": "clinic", "scienc": "scienc",
    "scienz": "scienc", "cienci": "scienc", "recher": "resear", "ricerc": "resear", "invest": "resear",
    "academ": "academ", "akadem": "academ", "accade": "academ", "facult": "facult", "fakult": "facult",
    "fisica": "physic", "physik": "physic", "physiq": "physic", "chemie": "chemis", "chimie": "chemis",
    "quimic": "chemis", "chimic": "chemis", "federa": "federa",
}  # fmt: skip

_UNIT_WORDS = """
department school faculty division laboratory institute section group unit dipartimento departamento departement
fakultat facultad faculte fachbereich chair lehrstuhl program programme graduate
"""
UNITS = frozenset(_UNIT_WORDS.split())
"""Words that begin the name of a part of an organisation."""

_KIND_WORDS = """
univer instit colleg hospit school center labora academ compan corpor limite founda minist clinic museum societ
associ observ agency counci polyte facult depart
"""
KINDS = frozenset(_KIND_WORDS.split())
"""Stems that say what kind of organisation a name is of."""

_STATE_WORDS = {
    "US": "alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois "
    "indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri "
    "montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia wisconsin wyoming "
    "new_hampshire new_jersey new_mexico new_york north_carolina north_dakota rhode_island south_carolina south_dakota "
    "west_virginia",
    "CA": "ontario quebec alberta manitoba saskatchewan british_columbia nova_scotia new_brunswick newfoundland",
    "AU": "new_south_wales queensland tasmania south_australia western_australia nsw",
    "IN": "maharashtra tamil_nadu karnataka kerala gujarat uttar_pradesh west_bengal punjab_india telangana rajasthan",
    "CN": "hubei hunan guangdong zhejiang jiangsu shandong sichuan shaanxi shanxi henan hebei anhui fujian jiangxi "
    "liaoning jilin heilongjiang yunnan guizhou gansu",
    "JP": "hokkaido ibaraki aichi kanagawa saitama",
}
STATES = {name.replace("_", " "): code for code, names in _STATE_WORDS.items() for name in names.split()}
_STATE_SHORT = re.compile(r", ?([A-Z]{2})(?:\.| [0-9]{5}(?:-[0-9]{4})?)?\s*$")
_US_WORDS = """
AL AK AZ AR CA CO CT FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA
RI SC SD TN TX UT VT VA WA WV WI WY
"""
_US_SHORT = frozenset(_US_WORDS.split())
_NUMBER = re.compile(r"\b[0-9][0-9-]*\b")


@lru_cache(maxsize=1 << 16)
def words(text: str) -> tuple[str, ...]:
    """Folded words that say something, abbreviations written out: "Univ. of Bari" -> ("university", "bari").

    Each Chinese character is a word; dotted letters ("M.I.T.") are joined.
    """
    if not text.isascii():
        text = _HAN.sub(r" \1 ", _INITIALS.sub("", text))
        found = [word if _HAN.match(word) else fold(word) for word in _JOINED.sub(" ", text).split()]
        plain = " ".join(found)
    else:
        if "&" in text:
            text = _AND.sub(r"\1and\2", text)
        if "." in text:
            text = _DOTTED.sub(_undotted, _INITIALS.sub("", _LEUVEN.sub("KU ", text)))
        plain = fold(_JOINED.sub(" ", text))
    if "of" in plain or "for" in plain:
        plain = _GLUED.sub(r"\1 ", plain)
    if "poly tech" in plain:
        plain = _POLYTECHNIC.sub("polytechnic", plain)
    if "tech " in plain:
        plain = _TECHNICAL.sub("technical", plain)
    if "mpi " in plain:
        plain = _MAX_PLANCK.sub("max planck institute ", plain)
    if "m" in plain or "u" in plain:
        plain = _LABORATORY.sub(r"\1\2", plain)
    found = [_ENGLISH.get(w := _LONGER.get(word, word), w) for word in plain.split() if word not in _SMALL]
    if _COMPOUND.search(plain):
        found = " ".join(found).split()
    return tuple(word for word in found if len(word) > 1 or not word.isascii() or word.isdigit())


def _undotted(letters: re.Match[str]) -> str:
    return letters[0].replace(".", "") + " "


def segments(text: str) -> list[tuple[str, ...]]:
    """The words of each part of an affiliation, parts being divided by commas, brackets and the like."""
    text = _SENTENCE.sub(_ended, _JUNK.sub(" ", unescape(text[:2000])))
    if not text.isascii():
        text = _HAN_UNIVERSITY.sub(r"\1, ", text)  # what follows is a part of it
    return [found for part in _SEGMENT.split(text) if (found := words(part.strip()))]


def _ended(dot: re.Match[str]) -> str:
    """A dot ends a part, unless the word before it is known as an abbreviation."""
    return dot[0] if dot[1].lower() in _LONGER else f"{dot[1]}, "


def capitals(text: str) -> set[str]:
    """Words that may be acronyms: written in capitals in a text that is not all capitals."""
    found = _CAPITALS.findall(_DOTTED.sub(_undotted, text[:2000]))
    if len(found) > 2 and sum(map(len, found)) > 0.6 * len(text):
        return set()
    return {acronym_key(part) for word in found for part in (word, *word.split("-")) if len(part) > 1}


def acronym_key(text: str) -> str:
    """An acronym as it is looked up: capitals and digits only."""
    return _NO_LETTER.sub("", text).upper()


@lru_cache(maxsize=1 << 16)
def country_of(text: str) -> str | None:
    """The country that an affiliation ends with, or that the state at its end lies in; alpha-2 code."""
    if (code := country_at_end(text)) is not None:
        return code
    if (short := _STATE_SHORT.search(text)) and short[1] in _US_SHORT:
        return "US"
    last = _NUMBER.sub(" ", text[-120:]).strip(" .;,").rpartition(",")[2]
    return STATES.get(fold(last))


@lru_cache(maxsize=1 << 16)
def country_named(part: tuple[str, ...]) -> str | None:
    """The country that a whole part of an affiliation names; two letters are no country."""
    if len(part) > 4 or (len(part) == 1 and len(part[0]) < 3 and part[0] != "uk"):
        return None
    return country_code(" ".join(part))


@lru_cache(maxsize=1 << 17)
def stem(word: str) -> str:
    """The beginning of a word: "university", "universidad" and "universität" have one."""
    return _ONE_STEM.get(short := word[:STEM], short)
