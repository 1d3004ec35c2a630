"""Recommendation: who likes what, learned from ratings or from choices alone.

A net reads the bag of items that a user chose, and its outputs score all items, so that a user whom training never saw
is only another bag: `bags` hold them, `catalogue` the items, `history` who chose what, `losses` what training
minimises, and `recommender` is the model that answers.
"""
