"""What weights say of a model: its identity, a small sketch to compare it by, and how it differs from another."""
