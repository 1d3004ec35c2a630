"""Novelty of pictures: how unlike those that a net learned from a picture is, beside pictures that were held out."""
