"""How fast it is: `make bench` measures on a private PostgreSQL and prints one JSON line per figure."""
