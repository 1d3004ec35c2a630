"""Pictures in bulk and made by enemies: what they cost a real installation."""
