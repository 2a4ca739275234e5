"""`python -m pipeline` is the same as `ega`."""

from pipeline.cli import main

main()
