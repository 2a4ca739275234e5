"""From a run to an answer: bundle, members, evidence, warnings."""
