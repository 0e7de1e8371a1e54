"""What an account is: its state, the commands that change it, its rules, and who sees what of it. Pure."""
