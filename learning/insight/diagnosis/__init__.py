"""Diagnosis: what is wrong with a training, the evidence, and a patch of the spec that mends it.

Here belong rules: functions of the record of a training, each of which finds one kind of problem or nothing.
"""
