"""Entry of `python -m studies.augmentation`."""

from studies.augmentation.cli import main

main()
