"""Background work as it runs: real relays, beats and workers, brokers that stop, and processes that are killed.

The package is an app too, which those processes have installed (settings.py): its handlers and tasks are what they run.
"""
