"""What every HTML page of speczoo has in common."""
