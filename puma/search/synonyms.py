"""Names of techniques that mean the same: an abbreviation finds what is written out, and the other way round."""

from puma.search.words import words_in
from puma.techniques import techniques

# Short forms in use and other spellings, beside the names that PaNET itself gives its techniques.
_TECHNIQUES = (
    ("small angle x-ray scattering", "SAXS"),
    ("wide angle x-ray scattering", "WAXS"),
    ("grazing incidence small angle x-ray scattering", "GISAXS"),
    ("small angle neutron scattering", "SANS"),
    ("x-ray powder diffraction", "XRPD", "powder x-ray diffraction", "PXRD"),
    ("x-ray diffraction", "XRD"),
    ("neutron powder diffraction", "NPD"),
    ("x-ray fluorescence", "XRF"),
    ("x-ray absorption spectroscopy", "XAS"),
    ("x-ray absorption near edge structure", "XANES", "near edge x-ray absorption fine structure", "NEXAFS"),
    ("extended x-ray absorption fine structure", "EXAFS"),
    ("x-ray magnetic circular dichroism", "XMCD"),
    ("x-ray photoelectron spectroscopy", "XPS"),
    ("angle resolved photoemission spectroscopy", "ARPES"),
    ("x-ray photon correlation spectroscopy", "XPCS"),
    ("resonant inelastic x-ray scattering", "RIXS"),
    ("inelastic x-ray scattering", "IXS"),
    ("inelastic neutron scattering", "INS"),
    ("quasielastic neutron scattering", "QENS", "quasi-elastic neutron scattering"),
    ("neutron spin echo", "NSE"),
    ("x-ray computed tomography", "X-ray CT", "x-ray tomography"),
    ("x-ray microtomography", "micro-CT", "microCT"),
    ("macromolecular crystallography", "protein crystallography"),
    ("pair distribution function", "PDF analysis"),
    ("ptychography", "ptychographic imaging"),
    ("x-ray", "xray"),
)
_ORDINARY = {("mad",), ("sad",), ("phd",), ("em",), ("ld",)}
"""Short forms of PaNET that are words of their own in texts and in theses."""

Name = tuple[str, ...]


def _others() -> dict[Name, tuple[Name, ...]]:
    """Of each name, word by word, the others; what shares a name is one technique."""
    known = (*_TECHNIQUES, *((one.label, *one.also) for one in techniques().values() if one.also))
    means: dict[Name, list[Name]] = {}
    for names in known:
        spelled = [name for name in (tuple(words_in(one)) for one in names) if name not in _ORDINARY]
        there = [means[name] for name in spelled if name in means]
        together = list(dict.fromkeys([*(name for group in there for name in group), *spelled]))
        means |= dict.fromkeys(together, together)
    return {name: tuple(other for other in group if other != name) for name, group in means.items() if len(group) > 1}


_OTHERS = _others()


def other_names(words: list[str]) -> tuple[Name, ...]:
    """The other names, word by word, of the technique that these words name; nothing when they name none."""
    return _OTHERS.get(tuple(words), ())
