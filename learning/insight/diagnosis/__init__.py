"""Diagnosis: what is wrong with a training, why one thinks so, and what to ask for instead.

Here belong rules: functions of what was recorded of a job, each of which finds one kind of trouble or nothing.
"""
