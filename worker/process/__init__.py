"""Processes: how a worker's main process and its trainers live and leave, what memory they get, how they speak.

Here belongs what is the operating system's affair. What a trainer does with its life is told elsewhere.
"""
