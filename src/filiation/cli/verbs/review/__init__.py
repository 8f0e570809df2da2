"""What a person must look at: open, decide, waive with an end, look back."""
