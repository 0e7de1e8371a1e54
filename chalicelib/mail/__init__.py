"""Mail: templates and sending."""
