"""The report of a job: what was learned, for somebody who was not there, as a page or as a text.

`chapters` says what is told, in parts that `html` and `markdown` write down in the same words.
"""
