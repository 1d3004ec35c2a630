"""Language: tokenizers, the preparation of a text, n-grams that a net is compared with, and how a net writes.

What belongs here knows that tokens are of a text; layers and the trainer are in their own rooms.
"""
