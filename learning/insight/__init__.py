"""Insight: what can be said of a training beside its model: how it compares, what went wrong, why it says what it says.

Here belongs what looks at a training and changes nothing in it. What trains stays in `training`.
"""
