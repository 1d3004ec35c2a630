"""Numbers for people: about three digits, and no scientific notation where it can be avoided."""


def format_number(value: float) -> str:
    """A number in about three digits: 0.0123, 4.57, 1,234."""
    if abs(value) >= 1e15 or 0 < abs(value) < 1e-6:
        return f"{value:.2e}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.3g}"
    return text if "e" not in text else f"{value:.10f}".rstrip("0")


def format_percent(share: float) -> str:
    """A share as a percentage, with a decimal where it is close to nothing or all."""
    text = f"{100 * share:.0f}%"
    return f"{100 * share:.1f}%" if text in {"0%", "100%"} and share not in {0, 1} else text
