"""The PaNET ontology: every id resolves, broader techniques are found from narrower ones, never the other way."""

from puma.techniques import code_of, label_of, rolled_up, techniques


def test_every_broader_technique_is_one_that_is_known_and_none_is_broader_than_itself() -> None:
    known = techniques()
    assert len(known) > 350
    for one in known.values():
        assert set(one.broader) <= known.keys()
        assert list(rolled_up(one.code)).count(one.label) == 1


def test_small_angle_neutron_scattering_is_found_as_neutron_scattering_and_not_the_other_way() -> None:
    narrow = rolled_up("PaNET01189")
    assert narrow[0] == "small angle neutron scattering"
    assert {"small angle scattering", "neutron diffraction", "scattering technique"} <= set(narrow)
    assert narrow[0] not in rolled_up(code_of("small angle scattering"))


def test_a_technique_is_known_by_its_names_whatever_their_hyphens_and_capitals() -> None:
    assert code_of("Small-Angle  neutron scattering") == code_of("SANS") == "PaNET01189"
    assert code_of("alchemy") == ""
    assert label_of("PaNET01212") == "ptychography"
    assert label_of("alchemy") == "alchemy"
    assert rolled_up("PaNET99999") == ()
