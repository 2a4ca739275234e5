"""Estimators, folds, augmentation and metrics; no file access."""
