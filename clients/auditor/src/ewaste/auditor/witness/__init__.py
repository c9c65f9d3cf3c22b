"""A C2SP tlog-witness that a university or a ministry runs: it cosigns what grew, and nothing else."""
