"""Enformer Browser as a library."""
