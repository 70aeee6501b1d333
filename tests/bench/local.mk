# figures, never asserted
