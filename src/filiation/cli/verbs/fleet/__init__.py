"""Heavy work on many processes or machines, ahead of the stages that need it."""
