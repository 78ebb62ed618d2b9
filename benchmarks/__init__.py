"""Measurements that are kept: of what costs time, side by side, never as a test."""
