"""What a net is like while it learns, and why it says what it says: watching, history, and the numbers of one step.

Nothing here changes a net that is in training or a model that is served.
"""
