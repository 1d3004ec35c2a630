"""Diagnosis: the problems of a training, each with evidence, advice and a patch of the spec.

Here belong rules: functions of a training's record, each of which finds one kind of problem.
"""
