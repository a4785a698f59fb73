"""The library: a knowledge base filtered to the reader's own branch."""
