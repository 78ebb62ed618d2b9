"""Attacks that a hostile student could hand in, and what comes of them."""
