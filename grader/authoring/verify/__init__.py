"""The proof that the checks of an assignment are sound: candidates, verdicts, a certificate."""
