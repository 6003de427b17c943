"""Any bleak program, unchanged, on a simulated nursery.

``babyn-sim run`` starts a command whose Python loads :mod:`start_up/sitecustomize.py
<babyn_simulator.program.start_up>` first. From there, in the program's own process:

- :mod:`platform_lookup` answers where bleak asks which backend this platform has;
- :mod:`platform_backend` is that answer: a scanner and a client that find their radio when
  they are first used;
- :mod:`nurseries` runs one nursery on each event loop that uses bleak, and ends it with the loop;
- :mod:`event_loops` gives the program virtual time, if asked for.

The pytest plugin uses the last four in its own process.
"""
