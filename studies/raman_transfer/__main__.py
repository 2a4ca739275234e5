"""Entry of `python -m studies.raman_transfer`."""

from studies.raman_transfer.cli import main

main()
