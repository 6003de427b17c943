"""A subject's rights: to see what is kept, to have it corrected, and to have it erased.

None of them needs a consent, a device or a radio. Everything here is for who can open the
store; nothing of it can be reached from elsewhere. A module for each: ``export`` (with
``export_files`` and ``importing``), ``correction``, ``erasure``, ``requests``, ``retention``,
``closing`` (legal hold, end of the service).
"""
