"""Contrast after WCAG 2.2, and the dark counterparts of a brand's colours. Colours are `#rrggbb`."""

from __future__ import annotations

AA = 4.5  # WCAG 2.2, 1.4.3 for body text
DARK_PAPER, DARK_CARD, DARK_INK, DARK_SOFT = "#161413", "#211e1c", "#f4efe8", "#b9b0a6"


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """`share` (0–1) of `other` stirred into `colour`."""
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Relative luminance, 0 black to 1 white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in _rgb(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """The WCAG ratio, 1 to 21."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, *, on: str, ratio: float = AA) -> str:
    """`colour`, moved towards white or black just as far as it takes to be read on `on`."""
    towards = "#ffffff" if contrast("#ffffff", on) > contrast("#000000", on) else "#000000"
    shares = (mix(colour, towards, step / 20) for step in range(21))
    return next((shade for shade in shares if contrast(shade, on) >= ratio), towards)


def palette(*, primary: str, on_primary: str, accent: str, ink: str, paper: str) -> dict[str, str]:
    """The colours a face may use, by name."""
    tint = mix(primary, "#ffffff", 0.93)
    dark_tint = mix(DARK_CARD, primary, 0.16)
    return {
        "primary": primary,
        "on_primary": on_primary,
        "accent": accent,
        "ink": ink,
        "paper": paper,
        "card": "#ffffff",
        "soft": readable(mix(ink, paper, 0.38), on=paper, ratio=5),
        "line": mix(ink, paper, 0.86),
        "link": readable(primary, on="#ffffff"),
        "tint": tint,
        "on_tint": readable(primary, on=tint, ratio=5),
        "dark_paper": DARK_PAPER,
        "dark_card": DARK_CARD,
        "dark_ink": DARK_INK,
        "dark_soft": DARK_SOFT,
        "dark_line": "#3a3532",
        "dark_link": readable(primary, on=DARK_CARD, ratio=5.5),
        "dark_tint": dark_tint,
        "dark_on_tint": readable(primary, on=dark_tint, ratio=5.5),
    }
