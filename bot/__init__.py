"""The shell: webhooks, channels, storage, the loops, the desk's pages, settings and the command line.

All input and output is here; what to say and what to decide is asked of `dialogs` and `policies`.
"""
