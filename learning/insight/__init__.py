"""Looking into nets: how good they are and on which rows not, what moved an answer, and what each step did to them.

Here belongs what is computed to be understood by people. Nothing here changes a weight, and nothing trains by it.
"""
