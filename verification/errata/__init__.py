"""What is printed and wrong, or is often read into the sources and wrong."""
