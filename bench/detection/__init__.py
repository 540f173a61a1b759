"""Detection measured: labelled sets, the measure, peers in environments of their own, speed and memory."""
