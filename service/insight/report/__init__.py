"""The report of a job, for a reader who was not there: its words in `report.jinja`, its formats in two files of macros.

Here belongs what a person reads about a training in one piece; every text escapes what a stranger named a column.
"""
