"""What becomes of the runs of a case."""
import statistics


def median(values):
    return statistics.median(values)


def spread(values):
    """(max - min) / median: with five runs a quartile would be one run."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def rounded(value, digits=3):
    """Figures as exact as they are meant."""
    return round(value, digits) if isinstance(value, float) else value
