"""Numerics and judgements that any assignment can use."""
