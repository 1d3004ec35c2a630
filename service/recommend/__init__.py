"""Recommendations of a model: items for somebody, and items that are alike."""
