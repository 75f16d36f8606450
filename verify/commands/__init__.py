"""The commands of the command line, a module each; what they share lies in ``options`` and ``terminal``.

A module here is imported where its command is run or listed: what takes time (the solver, the typed
documents, the reports) is imported inside the function that needs it, so that help answers at once.
"""
