"""Training: going through the rows epoch by epoch, each batch a step downhill, until it gets no better.

Here belongs what changes over time: batches, optimizers, schedules, patience, and the record of each epoch.
"""
