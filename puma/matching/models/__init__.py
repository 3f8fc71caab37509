"""Fitted models, one JSON file each: card, features with their kind of evidence, calibration, trees."""
