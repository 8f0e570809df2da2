"""Cards of models and datasets: check one before it is published, write a first one from what is known."""
