"""The sample facility: an invented photon and neutron source, made from a seed and served over real protocols."""
