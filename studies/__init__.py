"""Companion studies; each has a pipeline, settings and a page of its own."""
