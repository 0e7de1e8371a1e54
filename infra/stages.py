"""What differs between the stages that are deployed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One stage: its name, whether its data is protected from a deleted stack, and how long logs are kept (days)."""

    name: str
    protected: bool
    log_days: int

    @property
    def stack(self) -> str:
        """The name of the stack, which the names of all resources start with."""
        return f"rollcall-{self.name}"


STAGES = {
    "dev": Stage("dev", protected=False, log_days=14),
    "prod": Stage("prod", protected=True, log_days=90),
}
"""The stages by name. `local` has no template: it runs in one process."""
