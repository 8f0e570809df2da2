"""What is hostile in the files of a repository: every file is read, nothing in it is run."""
