"""Concentrations from Raman spectra, from instruments to a plate reader."""
