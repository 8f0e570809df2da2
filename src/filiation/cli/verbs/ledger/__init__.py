"""The log of what people decided: begin it, prove it whole, say who may write."""
