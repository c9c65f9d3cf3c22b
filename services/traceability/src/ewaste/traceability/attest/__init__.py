"""What the read models hold, told as a fact: whoever replays the ledger must get the same."""
