"""Random SQL programs run against the circuit and against DuckDB. `test_programs.py` tells how to use it."""
