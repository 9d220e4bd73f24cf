"""Plots as SVG: curves over a logarithmic or even axis, and bars of ratios. Colours are told apart
in the dark and in the light, and by those who see fewer of them."""

import math
from html import escape

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 72, 150, 36, 52
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
STYLE = ("text{font:12px sans-serif;fill:#444}.title{font-size:14px;font-weight:bold}"
         "line{stroke:#8888;stroke-width:1}polyline{fill:none;stroke-width:2}"
         "@media(prefers-color-scheme:dark){text{fill:#ccc}}")


def short(value):
    """A number as an axis has it."""
    for bound, suffix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= bound:
            return f"{value / bound:g}{suffix}"
    return f"{value:g}"


def round_up(value):
    """The next 1, 2 or 5 with zeros behind it."""
    if value <= 0:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= value * 0.999999)


def document(title, body, height=HEIGHT):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'role="img"><title>{escape(title)}</title><style>{STYLE}</style>'
            f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>{"".join(body)}</svg>\n')


def curves(title, x_name, y_name, series, log_x=True, log_y=False):
    """`series`: {name: [(x, y), ...]}. A logarithmic axis has a place for 0 in front of all."""
    xs = sorted({x for points in series.values() for x, _ in points})
    ys = [y for points in series.values() for _, y in points]
    if not xs:
        return document(title, [])
    positive = [x for x in xs if x > 0] or [1]
    zero = positive[0] / 10

    def place(x):
        return math.log10(x if x > 0 else zero) if log_x else x

    low, high = place(xs[0]), place(xs[-1])
    span = (high - low) or 1
    top = round_up(max(ys, default=1))
    floor = min((y for y in ys if y > 0), default=1)
    bottom = math.floor(math.log10(floor)) if log_y else 0
    roof = math.ceil(math.log10(max(ys, default=1) or 1)) if log_y else top

    def at(x, y):
        value = math.log10(max(y, floor)) if log_y else y
        return (LEFT + (place(x) - low) / span * (WIDTH - LEFT - RIGHT),
                HEIGHT - BOTTOM - (value - bottom) / ((roof - bottom) or 1)
                * (HEIGHT - TOP - BOTTOM))

    body = []
    ticks = ([10.0 ** power for power in range(bottom, roof + 1)] if log_y
             else [top * part / 4 for part in range(5)])
    for y in ticks:
        _, height = at(xs[0], y)
        body.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{height:.1f}" y2="{height:.1f}"/>'
                    f'<text x="{LEFT - 6}" y="{height + 4:.1f}" text-anchor="end">'
                    f"{short(y)}</text>")
    for x in xs if len(xs) <= 10 else (xs[0], xs[-1]):
        across, _ = at(x, floor)
        body.append(f'<text x="{across:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">'
                    f"{short(x)}</text>")
    body.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">'
                f"{escape(x_name)}</text>"
                f'<text transform="translate(14 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
                f'text-anchor="middle">{escape(y_name)}</text>')
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [at(x, y) for x, y in sorted(points)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        body.append(f'<polyline points="{line}" stroke="{colour}"/>')
        if len(places) <= 20:
            body += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
                     for x, y in places]
        height = TOP + 14 + 18 * number
        body.append(f'<rect x="{WIDTH - RIGHT + 12}" y="{height - 9}" width="10" height="10" '
                    f'fill="{colour}"/><text x="{WIDTH - RIGHT + 28}" y="{height}">'
                    f"{escape(name)}</text>")
    return document(title, body)


def bars(title, rows):
    """`rows`: (name, ratio, target or None); the target is a mark on the bar."""
    label, step = 250, 22
    height = TOP + step * len(rows) + 12
    most = max([ratio for _, ratio, _ in rows] + [target or 0 for *_, target in rows], default=1)
    scale = (WIDTH - label - 70) / most
    body = []
    for number, (name, ratio, target) in enumerate(rows):
        y = TOP + step * number
        body.append(f'<text x="{label - 8}" y="{y + 12}" text-anchor="end">{escape(name)}</text>'
                    f'<rect x="{label}" y="{y}" width="{ratio * scale:.1f}" height="15" '
                    f'fill="{COLOURS[0]}"/>'
                    f'<text x="{label + ratio * scale + 6:.1f}" y="{y + 12}">{ratio:.2f} ×</text>')
        if target:
            x = label + target * scale
            body.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y - 2}" y2="{y + 17}" '
                        f'style="stroke:{COLOURS[1]};stroke-width:3"/>')
    return document(title, body, height)
