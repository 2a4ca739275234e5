"""Entry of `python -m studies.synthetic_spectra`."""

from studies.synthetic_spectra.cli import main

main()
