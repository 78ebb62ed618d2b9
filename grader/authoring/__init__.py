"""What an instructor does with a reference: release it, prove it."""
