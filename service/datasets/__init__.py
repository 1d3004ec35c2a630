"""Datasets over HTTP: uploads stream in, profiles, rows and faults come out."""
