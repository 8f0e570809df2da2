"""What advisories say of models, of their files and of what they are made with."""
