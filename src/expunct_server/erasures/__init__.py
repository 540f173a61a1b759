"""Forgetting: destroys what events and jobs say of a person, while the log goes on proving that they were."""
