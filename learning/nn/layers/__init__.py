"""Layers: what a person asks for, and their forward and backward passes."""
