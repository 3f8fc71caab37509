"""Names of techniques that mean the same: an abbreviation finds what is written out, and the other way round."""

from puma.search.words import words_in

# The labels are those of the PaNET ontology (Photon and Neutron Experimental Techniques), with the short forms in use.
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


def _others() -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    found = {}
    for names in _TECHNIQUES:
        spelled = [tuple(words_in(name)) for name in names]
        for own in spelled:
            found[own] = tuple(other for other in spelled if other != own)
    return found


_OTHERS = _others()


def other_names(words: list[str]) -> tuple[tuple[str, ...], ...]:
    """The other names, word by word, of the technique that these words name; nothing when they name none."""
    return _OTHERS.get(tuple(words), ())
