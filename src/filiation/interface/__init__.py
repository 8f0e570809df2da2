"""What goes into a model and comes out of it, as its own files tell, and whether one's own samples fit."""
