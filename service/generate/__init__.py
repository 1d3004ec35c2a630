"""Texts of a model that writes: whole, or in events while they are written."""
