"""What law and frameworks ask of a model: item, evidence, gap. Not legal advice."""
